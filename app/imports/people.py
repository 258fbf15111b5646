"""Users of an export. One who was imported before is known by the system and the id; else by the e-mail address, at the
same organisation. What the export fills wins; empty cells change nothing.

They work for the partner that the row names (by its key, its id in the same system, or its name), else for that of
`--partner`, else for the vendor. Without a role in the row or in `--role`, a partner's people are sellers, and the
vendor's are rejected. Whoever is inactive in the export hands over by the rule that goes for leavers.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any
from uuid import UUID

import asyncpg

from app.database import Transaction, joined
from app.imports.directory import Counts
from app.imports.fields import id_reader, name_reader
from app.imports.member_cells import Organizations, organizations, truth_reader, word_reader
from app.imports.partners import MEANS
from app.imports.plan import Export, Plan
from app.imports.run import ImportRequest, partner_of
from app.imports.sources import SourceFile
from app.members import store
from app.members.addresses import address_key
from app.members.heirs import heir_of
from app.members.store import acting_by
from app.members.users import upsert_user
from app.outcomes import Refused
from app.vocabulary import Role

ROLE = "users"
_FIELDS = ("email", "role", "language", "time_zone", "active")
_KNOWN = """
SELECT u.id, u.external_id, u.email_key, g.kind, u.organization_id FROM user_account u
JOIN organization g ON g.id = u.organization_id
WHERE NOT u.api_client AND (u.external_id = $1 OR u.email_key = $2)
"""
_SNAPSHOT = "SELECT (to_jsonb(u) - 'deactivated_at')::text AS row FROM user_account u WHERE id = $1"
_NAME = "UPDATE user_account SET external_id = $2 WHERE id = $1 AND external_id IS NULL"


@dataclass(frozen=True, slots=True)
class UserRow:
    line: int
    external_id: str
    partner: str | None
    given: dict[str, Any]


async def write(tx: Transaction, order: ImportRequest, export: Export, source: SourceFile) -> Counts:
    plan, counted = Plan(ROLE, export, source), {"created": 0, "updated": 0, "unchanged": 0}
    rows = list(_rows(export, plan))
    export.settle()
    await store.take_turn(tx)
    home = await partner_of(tx.connection, order.partner)
    known = await organizations(tx.connection, export.mapping.system)
    with joined(tx), acting_by(MEANS):
        for row in rows:
            done = await _save(tx, order, plan, known, home, row)
            if done is not None:
                counted[done] += 1
    return Counts(**counted)


def _rows(export: Export, plan: Plan) -> Iterator[UserRow]:
    meant = plan.file.columns["role"].values if "role" in plan.file.columns else {}
    plan.take("external_id", lambda at: id_reader(at, export.ids, required=True))
    plan.take("partner", name_reader)
    for name in ("name", "first_name", "last_name", "email"):
        plan.take(name, name_reader)
    plan.take("role", lambda at: word_reader(at, Role, meant))
    plan.take("language", name_reader)
    plan.take("time_zone", name_reader)
    plan.take("active", truth_reader)
    first_lines: dict[object, int] = {}
    for line, row in plan.rows():
        values = plan.values(line, row)
        if values is None:
            continue
        external_id, partner, whole, first, last, *rest = values
        export.ids.look(plan.place(plan.column(0)), line, str(external_id))
        if first_lines.setdefault(external_id, line) != line:
            reason = f"is already on an earlier line: {first_lines[external_id]}"
            plan.reject(line, plan.column(0), str(external_id), reason)
            continue
        given = {field: value for field, value in zip(_FIELDS, rest, strict=True) if value is not None}
        called = whole or " ".join(str(part) for part in (first, last) if part)
        yield UserRow(line, str(external_id), None if partner is None else str(partner), given | (
            {"name": called} if called else {}))  # fmt: skip


async def _save(
    tx: Transaction, order: ImportRequest, plan: Plan, known: Organizations, home: UUID | None, row: UserRow
) -> str | None:
    """`created`, `updated` or `unchanged`; None where it was rejected, and nothing of it stays."""
    partner = known.called(row.partner) if row.partner else home
    if row.partner and partner is None:
        plan.turn_down(
            row.line, _column(plan, "partner"), row.partner, "names no partner that is here; import it before"
        )
        return None
    own = f"{plan.export.mapping.system}:{row.external_id}"
    found = await _found(tx, own, row.given.get("email"))
    given = dict(row.given)
    if found is None or row.partner or order.partner:
        given["partner_id"] = partner
    if found is None or ("partner_id" in given and _moves(found, partner)):
        given.setdefault("role", order.role or (Role.PARTNER_SELLER if partner else None))
        if given["role"] is None:
            plan.turn_down(row.line, _column(plan, "role"), "", "is empty; give the role in the file, or by --role")
            return None
    if found is None:
        given.setdefault("email", None)
    before = await _snapshot(tx, found and found["id"])
    try:
        async with tx.connection.transaction():
            heir = await heir_of(tx, found["id"]) if found else None
            outcome = await upsert_user(None, given, user_id=found["id"] if found else None, reassign_to=heir)
            if not isinstance(outcome, Refused):
                await tx.execute(_NAME, outcome.user_id, own)
    except asyncpg.UniqueViolationError:
        plan.turn_down(row.line, _column(plan, "email"), str(given.get("email") or ""), "is another user's address")
        return None
    if isinstance(outcome, Refused):
        error = outcome.errors[0]
        field = {"timeZone": "time_zone", "partnerId": "partner", "reassignTo": "active"}.get(
            (error.path or ("email",))[0], (error.path or ("email",))[0]
        )
        plan.turn_down(row.line, _column(plan, field), str(given.get(field) or row.external_id), error.message)
        return None
    if outcome.created:
        return "created"
    return "unchanged" if await _snapshot(tx, outcome.user_id) == before else "updated"


def _moves(found: asyncpg.Record, partner: UUID | None) -> bool:
    return (None if found["kind"] == "VENDOR" else found["organization_id"]) != partner


async def _found(tx: Transaction, external_id: str, email: object) -> asyncpg.Record | None:
    key = address_key(str(email)) if email else None
    rows = await tx.fetch(_KNOWN, external_id, key)
    return next(iter(sorted(rows, key=lambda row: row["external_id"] != external_id)), None)


async def _snapshot(tx: Transaction, id: UUID | None) -> object:
    row = await tx.fetchrow(_SNAPSHOT, id) if id is not None else None
    return row and row["row"]


def _column(plan: Plan, field: str) -> str:
    column = plan.file.columns.get(field)
    return (column.column or column.join)[0] if column else field
