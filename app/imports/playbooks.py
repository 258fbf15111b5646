"""The playbook that an import's deals go onto: one that exists, and what its stage names mean."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType
from uuid import UUID

import asyncpg

from app.imports.faults import ImportStopped, UnknownStages
from app.imports.stages import StageNames, StageRow, match
from app.playbooks.placing import StageProfile, counterpart
from app.vocabulary import StageKind

# A key's version for imports: the published one, else the draft, else the newest archived one.
_FIND = """
SELECT id, key, name, version, status FROM playbook WHERE key = $1
ORDER BY status = 'PUBLISHED' DESC, status = 'DRAFT' DESC, version DESC LIMIT 1
"""

_STAGES = """
SELECT s.id, s.playbook_id, s.key, s.name, s.aliases, s.kind,
    row_number() OVER (PARTITION BY s.playbook_id ORDER BY s.kind <> 'OPEN', s.position, s.key) AS rank
FROM stage s JOIN playbook p ON p.id = s.playbook_id
WHERE p.key = $1
"""

_COUNTS = """
SELECT stage, sum(deals)::int AS deals, sum(moves)::int AS moves FROM (
    SELECT stage, count(*) AS deals, 0 AS moves FROM import_deal GROUP BY stage
    UNION ALL
    SELECT stage, 0, count(*) FROM import_move GROUP BY stage
) AS said GROUP BY stage ORDER BY deals DESC, moves DESC, stage
"""


@dataclass(frozen=True, slots=True)
class Playbook:
    id: UUID
    key: str
    name: str
    version: int
    status: str

    def __str__(self) -> str:
        return f"playbook “{self.key}” (version {self.version}, {self.status.lower()})"


async def choose(connection: asyncpg.Connection, key: str | None, system: str, *, create: bool) -> Playbook | None:
    """By `key`; without one, the playbook called like the system, else the only published one. None: to be created."""
    found = await _by_key(connection, key or system)
    if found is not None or create:
        return found
    known = await connection.fetch("SELECT DISTINCT key FROM playbook WHERE status = 'PUBLISHED' ORDER BY key")
    keys: list[str] = [row["key"] for row in known]
    if key is None and len(keys) == 1:
        return await _by_key(connection, keys[0])
    listed = f"Published playbooks: {', '.join(keys)}." if keys else "No playbook is published."
    wish = f"There is no playbook “{key}”." if key else "Say which playbook the deals go onto."
    way_out = "Name one with --playbook, or make a draft of the export with --create-playbook."
    raise ImportStopped(f"{wish} {listed} {way_out}")


async def _by_key(connection: asyncpg.Connection, key: str) -> Playbook | None:
    row = await connection.fetchrow(_FIND, key)
    return None if row is None else Playbook(**dict(row))


async def stages_of(connection: asyncpg.Connection, key: str) -> list[StageRow]:
    """The stages of all versions of a playbook."""
    rows = await connection.fetch(_STAGES, key)
    return [StageRow(**{**row, "kind": StageKind(row["kind"]), "aliases": tuple(row["aliases"])}) for row in rows]


async def place(
    connection: asyncpg.Connection, playbook: Playbook, names: StageNames, mapped: Mapping[str, str], way_out: str
) -> None:
    """Fill `import_name` and `import_place`. Raises `UnknownStages` when the export says others."""
    stages = await stages_of(connection, playbook.key)
    keys = match(names.spellings, (stage for stage in stages if stage.playbook_id == playbook.id), mapped)
    unknown = [row for row in await stage_counts(connection) if row["stage"] not in keys]
    if unknown:
        counts = [(names.spellings[row["stage"]], row["deals"], row["moves"]) for row in unknown]
        absent = sorted(set(mapped.values()) - {stage.key for stage in stages if stage.playbook_id == playbook.id})
        if absent:
            way_out = f"The mapping names keys that the playbook doesn't have: {', '.join(absent)}.\n{way_out}"
        raise UnknownStages(str(playbook), counts, way_out)
    former = dict(_former(stages, playbook.id))
    await fill(connection, keys.items(), stages, former)
    await connection.copy_records_to_table("import_former", records=list(former.items()))


def _former(stages: Sequence[StageRow], playbook_id: UUID) -> Iterator[tuple[UUID, str]]:
    """Stages of other versions that are called otherwise in this one, with their keys here. Of several that were merged
    it is the first: a name means one stage."""
    here = [as_place(stage) for stage in stages if stage.playbook_id == playbook_id]
    taken = {(stage.playbook_id, stage.key) for stage in stages}
    for stage in stages:
        found = None if stage.playbook_id == playbook_id else counterpart(as_place(stage), here, {}).stage
        if found is not None and (stage.playbook_id, found.key) not in taken:
            taken.add((stage.playbook_id, found.key))
            yield stage.id, found.key


def as_place(stage: StageRow) -> StageProfile:
    return StageProfile(stage.id, stage.key, stage.name, stage.kind, stage.aliases)


async def fill(
    connection: asyncpg.Connection,
    names: Iterable[tuple[int, str]],
    stages: Iterable[StageRow],
    former: Mapping[UUID, str] = MappingProxyType({}),
) -> None:
    """`former`: keys by which stages go that are called otherwise in their own version."""
    await connection.execute("TRUNCATE import_name, import_place")
    await connection.copy_records_to_table("import_name", records=list(names))
    places = [(s.id, s.playbook_id, former.get(s.id, s.key), s.rank, s.kind.value) for s in stages]
    await connection.copy_records_to_table("import_place", records=places)
    await connection.execute("ANALYZE import_name; ANALYZE import_place")


async def stage_counts(connection: asyncpg.Connection) -> list[asyncpg.Record]:
    rows: list[asyncpg.Record] = await connection.fetch(_COUNTS)
    return rows
