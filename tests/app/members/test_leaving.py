"""Whoever goes leaves nothing open behind."""

import asyncio
from uuid import UUID

import pytest

from app.database import joined, transaction
from app.deals.create import NewOpportunity, create
from app.deals.update import update
from app.events import log
from app.identity.users import viewer_of
from app.members.partners import upsert_partner
from app.members.users import deactivate_user, upsert_user
from app.models.columns import new_id
from app.vocabulary import EventType, Role
from tests.app.members.conftest import Programme, codes, saved


@pytest.fixture
async def sue(programme: Programme) -> UUID:
    return await programme.invited("Sue", at=programme.alpine)


async def test_open_deals_are_in_the_way_until_somebody_takes_them(programme: Programme, sue: UUID) -> None:
    open_ones = [await programme.deal(sue, programme.alpine) for _ in range(2)]
    won = await programme.deal(sue, programme.alpine, "WON")
    boss = await programme.viewer(programme.admin)
    refusal = await deactivate_user(boss, sue)
    assert codes(refusal) == [("BLOCKED", ("reassignTo",))]
    assert "2 open deals" in str(refusal)
    assert (await programme.row(sue))["active"]

    bob = await programme.invited("Bob", at=programme.alpine)
    assert saved(await deactivate_user(boss, sue, reassign_to=bob)).reassigned == 2
    assert await viewer_of(str(sue)) is None
    assert [await programme.owner(deal) for deal in open_ones] == [bob, bob]
    assert await programme.owner(won) == sue
    versions = await programme.database.fetch("SELECT version FROM opportunity ORDER BY status, id")
    assert [row["version"] for row in versions] == [2, 2, 1]
    told = await log.read(programme.database, limit=10)
    assert [(e.type, e.opportunity_id, e.actor_id, e.payload) for e in told if e.readers is None] == [
        (EventType.OPPORTUNITY_UPDATED, deal, programme.admin, {"fields": ["owner"]}) for deal in sorted(open_ones)
    ]
    came = [(e.type, e.opportunity_id, list(e.readers)) for e in told if e.readers is not None]
    assert came == [(EventType.OPPORTUNITY_CAME, deal, [bob]) for deal in sorted(open_ones)]
    assert (await programme.actions())[-3:] == ["OPPORTUNITY_UPDATED", "OPPORTUNITY_UPDATED", "USER_DEACTIVATED"]


async def test_who_takes_them_has_to_be_able_to(programme: Programme, sue: UUID) -> None:
    deal = await programme.deal(sue, programme.alpine)
    rival = await programme.invited("Riva", at=programme.bright)
    gone = await programme.invited("Gus", at=programme.alpine)
    await deactivate_user(None, gone)
    expected = {rival: "BLOCKED", gone: "INVALID", sue: "INVALID", new_id(): "NOT_FOUND"}
    for heir, code in expected.items():
        assert codes(await deactivate_user(None, sue, reassign_to=heir)) == [(code, ("reassignTo",))]
        assert await programme.owner(deal) == sue
    assert saved(await deactivate_user(None, sue, reassign_to=programme.admin)).reassigned == 1


async def test_who_looks_after_partners_leaves_them_to_somebody_of_the_vendor(programme: Programme) -> None:
    cho = await programme.invited("Cho", Role.CHANNEL_MANAGER)
    dee = await programme.invited("Dee", Role.CHANNEL_MANAGER)
    seller = await programme.invited("Sue", at=programme.alpine)
    await upsert_partner(None, {"channel_manager_id": cho}, partner_id=programme.alpine)
    assert codes(await deactivate_user(None, cho)) == [("BLOCKED", ("reassignTo",))]
    assert codes(await deactivate_user(None, cho, reassign_to=seller)) == [("BLOCKED", ("reassignTo",))]
    assert saved(await deactivate_user(None, cho, reassign_to=dee))
    (row,) = await programme.database.fetch("SELECT channel_manager_id FROM organization WHERE name = 'Alpine IT'")
    assert row["channel_manager_id"] == dee


async def test_who_is_moved_leaves_the_deals_of_the_former_partner(programme: Programme, sue: UUID) -> None:
    deal = await programme.deal(sue, programme.alpine)
    bob = await programme.invited("Bob", at=programme.alpine)
    moved = {"partner_id": programme.bright}
    assert codes(await upsert_user(None, moved, user_id=sue)) == [("BLOCKED", ("reassignTo",))]
    assert saved(await upsert_user(None, moved, user_id=sue, reassign_to=bob)).reassigned == 1
    viewer = await viewer_of(str(sue))
    assert viewer is not None
    assert viewer.organization_id == programme.bright
    assert await programme.owner(deal) == bob


async def test_who_is_moved_to_the_vendor_keeps_them_and_takes_a_role_of_the_vendor(
    programme: Programme, sue: UUID
) -> None:
    deal = await programme.deal(sue, programme.alpine)
    assert codes(await upsert_user(None, {"partner_id": None}, user_id=sue)) == [("INVALID", ("role",))]
    moved = {"partner_id": None, "role": Role.CHANNEL_MANAGER}
    assert saved(await upsert_user(None, moved, user_id=sue)).reassigned == 0
    assert await programme.owner(deal) == sue


