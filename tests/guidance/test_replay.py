"""What another order would have been worth, from drawn orders whose truth is known."""

import random
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

import pytest

from guidance.actions import ActionKind, Urgency
from guidance.replay.estimates import LEAST_EFFECTIVE, Estimate, TooFew, estimate
from guidance.replay.rankings import NAMED, Ranking, by_score, served
from guidance.replay.slates import Logged, Slate
from guidance.scoring import SCALES, Factors

RANKINGS = {name: NAMED[name] for name in ("served", "score", "propensity", "value", "quickest")}
SHOWN, DRAWN, FIXED = 3, 3, 1
DEALS, REPETITIONS = 180, 100


def logged(key: str, rank: int, likely: float, *, acted: bool = False, **factors: object) -> Logged:
    whole: dict[str, object] = {
        "kind": ActionKind.CUSTOM, "weight": 1.0, "urgency": Urgency.NORMAL, "effort_minutes": 30, "propensity": 0.35,
    }  # fmt: skip
    return Logged(key, rank, likely, Factors(**(whole | factors)), acted)  # type: ignore[arg-type]


@dataclass(frozen=True)
class Situation:
    """A deal's actions by rank: how likely each is acted on, whatever place it stands in."""

    candidates: tuple[Logged, ...]
    likely: Mapping[str, float]

    def shown(self, deal: int, chance: random.Random) -> Slate:
        lots = list(self.candidates[FIXED:])
        chance.shuffle(lots)
        stood = (replace(one, acted=chance.random() < self.likely[one.key])
                 for one in (*self.candidates[:FIXED], *lots))  # fmt: skip
        return Slate(f"deal/{deal}", "stage", SHOWN, tuple(stood))


def situations(chance: random.Random, number: int) -> list[Situation]:
    """In which kinds are liked as it pleases people, some deals more than others, and the learned propensity is off."""
    likes = {kind: chance.choice((0.05, 0.15, 0.3, 0.6, 0.9)) for kind in ActionKind}
    found = []
    for _ in range(number):
        kinds, mood = chance.choices(list(ActionKind), k=FIXED + DRAWN), chance.choice((0.4, 1.0, 1.1))
        candidates = tuple(
            logged(
                str(rank), rank, 1 / DRAWN if rank >= FIXED else 1.0, kind=kind, weight=chance.uniform(0.5, 1.5),
                urgency=chance.choice(list(Urgency)), effort_minutes=chance.choice((5, 30, 120)),
                propensity=0.2 + likes[kind] / 2, due=rank < FIXED,
            )
            for rank, kind in enumerate(kinds)
        )  # fmt: skip
        found.append(Situation(candidates, {one.key: mood * likes[one.factors.kind] for one in candidates}))
    return found


def truth(ranking: Ranking, every: Sequence[Situation]) -> float:
    """The share of the drawn ones of the first places that is acted on in the ranking's order."""
    told = []
    for one in every:
        slate = Slate("deal", "stage", SHOWN, one.candidates)
        told += [one.likely[stood.key] for stood in slate.ordered(ranking(slate))[FIXED:SHOWN]]
    return sum(told) / len(told)


def remembered(ranking: Ranking, every: Sequence[Situation]) -> Ranking:
    """The same, worked out once for each situation."""
    orders = {f"deal/{number}": ranking(Slate("", "", SHOWN, one.candidates)) for number, one in enumerate(every)}
    return lambda slate: orders[slate.deal]


def test_the_intervals_cover_the_truth_of_five_rankings() -> None:
    """In at least 90 of 100 repetitions each, by both estimators."""
    every = situations(random.Random(1), 1_000)
    true = {name: truth(ranking, every) for name, ranking in RANKINGS.items()}
    known = {name: remembered(ranking, every) for name, ranking in RANKINGS.items()}
    assert max(true.values()) > 1.2 * min(true.values())
    covered = {name: [0, 0] for name in RANKINGS}
    for repetition in range(REPETITIONS):
        chance = random.Random(f"log {repetition}")
        log = [every[number].shown(number, chance) for number in chance.sample(range(len(every)), DEALS)]
        for name, ranking in known.items():
            found = estimate(log, ranking)
            assert isinstance(found, Estimate)
            for number, interval in enumerate((found.snips, found.doubly_robust)):
                covered[name][number] += interval.low <= true[name] <= interval.high
    assert {name: times for name, times in covered.items() if min(times) < 90} == {}


