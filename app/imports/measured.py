"""A draft playbook made of what an export says: its stages, in their order, with measured figures.

- A stage's win probability is the share of won deals among the closed deals that were ever in it. Where no closed deal
  was, the figure rises evenly from stage to stage.
- Its target is the median length of stays, in whole days and at least 1, estimated with those that aren't over yet
  (`app.deals.survival`): these have lasted until the last day that the export tells of. Where no stay is over, it has
  none. Its stalling threshold follows from the same stays for deals without a partner (see `app.deals.stalling`);
  partners' deals follow the target, until the night.
- The order is the export's own sort order (the median of each stage's) if every stage has one. If not, one stage comes
  before another when more deals were in it first, and stages stand by how many others they come before.

The draft is an administrator's to complete and publish: it has no definitions, criteria or activities yet.
"""

import re
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import count
from uuid import UUID

import asyncpg
import orjson

from app.database import Transaction
from app.deals import survival
from app.deals.stalling import ENOUGH_STAYS, LEAST_DAYS, PERCENTILE, SECONDS_PER_DAY
from app.events import append
from app.events.facts import playbook_created
from app.imports import chain
from app.imports.faults import ImportStopped
from app.imports.mapping import Mapping as ExportMapping
from app.imports.playbooks import Playbook, fill, stage_counts
from app.imports.stages import StageNames, StageRow, normal
from app.models import Playbook as PlaybookTable
from app.models import Stage as StageTable
from app.models.columns import new_id
from app.vocabulary import ForecastCategory, PlaybookStatus, StageKind

_SORTS = """
SELECT n.key, percentile_disc(0.5) WITHIN GROUP (ORDER BY m.sort) AS sort
FROM import_move m JOIN import_name n ON n.stage = m.stage GROUP BY n.key
"""

_PRECEDENCE = """
WITH entered AS (SELECT deal, key, min(seq) AS seq FROM import_chain GROUP BY deal, key)
SELECT one.key AS earlier, other.key AS later, count(*) AS deals
FROM entered one JOIN entered other ON other.deal = one.deal AND other.seq > one.seq
GROUP BY one.key, other.key
"""

_OUTCOMES = """
WITH ends AS (SELECT deal, kind FROM import_chain WHERE final AND kind <> 'OPEN')
SELECT entered.key, count(*) FILTER (WHERE ends.kind = 'WON') AS won, count(*) AS closed
FROM (SELECT DISTINCT deal, key FROM import_chain) AS entered JOIN ends USING (deal)
GROUP BY entered.key
"""

# Deals of which the export gives no date at all count from today, and say nothing of when it was made.
_STAYS = f"""
SELECT from_stage_id AS stage_id, seconds::float8 / {SECONDS_PER_DAY} AS days, TRUE AS ended
FROM import_chain WHERE from_kind = 'OPEN'
UNION ALL
SELECT c.stage_id, extract(epoch FROM last.at - c.at)::float8 / {SECONDS_PER_DAY}, FALSE
FROM import_chain c, (SELECT max(at) AS at FROM import_chain WHERE at < $1::timestamptz) last
WHERE c.final AND c.kind = 'OPEN' AND c.at <= last.at
"""  # noqa: S608 (the texts are constants)
_POINTS = survival.points("stage_id", _STAYS)
_MEDIAN, _USUAL = survival.STEPS // 2, round(PERCENTILE * survival.STEPS)

MOST_STAGES = 50
LONGEST_TARGET = 3_650
_PROMISING, _LIKELY = 0.5, 0.8


@dataclass(frozen=True, slots=True)
class Outcome:
    won: int
    closed: int


@dataclass(frozen=True, slots=True)
class Stays:
    """In a stage: how many are over; the days by which half, and four fifths, of all are."""

    over: int
    median: float
    usual: float

    @classmethod
    def of(cls, row: asyncpg.Record) -> "Stays":
        points = orjson.loads(row["points"])
        return cls(row["ends"], points[_MEDIAN], points[_USUAL])


