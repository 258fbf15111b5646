"""Users whose role, partner and language are what their identity provider's claims say.

A token is followed once, by whichever process sees it first, and only if it was issued after the one that was followed
last: an older one that another server sees for the first time turns nothing back. What somebody changes here meanwhile
stays until the next token. Who has their role from claims, and comes with some that give none, is not let in, and
nothing of theirs is changed by that. Who has it from somebody here keeps it, as long as claims give none.
"""

from typing import Any
from uuid import UUID

import structlog

from app.database import Transaction, joined, transaction
from app.database.rls import as_viewer
from app.events import wake
from app.identity.tokens import Claims, Told
from app.identity.users import forget, viewer_of
from app.identity.viewer import Viewer
from app.languages import NoSuchLanguage, canonical_language
from app.members import store
from app.members.addresses import address_key
from app.members.granting import standing_of
from app.members.heirs import heir_of
from app.members.store import Person, acting_by, subject_digest
from app.members.users import upsert_user
from app.outcomes import Refused
from app.vocabulary import ErrorCode

log = structlog.get_logger(__name__)

MEANS = "claims"
_LAST = "SELECT claims_at, followed FROM user_account WHERE id = $1"
# Tokens of one second are told apart by their digests.
_FOLLOWED = """
UPDATE user_account SET claims_at = CASE WHEN $4 THEN coalesce($2, now()) ELSE claims_at END,
  followed = CASE WHEN claims_at = $2 THEN followed || $3::text ELSE ARRAY[$3::text] END
WHERE id = $1
"""
_TAKEN_AT = "SELECT max(former_subject_at) AS at FROM user_account WHERE former_subject = $1"


async def follow(claims: Claims, viewer: Viewer) -> Viewer | None:
    """The viewer as the claims have them; None: they have their role from claims, and these give none."""
    told = claims.told
    assert told is not None
    with as_viewer(None):
        async with transaction() as tx:
            await store.take_turn(tx)
            person = await store.person_by_id(tx, viewer.user_id)
            allowed = person is None or await _follow(tx, told, person)
        wake()
    if not allowed:
        return None
    claims.noted["followed"] = True
    forget(viewer.user_id)
    return await viewer_of(claims.subject) or viewer


async def _follow(tx: Transaction, told: Told, person: Person) -> bool:
    row = await tx.fetchrow(_LAST, person.id)
    last = row["claims_at"] if row else None
    if row and told.digest in row["followed"]:
        return True
    if last is not None and told.at is not None and told.at < last:
        return True
    standing = await standing_of(tx, told.access)
    if standing is None and last is not None:
        return False
    given = _changed(person, (standing or {}) | language_told(told))
    if given:
        heir = await heir_of(tx, person.id) if "partner_id" in given else None
        with joined(tx), acting_by(MEANS):
            outcome = await upsert_user(None, given, user_id=person.id, reassign_to=heir)
        if isinstance(outcome, Refused):
            log.warning("claims can't be followed", user=str(person.id), code=outcome.errors[0].code.value)
            # The last administrator stays one; nobody else comes in with a role that their claims no longer give.
            return person.standing.administers and outcome.errors[0].code is ErrorCode.BLOCKED
    if given or standing is not None:
        await tx.execute(_FOLLOWED, person.id, told.at, told.digest, standing is not None)
    return True


def _changed(person: Person, given: dict[str, Any]) -> dict[str, Any]:
    now = person.standing
    partner = None if now.kind == "VENDOR" else now.organization_id
    before = {"role": now.role, "partner_id": partner, "language": person.language}
    changed = {name: value for name, value in given.items() if before[name] != value}
    return changed | ({"role": given["role"]} if "partner_id" in changed else {})


def language_told(told: Told) -> dict[str, str]:
    try:
        return {"language": canonical_language(told.language.replace("_", "-"))} if told.language else {}
    except NoSuchLanguage:
        return {}


async def sign_up(tx: Transaction, claims: Claims) -> UUID | None:
    """A new user as the claims have them; None where they give no access here, or somebody has the address."""
    told = claims.told
    standing = await standing_of(tx, told.access) if told is not None else None
    if told is None or standing is None or await _is_former(tx, claims.subject, told):
        return None
    name = (claims.name or claims.email or "").strip() or "New user"
    given = {"name": name, "email": claims.email, "subject": claims.subject, **standing, **language_told(told)}
    if claims.email and await store.person_by_address(tx, address_key(claims.email)) is not None:
        return None
    with joined(tx), acting_by(MEANS):
        outcome = await upsert_user(None, given)
    if isinstance(outcome, Refused):
        log.warning("claims make no user", code=outcome.errors[0].code.value)
        return None
    await tx.execute(_FOLLOWED, outcome.user_id, told.at, told.digest, True)
    return outcome.user_id


async def _is_former(tx: Transaction, subject: str, told: Told) -> bool:
    """Whether the token is from before its subject was taken from a user, so that it brings back nobody who was
    removed; one that doesn't say from when it is counts as such."""
    row = await tx.fetchrow(_TAKEN_AT, subject_digest(subject))
    taken = row["at"] if row else None
    return taken is not None and (told.at is None or told.at <= taken)