def log_of(*acted: Sequence[bool], deal: str = "deal") -> list[Slate]:
    """Of two drawn actions `a` and `b`, each shown first in turn; whether the first was acted on."""
    slates = []
    for number, (of_a, of_b) in enumerate(acted):
        a, b = logged("a", 0, 0.5, effort_minutes=5), logged("b", 1, 0.5, effort_minutes=60)
        slates.append(Slate(f"{deal}/{number}", "stage", 1, (replace(a, acted=of_a), b)))
        slates.append(Slate(f"{deal}/{number}b", "stage", 1, (replace(b, acted=of_b), a)))
    return slates


def test_only_places_that_the_ranking_would_have_filled_alike_count() -> None:
    slates = log_of(*[(number % 4 == 0, True) for number in range(80)])
    found = estimate(slates, NAMED["quickest"], 1)
    assert isinstance(found, Estimate)
    assert (found.snips.value, found.effective, found.places) == (0.25, 80.0, 160)
    assert found.snips.low < 0.25 < found.snips.high
    assert found.doubly_robust.value == pytest.approx(0.25, abs=0.01)


def test_what_was_always_or_never_acted_on_is_not_certain() -> None:
    never, always = (estimate(log_of(*[(acted, True)] * 60), NAMED["quickest"], 1) for acted in (False, True))
    assert isinstance(never, Estimate)
    assert isinstance(always, Estimate)
    for low, high in ((never.snips, always.snips), (never.doubly_robust, always.doubly_robust)):
        assert low.low == 0.0
        assert 0.01 < low.high < 0.1
        assert 0.9 < high.low < 0.99
        assert high.high == pytest.approx(1.0)


def test_few_deals_are_refused_however_many_orders_they_had() -> None:
    few = log_of(*[(True, False)] * 49)
    assert estimate(few, NAMED["quickest"], 1) == TooFew(49.0, 98)
    again = [replace(slate, deal="the same") for slate in log_of(*[(True, False)] * 200)]
    assert estimate(again, NAMED["quickest"], 1) == TooFew(1.0, 1)
    assert LEAST_EFFECTIVE == 50
    assert estimate([], served) == TooFew(0.0, 0)


def test_orders_that_were_not_drawn_say_nothing() -> None:
    sure = [Slate(f"deal/{n}", "stage", 3, (logged("a", 0, 1.0, acted=True),)) for n in range(500)]
    assert estimate(sure, served) == TooFew(0.0, 0)


def test_what_was_not_drawn_stays_whatever_the_ranking_says() -> None:
    due, a, b = logged("due", 0, 1.0, due=True), logged("a", 1, 0.5), logged("b", 2, 0.5, weight=2.0)
    slate = Slate("deal", "stage", 3, (due, a, b))
    assert [one.key for one in slate.ordered(["b", "due", "a"])] == ["due", "b", "a"]
    assert by_score()(slate) == ["due", "b", "a"]


def test_other_tables_make_another_order() -> None:
    shared, asked = logged("share", 0, 0.5, kind=ActionKind.SHARE_CONTENT), logged("ask", 1, 0.5)
    slate = Slate("deal", "stage", 2, (shared, asked))
    dear = replace(SCALES, value={**SCALES.value, ActionKind.SHARE_CONTENT: 5.0})
    assert (by_score()(slate), by_score(dear)(slate)) == (["ask", "share"], ["share", "ask"])


def test_factors_are_read_back_as_they_were_written() -> None:
    one = Factors(ActionKind.RE_ENGAGE, 1.2, Urgency.HIGH, 45, 0.4, 1.1, 2, due=True)
    assert Factors.from_plain(one.to_plain()) == one
