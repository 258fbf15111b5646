"""Deals wander through generated playbooks: what is announced happens, and nothing else does."""

from datetime import UTC, datetime, timedelta
from itertools import pairwise
from uuid import UUID

import hypothesis.strategies as st
from hypothesis import settings
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule

from app.deals.rules import (
    LIFTED_BY_OVERRIDE,
    Activity,
    Actor,
    Criterion,
    Deal,
    Move,
    Refusal,
    Stage,
    auto_advance,
    decide,
    transitions,
)
from app.vocabulary import BlockerCode, ErrorCode, OpportunityStatus, StageKind, TransitionKind

START = datetime(2026, 1, 1, tzinfo=UTC)
ACTORS = st.builds(Actor, may_advance=st.booleans(), may_override=st.booleans(), may_reopen=st.booleans())
REASONS = st.sampled_from([None, "", "  ", "Because"])
ANYONE = Actor(may_advance=True, may_override=False, may_reopen=True)


@st.composite
def playbooks(draw: st.DrawFn) -> list[Stage]:
    """One to six open stages and one to three closed ones at scattered positions, in any order."""
    numbers = iter(range(1, 10_000))
    kinds = [StageKind.OPEN] * draw(st.integers(1, 6)) + draw(
        st.sampled_from([[StageKind.WON], [StageKind.LOST], [StageKind.WON, StageKind.LOST], [StageKind.LOST] * 2])
    )
    positions = draw(st.lists(st.integers(0, 99), min_size=len(kinds), max_size=len(kinds), unique=True))

    def criteria() -> tuple[Criterion, ...]:
        flags = draw(st.lists(st.booleans(), max_size=2))
        return tuple(Criterion(UUID(int=next(numbers)), "key", "What must hold", required) for required in flags)

    def activities() -> tuple[Activity, ...]:
        flags = draw(st.lists(st.booleans(), max_size=2))
        return tuple(Activity(UUID(int=next(numbers)), "key", "What to do", required) for required in flags)

    stages = [
        Stage(
            id=UUID(int=next(numbers)),
            key=f"stage-{position}",
            name=f"Stage {position}",
            kind=kind,
            position=position,
            auto_advance=draw(st.booleans()),
            entry=criteria(),
            exit=criteria(),
            activities=activities(),
        )
        for kind, position in zip(kinds, positions, strict=True)
    ]
    return draw(st.permutations(stages))


