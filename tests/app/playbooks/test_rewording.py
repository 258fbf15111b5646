"""Criteria that are asked in other words: what was confirmed before no longer meets them."""

from datetime import UTC, datetime
from uuid import UUID

import pytest

from app.database import database
from app.deals.marks import mark_criterion
from app.deals.states import CriterionStateFact, criterion_states
from app.models import Criterion, CriterionMark, Opportunity
from app.playbooks.drafts import update_playbook
from app.playbooks.publish import publish
from app.vocabulary import CriteriaScope
from tests.app.playbooks.builders import (
    FOUR,
    LONG_AGO,
    People,
    criterion,
    criterion_of,
    deal,
    draft,
    in_force,
    published,
    saved,
    stages,
)
from tests.app.playbooks.publications import mark, next_version


def worded(text: str) -> list[dict[str, object]]:
    found = stages(*FOUR)
    found[0]["exit_criteria"] = [criterion("budget", description=text)]
    return found


async def state(people: People, one: Opportunity) -> CriterionStateFact:
    at = datetime.now(UTC)
    found = await criterion_states(database(), people.admin, [one.id], CriteriaScope.EXIT_CURRENT, at)
    (only,) = found[one.id]
    return only


async def reworded(people: People, first: UUID, *texts: str) -> UUID:
    """The last of the versions that ask it in these words, one after the other."""
    for text in texts:
        next = await next_version(people, first)
        saved(await update_playbook(people.admin, next, {"stages": worded(text)}))
        published(await publish(people.admin, next))
        first = next
    return first


@pytest.fixture
async def stands(people: People) -> Opportunity:
    """A deal that has confirmed “The budget is confirmed.”"""
    first = await reworded(people, await in_force(people.admin), "The budget is confirmed.")
    one = await deal(people, first, "qualify")
    await mark(one, (await criterion_of(first, "qualify", "budget")).id, people, "mail")
    return one


async def test_what_was_confirmed_is_asked_anew_in_other_words_and_still_shown(
    people: People, stands: Opportunity
) -> None:
    second = await reworded(people, stands.playbook_id, "The board has released the budget.")  # type: ignore[attr-defined]
    found = await state(people, stands)
    assert found.criterion_id == (await criterion_of(second, "qualify", "budget")).id
    assert (found.met, found.met_at, found.met_by_id, found.evidence) == (False, None, None, None)
    assert found.earlier is not None
    assert (found.earlier.wording, found.earlier.at, found.earlier.by_id, found.earlier.evidence) == (
        "The budget is confirmed.",
        LONG_AGO,
        people.seller.user_id,
        "mail",
    )


async def test_marking_it_again_with_the_same_evidence_meets_it(people: People, stands: Opportunity) -> None:
    second = await reworded(people, stands.playbook_id, "The board has released the budget.")  # type: ignore[attr-defined]
    asked = await criterion_of(second, "qualify", "budget")
    await mark_criterion(people.seller, stands.id, asked.id, True, evidence="mail")
    found = await state(people, stands)
    assert (found.met, found.evidence, found.earlier) == (True, "mail", None)
    assert (await CriterionMark.get(opportunity_id=stands.id)).wording == "The board has released the budget."


@pytest.mark.parametrize("text", ["THE BUDGET\n is  confirmed. ", "the budget is confirmed."])
async def test_blanks_and_case_are_no_other_words(people: People, stands: Opportunity, text: str) -> None:
    await reworded(people, stands.playbook_id, text)  # type: ignore[attr-defined]
    found = await state(people, stands)
    assert (found.met, found.evidence, found.earlier) == (True, "mail", None)


async def test_words_that_come_back_are_met_by_what_was_said_of_them(people: People, stands: Opportunity) -> None:
    other = "The board has released the budget."
    await reworded(people, stands.playbook_id, other, "The budget is confirmed.")  # type: ignore[attr-defined]
    assert (await state(people, stands)).met


async def test_a_draft_on_which_deals_stand_is_reworded_under_their_marks_as_well(people: People) -> None:
    id = await draft(people.admin)
    saved(await update_playbook(people.admin, id, {"stages": worded("It is so.")}))
    one = await deal(people, id, "qualify")
    await mark(one, (await criterion_of(id, "qualify", "budget")).id, people, "mail")
    assert (await state(people, one)).met
    saved(await update_playbook(people.admin, id, {"stages": worded("It is not so.")}))
    found = await state(people, one)
    assert (found.met, found.earlier and found.earlier.wording) == (False, "It is so.")


async def test_what_was_denied_in_other_words_is_not_shown(people: People, stands: Opportunity) -> None:
    await CriterionMark.filter(opportunity_id=stands.id).update(met=False)
    await reworded(people, stands.playbook_id, "The board has released the budget.")  # type: ignore[attr-defined]
    found = await state(people, stands)
    assert (found.met, found.evidence, found.earlier) == (False, None, None)


async def test_a_mark_whose_words_nobody_knows_counts(people: People, stands: Opportunity) -> None:
    await database().fetch("UPDATE criterion_mark SET wording = NULL")
    assert (await state(people, stands)).met


async def test_whoever_writes_a_mark_its_words_are_kept(people: People, stands: Opportunity) -> None:
    kept = await CriterionMark.get(opportunity_id=stands.id)
    assert kept.wording == (await Criterion.get(id=kept.criterion_id)).description  # type: ignore[attr-defined]
