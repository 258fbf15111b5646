"""The automations that are shipped: one file each, named after its key."""

from datetime import timedelta
from functools import lru_cache
from pathlib import Path
from typing import Any

import yaml

from app.automation import checking
from app.automation.definition import Definition, Step, Trigger
from app.vocabulary import AutomationStepKind, EventType

SHIPPED = Path(__file__).parent


class TemplateError(Exception):
    """A template doesn't load. The message names the file and what is wrong."""


@lru_cache(maxsize=1)
def templates() -> tuple[Definition, ...]:
    """By name. Raises `TemplateError`."""
    return load(SHIPPED)


def load(folder: Path) -> tuple[Definition, ...]:
    """Every `*.yaml` of `folder`."""
    return tuple(sorted((_load(path) for path in folder.glob("*.yaml")), key=lambda one: one.name.casefold()))


def _load(path: Path) -> Definition:
    found = definition(yaml.safe_load(path.read_text(encoding="utf-8")))
    if found.key != path.stem:
        raise TemplateError(f"{path.name}: the key is that of the file, {path.stem}")
    wrong = [error for problem in checking.problems(found) for error in problem.errors]
    if wrong:
        raise TemplateError("\n".join(f"{path.name}: {'.'.join(one.path)}: {one.message}" for one in wrong))
    return found


def definition(document: dict[str, Any]) -> Definition:
    trigger = document["trigger"]
    return Definition(
        key=document["key"],
        name=document["name"],
        description=document.get("description"),
        trigger=Trigger(
            frozenset(EventType(name) for name in trigger.get("events", ())),
            trigger.get("daysInStage"),
            trigger.get("daysBeforeClose"),
            trigger.get("daysSilent"),
            trigger.get("schedule"),
            trigger.get("timeZone", "UTC"),
        ),
        condition=document.get("condition", "").strip(),
        steps=tuple(
            Step(
                AutomationStepKind(step["kind"]),
                step["settings"],
                timedelta(minutes=step.get("afterMinutes", 0)),
                step.get("onlyIfStill"),
            )
            for step in document["steps"]
        ),
    )
