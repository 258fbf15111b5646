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
from guidance.facts import Answer, Blocker, Criterion, Facts, MoveKind, Response, Transition
from guidance.ranking import NOTHING_LEARNED, Counts, Effect, Learned, Pace, Ranked, effect_of, rank
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
    return [ranked.candidate.title for ranked in rank(some, there or facts(), learned, NOW)]


def learned_of(**counts: Counts) -> Learned:
    return Learned(everyone={(ActionKind[kind], STAGE): counted for kind, counted in counts.items()})


class TestProbability:
    def test_nothing_learned_is_the_prior(self) -> None:
        doubt = (0.35 * 0.65 / (8 + 1)) ** 0.5
        told = {NOTHING_LEARNED.probability(kind, STAGE) for kind in ActionKind}
        assert len(told) == 1
        assert told.pop() == pytest.approx(weights.PRIOR_RATE + 0.5 * doubt)

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
        mean = (8 * of_kind + 6) / (8 + 10)
        of_stage = mean + 0.5 * (mean * (1 - mean) / (8 + 13 + 1)) ** 0.5
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
        for told, rate in ((liked, (3.5 + 90) / 100), (disliked, 3.5 / 100)):
            doubt = (rate * (1 - rate) / (8 + 1)) ** 0.5
            assert told.probability(ActionKind.CUSTOM, "x") == pytest.approx(rate + 0.5 * doubt)

    def test_ignored_advice_counts_less_than_dismissed(self) -> None:
        ignored, dismissed = learned_of(CUSTOM=Counts(ignored=20)), learned_of(CUSTOM=Counts(dismissed=20))
        assert ignored.probability(ActionKind.CUSTOM, STAGE) > dismissed.probability(ActionKind.CUSTOM, STAGE)

    @settings(max_examples=50)
    @given(st.lists(st.tuples(st.sampled_from(ActionKind), st.lists(st.integers(0, 10_000), min_size=4, max_size=4))))
    def test_it_is_a_probability(self, told: list[tuple[ActionKind, list[int]]]) -> None:
        some = Learned(everyone={(kind, STAGE): Counts(*numbers) for kind, numbers in told})
        assert all(0 < some.probability(kind, STAGE) < 1 for kind in ActionKind)


class TestEffect:
    def test_without_history_there_is_none(self) -> None:
        assert {NOTHING_LEARNED.effect(kind) for kind in ActionKind} == {1.0}

    def test_deals_that_advance_sooner_raise_it_and_later_ones_lower_it(self) -> None:
        fast, slow = Pace(advanced=100, days=500.0), Pace(advanced=100, days=900.0)
        assert effect_of(Effect(fast, slow)) > 1.35
        assert effect_of(Effect(slow, fast)) < 1 / 1.35
        assert effect_of(Effect(fast, fast)) == pytest.approx(1.0)

    def test_few_deals_hardly_move_it(self) -> None:
        assert effect_of(Effect(Pace(1, 5.0), Pace(1, 15.0))) == pytest.approx(1.0, rel=0.1)

    def test_waiting_deals_count_for_the_time_they_waited(self) -> None:
        assert effect_of(Effect(Pace(10, 100.0), Pace(10, 5_000.0))) > 1.0

    @settings(max_examples=200)
    @given(*[st.builds(Pace, st.integers(0, 10_000), st.floats(0, 1e9))] * 2)
    def test_history_moves_a_value_by_half_at_most(self, done: Pace, declined: Pace) -> None:
        assert 1 / 1.5001 <= effect_of(Effect(done, declined)) <= 1.5001


