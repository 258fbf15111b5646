"""Inviting and changing people: who may, whom, and what it leaves."""

import asyncio
from typing import Any
from uuid import UUID

import pytest

from app.identity.users import viewer_of
from app.members.users import UserSaved, upsert_user
from app.models.columns import new_id
from app.vocabulary import Role
from tests.app.members.conftest import Programme, codes, saved

NEW = {"name": "Sue", "email": "sue@example.com", "role": Role.PARTNER_SELLER}


async def test_an_invited_user_can_sign_in_and_is_in_the_log(programme: Programme) -> None:
    boss = await programme.viewer(programme.admin)
    made = saved(await upsert_user(boss, {**NEW, "partner_id": programme.alpine, "language": "de"}))
    assert made.created
    viewer = await viewer_of(str(made.user_id))
    assert viewer is not None
    assert (viewer.role, viewer.organization_id, viewer.language) == (Role.PARTNER_SELLER, programme.alpine, "de")
    (entry,) = await programme.database.fetch("SELECT * FROM audit_entry ORDER BY seq DESC LIMIT 1")
    assert (entry["actor_id"], entry["action"]) == (programme.admin, "USER_CREATED")


@pytest.mark.parametrize(
    ("changed", "path"),
    [
        ({"name": " "}, "name"),
        ({"name": "a\0b"}, "name"),
        ({"name": "n" * 201}, "name"),
        ({"email": "nonsense"}, "email"),
        ({"role": Role.VENDOR_ADMIN}, "role"),
        ({"language": "Deutsch!"}, "language"),
        ({"subject": ""}, "subject"),
        ({"subject": "s" * 256}, "subject"),
        ({"active": None}, "active"),
        ({"partner_id": None}, "role"),
    ],
)
async def test_what_cannot_be_is_refused(programme: Programme, changed: dict[str, Any], path: str) -> None:
    before = await programme.database.fetch("SELECT * FROM user_account")
    outcome = await upsert_user(None, {**NEW, "partner_id": programme.alpine} | changed)
    assert codes(outcome) == [("INVALID", (path,))]
    assert await programme.database.fetch("SELECT * FROM user_account") == before


async def test_an_address_in_other_case_is_the_same_user(programme: Programme) -> None:
    given = {**NEW, "partner_id": programme.alpine}
    first = saved(await upsert_user(None, given))
    again = saved(await upsert_user(None, {**given, "email": "SUE@Example.com", "name": "Sue B."}))
    assert (again.user_id, again.created) == (first.user_id, False)
    elsewhere = await upsert_user(None, {**given, "email": "SUE@example.com", "partner_id": programme.bright})
    assert codes(elsewhere) == [("CONFLICT", ("email",))]
    bob = await programme.invited("Bob", at=programme.bright)
    assert codes(await upsert_user(None, {"email": "sUe@example.com"}, user_id=bob)) == [("CONFLICT", ("email",))]
    assert (await programme.row(bob))["email"] == "bob@example.com"


async def test_of_many_at_once_one_is_made(programme: Programme) -> None:
    boss = await programme.viewer(programme.admin)
    addresses = ("sue@example.com", "SUE@example.com") * 4
    given = [{**NEW, "partner_id": programme.alpine, "email": address} for address in addresses]
    outcomes = await asyncio.gather(*(upsert_user(boss, one) for one in given))
    assert len({saved(one).user_id for one in outcomes}) == 1
    assert sum(saved(one).created for one in outcomes) == 1


async def test_channel_managers_look_after_partners_people_alone(programme: Programme) -> None:
    manager = await programme.viewer(await programme.invited("Cho", Role.CHANNEL_MANAGER))
    made = await upsert_user(manager, {**NEW, "partner_id": programme.alpine})
    assert isinstance(made, UserSaved)
    forbidden = [("FORBIDDEN", ())]
    vendors = {"name": "V", "email": "v@example.com", "role": Role.CHANNEL_MANAGER}
    assert codes(await upsert_user(manager, vendors)) == forbidden
    promoted = {"role": Role.VENDOR_ADMIN, "partner_id": None}
    assert codes(await upsert_user(manager, promoted, user_id=made.user_id)) == forbidden
    assert codes(await upsert_user(manager, {"name": "Ada B."}, user_id=programme.admin)) == forbidden
    subject = await upsert_user(manager, {"subject": "idp|manager"}, user_id=made.user_id)
    assert codes(subject) == [("FORBIDDEN", ("subject",))]


async def test_nobody_changes_their_own_role_or_organization_or_access(programme: Programme) -> None:
    await programme.invited("Bo", Role.VENDOR_ADMIN)
    boss = await programme.viewer(programme.admin)
    changes: list[tuple[dict[str, Any], str]] = [
        ({"role": Role.CHANNEL_MANAGER}, "role"),
        ({"active": False}, "active"),
        ({"partner_id": programme.alpine, "role": Role.PARTNER_MANAGER}, "partnerId"),
    ]
    for given, path in changes:
        assert codes(await upsert_user(boss, given, user_id=programme.admin)) == [("INVALID", (path,))]
    assert saved(await upsert_user(boss, {"name": "Ada B.", "role": Role.VENDOR_ADMIN}, user_id=programme.admin))


async def test_who_was_demoted_a_moment_ago_changes_nobody(programme: Programme) -> None:
    """What a request knows of its viewer may be seconds old."""
    stale = await programme.viewer(await programme.invited("Bo", Role.VENDOR_ADMIN))
    await programme.database.fetch("UPDATE user_account SET role = 'CHANNEL_MANAGER' WHERE id = $1", stale.user_id)
    assert codes(await upsert_user(stale, {**NEW, "partner_id": programme.alpine})) == [("FORBIDDEN", ())]


async def test_partners_people_manage_nobody(programme: Programme) -> None:
    for role in (Role.PARTNER_MANAGER, Role.PARTNER_SELLER):
        someone = await programme.viewer(await programme.invited(role.value, role, programme.alpine))
        assert codes(await upsert_user(someone, {**NEW, "partner_id": programme.alpine})) == [("FORBIDDEN", ())]


async def test_nobody_is_found_who_is_not_there(programme: Programme) -> None:
    assert codes(await upsert_user(None, {"name": "X"}, user_id=new_id())) == [("NOT_FOUND", ("userId",))]
    assert codes(await upsert_user(None, {**NEW, "partner_id": new_id()})) == [("NOT_FOUND", ("partnerId",))]
    assert codes(await upsert_user(None, {"name": "X"})) == [("INVALID", ("email",))]


async def test_a_subject_is_one_users(programme: Programme) -> None:
    sue, bob = [await programme.invited(name, at=programme.alpine) for name in ("Sue", "Bob")]
    assert saved(await upsert_user(None, {"subject": "idp|1"}, user_id=sue))
    assert codes(await upsert_user(None, {"subject": "idp|1"}, user_id=bob)) == [("CONFLICT", ("subject",))]


async def test_what_is_as_it_was_changes_nothing(programme: Programme) -> None:
    sue: UUID = await programme.invited("Sue", at=programme.alpine)
    before = await programme.actions()
    given = {**NEW, "partner_id": programme.alpine, "active": True}
    assert saved(await upsert_user(None, given, user_id=sue)) == UserSaved(sue)
    assert await programme.actions() == before
