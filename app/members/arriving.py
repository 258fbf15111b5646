"""Somebody whom nobody knows comes with a token that is sound.

Whose token it is was decided by the identity provider; who they are here, by one of four:

- a user who was invited by e-mail and has no subject yet, when the token's issuer says that the address is theirs
  (`email_verified`): from now on, the token's subject is theirs, for good;
- nobody invited, but the token carries the claim that `STAGEPATH_ADMIN_CLAIM` names, and no administrator can sign in:
  they become one;
- nobody invited, but `STAGEPATH_SIGN_UP` is set, and the token's claims give access: they become a user
  (`app.members.following`);
- else they are a stranger, and stay one. Whoever was deactivated is never let in again by any of this.
"""

from enum import Enum, auto
from uuid import UUID

from app.audit import Entry, add
from app.database import Transaction, database, transaction
from app.database.rls import as_viewer
from app.deals.names import tidy
from app.identity.tokens import Claims
from app.identity.users import as_id, forget, viewer_of
from app.identity.viewer import Viewer
from app.members import store
from app.members.addresses import address_key, same_mailbox
from app.members.admins import VENDOR_NAME
from app.members.following import sign_up
from app.members.store import Person
from app.members.users import LONGEST_NAME
from app.models.columns import new_id
from app.settings import settings
from app.vocabulary import OrganizationKind, Role


class Stranger(Enum):
    UNKNOWN = auto()
    NOBODY_YET = auto()
    """No administrator can sign in, who could invite anybody."""


_ASKED = """
SELECT
  EXISTS (SELECT FROM user_account WHERE active AND role = 'VENDOR_ADMIN') AS administered,
  EXISTS (SELECT FROM user_account WHERE subject = $1 OR (subject IS NULL AND id = $2)) AS known,
  EXISTS (SELECT FROM user_account WHERE email_key = $3 AND subject IS NULL AND deactivated_at IS NULL) AS invited
"""


_ADMINISTERED = "SELECT EXISTS (SELECT FROM user_account WHERE active AND role = 'VENDOR_ADMIN') AS administered"


async def arrive(claims: Claims) -> Viewer | Stranger:
    """Who is let in by `claims`, whose subject is nobody's who can sign in."""
    with as_viewer(None):
        key = claims.email and address_key(claims.email)
        row = await database().fetchrow(_ASKED, claims.subject, as_id(claims.subject), key)
        assert row is not None
        becomes_admin = claims.administers and not row["administered"]
        signs_up = settings().sign_up and claims.told is not None and claims.told.access is not None
        if row["known"] or not (row["invited"] or becomes_admin or signs_up):
            return Stranger.UNKNOWN if row["administered"] else Stranger.NOBODY_YET
        async with transaction() as tx:
            await store.take_turn(tx)
            user_id = await _let_in(tx, claims)
            if user_id is None and signs_up and await store.person_by_subject(tx, claims.subject) is None:
                user_id = await sign_up(tx, claims)
        if user_id is not None:
            forget(user_id)
    return await viewer_of(claims.subject) or Stranger.UNKNOWN


async def promoted(claims: Claims, viewer: Viewer) -> Viewer:
    """An administrator from now on, where the viewer is of the vendor, their token carries the claim, and no
    administrator can sign in; else as before."""
    if not (claims.administers and viewer.is_vendor):
        return viewer
    with as_viewer(None):
        row = await database().fetchrow(_ADMINISTERED)
        if row is None or row["administered"]:
            return viewer
        async with transaction() as tx:
            await store.take_turn(tx)
            person = await store.person_by_id(tx, viewer.user_id)
            # As they are now: they may have been sent away or to a partner since the viewer was read.
            at_the_vendor = person is not None and person.standing.kind is OrganizationKind.VENDOR
            if person and at_the_vendor and person.standing.active and not await store.admins(tx):
                await _become(tx, claims, person, administers=True)
        forget(viewer.user_id)
    return await viewer_of(claims.subject) or viewer


async def _let_in(tx: Transaction, claims: Claims) -> UUID | None:
    if await store.person_by_subject(tx, claims.subject) is not None:
        return None  # by another request, meanwhile
    first = claims.administers and not await store.admins(tx)
    owner = await store.person_by_address(tx, address_key(claims.email)) if claims.email else None
    if owner is not None and _is_waiting(owner, claims.email or ""):
        administers = first and owner.standing.kind is OrganizationKind.VENDOR
        if owner.standing.active or administers:
            await _become(tx, claims, owner, administers=administers)
            return owner.id
    if not first or (owner is not None and owner.deactivated_at is not None):
        return None
    return await _begin(tx, claims, claims.email if owner is None else None)


def _is_waiting(person: Person, address: str) -> bool:
    invited = person.subject is None and person.deactivated_at is None
    return invited and person.email is not None and same_mailbox(person.email, address)


async def _become(tx: Transaction, claims: Claims, person: Person, *, administers: bool) -> None:
    changed: dict[str, object] = {"active": True}
    if not person.placed:
        changed["placed"] = True
    if person.subject is None:
        changed["subject"] = claims.subject
    if administers:
        changed["role"] = Role.VENDOR_ADMIN.value
    await store.change(tx, "user_account", person.id, changed)
    action = "USER_CHANGED" if administers else "USER_RECOGNIZED"
    by = "claim" if administers else "address"
    await add(tx, Entry(action, person.id, f"usr_{person.id}", {"fields": sorted(changed), "by": by}))


async def _begin(tx: Transaction, claims: Claims, address: str | None) -> UUID:
    id = new_id()
    name = tidy(claims.name or address or "")[:LONGEST_NAME] or "Administrator"
    values = {
        "id": id,
        "organization_id": await store.vendor_made(tx, VENDOR_NAME),
        "name": name,
        "role": Role.VENDOR_ADMIN.value,
        "subject": claims.subject,
        "email": address,
        "email_key": address and address_key(address),
    }
    await store.insert(tx, "user_account", values)
    await add(tx, Entry("USER_CREATED", id, f"usr_{id}", {"role": Role.VENDOR_ADMIN.value, "by": "claim"}))
    return id
