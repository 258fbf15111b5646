"""Deals that advance by themselves: by the change that meets the last criterion, to the end of what is met."""

from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Any
from uuid import UUID

import pytest

from app.database import Database
from app.database import database as current
from app.deals.accounts import AccountSaved, upsert_account
from app.deals.advance import Advanced, advance
from app.deals.create import NewOpportunity, create
from app.deals.editing import Changed
from app.deals.marks import complete_activity, mark_criterion
from app.deals.opportunity_fields import FIELDS as SAID
from app.deals.update import update
from app.identity.viewer import Viewer
from app.models import FormerMark, Opportunity, StageTransition, User
from app.outcomes import Refused
from app.playbooks.drafts import update_playbook
from app.playbooks.publish import publish
from app.vocabulary import OrganizationKind, Role
from tests.app.playbooks.builders import (
    LOST,
    WON,
    People,
    activity,
    criterion,
    draft,
    people,
    published,
    saved,
    stage,
)

FIELDS = {"lead": "deal.amount != null", "match": "deal.nextStep != null", "quote": "deal.closeDate != null"}


def flagged(key: str, probability: float, *exits: dict[str, Any], **more: Any) -> dict[str, Any]:
    return stage(key, probability, auto_advance=True, exit_criteria=list(exits), **{"activities": [], **more})


def by_fields(key: str) -> dict[str, Any]:
    return criterion(f"{key}-known", expression=FIELDS[key])


@dataclass(frozen=True)
class Sales:
    """Stages lead, match, quote, each left by itself once a field of the deal is filled, and close."""

    people: People
    seller: Viewer
    playbook_id: UUID

    async def create(self, **fields: Any) -> UUID:
        said = {"name": "Deal", **{name: value for name, value in fields.items() if name in SAID}}
        other = {name: value for name, value in fields.items() if name not in SAID}
        new = NewOpportunity(said, account_name="Customer", playbook_key="sales", **other)
        return changed(await create(self.seller, new)).opportunity_id

    async def edit(self, id: UUID, **changes: Any) -> Changed:
        return changed(await update(self.seller, id, changes))

    async def stage(self, id: UUID) -> str:
        row = await current().fetchrow(
            "SELECT s.key FROM opportunity o JOIN stage s ON s.id = o.stage_id WHERE o.id = $1", id
        )
        assert row is not None
        return str(row["key"])


def changed(outcome: Changed | Refused) -> Changed:
    assert isinstance(outcome, Changed), outcome
    return outcome


async def moves(id: UUID) -> list[tuple[str, bool]]:
    rows = await StageTransition.filter(opportunity_id=id).order_by("seq").values("kind", "automatic")
    return [(row["kind"].value, row["automatic"]) for row in rows]


async def sales(*stages: dict[str, Any]) -> Sales:
    everybody = await people()
    seller = await User.create(organization=everybody.partner, name="Sue", role=Role.PARTNER_SELLER)
    id = await draft(everybody.admin, "sales")
    saved(await update_playbook(everybody.admin, id, {"stages": [*stages, WON, LOST]}))
    published(await publish(everybody.admin, id))
    viewer = Viewer(seller.id, everybody.partner.id, OrganizationKind.PARTNER, Role.PARTNER_SELLER)
    return Sales(everybody, viewer, id)


@pytest.fixture
async def world(database: Database) -> Sales:
    places = enumerate(FIELDS, 1)
    return await sales(*(flagged(key, n / 10, by_fields(key)) for n, key in places), stage("close", 0.8))


EUR = (Decimal(1000), "EUR")


async def test_each_change_that_meets_the_last_criterion_moves_the_deal(world: Sales) -> None:
    id = await world.create()
    assert await world.stage(id) == "lead"
    assert (await world.edit(id, amount=EUR)).transition_id is not None
    assert await world.stage(id) == "match"
    assert await moves(id) == [("CREATED", False), ("FORWARD", True)]


async def test_a_deal_that_is_created_with_everything_met_goes_to_the_end_of_what_is_met(world: Sales) -> None:
    id = await world.create(amount=EUR, next_step="Call", expected_close_date=date(2027, 1, 31))
    assert await world.stage(id) == "close"
    assert await moves(id) == [("CREATED", False), *[("FORWARD", True)] * 3]
    halfway = await world.create(amount=EUR, expected_close_date=date(2027, 1, 31))
    assert await world.stage(halfway) == "match"


async def test_one_change_moves_through_every_stage_that_asks_for_nothing_more(world: Sales) -> None:
    id = await world.create(next_step="Call", expected_close_date=date(2027, 1, 31))
    await world.edit(id, amount=EUR)
    assert await world.stage(id) == "close"
    row = await Opportunity.get(id=id)
    assert row.version == 1 + 1 + 3


async def test_a_deal_that_was_sent_back_stays_whatever_else_is_changed(world: Sales) -> None:
    id = await world.create(amount=EUR, next_step="Call", expected_close_date=date(2027, 1, 31))
    back = await advance(world.seller, id, "lead", reason="Too early")
    assert isinstance(back, Advanced)
    for change in ({"next_step": "Meet"}, {"name": "Other"}, {"amount": (Decimal(2), "EUR")}, {"notes": "Said so"}):
        assert (await world.edit(id, **change)).transition_id is None
    assert await world.stage(id) == "lead"
    await world.edit(id, amount=None)
    await world.edit(id, amount=EUR)
    assert await world.stage(id) == "close", "lost and met again, it is a change that meets the last criterion"


