"""The score of an action and its parts.

    score = propensity × value × urgency ÷ hours

An action's score is the chance that the partner acts on it, times what it is worth to the deal when done, times its
urgency, for each hour that it takes. What is critical and holds the deal up comes before everything else.

It is the arbitration of next-best-action systems, such as Pega's P × C × V × L (propensity × context weighting × value
× levers), divided by time. Highest value for each hour first is the order in which the least is lost by waiting: W. E.
Smith, *Various optimizers for single-stage production* (Naval Research Logistics Quarterly 3, 1956), known in planning
as cost of delay ÷ duration. Each factor can be looked up by itself:

- **propensity**: learned from answers to earlier advice, as a contextual bandit does (`guidance.ranking`).
- **value** = table × weight × effect. The table says what a kind is worth; the rule's *weight* how strongly these facts
  call for it (the context; in the vendor's own rules a lever); the *effect* how deals went on after such advice. An
  activity is worth the hours that its playbook sets aside for it.
- **urgency**: a factor from a table.
- **hours**: the effort, up to a working day, and an hour to take it up.

The tables stand in `guidance.weights`.
"""

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any

from guidance import weights
from guidance.actions import ActionKind, Urgency
from guidance.staleness import steps_of

MINUTES_PER_HOUR = 60


@dataclass(frozen=True, slots=True)
class Scales:
    """The tables of a score, for trying others. `value` by kind, where 1.0 is an exit criterion met, and of an activity
    an hour; `refused`: factor for each earlier dismissal of the kind in the deal."""

    value: Mapping[ActionKind, float]
    urgency: Mapping[Urgency, float]
    taking_up_minutes: float = weights.TAKING_UP_MINUTES
    refused: float = weights.REPEATED_DISMISSALS


SCALES = Scales(weights.VALUE, weights.URGENCY)


@dataclass(frozen=True, slots=True)
class Factors:
    """All that a score is made of, so that a logged action can be scored again. `refusals`: earlier dismissals of the
    kind in the deal. `due`: it is critical and holds the deal up. `ignored`: working days since it was shown."""

    kind: ActionKind
    weight: float
    urgency: Urgency
    effort_minutes: int
    propensity: float
    effect: float = 1.0
    refusals: int = 0
    due: bool = False
    ignored: int = 0

    @property
    def steps(self) -> int:
        """How many fresh ones go before it."""
        return steps_of(self.ignored, due=self.due)

    def to_plain(self) -> dict[str, Any]:
        """In JSON's types; `from_plain` reads it back."""
        return asdict(self)

    @classmethod
    def from_plain(cls, plain: Mapping[str, Any]) -> "Factors":
        return cls(**{**plain, "kind": ActionKind(plain["kind"]), "urgency": Urgency(plain["urgency"])})

    def score(self, scales: Scales = SCALES) -> float:
        """Above 0. Advice of a kind that was dismissed in this deal steps back, for two dismissals at most."""
        urgency = scales.urgency[self.urgency] * scales.refused ** min(weights.MOST_REFUSALS, self.refusals)
        return self.propensity * self.value(scales) * urgency / self.hours(scales)

    def value(self, scales: Scales = SCALES) -> float:
        value = scales.value[self.kind] * self.weight * self.effect
        return value * self.hours(scales) if self.kind is ActionKind.DO_ACTIVITY else value

    def hours(self, scales: Scales = SCALES) -> float:
        return (min(self.effort_minutes, weights.WORKING_DAY_MINUTES) + scales.taking_up_minutes) / MINUTES_PER_HOUR
