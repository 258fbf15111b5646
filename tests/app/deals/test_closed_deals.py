"""Closed deals are put right without being booked today, and moves are dated when they were."""

from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta, timezone
from decimal import Decimal
from typing import Any
from uuid import UUID

import pytest

from app.database import Database
from app.database import database as current
from app.deals.advance import Advanced, advance
from app.deals.update import update
from app.identity.viewer import Viewer
from app.models import Account, Correction, Opportunity, Organization, StageTransition, User
from app.vocabulary import OpportunitySource, OrganizationKind, Role
from tests.app.deals.test_automatic_advance import changed
from tests.app.playbooks.builders import LONG_AGO, People, deal, errors, everything, in_force, people

CLOSED = LONG_AGO + timedelta(days=40)
EUR = (Decimal(1000), "EUR")


@dataclass(frozen=True)
class World:
    people: People
    seller: Viewer
    id: UUID

    async def row(self) -> dict[str, Any]:
        row = await Opportunity.get(id=self.id)
        names = ("amount", "currency", "expected_close_date", "owner_id", "closed_at", "entered_stage_at", "status")
        return {name: getattr(row, name) for name in names}


@pytest.fixture
async def open_deal(database: Database) -> World:
    everybody = await people()
    seller = await User.create(organization=everybody.partner, name="Sue", role=Role.PARTNER_SELLER)
    made = await deal(everybody, await in_force(everybody.admin), "qualify", owner=seller)
    viewer = Viewer(seller.id, everybody.partner.id, OrganizationKind.PARTNER, Role.PARTNER_SELLER)
    return World(everybody, viewer, made.id)


@pytest.fixture
async def won(open_deal: World) -> World:
    vendor = open_deal.people.admin
    moved = await advance(vendor, open_deal.id, "won", override=True, reason="Signed", moved_at=CLOSED)
    assert isinstance(moved, Advanced)
    return open_deal


async def test_a_move_is_dated_by_the_vendors_people(won: World) -> None:
    row = await won.row()
    assert (row["status"].value, row["closed_at"], row["entered_stage_at"]) == ("WON", CLOSED, CLOSED)
    last = await StageTransition.filter(opportunity_id=won.id).order_by("-seq").first()
    assert last is not None
    assert (last.at, last.seconds_in_previous_stage) == (CLOSED, 40 * 86_400)
    assert (await Opportunity.get(id=won.id)).updated_at > datetime.now(UTC) - timedelta(minutes=5)


@pytest.mark.parametrize(
    ("who", "at", "code"),
    [
        ("seller", CLOSED, "FORBIDDEN"),
        ("manager", CLOSED, "FORBIDDEN"),
        ("vendor", datetime.now(UTC) + timedelta(hours=1), "INVALID"),
        ("vendor", LONG_AGO - timedelta(seconds=1), "INVALID"),
    ],
    ids=["a seller", "a partner's manager", "in the future", "before the deal's last move"],
)
async def test_nobody_else_dates_a_move_and_none_to_come_or_before_the_last(
    open_deal: World, who: str, at: datetime, code: str
) -> None:
    viewer = {"seller": open_deal.seller, "manager": open_deal.people.seller, "vendor": open_deal.people.admin}[who]
    before = await everything()
    refused = await advance(viewer, open_deal.id, "lost", reason="Gone", moved_at=at)
    assert errors(refused) == [(code, "at")]
    assert await everything() == before


async def handed_over(world: World) -> datetime:
    """To another partner, now; when that was."""
    rival = await Organization.create(key="rival", name="Rival", kind=OrganizationKind.PARTNER)
    changed(await update(world.people.admin, world.id, {"partner_id": rival.id}))
    came: datetime = (await current().fetch("SELECT at FROM handover WHERE opportunity_id = $1", world.id))[0]["at"]
    return came


async def test_no_move_is_dated_into_the_time_of_a_former_partner(open_deal: World) -> None:
    vendor, came = open_deal.people.admin, await handed_over(open_deal)
    before = await everything()
    for at in (CLOSED, came - timedelta(microseconds=1)):
        refused = await advance(vendor, open_deal.id, "won", override=True, reason="Signed", moved_at=at)
        assert errors(refused) == [("INVALID", "at")]
    assert await everything() == before
    now = datetime.now(UTC)
    assert isinstance(await advance(vendor, open_deal.id, "won", override=True, reason="x", moved_at=now), Advanced)


async def test_no_move_is_dated_before_the_last_where_a_servers_clock_is_behind(open_deal: World) -> None:
    ahead = datetime.now(UTC) + timedelta(minutes=1)
    await current().fetch("UPDATE opportunity SET entered_stage_at = $2 WHERE id = $1", open_deal.id, ahead)
    assert isinstance(await advance(open_deal.people.admin, open_deal.id, "lost", reason="Gone"), Advanced)
    last = await StageTransition.filter(opportunity_id=open_deal.id).order_by("-seq").first()
    assert last is not None
    assert (last.at, last.seconds_in_previous_stage) == (ahead, 0)


