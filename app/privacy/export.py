"""All that is known of a person, as plain data: their own row, every row that names them by its keys, what stands in
the audit log and the event log of them, and every text that speaks of them by name or address."""

from datetime import UTC, datetime
from typing import Any
from uuid import UUID

import orjson

from app.audit import Entry, add
from app.database import Transaction
from app.models.tables import references_of
from app.nouns import BY_TABLE
from app.privacy.person import Person, person_of
from app.privacy.spellings import pattern_of
from app.privacy.texts import finding, tables

MOST_ROWS = 100_000
"""Of one table; more of them are counted, not listed."""
_SECRET = ("salt", "hash", "secret")

_LOGS = {
    "audit_entry": "t.actor_id = $1 OR t.subject = $2",
    "event": "t.actor_id = $1 OR t.subject_id = $1",
    "provisioned_user": "t.id = $1",
}


async def export(tx: Transaction, table: str, id: UUID) -> dict[str, Any]:
    """Raises `NoSuchPerson`. The transaction is that of the tables' owner."""
    person = await person_of(tx, table, id)
    document = {
        "id": person.global_id,
        "exportedAt": datetime.now(UTC).isoformat(),
        "person": dict(person.row),
        "rows": await _rows(tx, person),
        "texts": await _texts(tx, person),
    }
    await add(tx, Entry("PERSON_EXPORTED", None, person.global_id, {"by": "command"}))
    return document


async def _rows(tx: Transaction, person: Person) -> dict[str, list[Any]]:
    """By table and column that names them."""
    found: dict[str, list[Any]] = {}
    for name in BY_TABLE:
        for column in sorted(one for one, target in references_of(name).items() if target == person.table):
            rows = await _read(tx, name, f't."{column}" = $1', person.id)
            if rows:
                found[f"{name}.{column}"] = rows
    for name, condition in _LOGS.items():
        given = (person.id, person.global_id) if "$2" in condition else (person.id,)
        rows = await _read(tx, name, condition, *given)
        if rows:
            found[name] = rows
    return found


async def _texts(tx: Transaction, person: Person) -> dict[str, list[Any]]:
    """By table, rows in which a text has a full name or an address of theirs."""
    if not person.addresses and person.full_name is None:
        return {}
    patterns = [pattern_of(person.addresses, person.full_name, of_json=of_json) for of_json in (False, True)]
    found: dict[str, list[Any]] = {}
    for one in await tables(tx):
        condition = f"($1::text, $2::text) IS NOT NULL AND ({finding(one)})"
        rows = await _read(tx, one.name, condition, *patterns)
        if rows:
            found[one.name] = rows
    return found


async def _read(tx: Transaction, table: str, condition: str, *given: object) -> list[Any]:
    statement = f"SELECT to_jsonb(t)::text AS row FROM {table} t WHERE {condition} LIMIT {MOST_ROWS}"  # noqa: S608
    return [_open(orjson.loads(row["row"])) for row in await tx.fetch(statement, *given)]


def _open(row: dict[str, Any]) -> dict[str, Any]:
    """Without what is made of other columns, and without secrets."""
    return {
        name: value for name, value in row.items() if name != "search" and not any(secret in name for secret in _SECRET)
    }
