"""Who may confirm what, and what stays as it was confirmed."""

import asyncio
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any
from uuid import UUID

import pytest

from app.database import Database, transaction
from app.database import database as current
from app.deals.account_locks import hold_customer
from app.deals.accounts import AccountSaved, upsert_account
from app.deals.advance import Advanced, advance
from app.deals.create import NewOpportunity, create
from app.deals.marks import complete_activity, mark_criterion
from app.deals.states import activity_states, allowed_transitions, criterion_states
from app.deals.update import update
from app.identity.viewer import Viewer
from app.models import Account, Opportunity, Organization, User
from app.playbooks.drafts import CopyOf, create_playbook, update_playbook
from app.playbooks.publish import publish
from app.vocabulary import ActivityStatus, ConfirmedBy, CriteriaScope, OpportunitySource, OrganizationKind, Role
from tests.app.deals.test_automatic_advance import changed
from tests.app.playbooks.builders import (
    LOST,
    WON,
    People,
    activity,
    criterion,
    draft,
    errors,
    everything,
    people,
    published,
    saved,
    stage,
)
from tests.app.playbooks.publications import waits_for_a_lock

CRITERIA = [
    criterion("open", required=False),
    criterion("bid", confirmed_by="PARTNER_MANAGER", required=False),
    criterion("approval", confirmed_by="VENDOR"),
]
ACTIVITIES = [activity("free"), activity("check", confirmed_by="VENDOR", required=True)]


@dataclass(frozen=True)
class World:
    people: People
    seller: Viewer
    id: UUID
    criteria: dict[str, UUID]
    activities: dict[str, UUID]

    @property
    def manager(self) -> Viewer:
        return self.people.seller  # the partner's manager

    @property
    def vendor(self) -> Viewer:
        return self.people.admin

    async def mark(self, who: Viewer, key: str, met: bool = True, evidence: str | None = None) -> Any:
        return await mark_criterion(who, self.id, self.criteria[key], met, evidence=evidence)

    async def edit(self, who: Viewer, **changes: Any) -> Any:
        return await update(who, self.id, changes)

    async def met(self) -> set[str]:
        at = datetime.now(UTC)
        states = await criterion_states(current(), self.vendor, [self.id], CriteriaScope.ALL, at)
        keys = {id: key for key, id in self.criteria.items()}
        return {keys[state.criterion_id] for state in states[self.id] if state.met and state.criterion_id in keys}


@pytest.fixture
async def world(database: Database) -> World:
    everybody = await people()
    seller = await User.create(organization=everybody.partner, name="Sue", role=Role.PARTNER_SELLER)
    playbook = await draft(everybody.admin, "sales")
    lead = stage("lead", 0.1, exit_criteria=CRITERIA, activities=ACTIVITIES)
    saved(await update_playbook(everybody.admin, playbook, {"stages": [lead, stage("close", 0.8), WON, LOST]}))
    published(await publish(everybody.admin, playbook))
    viewer = Viewer(seller.id, everybody.partner.id, OrganizationKind.PARTNER, Role.PARTNER_SELLER)
    new = NewOpportunity({"name": "Deal"}, account_name="Customer", playbook_key="sales", amount=(Decimal(1000), "EUR"))
    id = changed(await create(viewer, new)).opportunity_id
    of_lead = "JOIN stage s ON s.id = x.stage_id WHERE s.key = 'lead'"
    criteria = await current().fetch(f"SELECT x.id, x.key FROM criterion x {of_lead}")
    activities = await current().fetch(f"SELECT x.id, x.key FROM activity x {of_lead}")
    return World(
        everybody,
        viewer,
        id,
        {row["key"]: row["id"] for row in criteria},
        {row["key"]: row["id"] for row in activities},
    )


@pytest.mark.parametrize(
    ("who", "may"),
    [("seller", {"open"}), ("manager", {"open", "bid"}), ("vendor", {"open", "bid", "approval"})],
)
async def test_each_marks_what_is_theirs_to_confirm_and_nothing_else(world: World, who: str, may: set[str]) -> None:
    viewer = getattr(world, who)
    for key in ("open", "bid", "approval"):
        before = await everything()
        outcome = await world.mark(viewer, key)
        if key in may:
            changed(outcome)
        else:
            assert errors(outcome) == [("FORBIDDEN", "criterionId")]
            whom = "partner manager" if key == "bid" else "channel manager"
            said = f"“The {key} is confirmed.” is not yours to confirm. Ask your {whom} to confirm it."
            assert outcome.errors[0].message == said
            assert await everything() == before
    assert await world.met() == may