class TestScore:
    def test_it_is_propensity_times_value_times_urgency_for_each_hour(self) -> None:
        one = action(ActionKind.RE_ENGAGE, urgency=Urgency.HIGH, effort_minutes=60, weight=1.5)
        moved = Effect(Pace(100, 500.0), Pace(100, 600.0))
        told = Learned(
            everyone={(ActionKind.RE_ENGAGE, STAGE): Counts(accepted=6, dismissed=4)},
            effects={ActionKind.RE_ENGAGE: moved},
        )
        (ranked,) = rank([one], facts(), told, NOW)
        value = 0.9 * 1.5 * effect_of(moved)
        assert ranked.score == pytest.approx(told.probability(ActionKind.RE_ENGAGE, STAGE) * value * 1.03 / 2)

    def test_an_activity_is_worth_the_hours_that_its_playbook_sets_aside_for_it(self) -> None:
        short, long = (action(ActionKind.DO_ACTIVITY, effort_minutes=minutes) for minutes in (30, 240))
        (first,), (second,) = (rank([one], facts(), NOTHING_LEARNED, NOW) for one in (short, long))
        assert first.factors
        assert second.factors
        assert second.factors.value() / first.factors.value() == pytest.approx(5 / 1.5)
        assert first.score == pytest.approx(second.score)

    def test_what_takes_longer_than_a_working_day_is_begun(self) -> None:
        some = (action(effort_minutes=minutes) for minutes in (480, 100_000))
        (day,), (weeks,) = (rank([one], facts(), NOTHING_LEARNED, NOW) for one in some)
        assert day.score == weeks.score

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
        assert set(weights.VALUE) == set(ActionKind)
        assert set(weights.URGENCY) == set(Urgency)

    def test_what_blocks_and_is_due_comes_before_everything_whatever_partners_take(self) -> None:
        blocker = Blocker("EXIT_CRITERION_UNMET", "The budget is known.", criterion_key="budget")
        there = facts(
            criteria=(Criterion("stage/budget", "budget", "The budget is known.", met=False),),
            transitions=(Transition("next", "next", "Next", MoveKind.FORWARD, allowed=False, blockers=(blocker,)),),
        )
        needed = {"target": Target(criterion_id="stage/budget"), "effort_minutes": 480, "weight": 0.1}
        due = action(ActionKind.COMPLETE_CRITERION, "due", urgency=Urgency.CRITICAL, **needed)
        not_due = action(ActionKind.COMPLETE_CRITERION, "not due", urgency=Urgency.HIGH, **needed)
        other = action(ActionKind.SHARE_CONTENT, "other", urgency=Urgency.CRITICAL, weight=3.0)
        told = learned_of(SHARE_CONTENT=Counts(accepted=500), COMPLETE_CRITERION=Counts(dismissed=500))
        refused = Response(ActionKind.COMPLETE_CRITERION, "earlier", Answer.DISMISSED, NOW)
        unwelcome = replace(there, responses=(refused,) * 3)
        assert order([other, not_due, due], told, unwelcome) == ["due", "other", "not due"]

    def test_of_a_deal_that_looks_lost_nothing_is_due(self) -> None:
        assert self._moves(action(ActionKind.RE_ENGAGE, "moves", urgency=Urgency.CRITICAL, weight=0.1))
        lost = action(ActionKind.CLOSE_LOST, "lost", weight=3.0)
        assert not self._moves(action(ActionKind.RE_ENGAGE, "moves", urgency=Urgency.CRITICAL, weight=0.1), lost)

    @staticmethod
    def _moves(one: Candidate, *others: Candidate) -> bool:
        """Whether it comes before what partners take far more often."""
        taken = action(ActionKind.SHARE_CONTENT, "taken", weight=3.0)
        told = learned_of(SHARE_CONTENT=Counts(accepted=500), COMPLETE_CRITERION=Counts(dismissed=500))
        return order([taken, one, *others], told)[0] == one.title

    def test_ties_have_one_order(self) -> None:
        some = [action(name=name) for name in "abcd"]
        assert order(some) == order(some[::-1])

    def test_kinds_are_mixed(self) -> None:
        many = [action(name=f"same {n}", weight=3.0) for n in range(4)]
        other = action(ActionKind.STUDY_CONTENT, name="other", weight=0.5)
        assert [title.split()[0] for title in order([*many, other])] == ["same", "same", "other", "same", "same"]

    def test_kinds_are_mixed_among_three_neighbours_and_no_more(self) -> None:
        many = [action(name=f"same {n}", weight=3.0) for n in range(4)]
        others = [
            action(ActionKind.STUDY_CONTENT, "other", weight=0.5),
            action(ActionKind.REQUALIFY, "last", weight=0.1),
        ]
        found = [title.split()[0] for title in order([*many, *others])]
        assert found[:2] == found[3:5] == ["same", "same"]

    def test_nothing_gets_lost_and_nothing_comes_twice(self) -> None:
        some = [action(kind, name=f"{kind} {n}") for kind in ActionKind for n in range(3)]
        assert sorted(order(some)) == sorted(one.title for one in some)


