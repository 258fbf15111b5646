"""The stages that figures are told by: one for all versions of a playbook, in the order of the newest that has it.

Versions share the playbook's key, and a stage keeps its own. A stage is named by its id in the published version, as
far as the viewer sees that, else in the newest version.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any
from uuid import UUID

from app.database.sql import Slot, Sql, Statement, sql
from app.events.log import Reader
from app.identity.scopes import VisibilityScope, scope_of, slots_of
from app.identity.viewer import Viewer
from app.identity.visibility import visible
from app.vocabulary import StageKind

_PLAYBOOK = Slot("filter.playbook_key")
_IDS, _PLACES, _RANKS, _KINDS = Slot("stage.ids"), Slot("stage.places"), Slot("stage.ranks"), Slot("stage.kinds")
PLAYBOOKS = Slot("stage.playbooks")
"""The ids of the versions."""
_BOOKS, _VERSIONS, _TARGETS = Slot("stage.books"), Slot("stage.versions"), Slot("stage.targets")

PLACE = sql(
    "place AS MATERIALIZED (SELECT * FROM unnest({}::uuid[], {}::int[], {}::int[], {}::text[], {}::int[], {}::int[],"
    " {}::float8[]) AS s(id, place, rank, kind, book, version, target))",
    *(_IDS, _PLACES, _RANKS, _KINDS, _BOOKS, _VERSIONS, _TARGETS),
)
"""A common table expression: every stage of every version, with its number here. `rank`: the order of open stages;
null of others. `book` and `version` number playbooks and their versions. `target`: days, as the version says that the
stage is named by."""


@dataclass(frozen=True, slots=True)
class Place:
    """`win_probability` and `target_days` as the version says that it is named by. `shown`: the viewer sees it whatever
    deals they see."""

    number: int
    stage_id: UUID
    playbook_key: str
    key: str
    kind: StageKind
    rank: int
    win_probability: float
    target_days: int | None
    shown: bool

    @property
    def is_open(self) -> bool:
        return self.kind is StageKind.OPEN


@dataclass(frozen=True, slots=True)
class Places:
    """`slots`: what statements with `PLACE` take."""

    all: Sequence[Place]
    slots: Mapping[str, object]

    def listed(self, touched: set[int]) -> Iterator[Place]:
        """The open stages to list, in order: of the playbooks that have any of those `touched`, and those."""
        books = {self.all[number].playbook_key for number in touched}
        for place in self.all:
            if place.is_open and (place.number in touched or (place.shown and place.playbook_key in books)):
                yield place


@lru_cache(maxsize=8)
def _statement(scope: VisibilityScope, of_one: bool) -> Statement:
    only: Sql = sql(" WHERE p.key = {}", _PLAYBOOK) if of_one else sql("")
    return sql(
        "SELECT s.id, s.key, s.kind, s.win_probability, s.target_days, s.playbook_id, p.key AS playbook,"
        " p.status = 'PUBLISHED' AS published, {} AS visible"
        " FROM stage s JOIN playbook p ON p.id = s.playbook_id{}"
        " ORDER BY p.key, p.status = 'PUBLISHED' DESC, p.status = 'DRAFT', p.version DESC, s.kind <> 'OPEN',"
        " s.position, s.id",
        visible(scope, "stage", "s"),
        only,
    ).statement()


async def read_places(db: Reader, viewer: Viewer, playbook_key: str | None) -> Places:
    """Of one playbook, or of all."""
    statement = _statement(scope_of(viewer), playbook_key is not None)
    slots = {**slots_of(viewer), _PLAYBOOK.name: playbook_key}
    rows = await db.fetch(statement.text, *statement.arguments(slots))
    by_key: dict[tuple[str, str], Place] = {}
    books: dict[str, int] = {}
    versions: dict[UUID, int] = {}
    columns: list[tuple[Any, ...]] = []
    for row in rows:
        place = by_key.get((row["playbook"], row["key"]))
        if place is None:
            place = by_key[row["playbook"], row["key"]] = Place(
                number=len(by_key),
                stage_id=row["id"],
                playbook_key=row["playbook"],
                key=row["key"],
                kind=StageKind(row["kind"]),
                rank=len(by_key),
                win_probability=row["win_probability"],
                target_days=row["target_days"],
                shown=row["published"] and row["visible"],
            )
        book = books.setdefault(row["playbook"], len(books))
        version = versions.setdefault(row["playbook_id"], len(versions))
        rank = place.rank if row["kind"] == StageKind.OPEN else None
        columns.append((row["id"], place.number, rank, row["kind"], book, version, place.target_days))
    names = (_IDS, _PLACES, _RANKS, _KINDS, _BOOKS, _VERSIONS, _TARGETS)
    values = [list(column) for column in zip(*columns, strict=True)] or [[] for _ in names]
    slots = {slot.name: value for slot, value in zip(names, values, strict=True)}
    return Places(list(by_key.values()), {**slots, PLAYBOOKS.name: list(versions)})
