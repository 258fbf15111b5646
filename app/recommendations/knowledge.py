"""What was learned from all deals, as the last run of its jobs left it. A process reads it once a minute at most."""

from collections.abc import Mapping
from dataclasses import dataclass
from time import monotonic
from typing import Any

import orjson

from app.database import database
from app.events.log import Reader
from guidance.actions import ActionKind
from guidance.history import NO_HISTORY, Distribution, Fate, History
from guidance.ranking import Counts, Effect, Learned, Pace

FRESH_SECONDS = 60.0
_DATABASES = 8

_READ = """
SELECT
  (SELECT jsonb_agg(jsonb_build_array(h.playbook_key, h.stage_key, h.stays, h.remaining, h.fates))
   FROM stage_history h) AS stages,
  (SELECT jsonb_agg(jsonb_build_array(x.kind, x.stage_key, x.accepted, x.completed, x.dismissed, x.ignored))
   FROM action_outcome x WHERE x.partner_id IS NULL) AS outcomes,
  (SELECT jsonb_agg(jsonb_build_array(f.kind, f.completed_advanced, f.completed_days, f.dismissed_advanced,
                                      f.dismissed_days)) FROM action_effect f) AS effects
"""

StageKey = tuple[str, str]


@dataclass(frozen=True, slots=True)
class Knowledge:
    """`histories` by playbook key and stage key."""

    histories: Mapping[StageKey, History]
    everyone: Mapping[tuple[ActionKind, str], Counts]
    effects: Mapping[ActionKind, Effect]

    def history(self, playbook_key: str, stage_key: str) -> History:
        return self.histories.get((playbook_key, stage_key), NO_HISTORY)

    def learned(self, partner: str | None) -> Learned:
        """`partner`: its own outcomes as JSON, by kind."""
        own = {ActionKind(kind): Counts(*counts) for kind, *counts in _rows(partner)}
        return Learned(self.everyone, own, self.effects)


_kept: dict[str, tuple[float, Knowledge]] = {}


async def knowledge(db: Reader) -> Knowledge:
    """At most `FRESH_SECONDS` old; no statement while it is younger."""
    read_at, known = _kept.get(database().url, (float("-inf"), None))
    if known is not None and monotonic() - read_at < FRESH_SECONDS:
        return known
    return await read_again(db)


async def read_again(db: Reader) -> Knowledge:
    row = await db.fetchrow(_READ)
    assert row is not None
    found = Knowledge(
        histories={(playbook, stage): _history(*of) for playbook, stage, *of in _rows(row["stages"])},
        everyone={(ActionKind(kind), stage): Counts(*counts) for kind, stage, *counts in _rows(row["outcomes"])},
        effects={
            ActionKind(kind): Effect(Pace(done, done_days), Pace(declined, declined_days))
            for kind, done, done_days, declined, declined_days in _rows(row["effects"])
        },
    )
    while len(_kept) >= _DATABASES:
        _kept.pop(next(iter(_kept)))
    _kept[database().url] = (monotonic(), found)
    return found


def distribution(samples: int, points: list[float]) -> Distribution:
    return Distribution(samples, tuple(map(float, points)))


def _history(stays: list[Any], remaining: list[Any], fates: list[list[Any]]) -> History:
    return History(
        distribution(*stays), distribution(*remaining), tuple(Fate(float(days), *counts) for days, *counts in fates)
    )


def _rows(column: str | None) -> list[list[Any]]:
    return orjson.loads(column) if column else []
