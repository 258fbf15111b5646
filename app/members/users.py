"""Inviting, changing and deactivating users."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

import asyncpg

from app.audit import Entry, add
from app.audit.digests import digests, salt_of
from app.database import Transaction, transaction
from app.deals.hidden_tasks import give_those_of_person
from app.deals.names import tidy
from app.events import wake
from app.identity.users import MAX_SUBJECT_CHARACTERS, forget
from app.identity.viewer import Viewer
from app.members import store
from app.members.addresses import LONGEST, address_key, is_address
from app.members.leaving import HandedOver, hand_over
from app.members.preferences import language_of, time_zone_of
from app.members.rules import Access, refusal
from app.members.store import Person
from app.models.columns import new_id
from app.outcomes import Faults, Refused, UserError, refused
from app.vocabulary import ErrorCode, OrganizationKind, Permission, Role

LONGEST_NAME = 200
KEPT = ("name", "email", "language", "subject", "time_zone")
"""Of the user's columns, those that decide about nobody's sight."""
TOLD_BY_DIGEST = ("name", "email", "subject")
"""What the audit log tells of a change of a user beside the names of fields."""
UNTOLD = {"id", "email_key", "deactivated_at", "placed", "former_subject", "former_subject_at"}
"""Columns that follow from others."""


@dataclass(frozen=True, slots=True)
class UserSaved:
    """`reassigned`: how many open deals went to somebody else."""

    user_id: UUID
    created: bool = False
    reassigned: int = 0


async def upsert_user(
    by: Viewer | None, given: Mapping[str, Any], *, user_id: UUID | None = None, reassign_to: UUID | None = None
) -> UserSaved | Refused:
    """Change the user named by `user_id`, or by an `email` that is known in the organization; else invite a new one.

    `given`: any of name, email, role, partner_id (None: the vendor's), language, subject, active, placed (false: `role`
    is none that anything gave them). What is left out
    stays; a new user needs name, role and email (None: there is none, which nobody in person may say), and is active.
    Who may no more own their open deals hands them over.
    """
    faults = Faults()
    faults.note(*_problems(given))
    try:
        async with transaction() as tx:
            await store.take_turn(tx)
            outcome = await _upsert(tx, by, given, faults, user_id, reassign_to)
    except asyncpg.UniqueViolationError as error:
        return _taken(error)
    if isinstance(outcome, UserSaved):
        forget(outcome.user_id)
        wake()
    return outcome


async def deactivate_user(by: Viewer | None, user_id: UUID, *, reassign_to: UUID | None = None) -> UserSaved | Refused:
    """They are signed out everywhere; their open deals, and the partners that they looked after, go to the heir."""
    return await upsert_user(by, {"active": False}, user_id=user_id, reassign_to=reassign_to)


def _problems(given: Mapping[str, Any]) -> Iterable[Refused]:
    name, email, subject, language = (given.get(one) for one in ("name", "email", "subject", "language"))
    for needed in ("name", "role", "active", "language"):
        if needed in given and given[needed] is None:
            yield refused(ErrorCode.INVALID, f"A user can't be without {needed}.", needed)
    if name is not None and not _fits(tidy(name), LONGEST_NAME):
        yield refused(ErrorCode.INVALID, f"Must have 1 to {LONGEST_NAME} characters.", "name")
    if email is not None and not is_address(email.strip()):
        message = f"This is no e-mail address: like name@example.com, up to {LONGEST} characters."
        yield refused(ErrorCode.INVALID, message, "email")
    if subject is not None and not _fits(subject, MAX_SUBJECT_CHARACTERS):
        message = f"The `sub` of the identity provider's tokens: from 1 to {MAX_SUBJECT_CHARACTERS} characters."
        yield refused(ErrorCode.INVALID, message, "subject")
    checked = [language_of(language)] if language is not None else []
    if given.get("time_zone") is not None:
        checked.append(time_zone_of(given["time_zone"]))
    yield from (Refused((one,)) for one in checked if isinstance(one, UserError))


def _fits(text: str, most: int) -> bool:
    return 0 < len(text) <= most and text.isprintable()


async def _upsert(
    tx: Transaction,
    by: Viewer | None,
    given: Mapping[str, Any],
    faults: Faults,
    user_id: UUID | None,
    reassign_to: UUID | None,
) -> UserSaved | Refused:
    """`faults`: what is wrong with the form itself."""
    turned_down = await store.still_may(tx, by, Permission.MANAGE_USERS)
    if turned_down is not None:
        return turned_down
    organization = await _organization(tx, given) if "partner_id" in given or user_id is None else None
    faults.note(organization)
    if user_id is None and faults.at("email", "partnerId"):  # whom they mean is not known
        return faults.refused()
    assert not isinstance(organization, Refused) or user_id is not None
    person = await _found(tx, by, given, user_id, None if isinstance(organization, Refused) else organization)
    faults.note(person, *(_missing(given) if person is None else ()))
    if isinstance(person, Refused) or isinstance(organization, Refused) or faults:
        return faults.refused()
    if person is None:
        assert organization is not None
        return await _invite(tx, by, given, organization, reassign_to)
    return await _change(tx, by, given, person, organization, reassign_to)


async def _organization(tx: Transaction, given: Mapping[str, Any]) -> tuple[UUID, OrganizationKind] | Refused:
    wanted = given.get("partner_id")
    if wanted is None:
        vendor = await store.vendor(tx)
        missing = refused(
            ErrorCode.INVALID, "There is no vendor yet: `stagepath admin create` comes first.", "partnerId"
        )
        return (vendor, OrganizationKind.VENDOR) if vendor else missing
    known = await tx.fetchrow("SELECT id FROM organization WHERE id = $1 AND kind = 'PARTNER' FOR KEY SHARE", wanted)
    return (
        (wanted, OrganizationKind.PARTNER)
        if known
        else refused(ErrorCode.NOT_FOUND, "There is no such partner.", "partnerId")
    )


async def _found(
    tx: Transaction,
    by: Viewer | None,
    given: Mapping[str, Any],
    user_id: UUID | None,
    organization: tuple[UUID, OrganizationKind] | None,
) -> Person | Refused | None:
    if user_id is not None:
        known = await store.person_by_id(tx, user_id)
        return known or refused(ErrorCode.NOT_FOUND, "There is no such user.", "userId")
    if given.get("email") is None:
        if by is None and "email" in given:
            return None  # somebody new, who is said to have none
        return refused(ErrorCode.INVALID, "Name the user by `userId`, or invite a new one by `email`.", "email")
    known = await store.person_by_address(tx, address_key(given["email"]))
    if known is not None and organization is not None and known.standing.organization_id != organization[0]:
        return _somebody_elses(known)
    return known


def _somebody_elses(known: Person) -> Refused:
    message = f"This address is that of {known.name} at {known.organization}; to change them, name them by `userId`."
    return refused(ErrorCode.CONFLICT, message, "email")


def _missing(given: Mapping[str, Any]) -> Iterable[Refused]:
    """Of a new user."""
    return [
        refused(ErrorCode.INVALID, f"A new user needs a {name}.", name)
        for name in ("name", "role")
        if name not in given
    ]


async def _invite(
    tx: Transaction,
    by: Viewer | None,
    given: Mapping[str, Any],
    organization: tuple[UUID, OrganizationKind],
    reassign_to: UUID | None,
) -> UserSaved | Refused:
    after = Access(*organization, Role(given["role"]), given.get("active", True))
    faults = Faults()
    faults.note(refusal(by, None, None, after), _subject_problem(by, given))
    if reassign_to is not None:
        faults.note(refused(ErrorCode.INVALID, "A new user has nothing to hand over.", "reassignTo"))
    if faults:
        return faults.refused()
    id = new_id()
    values = _values(given) | _standing_values(after) | {"id": id, "placed": given.get("placed", True)}
    await store.insert(tx, "user_account", values)
    await _audit(tx, by, "USER_CREATED", id, after, values)
    return UserSaved(id, created=True)


async def _change(
    tx: Transaction,
    by: Viewer | None,
    given: Mapping[str, Any],
    person: Person,
    organization: tuple[UUID, OrganizationKind] | None,
    reassign_to: UUID | None,
) -> UserSaved | Refused:
    before = person.standing
    home = organization or (before.organization_id, before.kind)
    after = Access(*home, Role(given.get("role", before.role)), given.get("active", before.active))
    faults = Faults()
    faults.note(refusal(by, person.id, before, after), _subject_problem(by, given), _unplaced(person, given))
    if faults:
        return faults.refused()
    if before.administers and not after.administers and await store.admins(tx) == 1:
        message = f"{person.name} is the last administrator who can sign in; make somebody else one first."
        return refused(ErrorCode.BLOCKED, message, "active" if not after.active else "role")
    left = await hand_over(tx, by, person, after, reassign_to)
    if isinstance(left, Refused):
        return left
    values = _values(given) | _standing_values(after)
    stored = {name: getattr(person, name) for name in KEPT}
    stored |= _standing_values(before)
    changed = {column: value for column, value in values.items() if column in stored and stored[column] != value}
    if "email" in changed:
        changed["email_key"] = values["email_key"]
    if "active" in changed:
        changed["deactivated_at"] = None if after.active else datetime.now(UTC)
    if "role" in given and not person.placed:
        changed["placed"] = True
    if "subject" in changed and person.subject is not None:
        changed |= store.former(person.subject)
    if changed:
        await store.change(tx, "user_account", person.id, changed)
    if "role" in changed and "organization_id" not in changed and after.active:
        await give_those_of_person(tx, person.id, by.user_id if by else None)
    if changed or left != HandedOver():
        await _audit(tx, by, _action(changed), person.id, after, changed, left)
    return UserSaved(person.id, reassigned=left.deals)


def _subject_problem(by: Viewer | None, given: Mapping[str, Any]) -> Refused | None:
    if "subject" in given and by is not None and not by.may(Permission.ADMINISTER):
        message = "Which token is whose is for the vendor's administrators; leave it out."
        return refused(ErrorCode.FORBIDDEN, message, "subject")
    return None


def _unplaced(person: Person, given: Mapping[str, Any]) -> Refused | None:
    if person.placed or not given.get("active") or "role" in given:
        return None
    message = f"Nothing has given {person.name} a role yet; say which, and of which partner."
    return refused(ErrorCode.INVALID, message, "role")


def _values(given: Mapping[str, Any]) -> dict[str, Any]:
    values = {name: given[name] for name in KEPT if name in given}
    if "name" in values:
        values["name"] = tidy(values["name"])
    if "email" in values:
        email = values["email"] and values["email"].strip()
        values |= {"email": email, "email_key": email and address_key(email)}
    if "language" in values:
        values["language"] = language_of(values["language"])
    if values.get("time_zone") is not None:
        values["time_zone"] = time_zone_of(values["time_zone"])
    return values


def _standing_values(standing: Access) -> dict[str, Any]:
    return {
        "organization_id": standing.organization_id,
        "role": standing.role.value,
        "active": standing.active,
    }


def _action(changed: Mapping[str, Any]) -> str:
    if "active" not in changed:
        return "USER_CHANGED"
    return "USER_ACTIVATED" if changed["active"] else "USER_DEACTIVATED"


async def _audit(
    tx: Transaction,
    by: Viewer | None,
    action: str,
    id: UUID,
    after: Access,
    changed: Mapping[str, Any],
    left: HandedOver | None = None,
) -> None:
    detail: dict[str, object] = {
        "fields": sorted(set(changed) - UNTOLD),
        "role": after.role.value,
        "organization": after.organization_id,
        "active": after.active,
    }
    told = {name: changed[name] for name in TOLD_BY_DIGEST if name in changed}
    if told:
        detail["digests"] = digests(await salt_of(tx, id), told)
    if left is not None and left != HandedOver():
        detail |= {"deals": left.deals, "partners": left.partners}
    if by is None:
        detail["by"] = store.means()
    await add(tx, Entry(action, by.user_id if by else None, f"usr_{id}", detail))


def _taken(error: asyncpg.UniqueViolationError) -> Refused:
    if error.constraint_name == "user_account_subject_unique":
        return refused(ErrorCode.CONFLICT, "Another user has this subject.", "subject")
    return refused(ErrorCode.CONFLICT, "Another user has this address.", "email")