@dataclass(frozen=True, slots=True)
class Draft:
    """A stage before its figures are known. `spellings`: other names of it in the export."""

    id: UUID
    key: str
    name: str
    kind: StageKind
    spellings: tuple[str, ...] = ()


def draft(key: str, mapping: ExportMapping) -> Playbook:
    return Playbook(new_id(), key, f"{mapping.title} pipeline", 1, PlaybookStatus.DRAFT.value)


async def create(
    tx: Transaction, playbook: Playbook, mapping: ExportMapping, names: StageNames, today: datetime
) -> None:
    """Store the draft playbook, fill `import_name` and `import_place` for it, and make the chain of the deals that
    `import_target` has on it."""
    connection = tx.connection
    used = [row["stage"] for row in sorted(await stage_counts(connection), key=lambda row: row["stage"])]
    if len(used) > MOST_STAGES:
        raise ImportStopped(f"The export says {len(used)} different stages; is `stage` mapped to the right column?")
    keys = _keys(used, names, mapping)
    drafts = _completed(_drafts(keys, names, mapping))
    await _measure_from(connection, playbook, keys, drafts, today)
    drafts = await _ordered(connection, drafts)
    await _measure_from(connection, playbook, keys, drafts, today)
    await _store(tx, playbook, mapping, drafts, today)


def _keys(used: Sequence[int], names: StageNames, mapping: ExportMapping) -> dict[int, str]:
    """Number of a stage name → key: the mapping's, or made of the name. All names of won deals are one stage."""
    mapped = {normal(name): key for name, key in mapping.stages.items()}
    won = {normal(name) for name in mapping.won}
    keys: dict[int, str] = {}
    won_key: str | None = None
    for number in used:
        name = normal(names.spellings[number])
        keys[number] = (won_key if name in won else None) or mapped.get(name) or _free(_slug(name), keys.values())
        if name in won:
            won_key = keys[number]
    return keys


def _slug(name: str) -> str:
    return re.sub(r"[^a-z0-9]+", "-", name).strip("-") or "stage"


def _free(key: str, taken: Iterable[str]) -> str:
    used = set(taken)
    return key if key not in used else next(f"{key}-{n}" for n in count(2) if f"{key}-{n}" not in used)


def _drafts(keys: Mapping[int, str], names: StageNames, mapping: ExportMapping) -> list[Draft]:
    won = {normal(name) for name in mapping.won}
    lost = {normal(name) for name in mapping.lost}
    by_key: dict[str, list[str]] = {}
    for number, key in keys.items():
        by_key.setdefault(key, []).append(names.spellings[number])
    drafts: list[Draft] = []
    for key, spellings in by_key.items():
        said = {normal(name) for name in spellings}
        kind = StageKind.WON if said & won else StageKind.LOST if said & lost else StageKind.OPEN
        drafts.append(Draft(new_id(), key, spellings[0], kind, tuple(spellings[1:])))
    return drafts


def _completed(drafts: list[Draft]) -> list[Draft]:
    """Deals must be able to begin and to end, even where no deal of the export has yet."""
    kinds = {draft.kind for draft in drafts}
    keys = [draft.key for draft in drafts]
    needed = ((StageKind.OPEN, "open", "Open"), (StageKind.WON, "won", "Won"), (StageKind.LOST, "lost", "Lost"))
    return drafts + [Draft(new_id(), _free(key, keys), name, kind) for kind, key, name in needed if kind not in kinds]


async def _measure_from(
    connection: asyncpg.Connection, playbook: Playbook, keys: Mapping[int, str], drafts: list[Draft], today: datetime
) -> None:
    """Make the chain with the stages in this order, since the order breaks ties and names the moves."""
    rows = [
        StageRow(draft.id, playbook.id, draft.key, draft.name, (), draft.kind, rank)
        for rank, draft in enumerate(drafts, start=1)
    ]
    await fill(connection, keys.items(), rows)
    await chain.build(connection, today)