async def test_no_deal_closed_in_the_time_of_a_former_partner(open_deal: World) -> None:
    vendor, came = open_deal.people.admin, await handed_over(open_deal)
    assert isinstance(await advance(vendor, open_deal.id, "won", override=True, reason="Signed"), Advanced)
    await current().fetch(
        "UPDATE stage_transition SET at = $2 WHERE opportunity_id = $1 AND kind <> 'WON'", open_deal.id, LONG_AGO
    )
    before = await everything()
    for at in (CLOSED, came - timedelta(microseconds=1)):
        refused = await update(vendor, open_deal.id, {"closed_at": at}, reason="x")
        assert errors(refused) == [("INVALID", "closedAt")]
    assert await everything() == before
    changed(await update(vendor, open_deal.id, {"closed_at": datetime.now(UTC)}, reason="x"))


async def test_the_vendor_corrects_a_won_deal_and_it_stays_closed_when_it_was(won: World) -> None:
    other = await User.create(organization=won.people.partner, name="Olga", role=Role.PARTNER_SELLER)
    before = await won.row()
    changes = {"amount": EUR, "owner_id": other.id, "expected_close_date": date(2026, 2, 14)}
    changed(await update(won.people.admin, won.id, changes, reason=" The order says so "))
    new = {"amount": Decimal(1000), "currency": "EUR", "owner_id": other.id, "expected_close_date": date(2026, 2, 14)}
    assert await won.row() == {**before, **new}
    kept = (
        await Correction.filter(opportunity_id=won.id)
        .order_by("field")
        .values("field", "before", "after", "reason", "actor_id")
    )
    said = {"reason": "The order says so", "actor_id": won.people.admin.user_id}
    assert kept == [
        {"field": "amount", "before": None, "after": "1000.00 EUR", **said},
        {"field": "expectedCloseDate", "before": None, "after": "2026-02-14", **said},
        {"field": "owner", "before": f"usr_{before['owner_id']}", "after": f"usr_{other.id}", **said},
    ]
    events = await current().fetch("SELECT payload::text FROM event WHERE type = 'OPPORTUNITY_UPDATED'")
    assert [row["payload"] for row in events] == [
        '{"fields": ["amount", "expectedCloseDate", "owner"], "corrected": true}'
    ]


async def test_the_date_of_closing_is_put_right_with_the_move_that_it_is(won: World) -> None:
    right = CLOSED - timedelta(days=3)
    changed(await update(won.people.admin, won.id, {"closed_at": right}, reason="Signed on Friday"))
    row = await won.row()
    assert (row["closed_at"], row["entered_stage_at"]) == (right, right)
    last = await StageTransition.filter(opportunity_id=won.id).order_by("-seq").first()
    assert last is not None
    assert (last.at, last.seconds_in_previous_stage) == (right, 37 * 86_400)
    before = await everything()
    for at in (datetime.now(UTC) + timedelta(days=1), LONG_AGO - timedelta(days=1), None):
        refused = await update(won.people.admin, won.id, {"closed_at": at}, reason="x")
        assert errors(refused) == [("INVALID", "closedAt")]
    assert await everything() == before


async def test_a_deal_without_a_history_did_not_close_before_there_were_deals(won: World) -> None:
    await StageTransition.filter(opportunity_id=won.id).delete()
    before = await everything()
    for at in (datetime(1, 1, 1, tzinfo=timezone(timedelta(hours=14))), datetime(1969, 12, 31, 23, 59, 59, tzinfo=UTC)):
        refused = await update(won.people.admin, won.id, {"closed_at": at}, reason="x")
        assert errors(refused) == [("INVALID", "closedAt")]
    assert await everything() == before
    changed(await update(won.people.admin, won.id, {"closed_at": datetime(1970, 1, 1, tzinfo=UTC)}, reason="x"))


async def test_nobody_else_corrects_nothing_else_and_never_without_a_reason(won: World) -> None:
    account = await Account.create(name="Other")
    vendor, before = won.people.admin, await everything()
    corrections: list[tuple[dict[str, Any], str]] = [
        ({"amount": EUR}, "amount"),
        ({"owner_id": None}, "ownerId"),
        ({"closed_at": CLOSED - timedelta(days=1)}, "closedAt"),
    ]
    others: list[tuple[dict[str, Any], str]] = [
        ({"name": "Other"}, "name"),
        ({"account_id": account.id}, "accountId"),
        ({"source": OpportunitySource.VENDOR}, "source"),
        ({"amount": EUR, "name": "Other"}, "name"),
    ]
    for who in (won.seller, won.people.seller):
        for change, path in corrections:
            assert errors(await update(who, won.id, change, reason="x")) == [("FORBIDDEN", path)]
    for reason in (None, "", "  ", "x" * 2_001):
        assert errors(await update(vendor, won.id, {"amount": EUR}, reason=reason)) == [("INVALID", "reason")]
    for change, path in others:
        assert errors(await update(vendor, won.id, change, reason="x")) == [("INVALID", path)]
    assert await everything() == before
    changed(await update(won.seller, won.id, {"next_step": "Send the invoice", "name": "Deal in qualify"}))


async def test_an_open_deal_has_no_date_of_closing(open_deal: World) -> None:
    refused = await update(open_deal.people.admin, open_deal.id, {"closed_at": CLOSED}, reason="x")
    assert errors(refused) == [("INVALID", "closedAt")]
