"""Taking in partners and changing what is known of them."""

import re
import unicodedata
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

import asyncpg

from app.audit import Entry, add
from app.database import Transaction, transaction
from app.deals.names import tidy
from app.events import wake
from app.identity.users import forget
from app.identity.viewer import Viewer
from app.members import store
from app.members.lineage import parent_problem
from app.models.columns import new_id
from app.outcomes import Faults, Refused, refused
from app.vocabulary import ErrorCode, OrganizationKind, Permission

LONGEST, MOST_VALUES = 200, 50
KEY = re.compile(r"[a-z0-9]+(?:-[a-z0-9]+)*")
LONGEST_KEY = 64

_BY_ID = "SELECT * FROM organization WHERE id = $1 AND kind = 'PARTNER' FOR NO KEY UPDATE"
_BY_KEY = "SELECT * FROM organization WHERE key = $1 FOR NO KEY UPDATE"
_BY_EXTERNAL_ID = "SELECT * FROM organization WHERE external_id = $1 AND kind = 'PARTNER' FOR NO KEY UPDATE"
_MANAGER = """
SELECT 1 FROM user_account u JOIN organization g ON g.id = u.organization_id
WHERE u.id = $1 AND u.active AND g.kind = 'VENDOR'
"""


_COLUMNS = (
    *("name", "external_id", "status", "tier", "partner_kind", "industries", "region", "regions"),
    *("parent_id", "channel_manager_id"),
)


@dataclass(frozen=True, slots=True)
class PartnerSaved:
    partner_id: UUID
    created: bool = False


async def upsert_partner(
    by: Viewer | None, given: Mapping[str, Any], *, partner_id: UUID | None = None
) -> PartnerSaved | Refused:
    """Change the partner named by `partner_id`, by a `key` that is known or, without one, by an `external_id` that is;
    else take in a new one.

    `given`: any of name, key and the columns of `_COLUMNS`. What is left out stays; a new partner needs a name, and has
    a key made of it if none is given. A key never changes. With another status, the sessions of its people end.
    """
    faults = Faults()
    faults.note(*_problems(given))
    try:
        async with transaction() as tx:
            await store.take_turn(tx)
            outcome = await _upsert(tx, by, given, faults, partner_id)
    except asyncpg.UniqueViolationError as error:
        # An import or a command, which take no turns, made an organization meanwhile.
        if error.constraint_name == "organization_external_id_unique":
            return refused(ErrorCode.CONFLICT, "Another partner has this external id.", "externalId")
        if error.constraint_name != "organization_key_unique":
            raise
        return _taken(given.get("key") or key_of(given["name"]))
    if isinstance(outcome, PartnerSaved):
        forget(outcome.partner_id)
    wake()
    return outcome


def _problems(given: Mapping[str, Any]) -> Iterable[Refused]:
    name, key, region = given.get("name"), given.get("key"), given.get("region")
    if "name" in given and (name is None or not _fits(tidy(name))):
        yield refused(ErrorCode.INVALID, f"Must have 1 to {LONGEST} characters.", "name")
    if key is not None and (len(key) > LONGEST_KEY or not KEY.fullmatch(key)):
        message = f"A key has up to {LONGEST_KEY} letters a to z, digits, and hyphens between them."
        yield refused(ErrorCode.INVALID, message, "key")
    if region is not None and not _fits(tidy(region)):
        yield refused(ErrorCode.INVALID, f"Must have 1 to {LONGEST} characters.", "region")
    if (external_id := given.get("external_id")) is not None and not _fits(tidy(external_id)):
        yield refused(ErrorCode.INVALID, f"Must have 1 to {LONGEST} characters.", "externalId")
    if "status" in given and given["status"] is None:
        yield refused(ErrorCode.INVALID, "A partner can't be without a status.", "status")
    for name in ("industries", "regions"):
        yield from _list_problems(given.get(name) or (), name)


def _list_problems(values: Sequence[str], name: str) -> Iterable[Refused]:
    if len(values) > MOST_VALUES:
        yield refused(ErrorCode.INVALID, f"At most {MOST_VALUES} {name}.", name)
    for place, value in enumerate(values):
        if not _fits(tidy(value)):
            yield refused(ErrorCode.INVALID, f"Must have 1 to {LONGEST} characters.", name, str(place))


def _fits(text: str) -> bool:
    return 0 < len(text) <= LONGEST and text.isprintable()


