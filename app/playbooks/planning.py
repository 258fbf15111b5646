"""The plan by which open deals move to another version: made before anything is changed, and the same for a dry run.

Read by a number of statements that depends on nothing; `deals` is the text of a relation of them (id, playbook_id,
stage_id).
"""

from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from uuid import UUID

import asyncpg

from app.deals.names import name_key
from app.events.log import Reader
from app.playbooks import carrying
from app.playbooks.carrying import Pair, Requirement
from app.playbooks.placing import Counterpart, StageProfile, counterpart
from app.vocabulary import LapseReason, PlacementBasis, StageKind, UnplacedReason

LISTED = 500
"""Of the deals that stay, so many are named; all are counted."""

_STAGES = """
SELECT p.id AS playbook_id, p.version, s.id, s.key, s.name, s.kind, s.aliases, coalesce(d.deals, 0) AS deals
FROM playbook p JOIN stage s ON s.playbook_id = p.id
LEFT JOIN (SELECT stage_id, count(*) AS deals FROM {deals} d GROUP BY stage_id) d ON d.stage_id = s.id
WHERE p.id = ANY ($1::uuid[]) ORDER BY p.key, p.version, s.kind <> 'OPEN', s.position, s.id
"""
_CRITERIA = """
SELECT s.playbook_id, c.id, c.stage_id, c.key, c.description AS text, c.expression IS NOT NULL AS computed
FROM criterion c JOIN stage s ON s.id = c.stage_id
WHERE s.playbook_id = ANY ($1::uuid[]) ORDER BY s.kind <> 'OPEN', s.position, c.phase, c.position, c.id
"""
_ACTIVITIES = """
SELECT s.playbook_id, a.id, a.stage_id, a.key, a.name AS text, FALSE AS computed
FROM activity a JOIN stage s ON s.id = a.stage_id
WHERE s.playbook_id = ANY ($1::uuid[]) ORDER BY s.kind <> 'OPEN', s.position, a.position, a.id
"""
_MARKS = """
SELECT m.criterion_id, m.wording, count(*) AS marks FROM {deals} d JOIN criterion_mark m ON m.opportunity_id = d.id
WHERE m.met AND d.stage_id = ANY ($1::uuid[]) GROUP BY m.criterion_id, m.wording
"""
_UNPLACED = """
SELECT d.id, s.key, s.id AS stage_id FROM {deals} d JOIN stage s ON s.id = d.stage_id
WHERE NOT d.stage_id = ANY ($1::uuid[]) ORDER BY d.id LIMIT $2
"""


@dataclass(frozen=True, slots=True)
class Placement:
    """The open deals of one stage of one version. `to_stage_id`, `to_key` and `basis` are None where they stay, and
    `reason` says why."""

    from_stage_id: UUID
    from_version: int
    from_key: str
    deals: int
    to_stage_id: UUID | None
    to_key: str | None
    basis: PlacementBasis | None
    reason: UnplacedReason | None


@dataclass(frozen=True, slots=True)
class Lapse:
    """`marks`: of how many deals people's word on this criterion of an old version no longer counts."""

    criterion_id: UUID
    version: int
    stage_key: str
    criterion_key: str
    wording: str
    reason: LapseReason
    new_wording: str | None
    marks: int


@dataclass(frozen=True, slots=True)
class Unplaced:
    """An open deal that stays on its version."""

    opportunity_id: UUID
    stage_key: str
    reason: UnplacedReason = UnplacedReason.NO_COUNTERPART


@dataclass(frozen=True, slots=True)
class Plan:
    """`places`: old stage → new one, of those whose deals move. `criteria`, `activities`: what carries what was
    said."""

    placements: tuple[Placement, ...]
    unplaced: tuple[Unplaced, ...]
    lapses: tuple[Lapse, ...]
    places: Mapping[UUID, UUID]
    criteria: Sequence[Pair]
    activities: Sequence[Pair]

    @property
    def moved(self) -> int:
        return sum(one.deals for one in self.placements if one.to_stage_id is not None)

    @property
    def staying(self) -> int:
        return sum(one.deals for one in self.placements if one.to_stage_id is None)


@dataclass(frozen=True, slots=True)
class _Old:
    """A stage that deals come from."""

    place: StageProfile
    playbook_id: UUID
    version: int
    deals: int
    counterpart: Counterpart


