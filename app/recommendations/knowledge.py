"""Knowledge from earlier deals, as the last run of its jobs left it; read once a minute at most.

Partners' deals are advised by what partners may be told (`app.deals.benchmarks`), and where that is nothing, by their
own deals; those that the vendor sells itself, by everything.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from time import monotonic
from typing import Any
from uuid import UUID

import orjson

from app.database import database
from app.events.log import Reader
from guidance.actions import ActionKind
from guidance.history import NO_DISTRIBUTION, NO_HISTORY, Basis, Distribution, Fate, History
from guidance.ranking import Benchmarks, Counts, Effect, Learned, Learning, Pace

FRESH_SECONDS = 60.0
_DATABASES = 8

_READ = """
SELECT
  (SELECT jsonb_agg(jsonb_build_array(h.playbook_key, h.stage_key, h.stays, h.remaining, h.fates))
   FROM stage_history h) AS stages,
  (SELECT jsonb_agg(jsonb_build_array(x.kind, x.stage_key, x.accepted, x.completed, x.dismissed, x.ignored))
   FROM action_outcome x WHERE x.partner_id IS NULL) AS outcomes,
  (SELECT jsonb_agg(jsonb_build_array(f.kind, f.completed_advanced, f.completed_days, f.dismissed_advanced,
                                      f.dismissed_days)) FROM action_effect f) AS effects,
  (SELECT jsonb_agg(jsonb_build_array(b.playbook_key, b.stage_key, b.partner_id, b.stays, b.remaining, b.fates))
   FROM stage_benchmark b) AS benchmarks,
  (SELECT jsonb_agg(jsonb_build_array(a.kind, a.stage_key, a.rate, a.effect)) FROM action_benchmark a) AS rates
"""

StageKey = tuple[str, str]


@dataclass(frozen=True, slots=True)
class Knowledge:
    """`exact`, `everyone` and `effects` are for deals without a partner; `shared` is for all others, and `own`, by
    partner, for what is missing there. Histories by playbook key and stage key."""

    exact: Mapping[StageKey, History]
    everyone: Mapping[tuple[ActionKind, str], Counts]
    effects: Mapping[ActionKind, Effect]
    shared: Mapping[StageKey, History]
    own: Mapping[tuple[StageKey, UUID], History]
    benchmarks: Benchmarks

    def history(self, playbook_key: str, stage_key: str, partner_id: UUID | None) -> History:
        place = (playbook_key, stage_key)
        if partner_id is None:
            return self.exact.get(place, NO_HISTORY)
        shared, own = self.shared.get(place, NO_HISTORY), self.own.get((place, partner_id), NO_HISTORY)
        return History(
            shared.stays if shared.stays.known else own.stays,
            shared.remaining if shared.remaining.known else own.remaining,
            _either(shared.fates, own.fates),
        )

    def learned(self, partner_id: UUID | None, outcomes: str | None) -> Learning:
        """`outcomes`: the partner's own as JSON, by kind."""
        own = {ActionKind(kind): Counts(*counts) for kind, *counts in _rows(outcomes)}
        if partner_id is None:
            return Learned(self.everyone, own, self.effects)
        return Benchmarks(self.benchmarks.rates, self.benchmarks.effects, own)


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
    rates, benchmarks = _rows(row["rates"]), _rows(row["benchmarks"])
    found = Knowledge(
        exact={(playbook, stage): _history(*of) for playbook, stage, *of in _rows(row["stages"])},
        everyone={(ActionKind(kind), stage): Counts(*counts) for kind, stage, *counts in _rows(row["outcomes"])},
        effects={
            ActionKind(kind): Effect(Pace(done, done_days), Pace(declined, declined_days))
            for kind, done, done_days, declined, declined_days in _rows(row["effects"])
        },
        shared={
            (playbook, stage): _told(Basis.PARTNERS, *of)
            for playbook, stage, partner, *of in benchmarks
            if partner is None
        },
        own={
            ((playbook, stage), UUID(partner)): _told(Basis.OWN, *of)
            for playbook, stage, partner, *of in benchmarks
            if partner is not None
        },
        benchmarks=Benchmarks(
            {(ActionKind(kind), stage): rate for kind, stage, rate, _ in rates},
            {ActionKind(kind): effect for kind, _, _, effect in rates if effect is not None},
        ),
    )
    while len(_kept) >= _DATABASES:
        _kept.pop(next(iter(_kept)))
    _kept[database().url] = (monotonic(), found)
    return found


def distribution(samples: int, points: list[float]) -> Distribution:
    return Distribution(samples, tuple(map(float, points)))


def _history(stays: list[Any], remaining: list[Any], fates: list[list[Any]]) -> History:
    return History(
        distribution(*stays), distribution(*remaining), tuple(Fate.of(float(days), *counts) for days, *counts in fates)
    )


def _told(
    basis: Basis, stays: list[float] | None, remaining: list[float] | None, fates: list[list[Any]] | None
) -> History:
    def points(told: list[float] | None) -> Distribution:
        return NO_DISTRIBUTION if told is None else Distribution(None, tuple(map(float, told)), basis)

    return History(
        points(stays), points(remaining), tuple(Fate(float(days), rate, basis) for days, rate in fates or ())
    )


def _either(shared: Sequence[Fate], own: Sequence[Fate]) -> tuple[Fate, ...]:
    """Age by age: each depends on the deals that were as old, and on no others."""
    told = {fate.days: fate for fate in own} | {fate.days: fate for fate in shared if fate.rate is not None}
    return tuple(told.get(fate.days, fate) for fate in shared or own)


def _rows(column: str | None) -> list[list[Any]]:
    return orjson.loads(column) if column else []
