"""People at the customers of an export. What it fills of a person wins over what is stored; an empty cell changes
nothing.

A person who was imported before is known by the system and the id; else by the e-mail address, at the same customer, of
the same organisation's records. They work for the customer whose id of the same system the row has, else for the one
of that name, among those that deals of this import may be with: the partner's own and the vendor's that it has deals
with, or any by id where the import has no partner.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any
from uuid import UUID

import asyncpg

from app.contacts.values import FIELDS
from app.deals.names import name_key, word_key
from app.imports import staging
from app.imports.faults import FieldFault
from app.imports.fields import Cell, Reader, id_reader, name_reader, one_line
from app.imports.plan import Export, Plan
from app.imports.sources import SourceFile
from app.imports.staging import UUID7
from app.members.addresses import address_key
from app.nouns import CONTACT, OPPORTUNITY
from app.outcomes import Refused
from app.vocabulary import BuyingRole, EventType

ROLE = "contacts"
VALUES = ("name", "title", "email", "phone", "language", "buying_role")
_ROLES = {word_key(role.value): role.value for role in BuyingRole}
_COLUMNS = ", ".join(VALUES)

_TABLES = f"""
CREATE TEMP TABLE import_contact (
    line int, external_id text, account text, account_key text, {", ".join(f"{name} text" for name in VALUES)},
    email_key text
) ON COMMIT DROP;
CREATE TEMP TABLE IF NOT EXISTS import_account (external_id text, account_id uuid) ON COMMIT DROP
"""
_SETTLE = "ALTER TABLE import_contact ADD COLUMN account_id uuid, ADD COLUMN contact_id uuid; ANALYZE import_contact"

_SOLD_TO = "($2::uuid IS NULL OR a.partner_id = $2 OR a.partner_id IS NULL AND EXISTS (" \
    "SELECT FROM opportunity o WHERE o.account_id = a.id AND o.partner_id = $2))"  # fmt: skip
_BY_ID = f"""
UPDATE import_contact i SET account_id = a.id FROM account a
WHERE {_SOLD_TO} AND a.id = coalesce(
    (SELECT k.account_id FROM import_account k WHERE k.external_id = i.account AND k.account_id IS NOT NULL LIMIT 1),
    (SELECT s.id FROM account s WHERE s.external_id = $1 || ':' || i.account),
    (SELECT m.kept_id FROM account_merge m
     WHERE m.external_id = $1 || ':' || i.account AND m.undone_at IS NULL LIMIT 1))
"""  # noqa: S608 (the texts are constants)
_BY_NAME = """
UPDATE import_contact i SET account_id = (
    SELECT a.id FROM account a WHERE a.name_key = i.account_key
        AND (a.external_id IS NULL OR a.external_id NOT LIKE '%:')
        AND (a.partner_id IS NOT DISTINCT FROM $1 OR a.partner_id IS NULL
            AND EXISTS (SELECT FROM opportunity o WHERE o.account_id = a.id AND o.partner_id = $1))
    ORDER BY a.partner_id IS NULL, a.industry IS NULL, a.id LIMIT 1)
WHERE i.account_id IS NULL AND i.account_key IS NOT NULL
"""
_STORED = """
UPDATE import_contact i SET contact_id = c.id FROM contact c WHERE c.external_id = $1 || ':' || i.external_id
"""
_BY_ADDRESS = """
WITH meant AS (
    SELECT DISTINCT ON (c.id) c.id, i.line FROM import_contact i
    JOIN contact c ON c.account_id = i.account_id AND c.email_key = i.email_key AND c.external_id IS NULL
        AND c.partner_id IS NOT DISTINCT FROM $1
    WHERE i.contact_id IS NULL ORDER BY c.id, i.line
), first AS (
    SELECT DISTINCT ON (line) line, id FROM meant ORDER BY line, id
)
UPDATE import_contact i SET contact_id = f.id FROM first f WHERE i.line = f.line
"""
_HOMELESS = "DELETE FROM import_contact WHERE account_id IS NULL RETURNING line, coalesce(account, '') AS account"
_OTHERS = """
DELETE FROM import_contact i USING contact c
WHERE c.id = i.contact_id AND c.partner_id IS DISTINCT FROM $1 RETURNING i.line, i.external_id
"""
_MEANT = ", ".join(f"coalesce(i.{name}, c.{name})" for name in (*VALUES, "email_key"))
_UPDATE = f"""
UPDATE contact c SET ({_COLUMNS}, email_key) = ROW ({_MEANT}), account_id = i.account_id,
    external_id = $1 || ':' || i.external_id, version = c.version + 1, updated_at = now()