async def test_what_is_confirmed_stays_for_those_below(world: World) -> None:
    changed(await world.mark(world.vendor, "approval", evidence="DR-17, until 1 March"))
    before = await everything()
    for who in (world.seller, world.manager):
        for met, evidence in ((False, None), (True, None), (True, "Mine"), (True, "DR-17, until 1 March")):
            assert errors(await world.mark(who, "approval", met, evidence)) == [("FORBIDDEN", "criterionId")]
    assert await everything() == before
    changed(await world.mark(world.vendor, "approval", False))
    assert await world.met() == set()


async def test_the_fields_that_a_confirmation_rests_on_are_locked_for_those_below(world: World) -> None:
    other = await Account.create(name="Other", partner=world.people.partner)
    locked: list[tuple[dict[str, Any], str]] = [
        ({"account_id": other.id}, "accountId"),
        ({"amount": (Decimal(2), "EUR")}, "amount"),
        ({"amount": None}, "amount"),
        ({"source": OpportunitySource.CO_SELL}, "source"),
    ]
    changed(await world.mark(world.vendor, "approval"))
    before = await everything()
    for change, path in locked:
        for who in (world.seller, world.manager):
            outcome = await world.edit(who, next_step="Call", **change)
            assert errors(outcome) == [("FORBIDDEN", path)]
            assert "ask your channel manager" in outcome.errors[0].message
    all_of_it = await world.edit(world.seller, account_id=other.id, amount=None, source=OpportunitySource.VENDOR)
    assert errors(all_of_it) == [("FORBIDDEN", "accountId"), ("FORBIDDEN", "amount"), ("FORBIDDEN", "source")]
    assert await everything() == before
    changed(await world.edit(world.seller, next_step="Call", amount=(Decimal("1000.0"), "EUR")))
    changed(await world.edit(world.vendor, account_id=other.id))
    changed(await world.mark(world.vendor, "approval", False))
    changed(await world.edit(world.seller, amount=None))


async def test_a_confirmed_customer_is_not_made_another_one(world: World) -> None:
    id = (await Opportunity.get(id=world.id)).account_id  # type: ignore[attr-defined]
    changed(await world.mark(world.vendor, "approval"))
    assert isinstance(await upsert_account(world.seller, id, {"country": "DE", "employees": 20}), AccountSaved)
    before = await everything()
    for who in (world.seller, world.manager):
        renamed = await upsert_account(who, id, {"name": "Somebody else", "country": None})
        assert errors(renamed) == [("FORBIDDEN", "name"), ("FORBIDDEN", "country")]
    assert await everything() == before
    assert isinstance(await upsert_account(world.seller, id, {"name": "CUSTOMER"}), AccountSaved)
    assert isinstance(await upsert_account(world.vendor, id, {"name": "Customer AG"}), AccountSaved)
    changed(await world.mark(world.vendor, "approval", False))
    assert isinstance(await upsert_account(world.seller, id, {"name": "Somebody else"}), AccountSaved)


async def vendors_record(world: World) -> tuple[UUID, Viewer]:
    """The customer as imports make it, the vendor's, and a seller of another partner, who has a deal with it, too."""
    id: UUID = (await Opportunity.get(id=world.id)).account_id  # type: ignore[attr-defined]
    await current().fetch("UPDATE account SET partner_id = NULL WHERE id = $1", id)
    partner = await Organization.create(key="rival", name="Rival", kind=OrganizationKind.PARTNER)
    user = await User.create(organization=partner, name="Riva", role=Role.PARTNER_SELLER)
    rival = Viewer(user.id, partner.id, OrganizationKind.PARTNER, Role.PARTNER_SELLER)
    deal = changed(
        await create(rival, NewOpportunity({"name": "Theirs"}, account_name="Elsewhere", playbook_key="sales"))
    )
    await current().fetch("UPDATE opportunity SET account_id = $1 WHERE id = $2", id, deal.opportunity_id)
    return id, rival


