"""The order of advice: its formula, and that answers move it."""

import random
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from guidance import recommend, weights
from guidance.actions import ActionKind, Candidate, Evidence, Target, Urgency
from guidance.evaluation.command import AT
from guidance.evaluation.golden import read_golden
from guidance.facts import Answer, Facts, Response
from guidance.ranking import NOTHING_LEARNED, Counts, Effect, Learned, Pace, rank, re_estimated
from guidance.rules import candidates
from tests.guidance.builders import NOW, facts
from tests.guidance.test_evaluation import CASES, PLAYBOOKS

STAGE = facts().stage.key


def action(kind: ActionKind = ActionKind.CUSTOM, name: str = "one", **changes: object) -> Candidate:
    whole: dict[str, object] = {
        "kind": kind,
        "title": name,
        "rationale": "Because.",
        "evidence": (Evidence("fact", "value", "test"),),
        "occasion": (name,),
    }
    return Candidate(**(whole | changes))  # type: ignore[arg-type]


def order(some: Sequence[Candidate], learned: Learned = NOTHING_LEARNED, there: Facts | None = None) -> list[str]:
    return [ranked.candidate.title for ranked in rank(some, there or facts(), learned)]


def learned_of(**counts: Counts) -> Learned:
    return Learned(everyone={(ActionKind[kind], STAGE): counted for kind, counted in counts.items()})


class TestProbability:
    def test_nothing_learned_is_the_prior(self) -> None:
        assert NOTHING_LEARNED.probability(ActionKind.RE_ENGAGE, STAGE) == weights.PRIOR_RATE

    def test_every_level_is_the_mean_of_its_posterior(self) -> None:
        told = Learned(
            everyone={
                (ActionKind.RE_ENGAGE, STAGE): Counts(accepted=6, dismissed=4),
                (ActionKind.RE_ENGAGE, "proposal"): Counts(accepted=3),
                (ActionKind.CUSTOM, "proposal"): Counts(completed=2, ignored=10),
            },
            partner={ActionKind.RE_ENGAGE: Counts(accepted=1)},
        )
        of_others = (10 * 0.35 + 2) / (10 + 2 + 0.3 * 10)
        of_kind = (8 * of_others + 3) / (8 + 3)
        of_stage = (8 * of_kind + 6) / (8 + 10)
        assert told.probability(ActionKind.RE_ENGAGE, STAGE) == pytest.approx((8 * of_stage + 1) / (8 + 1))

    def test_few_answers_stay_near_the_rest_and_many_speak_for_themselves(self) -> None:
        few, many = learned_of(RE_ENGAGE=Counts(dismissed=2)), learned_of(RE_ENGAGE=Counts(dismissed=2_000))
        assert few.probability(ActionKind.RE_ENGAGE, STAGE) > 0.2
        assert many.probability(ActionKind.RE_ENGAGE, STAGE) < 0.01

    def test_a_stage_goes_by_its_own_answers_and_learns_from_others_where_it_has_none(self) -> None:
        told = Learned(
            everyone={
                (ActionKind.RE_ENGAGE, "discovery"): Counts(accepted=40),
                (ActionKind.RE_ENGAGE, STAGE): Counts(dismissed=40),
            }
        )
        assert told.probability(ActionKind.RE_ENGAGE, STAGE) < 0.2
        assert told.probability(ActionKind.RE_ENGAGE, "discovery") > 0.8
        assert 0.4 < told.probability(ActionKind.RE_ENGAGE, "proposal") < 0.6

    def test_a_kind_without_answers_goes_by_the_overall_rate(self) -> None:
        liked, disliked = learned_of(RE_ENGAGE=Counts(accepted=90)), learned_of(RE_ENGAGE=Counts(dismissed=90))
        assert liked.probability(ActionKind.CUSTOM, "x") == pytest.approx((3.5 + 90) / 100)
        assert disliked.probability(ActionKind.CUSTOM, "x") == pytest.approx(3.5 / 100)

    def test_ignored_advice_counts_less_than_dismissed(self) -> None:
        ignored, dismissed = learned_of(CUSTOM=Counts(ignored=20)), learned_of(CUSTOM=Counts(dismissed=20))
        assert ignored.probability(ActionKind.CUSTOM, STAGE) > dismissed.probability(ActionKind.CUSTOM, STAGE)

    @settings(max_examples=50)
    @given(st.lists(st.tuples(st.sampled_from(ActionKind), st.lists(st.integers(0, 10_000), min_size=4, max_size=4))))
    def test_it_is_a_probability(self, told: list[tuple[ActionKind, list[int]]]) -> None:
        some = Learned(everyone={(kind, STAGE): Counts(*numbers) for kind, numbers in told})
        assert all(0 < some.probability(kind, STAGE) < 1 for kind in ActionKind)