async def test_four_renames_move_nothing(world: Sales) -> None:
    id = await world.create(amount=EUR, next_step="Call", expected_close_date=date(2027, 1, 31))
    await advance(world.seller, id, "lead", reason="Too early")
    before = await moves(id)
    for name in ("One", "Two", "Three", "Four"):
        await world.edit(id, name=name)
    assert await moves(id) == before


async def test_a_move_by_hand_ends_where_it_was_meant_to(world: Sales) -> None:
    id = await world.create(next_step="Call", expected_close_date=date(2027, 1, 31))
    moved = await advance(world.people.admin, id, "match", override=True, reason="Agreed by phone")
    assert isinstance(moved, Advanced)
    assert await world.stage(id) == "match"
    await world.edit(id, name="Renamed")
    assert await world.stage(id) == "match"


async def test_what_only_time_has_met_moves_nothing(database: Database) -> None:
    soon = criterion("soon", expression="deal.daysToClose != null && deal.daysToClose < 30")
    world = await sales(flagged("lead", 0.1, soon), stage("close", 0.8))
    id = await world.create(expected_close_date=(datetime.now(UTC) + timedelta(days=60)).date())
    later = datetime.now(UTC) + timedelta(days=45)
    assert changed(await update(world.seller, id, {"name": "Renamed"}, at=later)).transition_id is None
    assert await world.stage(id) == "lead"


async def test_marks_and_activities_count_as_fields_do(database: Database) -> None:
    lead = flagged("lead", 0.1, criterion("need"), activities=[activity("call", required=True)])
    world = await sales(lead, stage("close", 0.8, entry_criteria=[criterion("room")]))
    id = await world.create()
    ids = {row["key"]: row["id"] for row in await current().fetch("SELECT id, key FROM criterion")}
    call = (await current().fetch("SELECT id FROM activity WHERE key = 'call' AND required"))[0]["id"]
    assert changed(await mark_criterion(world.seller, id, ids["need"], True)).transition_id is None
    assert changed(await mark_criterion(world.seller, id, ids["room"], True)).transition_id is None
    assert changed(await complete_activity(world.seller, id, call)).transition_id is not None
    assert await world.stage(id) == "close"


async def test_a_change_of_the_customer_moves_the_deals_that_waited_for_it_and_no_other(database: Database) -> None:
    known = criterion("country-known", expression="deal.account.country != null")
    world = await sales(flagged("lead", 0.1, known), stage("close", 0.8))
    id = await world.create()
    account = (await Opportunity.get(id=id)).account_id  # type: ignore[attr-defined]

    async def write(country: str) -> None:
        assert isinstance(await upsert_account(world.seller, account, {"country": country}), AccountSaved)

    await write("DE")
    assert await world.stage(id) == "close"
    await advance(world.seller, id, "lead", reason="Too early")
    await write("AT")
    assert await world.stage(id) == "lead"


async def test_going_back_asks_anew_for_marks_and_keeps_the_former_ones(database: Database) -> None:
    world = await sales(
        flagged("lead", 0.1, criterion("need")), flagged("match", 0.2, criterion("fit")), stage("close", 0.8)
    )
    id = await world.create()
    ids = {row["key"]: row["id"] for row in await current().fetch("SELECT id, key FROM criterion")}
    await mark_criterion(world.seller, id, ids["need"], True, evidence="Said on the phone")
    await mark_criterion(world.seller, id, ids["fit"], True)
    assert await world.stage(id) == "close"
    back = await advance(world.seller, id, "match", reason="The fit is doubtful")
    assert isinstance(back, Advanced)
    assert await marked(id) == {"need"}, "what lies behind the deal isn't asked again"
    again = await advance(world.seller, id, "lead", reason="All of it is")
    assert isinstance(again, Advanced)
    assert await marked(id) == set()
    former = (
        await FormerMark.filter(opportunity_id=id)
        .order_by("ended_at")
        .values("stage_key", "criterion_key", "met", "evidence", "transition_id", "marked_by_id", "ended_by_id")
    )
    said = {"met": True, "marked_by_id": world.seller.user_id, "ended_by_id": world.seller.user_id}
    assert former == [
        {"stage_key": "match", "criterion_key": "fit", "evidence": None, "transition_id": back.transition_id, **said},
        {
            "stage_key": "lead",
            "criterion_key": "need",
            "evidence": "Said on the phone",
            "transition_id": again.transition_id,
            **said,
        },
    ]
    await mark_criterion(world.seller, id, ids["need"], True)
    assert await world.stage(id) == "match", "the mark for what was asked anew is such a change"


async def marked(id: UUID) -> set[str]:
    rows = await current().fetch(
        "SELECT c.key FROM criterion_mark m JOIN criterion c ON c.id = m.criterion_id WHERE m.opportunity_id = $1", id
    )
    return {row["key"] for row in rows}


async def test_a_mark_that_is_replaced_goes_into_the_history(database: Database) -> None:
    world = await sales(stage("lead", 0.1), stage("close", 0.8))
    id = await world.create()
    need = (await current().fetch("SELECT id FROM criterion WHERE key = 'budget' LIMIT 1"))[0]["id"]
    for evidence in ("First", "Second", "Second"):
        await mark_criterion(world.seller, id, need, True, evidence=evidence)
    former = await FormerMark.filter(opportunity_id=id).values("evidence", "met", "transition_id")
    assert former == [{"evidence": "First", "met": True, "transition_id": None}]