async def test_who_a_vendors_customer_is_no_partner_changes_whoever_elses_deal_is_confirmed(world: World) -> None:
    id, rival = await vendors_record(world)
    assert isinstance(await upsert_account(rival, id, {"country": "DE", "industry": "Retail"}), AccountSaved)
    tries: tuple[dict[str, Any], ...] = ({"name": "Hijacked"}, {"country": None}, {"name": "X", "country": "AT"})
    said = []
    for confirmed in (False, True):
        changed(await world.mark(world.vendor, "approval", confirmed, "DR-17"))
        before = await everything()
        outcomes = [await upsert_account(who, id, one) for who in (rival, world.manager, world.seller) for one in tries]
        assert [errors(one) for one in outcomes] == 3 * [
            [("FORBIDDEN", "name")],
            [("FORBIDDEN", "country")],
            [("FORBIDDEN", "name"), ("FORBIDDEN", "country")],
        ]
        said.append(outcomes)
        assert await everything() == before
    assert said[0] == said[1], "nobody learns of others' deals"
    assert isinstance(await upsert_account(world.vendor, id, {"name": "Renamed"}), AccountSaved)


async def test_a_vendors_customer_is_filled_in_and_not_respelt(world: World) -> None:
    id, rival = await vendors_record(world)
    given = {"name": "CUSTOMER", "country": "DE", "domain": "example.com", "registration_number": "HRB 1"}
    assert await upsert_account(rival, id, given) == AccountSaved(id)
    assert await upsert_account(rival, None, {"name": "cUSTOMER", "country": "de"}) == AccountSaved(id)
    row = await Account.get(id=id)
    assert (row.name, row.country, row.domain, row.registration_number) == ("Customer", "DE", "example.com", "HRB 1")
    assert row.version == 2, "the second time, nothing changed"


async def test_the_own_customer_is_not_locked_by_deals_of_others(world: World) -> None:
    id, rival = await vendors_record(world)
    await current().fetch("UPDATE account SET partner_id = $2 WHERE id = $1", id, rival.organization_id)
    changed(await world.mark(world.vendor, "approval"))
    assert errors(await upsert_account(world.seller, id, {"name": "Hijacked"})) == [("FORBIDDEN", "accountId")]
    assert isinstance(await upsert_account(rival, id, {"name": "Renamed"}), AccountSaved)


async def test_a_customer_is_confirmed_as_it_is_once_a_change_of_it_has_ended(world: World) -> None:
    id = (await Opportunity.get(id=world.id)).account_id  # type: ignore[attr-defined]
    async with transaction() as other:
        assert isinstance(await upsert_account(world.seller, id, {"domain": "example.com"}, tx=other), AccountSaved)
        confirmed = asyncio.ensure_future(world.mark(world.vendor, "approval"))
        await waits_for_a_lock()
        unlocked = asyncio.ensure_future(world.mark(world.vendor, "open"))
        changed(await unlocked)
    changed(await confirmed)
    changed(await world.mark(world.vendor, "approval", False))
    async with transaction() as other:
        await hold_customer(other, world.id, world.criteria["approval"])
        changed(await mark_criterion(world.vendor, world.id, world.criteria["approval"], True, tx=other))
        renamed = asyncio.ensure_future(upsert_account(world.seller, id, {"name": "Hijacked"}))
        await waits_for_a_lock()
    assert errors(await renamed) == [("FORBIDDEN", "name")]


async def test_before_it_is_confirmed_nothing_is_locked(world: World) -> None:
    changed(await world.edit(world.seller, amount=(Decimal(2), "EUR"), source=OpportunitySource.VENDOR))


async def test_activities_are_completed_by_who_may_confirm_them(world: World) -> None:
    free, check = world.activities["free"], world.activities["check"]
    changed(await complete_activity(world.seller, world.id, free))
    for status in ActivityStatus:
        refused = await complete_activity(world.manager, world.id, check, status=status)
        assert errors(refused) == [("FORBIDDEN", "activityId")]
    changed(await complete_activity(world.vendor, world.id, check))
    back = await complete_activity(world.seller, world.id, check, status=ActivityStatus.PENDING)
    assert errors(back) == [("FORBIDDEN", "activityId")]


async def test_leaving_out_a_required_activity_needs_a_note(world: World) -> None:
    check = world.activities["check"]
    skipped = ActivityStatus.SKIPPED
    assert errors(await complete_activity(world.vendor, world.id, check, status=skipped, note=" ")) == [
        ("INVALID", "note")
    ]
    changed(await complete_activity(world.vendor, world.id, check, status=skipped, note="Done by phone"))