async def _ordered(connection: asyncpg.Connection, drafts: list[Draft]) -> list[Draft]:
    """Open stages in their measured order, then won, then lost; what is equal stays as it came."""
    sorts = {row["key"]: row["sort"] for row in await connection.fetch(_SORTS)}
    open_keys = [draft.key for draft in drafts if draft.kind is StageKind.OPEN]
    if all(sorts.get(key) is not None for key in open_keys):
        place = {key: sorts[key] for key in open_keys}
    else:
        pairs = {(row["earlier"], row["later"]): row["deals"] for row in await connection.fetch(_PRECEDENCE)}
        place = precedence(open_keys, pairs)
    endings = (StageKind.OPEN, StageKind.WON, StageKind.LOST)
    return sorted(drafts, key=lambda draft: (endings.index(draft.kind), place.get(draft.key, 0)))


def precedence(keys: Sequence[str], deals: Mapping[tuple[str, str], int]) -> dict[str, int]:
    """Key → place, lowest first. `deals`: (one, other) → how many deals were in one before the other."""
    score: Counter[str] = Counter()
    for one in keys:
        for other in keys:
            difference = deals.get((one, other), 0) - deals.get((other, one), 0)
            score[one] -= (difference > 0) - (difference < 0)
    return {key: score[key] for key in keys}


async def _store(
    tx: Transaction, playbook: Playbook, mapping: ExportMapping, drafts: list[Draft], today: datetime
) -> None:
    outcomes = {r["key"]: Outcome(r["won"], r["closed"]) for r in await tx.fetch(_OUTCOMES)}
    stays = {row["stage_id"]: Stays.of(row) for row in await tx.fetch(_POINTS, today)}
    await PlaybookTable.create(
        using_db=tx.orm,
        id=playbook.id,
        key=playbook.key,
        version=playbook.version,
        name=playbook.name,
        description=f"Measured from the {mapping.title} import. Complete its stages, then publish it.",
        status=PlaybookStatus.DRAFT,
    )
    stages = [_stage(playbook, place, draft, drafts, outcomes, stays) for place, draft in enumerate(drafts)]
    await StageTable.bulk_create(stages, using_db=tx.orm)
    await append(tx, playbook_created(playbook.id, key=playbook.key, version=playbook.version, actor_id=None))


def _stage(
    playbook: Playbook,
    place: int,
    draft: Draft,
    drafts: list[Draft],
    outcomes: Mapping[str, Outcome],
    stays: Mapping[UUID, Stays],
) -> StageTable:
    probability = win_probability(draft, place, sum(d.kind is StageKind.OPEN for d in drafts), outcomes)
    stay = stays.get(draft.id) if draft.kind is StageKind.OPEN else None
    target = None if stay is None else min(max(1, int(stay.median + 0.5)), LONGEST_TARGET)
    measured = stay is not None and stay.over >= ENOUGH_STAYS
    return StageTable(
        id=draft.id,
        playbook_id=playbook.id,
        key=draft.key,
        name=draft.name,
        aliases=list(draft.spellings),
        position=place,
        kind=draft.kind,
        win_probability=probability,
        forecast_category=forecast_category(draft.kind, probability),
        target_days=target,
        stall_after_days=target,
        own_stall_days={"": max(LEAST_DAYS, stay.usual)} if stay is not None and measured else None,
    )


def win_probability(draft: Draft, place: int, open_stages: int, outcomes: Mapping[str, Outcome]) -> float:
    if draft.kind is not StageKind.OPEN:
        return 1.0 if draft.kind is StageKind.WON else 0.0
    outcome = outcomes.get(draft.key)
    if outcome is None:
        return round((place + 1) / (open_stages + 1), 4)
    return round(outcome.won / outcome.closed, 4)


def forecast_category(kind: StageKind, probability: float) -> ForecastCategory:
    if kind is not StageKind.OPEN:
        return ForecastCategory.CLOSED if kind is StageKind.WON else ForecastCategory.OMITTED
    if probability >= _LIKELY:
        return ForecastCategory.COMMIT
    return ForecastCategory.BEST_CASE if probability >= _PROMISING else ForecastCategory.PIPELINE
