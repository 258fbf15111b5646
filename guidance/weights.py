"""Every number that the ranking and the rules weigh with, in one place; `guidance.scoring` says how they combine."""

from collections.abc import Mapping
from types import MappingProxyType

from guidance.actions import ActionKind, Urgency

VALUE: Mapping[ActionKind, float] = MappingProxyType(
    {
        ActionKind.ADVANCE_STAGE: 0.8,
        ActionKind.COMPLETE_CRITERION: 1.0,
        ActionKind.PREPARE_NEXT_STAGE: 1.17,
        ActionKind.DO_ACTIVITY: 1.0,
        ActionKind.REQUALIFY: 0.97,
        ActionKind.INTRODUCE: 0.9,
        ActionKind.RE_ENGAGE: 0.84,
        ActionKind.CUSTOM: 0.95,
        ActionKind.INVOLVE_VENDOR: 0.81,
        ActionKind.ANSWER_QUESTION: 0.78,
        ActionKind.FIND_CONTACT: 0.75,
        ActionKind.FIX_AMOUNT: 0.65,
        ActionKind.FIX_CLOSE_DATE: 0.65,
        ActionKind.CLOSE_LOST: 0.6,
        ActionKind.STUDY_CONTENT: 0.7,
        ActionKind.SHARE_CONTENT: 0.62,
    }
)
"""What an action done is worth to the deal, by kind; 1.0 is an exit criterion met. Of DO_ACTIVITY: an hour of it.

A judgement, not a measurement: what the stage machine demands comes first, what mends the record next, reading last.
They lie close together, as do the weights below: what partners take is measured, and what is judged must not drown it.
In simulated populations whose preferences have nothing to do with worth, twice the spread gives up a sixth of what
partners would have taken on in the worst of twenty, these numbers three hundredths.
"""

URGENCY: Mapping[Urgency, float] = MappingProxyType(
    {Urgency.LOW: 0.93, Urgency.NORMAL: 1.0, Urgency.HIGH: 1.07, Urgency.CRITICAL: 1.15}
)

TAKING_UP_MINUTES = 30
"""To take something up, find people and papers and write down what came of it: five minutes of work are no six times
as good as half an hour's."""
WORKING_DAY_MINUTES = 480
"""What takes longer is begun."""

PRIOR_RATE = 0.35
PRIOR_STRENGTH = 10.0
KIND_STRENGTH = 8.0
STAGE_STRENGTH = 8.0
PARTNER_STRENGTH = 8.0
"""Pseudo-counts that hold each level of the Beta posterior to the level above it."""

IGNORED_COUNTS = 0.3
"""Advice that ran out unanswered may never have been read: it counts less than a dismissal."""

EFFECT_PRIOR_EVENTS = 15.0
EFFECT_SPAN = 1.5
"""History moves a value by this factor at most, either way."""

REPEATED_DISMISSALS = 0.6
MOST_REFUSALS = 2
"""Factor for each earlier dismissal of the same kind in the same deal, up to so many."""

MOST_OF_A_KIND = 2
"""In any three neighbouring places of the answer."""

IN_TURN = (1.0, 0.95, 0.9)
"""Weight of the first, second and third open criterion or activity: playbooks list them in the order of doing."""

REQUIRED_ACTIVITY = 1.05
SERVED = 0.85
"""Of a criterion whose activity is still to do."""
INTRODUCTION = 1.1
AGREED = 1.02
"""Of what the seller has agreed with the customer anyway."""
MISSING_AMOUNT = 1.1
AMOUNT_BEFORE_MOVING = 1.4
OPTIONAL_CRITERION = 0.85
LAST_BLOCKER = 1.1
RECORD_KNOWN_FACT = 0.66
ASKED_OF_OTHERS = 0.68
"""What takes minutes to write down or to ask for isn't met by that alone."""
YOUNG, RIPE = 1.05, 0.95
"""Activities weigh YOUNG at the stage's beginning and RIPE when it should end; criteria the other way round."""

READY_TO_MOVE_ON = 0.75
"""Factor of whatever else the stage asks for, once nothing blocks the next move."""

GIVEN_UP = 0.75
"""The same for a deal that history calls lost: whether it still exists comes first."""

STALLED_SILENCE = 1.1
SILENCE = 1.02
OVERDUE_CLOSE_DATE = 1.1
UNREACHABLE_CLOSE_DATE = 1.05
MISSING_CLOSE_DATE = 0.95
ASKED_CLOSE_DATE = 1.1
OVERDUE_QUESTION = 1.1
COMING_QUESTION = 0.95
UNASKED_QUESTION = 0.92
VENDOR_REASONS = (1.02, 1.1, 1.15)
DOUBTFUL = 1.1
HOPELESS = 1.2
ONLY_ENTRY_MISSING = 1.12
NEARLY_THERE = 0.97
FIRST_READING = 1.0
LATER_READING = 0.9
REVIVING_CONTENT = 1.0

HEARD_DATE = 0.87
"""Waiting is seldom the best that can be done, but it keeps others from pressing."""
HEARD_WISH = 1.2
"""What somebody asked for is sent before anything else is."""
HEARD_OBJECTION = 1.1
