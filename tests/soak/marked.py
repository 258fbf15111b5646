"""Two databases that differ in what competitors of a partner have in them, all of which is marked in the first.

`A` is one partner of the demo programme. Whatever of the partners' data its manager may not see is the competitors':
every text of it says MARK, every amount begins with 7777, and its ids are known.
"""

from dataclasses import dataclass
from uuid import UUID

import asyncpg
from tortoise.contrib.postgres.fields import TSVectorField
from tortoise.fields.data import CharEnumFieldInstance, CharField, TextField

from app.database import Database, use
from app.database.sql import sql
from app.demo.people import demo_id
from app.identity.scopes import scope_of, slots_of
from app.identity.users import viewer_of
from app.identity.visibility import visible
from app.models.columns import ExactNumericField
from app.models.tables import all_models, columns_of, table_of
from app.nouns import BY_TABLE, Noun
from app.nouns.noun import nobody
from app.nouns.order import WRITING_ORDER
from schema.engine.declare import _BY_PREFIX

MARK, AMOUNT = "MARKB", 7777
KEYS = ("stage_key", "playbook_key", "question_key", "criterion_key", "field")


def _is_partners(noun: Noun) -> bool:
    """Whether its rows are some partner's, and not derived from others' as what deals are found by."""
    return noun.seen_by not in (None, nobody) and not noun.row_security.public and "id" in columns_of(noun.model)  # type: ignore[union-attr]


OWNED = ("event", *(table for table in reversed(WRITING_ORDER) if _is_partners(BY_TABLE[table])))
"""What belongs to partners, what points at others first."""


@dataclass(frozen=True)
class Marked:
    """`foreign` and `own`: ids of the competitors' and of A's things, by prefix; `marks`: what must never be heard."""

    own: dict[str, list[str]]
    foreign: dict[str, list[str]]
    marks: tuple[bytes, ...]


async def mark(database: Database, manager: str) -> Marked:
    """Mark what this manager of A may not see."""
    hidden = {table: await _hidden(database, table, manager) for table in OWNED}
    own = {table: await _keys(database, table) for table in OWNED}
    for table in OWNED:
        await _mark(database, table, hidden[table])
    foreign_ids = _by_prefix({table: list(hidden[table]) for table in OWNED})
    own_ids = _by_prefix({table: [key for key in own[table] if key not in hidden[table]] for table in OWNED})
    # A prediction has its deal's id: who sees the deal and not what is foretold of it knows that id.
    seen = {key for table in OWNED for key in own[table] if key not in hidden[table]}
    uuids = {str(key) for table in OWNED for key in hidden[table] if isinstance(key, UUID) and key not in seen}
    return Marked(own_ids, foreign_ids, (MARK.encode(), str(AMOUNT).encode(), *(key.encode() for key in uuids)))


async def take_away(database: Database, manager: str) -> None:
    """Delete what this manager of A may not see."""
    hidden = {table: await _hidden(database, table, manager) for table in OWNED}
    async with database.transaction() as tx:
        await tx.execute("SET LOCAL session_replication_role = replica")
        for table in OWNED:
            key = _key(table)
            await tx.execute(f"DELETE FROM {table} WHERE {key} = ANY ($1)", list(hidden[table]))


def _key(table: str) -> str:
    return "seq" if table == "event" else "id"


async def _keys(database: Database, table: str) -> list[object]:
    return [row["key"] for row in await database.fetch(f"SELECT {_key(table)} AS key FROM {table} ORDER BY 1")]


async def _hidden(database: Database, table: str, manager: str) -> set[object]:
    use(database)
    viewer = await viewer_of(str(demo_id(f"user/{manager}")))
    assert viewer is not None
    condition = sql(
        f"SELECT t.{_key(table)} AS key FROM {table} t WHERE ({{}}) IS NOT TRUE", visible(scope_of(viewer), table, "t")
    ).statement()
    hidden = {row["key"] for row in await database.fetch(condition.text, *condition.arguments(slots_of(viewer)))}
    if table == "event":  # of the vendor's drafts nobody's data is told
        deals = await database.fetch("SELECT seq FROM event WHERE opportunity_id IS NULL")
        hidden -= {row["seq"] for row in deals}
    return hidden


async def _mark(database: Database, table: str, keys: set[object]) -> None:
    model = next(model for model in all_models().values() if table_of(model) == table)
    changes = []
    for name, field in model._meta.fields_map.items():
        if name == "percent":
            continue  # of 100 at most
        if isinstance(field, ExactNumericField):
            changes.append(f"{name} = CASE WHEN {name} IS NOT NULL THEN {AMOUNT}000 + {name} % 1000 END")
        elif isinstance(field, TSVectorField | CharEnumFieldInstance | CharField) or not isinstance(field, TextField):
            continue
        elif name not in ("language", "subject", "external_system", *KEYS):
            changes.append(f"{name} = '{MARK} ' || coalesce({name}, '{name}') || {_key(table)}::text")
    if changes:
        await database.fetch(f"UPDATE {table} SET {', '.join(changes)} WHERE {_key(table)} = ANY ($1)", list(keys))


def _by_prefix(keys: dict[str, list[object]]) -> dict[str, list[str]]:
    found: dict[str, list[str]] = {}
    for prefix, entity in _BY_PREFIX.items():
        if entity.table in keys:
            found[prefix] = [f"{prefix}_{key}" for key in keys[entity.table]]
    return found


async def contents(database: Database, foreign: Marked) -> dict[str, object]:
    """A hash over all that is the competitors', to show that nobody else changed it."""
    hashes: dict[str, object] = {}
    uuids = [UUID(id.partition("_")[2]) for ids in foreign.foreign.values() for id in ids]
    for table in OWNED:
        if table == "event":
            continue
        rows = await database.fetch(
            f"SELECT md5(string_agg(t::text, ',' ORDER BY t.id)) AS hash FROM {table} t WHERE t.id = ANY ($1)", uuids
        )
        hashes[table] = rows[0]["hash"]
    return hashes


async def copied(postgres: str, template: str, name: str) -> None:
    connection = await asyncpg.connect(postgres)
    try:
        await connection.execute(f"CREATE DATABASE {name} TEMPLATE {template}")
    finally:
        await connection.close()