class TestEffect:
    def test_without_history_it_is_the_tables(self) -> None:
        assert {kind: NOTHING_LEARNED.effect(kind) for kind in ActionKind} == dict(weights.EFFECT)

    def test_deals_that_advance_sooner_raise_it_and_later_ones_lower_it(self) -> None:
        fast, slow = Pace(advanced=100, days=500.0), Pace(advanced=100, days=1_500.0)
        usual = weights.EFFECT[ActionKind.RE_ENGAGE]
        assert re_estimated(ActionKind.RE_ENGAGE, Effect(fast, slow)) > 1.5 * usual
        assert re_estimated(ActionKind.RE_ENGAGE, Effect(slow, fast)) < usual / 1.5
        assert re_estimated(ActionKind.RE_ENGAGE, Effect(fast, fast)) == pytest.approx(usual)

    def test_few_deals_hardly_move_it(self) -> None:
        few = Effect(Pace(1, 5.0), Pace(1, 15.0))
        assert re_estimated(ActionKind.RE_ENGAGE, few) == pytest.approx(weights.EFFECT[ActionKind.RE_ENGAGE], rel=0.1)

    def test_waiting_deals_count_for_the_time_they_waited(self) -> None:
        waiting = Effect(Pace(10, 100.0), Pace(10, 5_000.0))
        assert re_estimated(ActionKind.CUSTOM, waiting) > weights.EFFECT[ActionKind.CUSTOM]

    @settings(max_examples=200)
    @given(*[st.builds(Pace, st.integers(0, 10_000), st.floats(0, 1e9))] * 2)
    def test_history_moves_it_by_a_factor_of_two_at_most(self, done: Pace, declined: Pace) -> None:
        ratio = re_estimated(ActionKind.CUSTOM, Effect(done, declined)) / weights.EFFECT[ActionKind.CUSTOM]
        assert 0.4999 <= ratio <= 2.0001


class TestScore:
    def test_the_formula(self) -> None:
        one = action(ActionKind.RE_ENGAGE, urgency=Urgency.HIGH, effort_minutes=60, weight=1.5)
        (ranked,) = rank([one], facts(), learned_of(RE_ENGAGE=Counts(accepted=6, dismissed=4)))
        likely = learned_of(RE_ENGAGE=Counts(accepted=6, dismissed=4)).probability(ActionKind.RE_ENGAGE, STAGE)
        assert ranked.score == pytest.approx(likely * (1.0 * 1.5 * 1.4 / 2**0.1) ** 0.4)

    @pytest.mark.parametrize(
        ("better", "worse"),
        [
            ({"urgency": Urgency.CRITICAL}, {"urgency": Urgency.LOW}),
            ({"effort_minutes": 5}, {"effort_minutes": 480}),
            ({"weight": 1.5}, {"weight": 0.5}),
            ({"kind": ActionKind.ADVANCE_STAGE}, {"kind": ActionKind.STUDY_CONTENT}),
        ],
    )
    def test_what_comes_first(self, better: dict[str, object], worse: dict[str, object]) -> None:
        one, other = action(name="better", **better), action(name="worse", **worse)  # type: ignore[arg-type]
        assert order([other, one]) == ["better", "worse"]

    def test_every_kind_and_urgency_has_its_number(self) -> None:
        assert set(weights.EFFECT) == set(ActionKind)
        assert set(weights.URGENCY) == set(Urgency)

    def test_ties_have_one_order(self) -> None:
        some = [action(name=name) for name in "abcd"]
        assert order(some) == order(some[::-1])

    def test_kinds_are_mixed(self) -> None:
        many = [action(name=f"same {n}", weight=3.0) for n in range(4)]
        other = action(ActionKind.STUDY_CONTENT, name="other", weight=0.5)
        assert [title.split()[0] for title in order([*many, other])] == ["same", "same", "other", "same", "same"]

    def test_nothing_gets_lost_and_nothing_comes_twice(self) -> None:
        some = [action(kind, name=f"{kind} {n}") for kind in ActionKind for n in range(3)]
        assert sorted(order(some)) == sorted(one.title for one in some)