async def test_who_was_deactivated_and_still_owns_deals_can_be_relieved_of_them(
    programme: Programme, sue: UUID
) -> None:
    """As the owners are whom an import left inactive."""
    deal = await programme.deal(sue, programme.alpine)
    await programme.database.fetch("UPDATE user_account SET active = FALSE WHERE id = $1", sue)
    assert saved(await deactivate_user(None, sue, reassign_to=programme.admin)).reassigned == 1
    assert await programme.owner(deal) == programme.admin


async def test_who_comes_back_is_let_in_again(programme: Programme, sue: UUID) -> None:
    await deactivate_user(None, sue)
    assert (await programme.row(sue))["deactivated_at"] is not None
    assert saved(await upsert_user(None, {"active": True}, user_id=sue))
    assert (await programme.row(sue))["deactivated_at"] is None
    assert await viewer_of(str(sue)) is not None
    assert (await programme.actions())[-2:] == ["USER_DEACTIVATED", "USER_ACTIVATED"]


async def test_nobody_is_made_an_owner_while_they_leave(programme: Programme, sue: UUID) -> None:
    deal = await programme.deal(programme.admin, programme.alpine)
    boss = await programme.viewer(programme.admin)
    new = NewOpportunity(
        {"name": "New"}, account_name="Customer", partner_id=programme.alpine, owner_id=sue, playbook_key="play"
    )
    begun = asyncio.Event()

    async def give() -> object:
        await begun.wait()
        return await update(boss, deal, {"owner_id": sue})

    async def register() -> object:
        await begun.wait()
        return await create(boss, new)

    both = [asyncio.create_task(give()), asyncio.create_task(register())]
    async with transaction() as tx:
        with joined(tx):
            saved(await deactivate_user(boss, sue))
        begun.set()
        done, _ = await asyncio.wait(both, timeout=0.3)
        assert not done
    assert [codes(await one) for one in both] == [[("NOT_FOUND", ("ownerId",))]] * 2
    assert await programme.owner(deal) == programme.admin


REGISTRATION = """
WITH policy AS (
  INSERT INTO registration_policy (id, key, playbook_key, review_hours, max_extensions, extension_days)
  VALUES ($1, 'usual', 'play', 24, 1, 30) RETURNING id
)
INSERT INTO deal_registration (id, number, status, policy_id, partner_id, owner_id, deal_type)
SELECT given.id, given.number, given.status, policy.id, $2, $3, 'NET_NEW' FROM policy,
  (VALUES ($4::uuid, 'DR-1', 'SUBMITTED'), ($5::uuid, 'DR-2', 'WITHDRAWN')) AS given (id, number, status)
"""


async def test_registrations_go_to_a_colleague_and_ended_ones_stay(programme: Programme, sue: UUID) -> None:
    bob, open_one, ended = await programme.invited("Bob", at=programme.alpine), new_id(), new_id()
    await programme.database.fetch(REGISTRATION, new_id(), programme.alpine, sue, open_one, ended)
    boss = await programme.viewer(programme.admin)
    saved(await deactivate_user(boss, sue, reassign_to=bob))
    rows = await programme.database.fetch("SELECT id, owner_id, version FROM deal_registration ORDER BY number")
    assert [(row["id"], row["owner_id"], row["version"]) for row in rows] == [(open_one, bob, 2), (ended, sue, 1)]
    assert "REGISTRATION_SAVED" in await programme.actions()


CHAT = """
INSERT INTO notification_setting (id, user_id, daily_at, chat_service, chat_secret_url)
VALUES ($1, $2, 600, 'SLACK', 'x')
"""


@pytest.mark.parametrize("how", ["moved", "moved to the vendor", "deactivated"])
async def test_the_chat_of_the_former_organisation_is_forgotten(programme: Programme, sue: UUID, how: str) -> None:
    """It may be one that others read there."""
    colleague = await programme.invited("Bob", at=programme.alpine)
    for one in (sue, colleague):
        await programme.database.fetch(CHAT, new_id(), one)
    given: dict[str, dict[str, object]] = {
        "moved": {"partner_id": programme.bright},
        "moved to the vendor": {"partner_id": None, "role": Role.CHANNEL_MANAGER},
        "deactivated": {"active": False},
    }
    saved(await upsert_user(None, {"name": "Susan", "role": Role.PARTNER_MANAGER}, user_id=sue))
    kept = "SELECT chat_service, chat_secret_url, daily_at FROM notification_setting WHERE user_id = $1"
    assert [tuple(row) for row in await programme.database.fetch(kept, sue)] == [("SLACK", "x", 600)]
    saved(await upsert_user(None, given[how], user_id=sue))
    assert [tuple(row) for row in await programme.database.fetch(kept, sue)] == [(None, None, 600)]
    assert [tuple(row) for row in await programme.database.fetch(kept, colleague)] == [("SLACK", "x", 600)]
