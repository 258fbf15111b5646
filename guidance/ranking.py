"""In which order the candidates stand.

    score = P(partner acts) × worth^0.4,  worth = effect × weight × urgency ÷ (effort ÷ 30 min)^0.1

**P** is the mean of a Beta posterior. Accepted and completed actions count as successes, dismissed ones as failures,
ignored ones as a part of a failure. Four levels, each the prior of the next: all other kinds; the kind in all other
stages; the kind in this stage; the kind with this partner. No answer counts at two of the first three levels, or two
dismissals would weigh like six. With prior mean m, strength s, successes a and failures b the posterior's mean is
(s·m + a) / (s + a + b): partial pooling as in Gelman et al., *Bayesian Data Analysis* (3rd ed.), chapter 5, with fixed
strengths in place of estimated ones. Few answers leave a kind near the overall rate; many speak for themselves.

**effect** starts from a table and is re-estimated from history as the ratio of two rates of advance, deals per day,
after completed and after dismissed advice of the kind. Rates over days at risk count deals that haven't moved yet for
the time they did wait (Cox & Oakes, *Analysis of Survival Data*, chapter 3: the exponential model's events ÷ exposure).
The logarithm of the ratio is held to 0 by pseudo-events and moves the effect by a factor of two at most, since nobody
assigned the advice at random.

**weight** is the rule's own judgement of how strongly these facts call for it. Urgency is a factor from a table.
Effort is damped by its exponent, and worth by its own: P is measured and worth is judged, so that what partners turn
down time and again gives way, though it be worth twice as much. While nothing is learned, the exponent changes no
order. Ties are broken by key, so that the order is always the same.

The numbers stand in `guidance.weights`.
"""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from math import exp, log
from typing import Protocol

from guidance import weights
from guidance.actions import ActionKind, Candidate
from guidance.facts import Answer, Facts


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
        """The probability before this partner's own answers are heard."""
        of_kind, of_stage = self._kinds.get(kind, NO_COUNTS), self.everyone.get((kind, stage_key), NO_COUNTS)
        rate = _posterior(weights.PRIOR_RATE, weights.PRIOR_STRENGTH, self._all - of_kind)
        rate = _posterior(rate, weights.KIND_STRENGTH, of_kind - of_stage)
        return _posterior(rate, weights.STAGE_STRENGTH, of_stage)

    def effect(self, kind: ActionKind) -> float:
        return re_estimated(kind, self.effects.get(kind, Effect()))


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
        return self.effects.get(kind, weights.EFFECT[kind])


class Learning(Protocol):
    """`Learned` from every answer, or from what a partner may be told of them (`Benchmarks`)."""

    def probability(self, kind: ActionKind, stage_key: str) -> float: ...

    def effect(self, kind: ActionKind) -> float: ...


@dataclass(frozen=True, slots=True)
class Ranked:
    candidate: Candidate
    score: float


def rank(candidates: Sequence[Candidate], facts: Facts, learned: Learning) -> tuple[Ranked, ...]:
    """Best first. What was dismissed or completed on this very state is left out; kinds are mixed."""
    settled = {r.key for r in facts.responses if r.answer in (Answer.DISMISSED, Answer.COMPLETED)}
    refusals = Counter(r.kind for r in facts.responses if r.answer is Answer.DISMISSED)
    scored = [
        Ranked(one, _score(one, facts, learned) * weights.REPEATED_DISMISSALS ** min(2, refusals[one.kind]))
        for one in candidates
        if one.key not in settled
    ]
    scored.sort(key=lambda ranked: (-ranked.score, ranked.candidate.key))
    return _mixed(scored)


def _score(candidate: Candidate, facts: Facts, learned: Learning) -> float:
    effort: float = (candidate.effort_minutes / weights.TYPICAL_EFFORT_MINUTES) ** weights.EFFORT_EXPONENT
    worth = learned.effect(candidate.kind) * candidate.weight * weights.URGENCY[candidate.urgency] / effort
    scored: float = learned.probability(candidate.kind, facts.stage.key) * worth**weights.WORTH_EXPONENT
    return scored


def _mixed(scored: list[Ranked]) -> tuple[Ranked, ...]:
    """The best of what doesn't make a kind stand more than `MOST_OF_A_KIND` times among any three neighbours; when
    only one kind is left, that."""
    left, placed = list(scored), list[Ranked]()
    while left:
        recent = Counter(ranked.candidate.kind for ranked in placed[-2:])
        free = (n for n, one in enumerate(left) if recent[one.candidate.kind] < weights.MOST_OF_A_KIND)
        placed.append(left.pop(next(free, 0)))
    return tuple(placed)


def _posterior(mean: float, strength: float, counts: Counts) -> float:
    return (strength * mean + counts.successes) / (strength + counts.successes + counts.failures)


def re_estimated(kind: ActionKind, seen: Effect) -> float:
    """The table's effect of a kind, moved by what history tells of it."""
    return weights.EFFECT[kind] * _rate_ratio(seen)


def _rate_ratio(seen: Effect) -> float:
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
