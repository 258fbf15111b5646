"""Partners of an export. A partner that was imported before is known by the system and the id; else by its key, which
is the one that the export gives or the one that its name makes. What the export fills wins; empty cells change nothing.

A parent is named by its key, its id in the same system, or its name, and may stand anywhere in the file.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any
from uuid import UUID

import asyncpg

from app.database import Transaction, joined
from app.imports.directory import Counts
from app.imports.fields import id_reader, name_reader
from app.imports.member_cells import Organizations, list_reader, organizations, word_reader
from app.imports.plan import Export, Plan
from app.imports.run import ImportRequest
from app.imports.sources import SourceFile
from app.members import store
from app.members.partners import key_of, upsert_partner
from app.members.store import acting_by
from app.outcomes import Refused
from app.vocabulary import PartnerKind, PartnerStatus, PartnerTier

ROLE = "partners"
MEANS = "import"
_FIELDS = ("name", "tier", "partner_kind", "industries", "region", "regions", "status")
_KNOWN = "SELECT id, key, external_id FROM organization WHERE kind = 'PARTNER' AND (external_id = $1 OR key = $2)"
_SNAPSHOT = "SELECT to_jsonb(g)::text AS row FROM organization g WHERE id = $1"


@dataclass(frozen=True, slots=True)
class PartnerRow:
    line: int
    external_id: str | None
    key: str | None
    parent: str | None
    given: dict[str, Any]


async def write(
    tx: Transaction,
    order: ImportRequest,  # noqa: ARG001 # as others are called
    export: Export,
    source: SourceFile,
) -> Counts:
    plan, counted = Plan(ROLE, export, source), {"created": 0, "updated": 0, "unchanged": 0}
    waiting = list(_rows(export, plan))
    export.settle()
    await store.take_turn(tx)
    known = await organizations(tx.connection, export.mapping.system)
    with joined(tx), acting_by(MEANS):
        while waiting:
            # Parents before their children; what is left names parents that there are not, or each other.
            ready = [row for row in waiting if row.parent is None or known.called(row.parent) is not None]
            for row in ready:
                done = await _save(tx, plan, known, row)
                if done is not None:
                    counted[done] += 1
            waiting = [row for row in waiting if row not in ready]
            if not ready:
                for row in waiting:
                    plan.turn_down(row.line, _column(plan, "parent"), row.parent or "", "names no partner that is here")
                break
    return Counts(**counted)


def _rows(export: Export, plan: Plan) -> Iterator[PartnerRow]:
    file = plan.file
    meant = {name: column.values for name, column in file.columns.items()}
    plan.take("external_id", lambda at: id_reader(at, export.ids))
    plan.take("key", name_reader)
    plan.take("parent", name_reader)
    plan.take("name", name_reader)
    plan.take("tier", lambda at: word_reader(at, PartnerTier, meant["tier"]))
    plan.take("kind", lambda at: word_reader(at, PartnerKind, meant["kind"]))
    plan.take("industries", list_reader)
    plan.take("region", name_reader)
    plan.take("regions", list_reader)
    plan.take("status", lambda at: word_reader(at, PartnerStatus, meant["status"]))
    first_lines: dict[object, int] = {}
    for line, row in plan.rows():
        values = plan.values(line, row)
        if values is None:
            continue
        external_id, key, parent, *rest = values
        same = external_id or key or rest[0]
        if same is None:
            plan.reject(line, plan.column(0), "", "is empty, and so are key and name")
            continue
        if external_id is not None:
            export.ids.look(plan.place(plan.column(0)), line, str(external_id))
        if first_lines.setdefault(same, line) != line:
            plan.reject(line, plan.column(0), str(same), f"is already on an earlier line: {first_lines[same]}")
            continue
        given = {name: value for name, value in zip(_FIELDS, rest, strict=True) if value is not None}
        yield PartnerRow(line, _text(external_id), _text(key), _text(parent), given)


def _text(value: object) -> str | None:
    return None if value is None else str(value)


async def _save(tx: Transaction, plan: Plan, known: Organizations, row: PartnerRow) -> str | None:
    """`created`, `updated` or `unchanged`; None where it was rejected, and nothing of it stays."""
    own = f"{plan.export.mapping.system}:{row.external_id}" if row.external_id else None
    key = (row.key or key_of(str(row.given.get("name", "")))).lower()
    found = await _found(tx, own, key)
    given = dict(row.given)
    if own is not None and (found is None or found["external_id"] is None):
        given["external_id"] = own
    if found is None and row.key:
        given["key"] = key
    if row.parent is not None:
        given["parent_id"] = known.called(row.parent)
    before = await _snapshot(tx, found and found["id"])
    try:
        async with tx.connection.transaction():
            outcome = await upsert_partner(None, given, partner_id=found["id"] if found else None)
    except asyncpg.UniqueViolationError:
        plan.turn_down(row.line, plan.column(0), row.external_id or key, "is another partner's key or id already")
        return None
    if isinstance(outcome, Refused):
        error = outcome.errors[0]
        column = _column(plan, {"parentId": "parent", "externalId": "external_id"}.get(error.path[0], error.path[0]))
        plan.turn_down(row.line, column, row.external_id or key, error.message)
        return None
    after = await tx.fetchrow("SELECT id, key, external_id, name FROM organization WHERE id = $1", outcome.partner_id)
    assert after is not None
    known.add(after["id"], after["key"], after["external_id"], after["name"])
    if outcome.created:
        return "created"
    return "unchanged" if await _snapshot(tx, outcome.partner_id) == before else "updated"


async def _found(tx: Transaction, external_id: str | None, key: str) -> asyncpg.Record | None:
    """By the id, else by the key of one that has no id of another system's."""
    rows = await tx.fetch(_KNOWN, external_id, key)
    by_id = [row for row in rows if external_id is not None and row["external_id"] == external_id]
    by_key = [row for row in rows if row["key"] == key and (row["external_id"] is None or external_id is None)]
    return next(iter([*by_id, *by_key]), None)


async def _snapshot(tx: Transaction, id: UUID | None) -> object:
    row = await tx.fetchrow(_SNAPSHOT, id) if id is not None else None
    return row and row["row"]


def _column(plan: Plan, field: str) -> str:
    column = plan.file.columns.get(field)
    return (column.column or column.join)[0] if column else field
