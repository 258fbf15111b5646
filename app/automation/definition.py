"""An automation as it is defined: its trigger, its condition and its steps."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

import orjson

from app.automation.schedules import zone
from app.vocabulary import AutomationStepKind, EventType, Role


@dataclass(frozen=True, slots=True)
class Trigger:
    """One of them. `schedule`: five fields of cron, in `time_zone`, whose days all dates are counted in."""

    events: frozenset[EventType] = frozenset()
    days_in_stage: int | None = None
    days_before_close: int | None = None
    days_silent: int | None = None
    schedule: str | None = None
    time_zone: str = "UTC"

    @property
    def zone(self) -> ZoneInfo:
        """Whose days and clocks it goes by, as do its condition and texts."""
        return zone(self.time_zone)

    @property
    def is_timed(self) -> bool:
        return not self.events


@dataclass(frozen=True, slots=True)
class Step:
    """`after`: the run has begun. `only_if_still`: a condition that is asked when the step's time has come."""

    kind: AutomationStepKind
    settings: Mapping[str, Any]
    after: timedelta = timedelta()
    only_if_still: str | None = None

    def stored(self) -> dict[str, Any]:
        minutes = int(self.after.total_seconds()) // 60
        kept = {"kind": self.kind.value, "settings": dict(self.settings), "afterMinutes": minutes}
        return kept | ({"onlyIfStill": self.only_if_still} if self.only_if_still else {})

    @classmethod
    def of(cls, stored: Mapping[str, Any]) -> "Step":
        return cls(
            AutomationStepKind(stored["kind"]),
            stored["settings"],
            timedelta(minutes=stored["afterMinutes"]),
            stored.get("onlyIfStill"),
        )


@dataclass(frozen=True, slots=True)
class Definition:
    """All of it that a run depends on."""

    key: str
    name: str
    trigger: Trigger
    condition: str
    steps: tuple[Step, ...]
    description: str | None = None
    playbook_key: str | None = None

    def columns(self) -> dict[str, Any]:
        trigger = self.trigger
        return {
            "name": self.name,
            "description": self.description,
            "playbook_key": self.playbook_key,
            "events": sorted(type_.value for type_ in trigger.events),
            "days_in_stage": trigger.days_in_stage,
            "days_before_close": trigger.days_before_close,
            "days_silent": trigger.days_silent,
            "schedule": trigger.schedule,
            "time_zone": trigger.time_zone,
            "condition": self.condition,
            "steps": orjson.dumps([step.stored() for step in self.steps]).decode(),
        }


@dataclass(frozen=True, slots=True)
class Stored:
    """An automation as it is stored. `scopes`: of the API client that saved it; None: a person did."""

    id: UUID
    version: int
    enabled: bool
    role: Role
    definition: Definition
    active_since: datetime | None
    looked_until: datetime | None = None
    looked_id: UUID | None = None
    scopes: frozenset[str] | None = None

    @property
    def trigger(self) -> Trigger:
        return self.definition.trigger

    def is_active(self, at: datetime) -> bool:
        """Whether what happened then is its business."""
        return self.enabled and self.active_since is not None and at >= self.active_since


COLUMNS = (
    "a.id, a.key, a.name, a.description, a.enabled, a.version, a.role, a.playbook_key, a.events, a.days_in_stage,"
    " a.days_before_close, a.days_silent, a.schedule, a.time_zone, a.condition, a.steps::text AS steps, a.active_since,"
    " a.looked_until, a.looked_id, a.scopes"
)


def stored(row: Mapping[str, Any]) -> Stored:
    """Of a row with `COLUMNS`. Events of a newer version's are none of this one's."""
    known = {type_.value for type_ in EventType}
    trigger = Trigger(
        frozenset(EventType(name) for name in row["events"] if name in known),
        row["days_in_stage"],
        row["days_before_close"],
        row["days_silent"],
        row["schedule"],
        row["time_zone"],
    )
    definition = Definition(
        row["key"],
        row["name"],
        trigger,
        row["condition"],
        tuple(Step.of(one) for one in orjson.loads(row["steps"])),
        row["description"],
        row["playbook_key"],
    )
    return Stored(
        row["id"],
        row["version"],
        row["enabled"],
        Role(row["role"]),
        definition,
        row["active_since"],
        row["looked_until"],
        row["looked_id"],
        None if row["scopes"] is None else frozenset(row["scopes"]),
    )
