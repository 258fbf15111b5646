"""The first administrator: once, and nobody's place is taken twice."""

import asyncio

import pytest

from app.database import Database
from app.members.admins import create_admin
from app.members.users import UserSaved, deactivate_user, upsert_user
from app.outcomes import Refused
from app.vocabulary import Role
from tests.app.members.conftest import Programme, codes, saved

ADA = {"name": "Ada", "email": "ada@example.com"}
BO = {"name": "Bo", "email": "bo@example.com"}


async def people(database: Database) -> list[tuple[str, str, bool]]:
    rows = await database.fetch("SELECT name, role, active FROM user_account ORDER BY name")
    return [(row["name"], row["role"], row["active"]) for row in rows]


async def test_an_empty_installation_gets_one_and_its_vendor(database: Database) -> None:
    made = saved(await create_admin(ADA, vendor_name="Northwind"))
    assert made.created
    assert await people(database) == [("Ada", "VENDOR_ADMIN", True)]
    (vendor,) = await database.fetch("SELECT key, name, kind FROM organization")
    assert dict(vendor) == {"key": "vendor", "name": "Northwind", "kind": "VENDOR"}
    (entry,) = await database.fetch("SELECT actor_id, action, subject, detail::text FROM audit_entry")
    assert (entry["actor_id"], entry["action"], entry["subject"]) == (None, "USER_CREATED", f"usr_{made.user_id}")
    assert "Ada" not in entry["detail"]
    assert "ada@" not in entry["detail"]


async def test_a_second_one_has_to_be_meant(database: Database) -> None:
    await create_admin(ADA)
    assert codes(await create_admin(BO)) == [("CONFLICT", ())]
    assert await people(database) == [("Ada", "VENDOR_ADMIN", True)]
    assert saved(await create_admin(BO, another=True)).created
    assert len(await people(database)) == 2


@pytest.mark.parametrize("second", [BO, {"name": "Ada", "email": "ADA@Example.com"}])
async def test_of_two_at_once_one_is_made(database: Database, second: dict[str, str]) -> None:
    outcomes = await asyncio.gather(*(create_admin(one) for one in (ADA, second) for _ in range(3)))
    assert len([one for one in outcomes if isinstance(one, UserSaved)]) == 1
    assert len(await people(database)) == 1
    assert len(await database.fetch("SELECT 1 FROM organization")) == 1


async def test_the_same_address_in_other_case_is_the_same_person(database: Database) -> None:
    first = saved(await create_admin(ADA))
    again = saved(await create_admin({"name": "Ada", "email": "ADA@EXAMPLE.com"}, another=True))
    assert (again.user_id, again.created) == (first.user_id, False)


async def test_an_owner_whom_an_import_left_inactive_can_be_the_first(database: Database) -> None:
    await database.fetch(
        "INSERT INTO organization (id, key, name, kind) VALUES (gen_random_uuid(), 'v', 'V', 'VENDOR')"
    )
    await database.fetch(
        "INSERT INTO user_account (id, organization_id, name, email, email_key, role, active)"
        " SELECT gen_random_uuid(), id, 'Ada A.', 'Ada@example.com', 'ada@example.com', 'CHANNEL_MANAGER', FALSE"
        " FROM organization"
    )
    assert not saved(await create_admin(ADA)).created
    assert await people(database) == [("Ada", "VENDOR_ADMIN", True)]


async def test_a_partners_person_is_not_made_one(programme: Programme) -> None:
    await programme.invited("Sue", at=programme.alpine)
    outcome = await create_admin({"name": "Sue", "email": "sue@example.com"}, another=True)
    assert codes(outcome) == [("CONFLICT", ("email",))]


async def test_a_refused_one_leaves_nothing_behind(database: Database) -> None:
    assert codes(await create_admin({"name": "Ada", "email": "nonsense"})) == [("INVALID", ("email",))]
    assert await database.fetch("SELECT 1 FROM organization UNION ALL SELECT 1 FROM audit_entry") == []


@pytest.mark.parametrize("by_command", [True, False])
async def test_the_last_one_stays(programme: Programme, by_command: bool) -> None:
    """Also one who is deactivated by another, whose own access was taken meanwhile: see the two below."""
    boss = None if by_command else await programme.viewer(programme.admin)
    expected = "BLOCKED" if by_command else "INVALID"  # of oneself, nobody takes access at all
    assert codes(await deactivate_user(boss, programme.admin)) == [(expected, ("active",))]
    demoted = await upsert_user(boss, {"role": Role.CHANNEL_MANAGER}, user_id=programme.admin)
    assert codes(demoted) == [(expected, ("role",))]
    moved = {"partner_id": programme.alpine, "role": Role.PARTNER_MANAGER}
    assert isinstance(await upsert_user(boss, moved, user_id=programme.admin), Refused)
    assert (await programme.row(programme.admin))["active"]


async def test_two_who_deactivate_each_other_at_once_leave_one(programme: Programme) -> None:
    other = await programme.invited("Bo", Role.VENDOR_ADMIN)
    ada, bo = await programme.viewer(programme.admin), await programme.viewer(other)
    outcomes = await asyncio.gather(deactivate_user(ada, other), deactivate_user(bo, programme.admin))
    assert sorted(type(one).__name__ for one in outcomes) == ["Refused", "UserSaved"]
    rows = await programme.database.fetch("SELECT 1 FROM user_account WHERE active AND role = 'VENDOR_ADMIN'")
    assert len(rows) == 1