FROM import_contact i WHERE c.id = i.contact_id AND (
    (c.account_id, {", ".join(f"c.{name}" for name in VALUES)}) IS DISTINCT FROM (i.account_id,
        {", ".join(f"coalesce(i.{name}, c.{name})" for name in VALUES)})
    OR c.external_id IS DISTINCT FROM $1 || ':' || i.external_id)
RETURNING c.id, c.account_id, c.version
"""  # noqa: S608 (the texts are constants)
# Deals whose advice knows of these people, before it changes.
_TAKE_PART = """
SELECT o.id FROM opportunity o WHERE EXISTS (
    SELECT FROM opportunity_contact l JOIN import_contact i ON i.contact_id = l.contact_id
    JOIN contact c ON c.id = l.contact_id
    WHERE l.opportunity_id = o.id AND o.account_id IN (c.account_id, i.account_id)
        AND (c.partner_id IS NULL OR c.partner_id = o.partner_id)
        AND (c.account_id, c.buying_role) IS DISTINCT FROM (i.account_id, coalesce(i.buying_role, c.buying_role)))
ORDER BY o.id FOR NO KEY UPDATE OF o
"""
_CHANGE_DEALS = f"""
WITH changed AS (
    UPDATE opportunity SET version = version + 1, updated_at = clock_timestamp() WHERE id = ANY ($1::uuid[])
    RETURNING id
)
INSERT INTO event (type, subject_type, subject_id, opportunity_id, payload)
SELECT '{EventType.OPPORTUNITY_UPDATED}', '{OPPORTUNITY.subject}', id, id,
    jsonb_build_object('fields', '["contacts"]'::jsonb, 'import', $2::text)
FROM changed ORDER BY id
"""  # noqa: S608 (the texts are constants)
_INSERT = f"""
INSERT INTO contact (id, account_id, partner_id, external_id, {_COLUMNS}, email_key, created_at, updated_at)
SELECT {UUID7}, account_id, $2, $1 || ':' || external_id, {_COLUMNS}, email_key, now(), now()
FROM import_contact WHERE contact_id IS NULL ORDER BY line
RETURNING id, account_id, version
"""  # noqa: S608 (the texts are constants)


def _told(statement: str) -> str:
    """How many rows it wrote; of each, an event by nobody."""
    return f"""
