"""The order of candidates: by `guidance.scoring`, with what was learned from answers to earlier advice.

**Propensity** rests on the mean of a Beta posterior, as in bandits with binary rewards (Chapelle & Li, *An empirical
evaluation of Thompson sampling*, NIPS 2011), with kind, stage and partner for a context. Accepted and completed actions
count as successes, dismissed ones as failures, ignored ones as a part of a failure. Four levels, each the prior of the
next: all other kinds; the kind in all other stages; the kind in this stage; the kind with this partner. No answer
counts at two of the first three levels, or two dismissals would weigh like six. With prior mean m, strength s,
successes a and failures b the posterior's mean is (s·m + a) / (s + a + b): partial pooling as in Gelman et al.,
*Bayesian Data Analysis* (3rd ed.), chapter 5, with fixed strengths in place of estimated ones. Few answers leave a kind
near the overall rate; many speak for themselves. A part of the standard deviation that the answers to a kind leave open
is added, so that what was seldom shown is tried: an upper confidence bound, as in Kaufmann, Cappé & Garivier, *On
Bayesian upper confidence bounds for bandit problems* (AISTATS 2012). While nothing is learned, all propensities are the
same.

**Effect** is the ratio of two rates of advance, deals per day, after completed and after dismissed advice of the kind;
1 before history says otherwise. Rates over days at risk count deals that haven't moved yet for the time they did wait
(Cox & Oakes, *Analysis of Survival Data*, chapter 3: the exponential model's events ÷ exposure). The logarithm of the
ratio is held to 0 by pseudo-events, and bounded, since nobody assigned the advice at random.

Ties are broken by key, so that the order is always the same.
"""

from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from math import exp, log, sqrt
from typing import Protocol, TypeVar

from guidance import weights
from guidance.actions import ActionKind, Candidate, Urgency
from guidance.answers import Answers
from guidance.facts import Activity, Answer, Criterion, Facts
from guidance.scoring import Factors

T = TypeVar("T")
STANDS_STILL = frozenset(
    {ActionKind.ADVANCE_STAGE, ActionKind.RE_ENGAGE, ActionKind.FIX_AMOUNT, ActionKind.FIX_CLOSE_DATE}
)
"""Kinds without which a deal stands still, beside what blocks its next move: nobody moves it, nobody answers, nobody
knows when."""


@dataclass(frozen=True, slots=True)
class Counts:
    """What became of shown actions; each action counts once, by its last state, or less where it is weighed down."""

    accepted: float = 0
    completed: float = 0
    dismissed: float = 0
    ignored: float = 0

    def __add__(self, other: "Counts") -> "Counts":
        return Counts(
            self.accepted + other.accepted,
            self.completed + other.completed,
            self.dismissed + other.dismissed,
            self.ignored + other.ignored,
        )

    def __sub__(self, other: "Counts") -> "Counts":
        return Counts(
            self.accepted - other.accepted,
            self.completed - other.completed,
            self.dismissed - other.dismissed,
            self.ignored - other.ignored,
        )

    @property
    def successes(self) -> float:
        return self.accepted + self.completed

    @property
    def failures(self) -> float:
        return self.dismissed + weights.IGNORED_COUNTS * self.ignored


@dataclass(frozen=True, slots=True)
class Pace:
    """Deals that advanced, and the days that they and those which haven't yet waited for it."""

    advanced: float = 0
    days: float = 0.0


@dataclass(frozen=True, slots=True)
class Effect:
    """How deals went on after an action of a kind was completed, and after it was dismissed."""

    completed: Pace = Pace()
    dismissed: Pace = Pace()


NO_COUNTS = Counts()


@dataclass(frozen=True)
class Learned:
    """What the answers to earlier advice tell. `everyone` by kind and stage key; `partner` by kind, of this partner
    alone, and part of `everyone`; `effects` by kind."""

    everyone: Mapping[tuple[ActionKind, str], Counts] = field(default_factory=dict)
    partner: Mapping[ActionKind, Counts] = field(default_factory=dict)
    effects: Mapping[ActionKind, Effect] = field(default_factory=dict)
    _kinds: Mapping[ActionKind, Counts] = field(init=False, repr=False, compare=False)
    _all: Counts = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        kinds: dict[ActionKind, Counts] = {}
        for (kind, _), counts in self.everyone.items():
            kinds[kind] = kinds.get(kind, NO_COUNTS) + counts
        object.__setattr__(self, "_kinds", kinds)
        object.__setattr__(self, "_all", sum(kinds.values(), NO_COUNTS))

    def probability(self, kind: ActionKind, stage_key: str) -> float:
        return _posterior(self.rate(kind, stage_key), weights.PARTNER_STRENGTH, self.partner.get(kind, NO_COUNTS))

    def rate(self, kind: ActionKind, stage_key: str) -> float:
        """The probability before this partner's own answers are heard, with the benefit of the doubt."""
        of_kind, of_stage = self._kinds.get(kind, NO_COUNTS), self.everyone.get((kind, stage_key), NO_COUNTS)
        rate = _posterior(weights.PRIOR_RATE, weights.PRIOR_STRENGTH, self._all - of_kind)
        rate = _posterior(rate, weights.KIND_STRENGTH, of_kind - of_stage)
        rate = _posterior(rate, weights.STAGE_STRENGTH, of_stage)
        answers = weights.KIND_STRENGTH + of_kind.successes + of_kind.failures
        return min(weights.MOST_LIKELY, rate + weights.CURIOSITY * sqrt(rate * (1 - rate) / (answers + 1)))

    def effect(self, kind: ActionKind) -> float:
        return effect_of(self.effects.get(kind, Effect()))