class TestResponses:
    def test_a_kind_that_was_dismissed_in_this_deal_steps_back(self) -> None:
        one, other = action(ActionKind.RE_ENGAGE, "one", weight=1.2), action(ActionKind.REQUALIFY, "other", weight=1.0)
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

    def taken(self, ranked: Sequence[Ranked]) -> tuple[tuple[float, float], tuple[float, float]]:
        """How likely the first is taken on and the most likely of what may stand first; the same times their worth."""
        free = [one for one in ranked if one.factors and one.factors.due] or ranked
        likes = [(self.likes[one.candidate.kind], _worth(one)) for one in free]
        first = likes[0]
        return (first[0], max(like for like, _ in likes)), (
            first[0] * first[1],
            max(like * worth for like, worth in likes),
        )


def _worth(one: Ranked) -> float:
    assert one.factors
    return one.score / one.factors.propensity


@pytest.fixture(scope="module")
def deals() -> list[tuple[Facts, tuple[Candidate, ...]]]:
    open_ones = (golden.facts for golden in read_golden(CASES, PLAYBOOKS, AT) if golden.facts.is_open)
    return [(there, candidates(there, AT).candidates) for there in open_ones]


SEEDS, ROUNDS, TENTH, LEARNED_EVERY = range(20), 1_500, 150, 25


@dataclass(frozen=True)
class Reached:
    """In a tenth of the rounds, the share of what the best fixed order of kinds could have reached among what may stand
    first: of first actions that are taken on, and of their worth."""

    taken: float
    worth: float


def learning(seed: int, deals: list[tuple[Facts, tuple[Candidate, ...]]]) -> tuple[Reached, Reached]:
    """In the first and in the last tenth of the rounds."""
    people, counts = Population.of(seed), defaultdict[tuple[ActionKind, str], Counts](Counts)
    learned, rounds = NOTHING_LEARNED, []
    for number in range(ROUNDS):
        if number % LEARNED_EVERY == 0:
            learned = Learned(everyone=dict(counts))
        there, some = people.chance.choice(deals)
        ranked = rank(some, there, learned, AT)
        for one in ranked[:3]:
            counts[one.candidate.kind, there.stage.key] += people.answer(one.candidate.kind)
        rounds.append(people.taken(ranked))
    return _reached(rounds[:TENTH]), _reached(rounds[-TENTH:])


def _reached(rounds: Sequence[tuple[tuple[float, float], tuple[float, float]]]) -> Reached:
    (taken, most_taken), (worth, most_worth) = (
        (sum(one[part][0] for one in rounds), sum(one[part][1] for one in rounds)) for part in (0, 1)
    )
    return Reached(taken / most_taken, worth / most_worth)


@pytest.mark.parametrize("seed", SEEDS)
def test_answers_move_the_order_to_what_partners_take(
    seed: int, deals: list[tuple[Facts, tuple[Candidate, ...]]]
) -> None:
    """A population, whose preferences were drawn and not chosen."""
    started, ended = learning(seed, deals)
    assert ended.taken >= 0.95
    assert ended.worth >= 0.95
    assert ended.taken > started.taken


def test_answers_of_one_partner_move_its_own_order_first() -> None:
    there = facts()
    mine = Learned(partner={kind: Counts(dismissed=30) for kind in ActionKind if kind is not ActionKind.SHARE_CONTENT})
    first = recommend(there, learned=mine, at=NOW).actions[0].candidate
    assert first.kind is ActionKind.SHARE_CONTENT
    assert recommend(there, at=NOW).actions[0].candidate.kind is not ActionKind.SHARE_CONTENT
    assert replace(first, title="x").key == first.key