WITH written AS ({statement}), told AS (
    INSERT INTO event (type, subject_type, subject_id, payload)
    SELECT '{EventType.CONTACT_CHANGED}', '{CONTACT.subject}', id,
        jsonb_build_object('accountId', account_id, 'version', version, 'fields', '[]'::jsonb) FROM written
)
SELECT count(*) FROM written
"""  # noqa: S608 (the texts are constants)


@dataclass(frozen=True, slots=True)
class ContactCounts:
    created: int
    updated: int
    unchanged: int

    def headline(self) -> str:
        return f"{self.created} created, {self.updated} updated, {self.unchanged} unchanged"


async def load(connection: asyncpg.Connection, records: Iterator[tuple[object, ...]]) -> None:
    await connection.execute(_TABLES)
    await staging.copy(connection, "import_contact", records)
    await connection.execute(_SETTLE)


async def write(
    connection: asyncpg.Connection, export: Export, source: SourceFile, partner_id: UUID | None
) -> ContactCounts:
    """After the accounts. Rows that nobody here is meant by go to the rejects."""
    system, plan = export.mapping.system, Plan(ROLE, export, source)
    await connection.execute(_BY_ID, system, partner_id)
    await connection.execute(_BY_NAME, partner_id)
    place = "account" if "account" in plan.file.columns else "account_name"
    column = plan.file.columns[place].column[0]
    for row in await connection.fetch(_HOMELESS):
        plan.reject(row["line"], column, row["account"], "names no customer here" if row["account"] else "is empty")
    await connection.execute(_STORED, system)
    await connection.execute(_BY_ADDRESS, partner_id)
    for row in await connection.fetch(_OTHERS, partner_id):
        plan.reject(
            row["line"],
            plan.file.columns["external_id"].column[0],
            row["external_id"],
            "is known here as another organization's record",
        )
    kept = await connection.fetchval("SELECT count(*) FROM import_contact WHERE contact_id IS NOT NULL")
    deals = [row["id"] for row in await connection.fetch(_TAKE_PART)]
    updated = await connection.fetchval(_told(_UPDATE), system)
    await connection.execute(_CHANGE_DEALS, deals, system)
    created = await connection.fetchval(_told(_INSERT), system, partner_id)
    return ContactCounts(created, updated, kept - updated)


def rows(export: Export, source: SourceFile) -> Iterator[tuple[object, ...]]:
    """In the order of the staging table's columns."""
    plan = Plan(ROLE, export, source)
    plan.take("external_id", lambda at: id_reader(at, export.ids, required=True))
    plan.take("account", lambda at: id_reader(at, export.ids))
    plan.take("account_name", name_reader)
    plan.take("name", name_reader)
    plan.take("first_name", name_reader)
    plan.take("last_name", name_reader)
    for field in ("title", "email", "phone", "language"):
        plan.take(field, partial(_as_given, field))
    meant = plan.file.columns["buying_role"].values if "buying_role" in plan.file.columns else {}
    plan.take("buying_role", lambda at: _role(at, meant))
    first_lines: dict[object, int] = {}
    for line, row in plan.rows():
        values = plan.values(line, row)
        if values is None:
            continue
        external_id, account, account_name, name, first, last, title, email, phone, language, role = values
        export.ids.look(plan.place(plan.column(0)), line, str(external_id))
        if first_lines.setdefault(external_id, line) != line:
            reason = f"is already on an earlier line: {first_lines[external_id]}"
            plan.reject(line, plan.column(0), str(external_id), reason)
            continue
        called = name or " ".join(str(part) for part in (first, last) if part)
        if not called:
            plan.reject(line, plan.column(3), "", "is empty")
            continue
        key = name_key(str(account_name)) if account_name else None
        known = (title, email, phone, language, role, email and address_key(str(email)))
        yield (line, external_id, account, key, called, *known)


_FAULTS = {
    "title": "is longer than 200 characters",
    "email": "is no e-mail address",
    "phone": "is no telephone number",
    "language": "is no language tag, such as de or pt-BR",
}


def _as_given(name: str, at: Cell) -> Reader:
    """As people give it through the API."""

    def read(row: Sequence[str]) -> Any:
        text = one_line(at.text(row))
        found = FIELDS[name].read(text, name) if text else None
        if isinstance(found, Refused):
            raise FieldFault(_FAULTS[name])
        return found

    return read


def _role(at: Cell, meant: Mapping[str, str]) -> Reader:
    """Of several, with semicolons between them, the first. `meant`: the mapping's corrections."""

    def read(row: Sequence[str]) -> str | None:
        text = one_line(at.text(row)).partition(";")[0].strip()
        if not text:
            return None
        found = _ROLES.get(word_key(meant.get(text, text)))
        if found is None:
            raise FieldFault(
                f"is no buying role; `values` in the mapping can say which it means: {', '.join(BuyingRole)}"
            )
        return found

    return read
