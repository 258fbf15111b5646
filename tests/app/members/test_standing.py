"""A suspended partner's people read and change nothing; an ended one's can't sign in; neither is given deals."""

from app.deals.create import NewOpportunity, create
from app.deals.editing import Changed
from app.deals.update import update
from app.identity.users import viewer_of
from app.members.partners import PartnerSaved, upsert_partner
from app.vocabulary import PartnerStatus, Permission, Role
from tests.app.members.conftest import Programme, codes


async def stands(programme: Programme, status: PartnerStatus) -> None:
    changed = await upsert_partner(None, {"status": status}, partner_id=programme.alpine)
    assert isinstance(changed, PartnerSaved)


async def test_of_a_suspended_partner_people_may_read_alone(programme: Programme) -> None:
    sue = await programme.invited("Sue", Role.PARTNER_MANAGER, programme.alpine)
    bob = await programme.invited("Bob", Role.PARTNER_MANAGER, programme.bright)
    await stands(programme, PartnerStatus.SUSPENDED)
    assert (await programme.viewer(sue)).permissions == {Permission.READ}
    assert Permission.ADVANCE in (await programme.viewer(bob)).permissions
    await stands(programme, PartnerStatus.ACTIVE)
    assert Permission.ADVANCE in (await programme.viewer(sue)).permissions


async def test_of_an_ended_partner_nobody_signs_in(programme: Programme) -> None:
    sue = await programme.invited("Sue", at=programme.alpine)
    assert await viewer_of(str(sue)) is not None
    await stands(programme, PartnerStatus.ENDED)
    assert await viewer_of(str(sue)) is None
    await stands(programme, PartnerStatus.ONBOARDING)
    assert await viewer_of(str(sue)) is not None


async def test_neither_is_given_deals(programme: Programme) -> None:
    boss = await programme.viewer(programme.admin)
    deal = await programme.deal(programme.admin, None)
    for status in (PartnerStatus.SUSPENDED, PartnerStatus.ENDED):
        await stands(programme, status)
        new = NewOpportunity({"name": "Deal"}, account_name="Customer", partner_id=programme.alpine)
        assert codes(await create(boss, new)) == [("BLOCKED", ("partnerId",))]
        given = await update(boss, deal, {"partner_id": programme.alpine})
        assert codes(given) == [("BLOCKED", ("partnerId",))]
    await stands(programme, PartnerStatus.ACTIVE)
    assert isinstance(await update(boss, deal, {"partner_id": programme.alpine}), Changed)


async def test_a_partner_has_some_status(programme: Programme) -> None:
    changed = await upsert_partner(None, {"status": None}, partner_id=programme.alpine)
    assert codes(changed) == [("INVALID", ("status",))]
