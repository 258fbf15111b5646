"""The rule of automatic advance, row by row, and over random playbooks, states and changes."""

from dataclasses import replace
from uuid import UUID

import hypothesis.strategies as st
import pytest
from hypothesis import given

from app.deals.automatic import advances
from app.deals.rules import Deal, Stage, asked_anew, in_order
from app.vocabulary import CriterionCheck, OpportunityStatus, StageKind
from tests.app.deals.test_rules import DEMO, DISCOVERY, LOST, PROPOSAL, WON, criterion, deal
from tests.app.deals.test_rules_machine import playbooks

AUTO = replace(DISCOVERY, auto_advance=True)
STAGES = (AUTO, DEMO, PROPOSAL, WON, LOST)
FREE = deal(AUTO, met="need budget room", done="call")
KEPT = deal(AUTO, met="need room", done="call")


@pytest.mark.parametrize(
    ("before", "after", "goes"),
    [
        (KEPT, FREE, True),
        (deal(AUTO, met="need budget room"), FREE, True),
        (deal(AUTO, met="need budget", done="call"), FREE, True),
        (None, FREE, True),
        (None, KEPT, False),
        (KEPT, KEPT, False),
        (KEPT, deal(AUTO, met="budget room", done="call"), False),
        (FREE, FREE, False),
        (FREE, deal(AUTO, met="need budget room rumour", done="call lunch"), False),
        (deal(DEMO), FREE, False),
    ],
    ids=[
        "the last criterion is met",
        "the last activity is done",
        "the next stage's last entry criterion is met",
        "created with everything met",
        "created with something open",
        "something else changes",
        "one is met, another lost",
        "nothing kept it: it was sent back",
        "what isn't required is met",
        "it was moved here",
    ],
)
def test_the_change_that_meets_the_last_criterion_advances_and_no_other(
    before: Deal | None, after: Deal, goes: bool
) -> None:
    assert advances(before, after, STAGES) == (DEMO if goes else None)


def lacking(state: Deal, stages: list[Stage]) -> set[UUID] | None:
    """What keeps the deal, said once more and otherwise than the rule says it; None where it is kept for good."""
    open_ones = [stage for stage in in_order(stages) if stage.kind is StageKind.OPEN]
    here = next((n for n, stage in enumerate(open_ones) if stage.id == state.stage_id), None)
    if state.status is not OpportunityStatus.OPEN or here is None or here + 1 == len(open_ones):
        return None
    stage, coming = open_ones[here], open_ones[here + 1]
    leaving = {one.id for one in stage.exit if one.required}
    if not stage.auto_advance or not leaving:
        return None
    wanted = leaving | {one.id for one in coming.entry if one.required}
    todo = {one.id for one in stage.activities if one.required}
    assert isinstance(state.met, frozenset)
    return (wanted - state.met) | (todo - state.done)


@st.composite
def worlds(draw: st.DrawFn) -> tuple[list[Stage], Deal, Deal]:
    """A playbook, a deal in it, and the deal after any change of what is met and done."""
    stages = draw(playbooks())
    stages = [replace(stage, auto_advance=draw(st.integers(0, 3)) > 0) for stage in stages]
    where = draw(st.sampled_from(stages))
    status = OpportunityStatus(where.kind.value)
    criteria = [one.id for stage in stages for one in (*stage.entry, *stage.exit)]
    activities = [one.id for stage in stages for one in stage.activities]

    def state() -> Deal:
        met = draw(st.one_of(st.just(frozenset(criteria)), subsets(criteria)))
        done = draw(st.one_of(st.just(frozenset(activities)), subsets(activities)))
        return Deal(status, where.id, met, done)

    return stages, state(), state()


def subsets(ids: list[UUID]) -> st.SearchStrategy[frozenset[UUID]]:
    return st.frozensets(st.sampled_from(ids)) if ids else st.just(frozenset[UUID]())


@given(worlds())
def test_over_all_playbooks_states_and_changes(world: tuple[list[Stage], Deal, Deal]) -> None:
    stages, before, after = world
    was, now = lacking(before, stages), lacking(after, stages)
    target = advances(before, after, stages)
    assert (target is not None) is (bool(was) and now == set())
    assert (advances(None, after, stages) is not None) is (now == set())
    assert advances(after, after, stages) is None, "a change that changes nothing moves nothing"
    if target is not None:
        open_ones = [stage for stage in in_order(stages) if stage.kind is StageKind.OPEN]
        assert open_ones.index(target) == [one.id for one in open_ones].index(after.stage_id) + 1


@given(worlds())
def test_it_goes_on_to_the_end_of_what_is_met_and_never_closes(world: tuple[list[Stage], Deal, Deal]) -> None:
    stages, before, after = world
    state, first, passed = after, before, 0
    while target := advances(first if passed == 0 else None, state, stages):
        state, passed = replace(state, stage_id=target.id), passed + 1
        assert passed < len(stages)
    if passed:
        assert lacking(state, stages) != set(), "it stays where something keeps it, and nowhere before"
    assert state.status is after.status


@given(worlds(), st.data())
def test_who_is_sent_back_is_asked_anew_for_all_that_lies_ahead(
    world: tuple[list[Stage], Deal, Deal], data: st.DataObject
) -> None:
    stages, _, _ = world
    ordered = in_order(stages)
    target = data.draw(st.sampled_from([stage for stage in ordered if stage.kind is StageKind.OPEN]))
    anew = {one.id for one in asked_anew(stages, target)}
    for place, stage in enumerate(ordered):
        ahead = place > ordered.index(target)
        assert (
            {one.id for one in stage.exit} <= anew
            if ahead or stage is target
            else not {one.id for one in stage.exit} & anew
        )
        assert {one.id for one in stage.entry} <= anew if ahead else not {one.id for one in stage.entry} & anew


def test_what_the_deals_own_fields_decide_is_asked_of_nobody() -> None:
    decided = replace(criterion("amount"), check=CriterionCheck.EXPRESSION, expression="deal.amount != null")
    stages = (replace(AUTO, exit=(criterion("need"), decided)), DEMO, PROPOSAL, WON, LOST)
    assert decided not in set(asked_anew(stages, stages[0]))