NOTHING_LEARNED = Learned()


@dataclass(frozen=True, slots=True)
class Benchmarks:
    """What a partner's advice may rest on of all answers: `rates` by kind and stage key, and by kind under the empty
    one, `effects` by kind, as figures and not as counts. What is missing takes its default. `partner` as above."""

    rates: Mapping[tuple[ActionKind, str], float] = field(default_factory=dict)
    effects: Mapping[ActionKind, float] = field(default_factory=dict)
    partner: Mapping[ActionKind, Counts] = field(default_factory=dict)

    def probability(self, kind: ActionKind, stage_key: str) -> float:
        rate = self.rates.get((kind, stage_key), self.rates.get((kind, ""), weights.PRIOR_RATE))
        return _posterior(rate, weights.PARTNER_STRENGTH, self.partner.get(kind, NO_COUNTS))

    def effect(self, kind: ActionKind) -> float:
        return self.effects.get(kind, 1.0)


class Learning(Protocol):
    """`Learned` from every answer, or from what a partner may be told of them (`Benchmarks`)."""

    def probability(self, kind: ActionKind, stage_key: str) -> float: ...

    def effect(self, kind: ActionKind) -> float: ...


@dataclass(frozen=True, slots=True)
class Ranked:
    candidate: Candidate
    score: float
    factors: Factors | None = None


def rank(candidates: Sequence[Candidate], facts: Facts, learned: Learning, at: datetime) -> tuple[Ranked, ...]:
    """Best first: what is due, then by score. Of a deal that looks lost nothing is due. What is settled is left out;
    kinds are mixed."""
    blocking, answers = _blocking(facts), Answers(facts, at)
    refusals = Counter(r.kind for r in facts.responses if r.answer is Answer.DISMISSED)
    lost = any(one.kind is ActionKind.CLOSE_LOST for one in candidates)
    ranked = []
    for one in candidates:
        if not answers.settle(one):
            due = not lost and _is_due(one, blocking)
            factors = _factors(one, facts, learned, refusals[one.kind], due, answers.ignored(one))
            ranked.append(Ranked(one, factors.score(), factors))
    return tuple(mixed(sorted(ranked, key=_place), kind=lambda one: one.candidate.kind))


def _required(candidate: Candidate) -> str | None:
    return candidate.target.criterion_id or candidate.target.activity_id


def _is_due(candidate: Candidate, blocking: frozenset[str]) -> bool:
    """Whether it comes before everything that isn't: it is critical, and the deal stands still without it."""
    holds_up = _required(candidate) in blocking or candidate.kind in STANDS_STILL
    return holds_up and candidate.urgency is Urgency.CRITICAL


def _factors(candidate: Candidate, facts: Facts, learned: Learning, refusals: int, due: bool, ignored: int) -> Factors:
    return Factors(
        candidate.kind,
        candidate.weight,
        candidate.urgency,
        candidate.effort_minutes,
        learned.probability(candidate.kind, facts.stage.key),
        learned.effect(candidate.kind),
        refusals,
        due,
        ignored,
    )


def _place(ranked: Ranked) -> tuple[bool, float, str]:
    return ranked.factors is None or not ranked.factors.due, -ranked.score, ranked.candidate.key


def _blocking(facts: Facts) -> frozenset[str]:
    """Ids of the criteria and activities without which the deal can't make its next move."""
    onward = facts.onward()
    keys = {key for one in (onward.blockers if onward else ()) for key in (one.criterion_key, one.activity_key) if key}
    asked: tuple[Criterion | Activity, ...] = (*facts.criteria, *facts.next_entry, *facts.activities)
    return frozenset(one.id for one in asked if keys & {one.id, one.key})


def mixed(ordered: Sequence[T], kind: Callable[[T], ActionKind]) -> Iterator[T]:
    """The best of what doesn't make a kind stand more than `MOST_OF_A_KIND` times among any three neighbours; when
    only one kind is left, that."""
    left, recent = list(ordered), list[ActionKind]()
    while left:
        free = (n for n, one in enumerate(left) if recent[-2:].count(kind(one)) < weights.MOST_OF_A_KIND)
        one = left.pop(next(free, 0))
        recent.append(kind(one))
        yield one


def _posterior(mean: float, strength: float, counts: Counts) -> float:
    return (strength * mean + counts.successes) / (strength + counts.successes + counts.failures)


def effect_of(seen: Effect) -> float:
    """Completed against dismissed, within [1 ÷ EFFECT_SPAN, EFFECT_SPAN]; 1.0 where either side is unknown."""
    done, declined, prior = seen.completed, seen.dismissed, weights.EFFECT_PRIOR_EVENTS
    if done.days <= 0 or declined.days <= 0:
        return 1.0
    overall = (done.advanced + declined.advanced) / (done.days + declined.days)
    if overall <= 0:
        return 1.0
    rates = [(pace.advanced + prior) / (pace.days + prior / overall) for pace in (done, declined)]
    bound = log(weights.EFFECT_SPAN)
    return exp(max(-bound, min(bound, log(rates[0] / rates[1]))))
