"""Erasing a person: names, addresses and what they wrote are emptied, and wherever a text speaks of them by name or
address, it doesn't any more. Ids, numbers and history stay, and the audit log's chain holds."""

from dataclasses import dataclass, field
from datetime import UTC, datetime
from uuid import UUID

from app.audit import Entry, add
from app.audit.resealing import reseal
from app.database import Transaction, joined
from app.deals.parties import TURN
from app.identity.users import forget
from app.members import store
from app.members.users import deactivate_user
from app.outcomes import Refused
from app.privacy.person import CONTACT, USER, Person, person_of
from app.privacy.spellings import REPLACED, pattern_of
from app.privacy.texts import finding, replacing, tables

# In a text that isn't the person's own row, `WHERE` is what keeps a table's other rows from being written.
_REPLACE = "UPDATE {table} t SET {terms} WHERE {found}"
# Or triggers would keep the texts as they were.
_LEAVE_NO_HISTORY = "SET LOCAL stagepath.erasing = 'on'"
_DEALS: dict[str, str] = {
    USER: "SELECT o.id FROM opportunity o WHERE o.owner_id = $1",
    CONTACT: "SELECT l.opportunity_id AS id FROM opportunity_contact l WHERE l.contact_id = $1"
    " UNION SELECT o.id FROM opportunity o JOIN contact c ON c.account_id = o.account_id WHERE c.id = $1",
}
_USER = """
UPDATE user_account SET name = $2, email = NULL, email_key = NULL, subject = NULL,
  former_subject = coalesce($4::text, former_subject),
  former_subject_at = CASE WHEN $4::text IS NULL THEN former_subject_at ELSE now() END, external_id = NULL,
  time_zone = NULL, active = FALSE, deactivated_at = coalesce(deactivated_at, $3)
WHERE id = $1
"""
_PROVISIONED = """
INSERT INTO provisioned_user (id, user_name, user_name_key, placed, removed_at)
VALUES ($1::uuid, $1::uuid::text, $1::uuid::text, FALSE, $2)
ON CONFLICT (id) DO UPDATE SET user_name = excluded.user_name, user_name_key = excluded.user_name_key,
  external_id = NULL, attributes = '{}', placed = FALSE, waiting = FALSE,
  removed_at = coalesce(provisioned_user.removed_at, $2)
"""
_MANAGED = """
UPDATE provisioned_user SET attributes =
  attributes #- '{"urn:ietf:params:scim:schemas:extension:enterprise:2.0:User",manager,displayName}'
WHERE attributes #>> '{"urn:ietf:params:scim:schemas:extension:enterprise:2.0:User",manager,value}' = $1::uuid::text
"""
_MEMBERSHIPS = "DELETE FROM provisioned_member WHERE user_id = $1"
_CONTACT = """
UPDATE contact SET name = $2, title = NULL, email = NULL, email_key = NULL, phone = NULL, language = NULL,
  external_id = NULL, version = version + 1, updated_at = $3
WHERE id = $1
"""
_SAME_ADDRESS = """
UPDATE contact SET email = NULL, email_key = NULL, version = version + 1, updated_at = $2 WHERE email_key = $1
"""
_COMMENTS = "UPDATE comment SET body = '', removed_at = coalesce(removed_at, $2) WHERE author_id = $1 AND body <> ''"
_TASKS = """
UPDATE task SET title = 'Erased', description = NULL, version = version + 1, updated_at = $2
WHERE created_by_id = $1 AND source = 'PERSON' AND (title, description) IS DISTINCT FROM ('Erased', NULL)
"""
_ADVISED = """
UPDATE next_best_action n SET title = 'Erased', rationale = 'Erased', translations = NULL, composition = NULL
FROM task t WHERE t.id = n.task_id AND t.created_by_id = $1 AND t.source = 'PERSON' AND n.title <> 'Erased'
"""
_CALENDAR = "DELETE FROM calendar_feed WHERE user_id = $1"
_TOLD = tuple(
    f"DELETE FROM {table} WHERE user_id = $1"  # noqa: S608 (constants)
    for table in (
        "notification_message",
        "notification_delivery",
        "notification",
        "inbox",
        "notification_preference",
        "notification_setting",
    )
)
_FORGET_SALT = "DELETE FROM person_salt WHERE person_id = $1"
_ENTRIES = "SELECT e.seq FROM audit_entry e WHERE e.detail::text ~* $1 ORDER BY e.seq"
_REDACT = "UPDATE audit_entry SET detail = regexp_replace(detail::text, $2, $3, 'gi')::jsonb WHERE seq = ANY ($1)"
_OPEN = "SELECT count(*) AS n FROM opportunity WHERE owner_id = $1 AND status = 'OPEN'"