async def plan(db: Reader, deals: str, sources: Sequence[UUID], target_id: UUID, mapping: Mapping[str, str]) -> Plan:
    """`sources`: the versions that the deals may stand on."""
    rows = await db.fetch(_STAGES.format(deals=deals), [*sources, target_id])
    new = [_place(row) for row in rows if row["playbook_id"] == target_id]
    old = [_old(row, new, mapping) for row in rows if row["playbook_id"] != target_id]
    in_use = {one.playbook_id for one in old if one.deals}
    places = {one.place.id: one.counterpart.open_stage.id for one in old if one.deals and one.counterpart.open_stage}
    criteria, asked = await _paired(db, _CRITERIA, carrying.criteria, old, in_use, target_id)
    activities, _ = await _paired(db, _ACTIVITIES, carrying.activities, old, in_use, target_id)
    stages = {one.place.id: one for one in old}
    return Plan(
        placements=tuple(_placement(one) for one in old if one.deals),
        unplaced=await _unplaced(db, deals, stages, places),
        lapses=await _lapses(db, deals, stages, places, asked, criteria),
        places=places,
        criteria=criteria,
        activities=activities,
    )


def _place(row: asyncpg.Record) -> StageProfile:
    return StageProfile(row["id"], row["key"], row["name"], StageKind(row["kind"]), tuple(row["aliases"]))


def _old(row: asyncpg.Record, new: Sequence[StageProfile], mapping: Mapping[str, str]) -> _Old:
    place = _place(row)
    return _Old(place, row["playbook_id"], row["version"], row["deals"], counterpart(place, new, mapping))


def _placement(one: _Old) -> Placement:
    to = one.counterpart.open_stage
    return Placement(
        from_stage_id=one.place.id,
        from_version=one.version,
        from_key=one.place.key,
        deals=one.deals,
        to_stage_id=to.id if to else None,
        to_key=to.key if to else None,
        basis=one.counterpart.basis if to else None,
        reason=one.counterpart.unplaced,
    )


async def _paired(
    db: Reader,
    statement: str,
    pair: "carrying.Pairing",
    old: Sequence[_Old],
    in_use: set[UUID],
    target_id: UUID,
) -> tuple[list[Pair], dict[UUID, Requirement]]:
    """What carries, version by version, and everything old that is asked."""
    asked: dict[UUID, list[Requirement]] = defaultdict(list)
    for row in await db.fetch(statement, [*in_use, target_id]):
        asked[row["playbook_id"]].append(Requirement(*(row[n] for n in ("id", "stage_id", "key", "text", "computed"))))
    found = []
    for version in in_use:
        stages = {
            one.place.id: one.counterpart.stage.id
            for one in old
            if one.playbook_id == version and one.counterpart.stage is not None
        }
        found += pair(asked[version], asked[target_id], stages)
    return found, {one.id: one for version in in_use for one in asked[version]}


async def _unplaced(
    db: Reader, deals: str, stages: Mapping[UUID, _Old], places: Mapping[UUID, UUID]
) -> tuple[Unplaced, ...]:
    rows = await db.fetch(_UNPLACED.format(deals=deals), list(places), LISTED)
    return tuple(
        Unplaced(row["id"], row["key"], stages[row["stage_id"]].counterpart.unplaced or UnplacedReason.NO_COUNTERPART)
        for row in rows
    )


async def _lapses(
    db: Reader,
    deals: str,
    stages: Mapping[UUID, _Old],
    places: Mapping[UUID, UUID],
    asked: Mapping[UUID, Requirement],
    pairs: Sequence[Pair],
) -> tuple[Lapse, ...]:
    marks: Counter[UUID] = Counter()
    for row in await db.fetch(_MARKS.format(deals=deals), list(places)):
        one = asked.get(row["criterion_id"])
        if one is not None and (row["wording"] is None or name_key(row["wording"]) == name_key(one.text)):
            marks[one.id] += row["marks"]
    return tuple(
        Lapse(
            criterion_id=one.id,
            version=stages[one.stage_id].version,
            stage_key=stages[one.stage_id].place.key,
            criterion_key=one.key,
            wording=one.text,
            reason=reason,
            new_wording=new.text if new else None,
            marks=marks[one.id],
        )
        for one, reason, new in carrying.lapses(list(asked.values()), pairs)
        if marks[one.id]
    )
