"""Moving one deal to another playbook, or to the version in force of its own."""

import asyncio
from json import loads
from typing import Any
from uuid import UUID

import pytest

from app.database import database, transaction
from app.deals.editing import Changed
from app.models import Opportunity, OpportunityActivity, StageTransition
from app.models.columns import new_id
from app.outcomes import Refused
from app.playbooks.archive import archive
from app.playbooks.drafts import create_playbook, update_playbook
from app.playbooks.publish import publish
from app.playbooks.transfer import move_playbook
from app.vocabulary import ActivityStatus, TransitionKind
from tests.app.playbooks.builders import (
    FOUR,
    LONG_AGO,
    LOST,
    WON,
    People,
    activity,
    activity_of,
    criterion,
    criterion_of,
    deal,
    draft,
    errors,
    everything,
    in_force,
    log,
    published,
    saved,
    stage,
)
from tests.app.playbooks.publications import mark, marks_of, next_version, place_of, waits_for_a_lock

WHY = "It is a renewal"


def changed(outcome: Changed | Refused) -> StageTransition:
    assert isinstance(outcome, Changed), outcome
    return outcome.transition_id  # type: ignore[return-value]


async def stranded(people: People) -> tuple[Opportunity, UUID]:
    """A deal that stayed on the version before, and the one in force."""
    first = await in_force(people.admin)
    stands = await deal(people, first, "validate")
    second = await next_version(people, first, "qualify", "propose", "negotiate", "close")
    published(await publish(people.admin, second))
    return stands, second


async def test_a_deal_that_stayed_behind_goes_where_it_is_sent(people: People) -> None:
    stands, second = await stranded(people)
    told = len(await log())

    made = changed(await move_playbook(people.admin, stands.id, stage_key="propose", reason=f" {WHY} "))

    assert await place_of(stands) == (second, "propose")
    now = await Opportunity.get(id=stands.id)
    written = await StageTransition.get(id=made)
    assert (now.version, now.entered_stage_at, now.status) == (2, written.at, stands.status)
    assert (written.seq, written.kind, written.reason, written.automatic, written.overridden) == (
        2,
        TransitionKind.FORWARD,
        WHY,
        False,
        False,
    )
    assert (written.from_stage_id, written.to_stage_id) == (stands.stage_id, now.stage_id)  # type: ignore[attr-defined]
    assert written.actor_id == people.admin.user_id  # type: ignore[attr-defined]
    assert written.seconds_in_previous_stage == int((written.at - LONG_AGO).total_seconds())
    ((type_, subject, payload),) = (await log())[told:]
    assert (type_, subject) == ("OPPORTUNITY_STAGE_CHANGED", stands.id)
    assert loads(payload) == {
        "kind": "FORWARD",
        "fromStageKey": "validate",
        "toStageKey": "propose",
        "playbookKey": "sales",
        "fromPlaybookKey": "sales",
        "partnerId": str(people.partner.id),
        "automatic": False,
    }
    audited = await database().fetch("SELECT action FROM audit_entry WHERE subject = $1", f"opp_{stands.id}")
    assert [row["action"] for row in audited] == ["OPPORTUNITY_STAGE_CHANGED"]


async def test_to_another_playbook_what_asks_the_same_is_met_there(people: People) -> None:
    first = await in_force(people.admin)
    stands = await deal(people, first, "validate")
    for key in ("budget", "champion"):
        await mark(stands, (await criterion_of(first, "qualify", key)).id, people, key)
    done = await activity_of(first, "validate", "demo")
    await OpportunityActivity.create(
        opportunity_id=stands.id, activity_id=done.id, status=ActivityStatus.COMPLETED, completed_at=LONG_AGO
    )
    other = saved(await create_playbook(people.admin, None, key="renewal", name="Renewal"))
    there = [
        stage(
            "renew",
            0.5,
            exit_criteria=[criterion("money", description="The BUDGET is confirmed."), criterion("champion2")],
            activities=[activity("show", name="Do the demo")],
        ),
        WON,
        LOST,
    ]
    saved(await update_playbook(people.admin, other, {"stages": there}))
    published(await publish(people.admin, other))

    changed(await move_playbook(people.admin, stands.id, playbook_key="renewal", stage_key="renew", reason=WHY))

    assert await place_of(stands) == (other, "renew")
    marks = await marks_of(stands)
    assert marks[(await criterion_of(other, "renew", "money")).id] == "budget"
    assert len(marks) == 2  # nothing asks for a champion there: that one stays with the playbook before
    states = await OpportunityActivity.filter(opportunity_id=stands.id)
    assert [one.activity_id for one in states] == [(await activity_of(other, "renew", "show")).id]  # type: ignore[attr-defined]


async def test_without_a_stage_it_goes_to_the_one_that_stands_for_its_own(people: People) -> None:
    first = await in_force(people.admin, "one")
    second = await in_force(people.admin, "two", "start", "validate", "propose", "negotiate")
    stands, lone = await deal(people, first, "validate"), await deal(people, first, "qualify")
    changed(await move_playbook(people.admin, stands.id, playbook_key="two", reason=WHY))
    assert await place_of(stands) == (second, "validate")
    refused = await move_playbook(people.admin, lone.id, playbook_key="two", reason=WHY)
    assert errors(refused) == [("INVALID", "stageKey")]
    assert "start, validate, propose, negotiate" in refused.errors[0].message  # type: ignore[union-attr]