class Wandering(RuleBasedStateMachine):
    def __init__(self) -> None:
        super().__init__()
        self.stages: list[Stage] = []
        self.history: list[Move] = []
        self.now = START
        self.entered = START
        self.closed_at: datetime | None = None

    @initialize(stages=playbooks())
    def begin(self, stages: list[Stage]) -> None:
        self.stages = stages
        self.first = min((s for s in stages if s.kind is StageKind.OPEN), key=lambda stage: stage.position)
        self.deal = Deal(OpportunityStatus.OPEN, self.first.id)

    def stage(self) -> Stage:
        return next(stage for stage in self.stages if stage.id == self.deal.stage_id)

    def attempt(self, target: Stage, actor: Actor, reason: str | None, override: bool) -> Move | Refusal:
        return decide(
            self.deal,
            self.stages,
            target,
            actor,
            reason=reason,
            override=override,
            at=self.now,
            entered_stage_at=self.entered,
        )

    def apply(self, move: Move) -> None:
        self.history.append(move)
        self.deal = Deal(move.status, move.to_stage.id, self.deal.met, self.deal.done)
        self.closed_at = move.closed_at
        self.entered = self.now

    @rule(hours=st.integers(0, 1_000))
    def time_passes(self, hours: int) -> None:
        self.now += timedelta(hours=hours)

    @rule(data=st.data())
    def somebody_marks_criteria_and_activities(self, data: st.DataObject) -> None:
        here = self.stage()
        criteria = [c.id for stage in self.stages for c in (*stage.entry, *stage.exit)]
        met = st.frozensets(st.sampled_from(criteria)) if criteria else st.just(frozenset[UUID]())
        everything = st.just(frozenset(criteria))
        done = st.sampled_from([frozenset[UUID](), frozenset(activity.id for activity in here.activities)])
        self.deal = Deal(self.deal.status, self.deal.stage_id, data.draw(met | everything), data.draw(done))

    @rule(data=st.data(), actor=ACTORS, reason=REASONS, override=st.booleans())
    def somebody_moves_the_deal(self, data: st.DataObject, actor: Actor, reason: str | None, override: bool) -> None:
        target = data.draw(st.sampled_from(self.stages))
        announced = next(row for row in transitions(self.deal, self.stages, actor) if row.stage == target)
        outcome = self.attempt(target, actor, reason, override)
        asked = override and actor.may_override
        reason_given = bool((reason or "").strip())
        expected = (
            (announced.allowed or (asked and announced.overridable))
            and (reason_given or not announced.requires_reason)
            and (actor.may_override or not override)
        )
        assert isinstance(outcome, Move) is expected
        if isinstance(outcome, Move):
            assert outcome.kind is announced.kind
            assert outcome.overridden is (not announced.allowed)
            self.apply(outcome)

    @rule()
    def the_deal_advances_by_itself_if_it_may(self) -> None:
        target = auto_advance(self.deal, self.stages)
        if target is None:
            return
        assert self.stage().auto_advance
        assert target.kind is StageKind.OPEN
        outcome = self.attempt(target, ANYONE, None, override=False)
        assert isinstance(outcome, Move)
        assert outcome.kind is TransitionKind.FORWARD
        self.apply(outcome)

    @rule(actor=ACTORS)
    def what_is_announced_is_what_would_happen(self, actor: Actor) -> None:
        rows = transitions(self.deal, self.stages, actor)
        assert {row.stage.id for row in rows} == {stage.id for stage in self.stages}
        for row in rows:
            outcome = self.attempt(row.stage, actor, "Because", override=False)
            assert row.allowed is isinstance(outcome, Move)
            assert row.allowed is (row.blockers == ())
            without = self.attempt(row.stage, actor, None, override=False)
            if row.allowed:
                assert isinstance(without, Refusal) is row.requires_reason
            if isinstance(outcome, Refusal):
                assert outcome.blockers == row.blockers
                assert without == outcome
                denied = any(b.code is BlockerCode.PERMISSION_REQUIRED for b in row.blockers)
                assert outcome.code is (ErrorCode.FORBIDDEN if denied else ErrorCode.BLOCKED)

    @rule(actor=ACTORS)
    def an_override_yields_no_more_than_it_may(self, actor: Actor) -> None:
        for row in transitions(self.deal, self.stages, actor):
            outcome = self.attempt(row.stage, actor, "Because", override=True)
            if isinstance(outcome, Move):
                assert actor.may_advance
                assert actor.may_override
                assert all(blocker.code in LIFTED_BY_OVERRIDE for blocker in row.blockers)
                assert outcome.kind is not TransitionKind.REOPEN or actor.may_reopen
                assert outcome.overridden is (len(row.blockers) > 0)
            else:
                assert not row.overridable

    @invariant()
    def the_moves_chain(self) -> None:
        if self.history:
            assert self.history[0].from_stage == self.first
            assert self.history[-1].to_stage.id == self.deal.stage_id
        assert all(one.to_stage == next_one.from_stage for one, next_one in pairwise(self.history))
        assert all(move.from_stage != move.to_stage for move in self.history)
        assert all(move.seconds_in_previous_stage >= 0 for move in self.history)

    @invariant()
    def a_deal_has_a_closing_time_exactly_when_it_is_closed(self) -> None:
        if not self.stages:
            return
        assert (self.closed_at is not None) is (self.deal.status is not OpportunityStatus.OPEN)
        assert self.deal.status.value == self.stage().kind.value

    @invariant()
    def time_in_stages_adds_up_to_the_time_since_the_start(self) -> None:
        spent = sum(move.seconds_in_previous_stage for move in self.history)
        assert spent == (self.entered - START).total_seconds()


TestWandering = Wandering.TestCase
TestWandering.settings = settings(max_examples=120, stateful_step_count=40)