async def _upsert(
    tx: Transaction, by: Viewer | None, given: Mapping[str, Any], faults: Faults, partner_id: UUID | None
) -> PartnerSaved | Refused:
    """`faults`: what is wrong with the form itself."""
    turned_down = await store.still_may(tx, by, Permission.MANAGE_PARTNERS)
    if turned_down is not None:
        return turned_down
    found = None if partner_id is None and faults.at("key") else await _found(tx, given, partner_id)
    faults.note(await _manager_problem(tx, given), found)
    known = found if isinstance(found, asyncpg.Record) else None
    if given.get("parent_id") is not None:
        faults.note(await parent_problem(tx, known and known["id"], given["parent_id"]))
    if found is None and "name" not in given:
        faults.note(refused(ErrorCode.INVALID, "A new partner needs a name.", "name"))
    if isinstance(found, Refused) or faults:
        return faults.refused()
    values = _values(given)
    if found is None:
        return await _take_in(tx, by, given, values)
    changed = {column: value for column, value in values.items() if found[column] != value}
    if changed:
        # What it lets its distributor see, it chose for that one.
        apart = {"shares_new_deals": False} if "parent_id" in changed else {}
        await store.change(tx, "organization", found["id"], {**changed, **apart})
        await _audit(tx, by, "PARTNER_CHANGED", found["id"], changed)
    return PartnerSaved(found["id"])


async def _manager_problem(tx: Transaction, given: Mapping[str, Any]) -> Refused | None:
    wanted = given.get("channel_manager_id")
    if wanted is None or await tx.fetchrow(_MANAGER, wanted):
        return None
    return refused(ErrorCode.NOT_FOUND, "There is no such active user of the vendor.", "channelManagerId")


async def _found(tx: Transaction, given: Mapping[str, Any], partner_id: UUID | None) -> asyncpg.Record | Refused | None:
    if partner_id is not None:
        row = await tx.fetchrow(_BY_ID, partner_id)
        if row is None:
            return refused(ErrorCode.NOT_FOUND, "There is no such partner.", "partnerId")
        if given.get("key") not in (None, row["key"]):
            return refused(ErrorCode.INVALID, f"A partner's key never changes: it is “{row['key']}”.", "key")
        return row
    if given.get("key") is None:
        external_id = given.get("external_id")
        return await tx.fetchrow(_BY_EXTERNAL_ID, tidy(external_id)) if external_id else None
    row = await tx.fetchrow(_BY_KEY, given["key"])
    if row is not None and row["kind"] != OrganizationKind.PARTNER:
        return refused(ErrorCode.CONFLICT, "This is the vendor's own key; choose another.", "key")
    return row


async def _take_in(
    tx: Transaction, by: Viewer | None, given: Mapping[str, Any], values: dict[str, Any]
) -> PartnerSaved | Refused:
    key = given.get("key") or key_of(values["name"])
    if not key:
        return refused(ErrorCode.INVALID, "This name makes no key; give one.", "key")
    if await tx.fetchrow(_BY_KEY, key):
        return _taken(key)
    id = new_id()
    new = {**values, "id": id, "key": key, "kind": OrganizationKind.PARTNER.value}
    await store.insert(tx, "organization", new)
    await _audit(tx, by, "PARTNER_CREATED", id, new)
    return PartnerSaved(id, created=True)


def _taken(key: str) -> Refused:
    message = f"There is an organization with the key “{key}”; name it by `partnerId` to change it, or give a key."
    return refused(ErrorCode.CONFLICT, message, "key")


def key_of(name: str) -> str:
    """Letters and digits of ASCII, the rest hyphens: “Córdoba Digital” is cordoba-digital."""
    plain = unicodedata.normalize("NFKD", name).encode("ascii", "ignore").decode().lower()
    return "-".join(re.findall(r"[a-z0-9]+", plain))[:LONGEST_KEY].strip("-")


def _values(given: Mapping[str, Any]) -> dict[str, Any]:
    values = {column: given[column] for column in _COLUMNS if column in given}
    for column in ("name", "region", "external_id"):
        if values.get(column) is not None:
            values[column] = tidy(values[column])
    for column in ("tier", "partner_kind", "status"):
        if values.get(column) is not None:
            values[column] = values[column].value
    for column in ("industries", "regions"):
        if column in values:
            values[column] = list(dict.fromkeys(map(tidy, values[column] or ())))
    return values


async def _audit(tx: Transaction, by: Viewer | None, action: str, id: UUID, changed: Mapping[str, Any]) -> None:
    detail: dict[str, object] = {"fields": sorted(set(changed) - {"id"})}
    if by is None:
        detail["by"] = store.means()
    await add(tx, Entry(action, by.user_id if by else None, f"ptr_{id}", detail))