class TestResponses:
    def test_a_kind_that_was_dismissed_in_this_deal_steps_back(self) -> None:
        one, other = action(ActionKind.RE_ENGAGE, "one", weight=1.2), action(ActionKind.REQUALIFY, "other", weight=1.2)
        refused = Response(ActionKind.RE_ENGAGE, "earlier", Answer.DISMISSED, NOW)
        assert order([one, other]) == ["one", "other"]
        assert order([one, other], there=facts(responses=(refused,))) == ["other", "one"]

    @pytest.mark.parametrize(
        ("answer", "stays"),
        [(Answer.ACCEPTED, True), (Answer.IGNORED, True), (Answer.DISMISSED, False), (Answer.COMPLETED, False)],
    )
    def test_settled_advice_is_left_out(self, answer: Answer, stays: bool) -> None:
        one = action(target=Target(stage_id="stage/1"))
        there = facts(responses=(Response(one.kind, one.key, answer, NOW),))
        assert bool(order([one], there=there)) is stays


@dataclass
class Population:
    """Partners who accept each kind of advice as often as it pleases them, whatever it is worth."""

    likes: Mapping[ActionKind, float]
    chance: random.Random

    @classmethod
    def of(cls, seed: int) -> "Population":
        chance = random.Random(seed)
        return cls({kind: chance.choice((0.05, 0.15, 0.3, 0.6, 0.9)) for kind in ActionKind}, chance)

    def answer(self, kind: ActionKind) -> Counts:
        if self.chance.random() < self.likes[kind]:
            return Counts(accepted=1)
        return Counts(dismissed=1) if self.chance.random() < 0.6 else Counts(ignored=1)


@pytest.fixture(scope="module")
def deals() -> list[tuple[Facts, tuple[Candidate, ...]]]:
    open_ones = (golden.facts for golden in read_golden(CASES, PLAYBOOKS, AT) if golden.facts.is_open)
    return [(there, candidates(there, AT).candidates) for there in open_ones]


ROUNDS, TENTH = 1_500, 150


def learning(seed: int, deals: list[tuple[Facts, tuple[Candidate, ...]]]) -> tuple[float, float, float]:
    """The chance that the first action is accepted, in the first and the last tenth of the rounds, and the best that
    any fixed order of kinds could have reached in the last."""
    people, counts = Population.of(seed), defaultdict[tuple[ActionKind, str], Counts](Counts)
    reached, best = [], []
    for _ in range(ROUNDS):
        there, some = people.chance.choice(deals)
        shown = rank(some, there, Learned(everyone=dict(counts)))[:3]
        for ranked in shown:
            counts[ranked.candidate.kind, there.stage.key] += people.answer(ranked.candidate.kind)
        reached.append(people.likes[shown[0].candidate.kind])
        best.append(max(people.likes[one.kind] for one in some))
    return sum(reached[:TENTH]) / TENTH, sum(reached[-TENTH:]) / TENTH, sum(best[-TENTH:]) / TENTH


def test_answers_move_the_order_to_what_partners_take(deals: list[tuple[Facts, tuple[Candidate, ...]]]) -> None:
    """Five populations, whose preferences were drawn and not chosen."""
    started, ended, best = (sum(part) / 5 for part in zip(*(learning(seed, deals) for seed in range(5)), strict=True))
    assert ended > 1.05 * started
    assert ended >= 0.9 * best


def test_answers_of_one_partner_move_its_own_order_first() -> None:
    there = facts()
    mine = Learned(partner={kind: Counts(dismissed=30) for kind in ActionKind if kind is not ActionKind.SHARE_CONTENT})
    first = recommend(there, learned=mine, at=NOW).actions[0].candidate
    assert first.kind is ActionKind.SHARE_CONTENT
    assert recommend(there, at=NOW).actions[0].candidate.kind is not ActionKind.SHARE_CONTENT
    assert replace(first, title="x").key == first.key