NAMES = {USER: "Erased user", CONTACT: "Erased contact"}


class Kept(Exception):
    """Nothing was erased, and why."""


@dataclass(frozen=True, slots=True)
class Erased:
    """`texts`: by table, in how many rows words were taken out; `open_deals`: that they still own."""

    id: str
    texts: dict[str, int] = field(default_factory=dict)
    open_deals: int = 0


async def erase(
    tx: Transaction, table: str, id: UUID, *, reassign_to: UUID | None = None, at: datetime | None = None
) -> Erased:
    """Raises `NoSuchPerson`, and `Kept` for the last administrator and for an heir who can't be one. The transaction is
    that of the tables' owner."""
    when = at or datetime.now(UTC)
    if table == USER:
        await tx.fetchrow("SELECT pg_advisory_xact_lock($1)", TURN)
    person = await person_of(tx, table, id)
    if table == USER:
        await _dismiss(tx, person, reassign_to)
    texts = await _replace_everywhere(tx, person)
    if table == USER:
        await tx.execute(_COMMENTS, id, when)
        await tx.execute(_TASKS, id, when)
        await tx.execute(_ADVISED, id)
        await tx.execute(_CALENDAR, id)
        await tx.execute(_PROVISIONED, id, when)
        await tx.execute(_MEMBERSHIPS, id)
        await tx.execute(_MANAGED, id)
        for statement in _TOLD:
            await tx.execute(statement, id)
    if table == USER:
        subject = person.row["subject"]
        await tx.execute(_USER, id, NAMES[USER], when, subject and store.subject_digest(subject))
    else:
        await tx.execute(_CONTACT, id, NAMES[CONTACT], when)
    if person.row["email_key"]:  # theirs, whoever else has recorded it
        await tx.execute(_SAME_ADDRESS, person.row["email_key"], when)
    await tx.execute(_FORGET_SALT, id)
    await _redact_audit(tx, person)
    await add(tx, Entry("PERSON_ERASED", None, person.global_id, {"texts": texts, "by": "command"}))
    row = await tx.fetchrow(_OPEN, id) if table == USER else None
    forget(id)
    return Erased(person.global_id, texts, row["n"] if row else 0)


async def _dismiss(tx: Transaction, person: Person, reassign_to: UUID | None) -> None:
    if person.row["active"] and person.row["role"] == "VENDOR_ADMIN" and await store.admins(tx) == 1:
        raise Kept("They are the last administrator who can sign in; make somebody else one first.")
    if reassign_to is None:
        return
    with joined(tx):
        outcome = await deactivate_user(None, person.id, reassign_to=reassign_to)
    if isinstance(outcome, Refused):
        raise Kept(outcome.errors[0].message)


async def _replace_everywhere(tx: Transaction, person: Person) -> dict[str, int]:
    """Addresses, and a full name, wherever they stand; a name of one word in the texts of their deals alone, since
    elsewhere it is somebody else's, or another word."""
    await tx.execute(_LEAVE_NO_HISTORY)
    everywhere = bool(person.addresses or person.full_name)
    deals = [row["id"] for row in await tx.fetch(_DEALS[person.table], person.id)]
    found: dict[str, int] = {}
    for table in await tables(tx):
        statement = _REPLACE.format(table=table.name, terms=replacing(table), found=f"({finding(table)})")
        number = 0
        if everywhere:
            number += await _changed(tx, statement, person.addresses, person.full_name)
        if person.full_name is None and (deal := table.belongs_to_deal):
            number += await _changed(tx, f"{statement} AND t.{deal} = ANY ($4::uuid[])", [], person.name, deals)
        if number:
            found[table.name] = number
    return found


async def _changed(tx: Transaction, statement: str, addresses: list[str], name: str | None, *more: object) -> int:
    # A table may have no column of JSON, or none of text: PostgreSQL wants to know the type of each parameter.
    typed = f"WITH given AS (SELECT $1::text, $2::text, $3::text) {statement}"
    patterns = (pattern_of(addresses, name), pattern_of(addresses, name, of_json=True))
    status = await tx.execute(typed, *patterns, REPLACED, *more)
    return int(status.rpartition(" ")[2])


async def _redact_audit(tx: Transaction, person: Person) -> None:
    """Entries of today hold nothing of anybody; those of a version that did are emptied, and sealed again."""
    if not person.addresses and person.full_name is None:
        return
    pattern = pattern_of(person.addresses, person.full_name, of_json=True)
    entries = [row["seq"] for row in await tx.fetch(_ENTRIES, pattern)]
    if not entries:
        return

    async def redact() -> None:
        await tx.execute(_REDACT, entries, pattern, REPLACED)

    await reseal(tx, entries, redact, reason="a person was erased")
