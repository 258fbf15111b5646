"""Every number that the ranking and the rules weigh with, in one place; `guidance.scoring` says how they combine."""

from collections.abc import Mapping
from types import MappingProxyType

from guidance.actions import ActionKind, Urgency

VALUE: Mapping[ActionKind, float] = MappingProxyType(
    {
        ActionKind.ADVANCE_STAGE: 0.95,
        ActionKind.COMPLETE_CRITERION: 1.0,
        ActionKind.PREPARE_NEXT_STAGE: 1.14,
        ActionKind.DO_ACTIVITY: 0.67,
        ActionKind.DO_TASK: 0.92,
        ActionKind.REQUALIFY: 1.0,
        ActionKind.INTRODUCE: 0.92,
        ActionKind.RE_ENGAGE: 0.9,
        ActionKind.CUSTOM: 0.98,
        ActionKind.INVOLVE_VENDOR: 0.9,
        ActionKind.ANSWER_QUESTION: 0.86,
        ActionKind.FIND_CONTACT: 0.85,
        ActionKind.REGISTER_DEAL: 0.88,
        ActionKind.RAISE_CHANCES: 0.9,
        ActionKind.FIX_AMOUNT: 0.76,
        ActionKind.FIX_CLOSE_DATE: 0.77,
        ActionKind.CLOSE_LOST: 0.73,
        ActionKind.STUDY_CONTENT: 0.83,
        ActionKind.SHARE_CONTENT: 0.75,
    }
)
"""What an action done is worth to the deal, by kind; 1.0 is an exit criterion met. Of DO_ACTIVITY: an hour of it.

A judgement, not a measurement: what the stage machine demands comes first, what mends the record next, reading last.
For each hour they lie close together, as the weights below do: what partners take and how deals go on after it is
measured, and moves the order much; what is judged decides where nothing is measured yet, and must not drown it. In
simulated populations whose preferences have nothing to do with worth, five times the spread (by logarithm) gives up a
sixth of what partners would have taken on in the worst of twenty; these numbers give up a twentieth in the worst of
eighty.
"""

URGENCY: Mapping[Urgency, float] = MappingProxyType(
    {Urgency.LOW: 0.97, Urgency.NORMAL: 1.0, Urgency.HIGH: 1.03, Urgency.CRITICAL: 1.06}
)

TAKING_UP_MINUTES = 60
"""To find the time, the people and the papers, and to write down what came of it: five minutes of work are no six times
as good as half an hour's."""
WORKING_DAY_MINUTES = 480
"""What takes longer is begun."""

PRIOR_RATE = 0.35
PRIOR_STRENGTH = 10.0
KIND_STRENGTH = 8.0
STAGE_STRENGTH = 8.0
PARTNER_STRENGTH = 8.0
"""Pseudo-counts that hold each level of the Beta posterior to the level above it."""

MOST_LIKELY = 0.99
CURIOSITY = 0.5
"""Standard deviations by which a kind that few have answered gets the benefit of the doubt; else what was never shown
would never be known."""

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

IN_TURN = (1.0, 0.98, 0.96)
"""Weight of the first, second and third open criterion or activity: playbooks list them in the order of doing."""

REQUIRED_ACTIVITY = 1.02
SERVED = 0.94
"""Of a criterion whose activity is still to do."""
INTRODUCTION = 1.04
MISSING_AMOUNT = 1.04
AMOUNT_BEFORE_MOVING = 1.3
OPTIONAL_CRITERION = 0.94
LAST_BLOCKER = 1.04
RECORD_KNOWN_FACT = 0.77
ASKED_OF_OTHERS = 0.78
"""What takes minutes to write down or to ask for isn't met by that alone."""
YOUNG, RIPE = 1.02, 0.98
"""Activities weigh YOUNG at the stage's beginning and RIPE when it should end; criteria the other way round."""

READY_TO_MOVE_ON = 0.89
"""Factor of whatever else the stage asks for, once nothing blocks the next move."""

GIVEN_UP = 0.89
"""The same for a deal that history calls lost: whether it still exists comes first."""

OVERDUE_TASK = 1.04
STALLED_SILENCE = 1.04
SILENCE = 1.01
OVERDUE_CLOSE_DATE = 1.04
UNREACHABLE_CLOSE_DATE = 1.02
MISSING_CLOSE_DATE = 0.98
ASKED_CLOSE_DATE = 1.04
OVERDUE_QUESTION = 1.04
COMING_QUESTION = 0.98
UNASKED_QUESTION = 0.97
VENDOR_REASONS = (1.01, 1.04, 1.06)
DOUBTFUL = 1.04
AT_RISK = 1.02
MOST_VALUABLE_CHANGE = 1.03
HOPELESS = 1.08
ONLY_ENTRY_MISSING = 1.05
NEARLY_THERE = 0.99
FIRST_READING = 1.0
LATER_READING = 0.96
REVIVING_CONTENT = 1.0

HEARD_DATE = 0.95
"""Waiting is seldom the best that can be done, but it keeps others from pressing."""
HEARD_WISH = 1.08
"""What somebody asked for is sent before anything else is."""
HEARD_OBJECTION = 1.04