async def test_blockers_say_whom_to_ask_and_only_those_who_have_to(world: World) -> None:
    async def awaited(who: Viewer) -> dict[str, tuple[ConfirmedBy | None, bool]]:
        moves = (await allowed_transitions(current(), who, [world.id], datetime.now(UTC)))[world.id]
        onward = next(move for move in moves if move.stage.key == "close")
        return {b.code.value: (b.awaits, "Ask your channel manager" in b.message) for b in onward.blockers}

    codes = {"EXIT_CRITERION_UNMET", "ACTIVITY_OPEN"}
    assert await awaited(world.seller) == dict.fromkeys(codes, (ConfirmedBy.VENDOR, True))
    assert await awaited(world.vendor) == dict.fromkeys(codes, (None, False))


async def test_an_override_needs_a_reason(world: World) -> None:
    moves = (await allowed_transitions(current(), world.vendor, [world.id], datetime.now(UTC)))[world.id]
    onward = next(move for move in moves if move.stage.key == "close")
    assert (onward.allowed, onward.overridable, onward.requires_reason) == (False, True, True)
    before = await everything()
    for reason in (None, "  "):
        refused = await advance(world.vendor, world.id, "close", override=True, reason=reason)
        assert errors(refused) == [("INVALID", "reason")]
    assert await everything() == before
    moved = await advance(world.vendor, world.id, "close", override=True, reason="Approved by phone")
    assert isinstance(moved, Advanced)


@pytest.mark.parametrize("end", ["lost", "won"])
async def test_what_was_said_of_a_closed_deal_stays(world: World, end: str) -> None:
    changed(await world.mark(world.vendor, "approval"))
    closed = await advance(world.vendor, world.id, end, override=end == "won", reason="It ended")
    assert isinstance(closed, Advanced), closed
    before = await everything()
    for who in (world.seller, world.manager, world.vendor):
        for key in ("open", "approval"):
            assert errors(await world.mark(who, key, met=key == "open")) == [("INVALID", "opportunityId")]
        done = await complete_activity(who, world.id, world.activities["free"])
        assert errors(done) == [("INVALID", "opportunityId")]
    assert await everything() == before


async def test_who_sends_a_deal_back_does_not_take_back_what_others_confirmed(world: World) -> None:
    for key in ("open", "bid", "approval"):
        changed(await world.mark(world.vendor, key))
    changed(await complete_activity(world.vendor, world.id, world.activities["check"]))
    for who, left in ((world.seller, {"bid", "approval"}), (world.manager, {"approval"}), (world.vendor, set[str]())):
        assert isinstance(await advance(world.vendor, world.id, "close", override=True, reason="On"), Advanced)
        assert isinstance(await advance(who, world.id, "lead", reason="Back"), Advanced)
        assert await world.met() == left
        outcome = await world.edit(world.seller, amount=(Decimal(len(left) + 5), "EUR"))
        assert isinstance(outcome, type(changed(outcome))) if not left else errors(outcome) == [("FORBIDDEN", "amount")]


async def test_a_mark_counts_for_what_its_author_could_confirm(world: World) -> None:
    """Another version of the playbook asks for the vendor's word where anybody's was enough."""
    changed(await world.mark(world.seller, "open"))
    changed(await complete_activity(world.seller, world.id, world.activities["free"]))
    row = await current().fetchrow("SELECT playbook_id FROM opportunity WHERE id = $1", world.id)
    assert row is not None
    copy = saved(await create_playbook(world.vendor, CopyOf(row["playbook_id"])))
    stricter = [criterion("open", confirmed_by="VENDOR"), *CRITERIA[1:]]
    lead = stage("lead", 0.1, exit_criteria=stricter, activities=[activity("free", confirmed_by="VENDOR")])
    saved(await update_playbook(world.vendor, copy, {"stages": [lead, stage("close", 0.8), WON, LOST]}))
    published(await publish(world.vendor, copy))
    new = {
        r["key"]: r["id"]
        for r in await current().fetch(
            "SELECT c.id, c.key FROM criterion c JOIN stage s"
            " ON s.id = c.stage_id WHERE s.playbook_id = $1 AND s.key = 'lead'",
            copy,
        )
    }
    now = replace(world, criteria=new)
    assert await now.met() == set()
    states = (await activity_states(current(), world.seller, [world.id], None))[world.id]
    assert [state.status for state in states] == [ActivityStatus.PENDING]
    changed(await now.edit(world.seller, amount=(Decimal(7), "EUR")))
    changed(await now.mark(world.vendor, "open"))
    assert await now.met() == {"open"}