@pytest.mark.parametrize(
    ("given", "expected"),
    [
        ({"reason": None}, ("INVALID", "reason")),
        ({"reason": "  "}, ("INVALID", "reason")),
        ({"reason": "x" * 2_001}, ("INVALID", "reason")),
        ({"reason": "a\0"}, ("INVALID", "reason")),
        ({"playbook_key": "no-such-playbook"}, ("NOT_FOUND", "playbookKey")),
        ({"playbook_key": "a\0"}, ("NOT_FOUND", "playbookKey")),
        ({"playbook_key": "unpublished"}, ("NOT_FOUND", "playbookKey")),
        ({"playbook_key": "archived"}, ("NOT_FOUND", "playbookKey")),
        ({"playbook_key": "sales", "stage_key": "propose"}, ("INVALID", "playbookKey")),
        ({"stage_key": "no-such-stage"}, ("INVALID", "stageKey")),
        ({"stage_key": "won"}, ("INVALID", "stageKey")),
        ({"stage_key": "\0"}, ("INVALID", "stageKey")),
        ({"expected_version": 9}, ("CONFLICT", "expectedVersion")),
    ],
)
async def test_what_can_not_be_changes_nothing(
    people: People, given: dict[str, Any], expected: tuple[str, str]
) -> None:
    first = await in_force(people.admin)
    await in_force(people.admin, "other")
    await draft(people.admin, "unpublished")
    await archive(people.admin, await in_force(people.admin, "archived"))
    stands = await deal(people, first, "validate")
    before = await everything()
    wanted: dict[str, Any] = {"playbook_key": "other", "stage_key": "propose", "reason": WHY, **given}
    assert errors(await move_playbook(people.admin, stands.id, **wanted)) == [expected]
    assert await everything() == before


@pytest.mark.parametrize("closed", ["won", "lost"])
async def test_a_closed_deal_stays_where_it_was_closed(people: People, closed: str) -> None:
    first = await in_force(people.admin)
    await in_force(people.admin, "other")
    stands = await deal(people, first, closed)
    before = await everything()
    refused = await move_playbook(people.admin, stands.id, playbook_key="other", stage_key="propose", reason=WHY)
    assert errors(refused) == [("INVALID", "opportunityId")]
    assert await everything() == before


async def test_it_is_for_those_who_may_override(people: People) -> None:
    stands, _ = await stranded(people)
    before = await everything()
    for reason in (WHY, None):
        refused = await move_playbook(people.seller, stands.id, stage_key="propose", reason=reason)
        assert errors(refused) == [("FORBIDDEN", "")]
    assert errors(await move_playbook(people.admin, new_id(), reason=WHY)) == [("NOT_FOUND", "opportunityId")]
    assert await everything() == before


async def test_a_playbook_that_is_archived_meanwhile_takes_no_deal(people: People) -> None:
    first = await in_force(people.admin)
    other = await in_force(people.admin, "other")
    stands = await deal(people, first, "validate")
    async with transaction() as tx:
        await archive(people.admin, other, tx=tx)
        moving = asyncio.create_task(
            move_playbook(people.admin, stands.id, playbook_key="other", stage_key="propose", reason=WHY),
        )
        await waits_for_a_lock()
    assert errors(await moving) == [("NOT_FOUND", "playbookKey")]


async def test_there_and_back_again_it_has_what_was_said_of_it(people: People) -> None:
    first, second = await in_force(people.admin, "one"), await in_force(people.admin, "two", "a", "b", "c", "d")
    stands = await deal(people, first, "validate")
    budget = await criterion_of(first, "validate", "budget")
    await mark(stands, budget.id, people, "mail")
    for playbook, at in (("two", "b"), ("one", "validate")):
        changed(await move_playbook(people.admin, stands.id, playbook_key=playbook, stage_key=at, reason=WHY))
    assert await place_of(stands) == (first, "validate")
    assert await marks_of(stands) == {budget.id: "mail"}
    assert second != first
    chain = await StageTransition.filter(opportunity_id=stands.id).order_by("seq")
    assert [one.seq for one in chain] == [1, 2, 3]
    assert [one.from_stage_id for one in chain[1:]] == [one.to_stage_id for one in chain[:-1]]  # type: ignore[attr-defined]


async def test_the_kind_of_the_move_is_told_by_where_it_stood(people: People) -> None:
    first = await in_force(people.admin, "one")
    await in_force(people.admin, "two")
    kinds = {}
    for at in ("qualify", "validate", "propose", "negotiate"):
        stands = await deal(people, first, "validate")
        made = await move_playbook(people.admin, stands.id, playbook_key="two", stage_key=at, reason=WHY)
        kinds[at] = (await StageTransition.get(id=changed(made))).kind.value
    assert kinds == dict(zip(FOUR, ("BACK", "FORWARD", "FORWARD", "SKIP"), strict=True))
