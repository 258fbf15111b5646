"""Every number that the ranking and the rules weigh with, in one place. `guidance.ranking` says how they combine."""

from collections.abc import Mapping
from types import MappingProxyType

from guidance.actions import ActionKind, Urgency

EFFECT: Mapping[ActionKind, float] = MappingProxyType(
    {
        ActionKind.ADVANCE_STAGE: 1.6,
        ActionKind.COMPLETE_CRITERION: 1.0,
        ActionKind.DO_ACTIVITY: 1.0,
        ActionKind.RE_ENGAGE: 1.0,
        ActionKind.CLOSE_LOST: 0.9,
        ActionKind.REQUALIFY: 0.9,
        ActionKind.FIX_CLOSE_DATE: 0.8,
        ActionKind.PREPARE_NEXT_STAGE: 0.8,
        ActionKind.INVOLVE_VENDOR: 0.8,
        ActionKind.ANSWER_QUESTION: 0.7,
        ActionKind.CUSTOM: 0.8,
        ActionKind.SHARE_CONTENT: 0.6,
        ActionKind.STUDY_CONTENT: 0.45,
    }
)
"""How much an action helps the deal on before history says otherwise; 1.0 is an exit criterion met.

A judgement, not a measurement: what the stage machine demands comes first, what mends the record next, reading last.
"""

URGENCY: Mapping[Urgency, float] = MappingProxyType(
    {Urgency.LOW: 0.7, Urgency.NORMAL: 1.0, Urgency.HIGH: 1.4, Urgency.CRITICAL: 1.9}
)

TYPICAL_EFFORT_MINUTES = 30.0
EFFORT_EXPONENT = 0.1
"""Effort is damped: four hours that a stage needs must not lose to reading a page."""

WORTH_EXPONENT = 0.4
"""How much the judged part of a score counts beside the measured one. In simulated populations whose preferences have
nothing to do with worth, 1.0 gives up 14 % of the accepted first actions that knowing those preferences could win,
0.4 gives up 3 %."""

PRIOR_RATE = 0.35
PRIOR_STRENGTH = 10.0
KIND_STRENGTH = 8.0
STAGE_STRENGTH = 8.0
PARTNER_STRENGTH = 8.0
"""Pseudo-counts that hold each level of the Beta posterior to the level above it."""

IGNORED_COUNTS = 0.3
"""Advice that ran out unanswered may never have been read: it counts less than a dismissal."""

EFFECT_PRIOR_EVENTS = 15.0
EFFECT_SPAN = 2.0
"""History moves an effect by this factor at most, either way."""

REPEATED_DISMISSALS = 0.6
"""Factor for each earlier dismissal of the same kind in the same deal, twice at most."""

MOST_OF_A_KIND = 2
"""In any three neighbouring places of the answer."""

IN_TURN = (1.0, 0.75, 0.55)
"""Weight of the first, second and third open criterion or activity: playbooks list them in the order of doing."""

REQUIRED_ACTIVITY = 1.25
OPTIONAL_CRITERION = 0.4
LAST_BLOCKER = 1.5
RECORD_KNOWN_FACT = 0.9
YOUNG, RIPE = 1.25, 0.8
"""Activities weigh YOUNG at the stage's beginning and RIPE when it should end; criteria the other way round."""

READY_TO_MOVE_ON = 0.3
"""Factor of whatever else the stage asks for, once nothing blocks the next move."""

GIVEN_UP = 0.3
"""The same for a deal that history calls lost: whether it still exists comes first."""

STALLED_SILENCE = 1.5
SILENCE = 1.15
OVERDUE_CLOSE_DATE = 1.5
UNREACHABLE_CLOSE_DATE = 1.2
MISSING_CLOSE_DATE = 0.8
OVERDUE_QUESTION = 1.5
COMING_QUESTION = 0.75
UNASKED_QUESTION = 0.65
VENDOR_REASONS = (1.1, 1.6, 2.0)
DOUBTFUL = 1.5
HOPELESS = 2.2
ONLY_ENTRY_MISSING = 1.7
NEARLY_THERE = 0.9
FIRST_READING = 1.0
LATER_READING = 0.6
REVIVING_CONTENT = 1.0

HEARD_DATE = 0.5
"""Waiting is seldom the best that can be done, but it keeps others from pressing."""
HEARD_WISH = 2.5
"""What somebody asked for is sent before anything else is."""
HEARD_OBJECTION = 1.6
