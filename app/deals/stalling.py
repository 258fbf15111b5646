"""The definition of a stalled deal.

A deal is stalled when it is open, stands in an open stage, and its age in that stage exceeds the stage's threshold.
The threshold is the length by which four fifths of the stays in the stage are over, but never under a day, estimated
with those that aren't over yet (`app.deals.survival`); where more than a fifth outlast every completed stay, it is the
longest of these. Where too few are over, it is the stage's target; without a target there is none, and the deal never
stalls. A stay is over when the deal has left the stage in any direction, in any version of the playbook: versions share
the playbook's key, and a stage keeps its own.

Whose stays: for a partner's deals those of all partners, as far as `app.deals.benchmarks` lets them be told; else those
of the partner's own deals, if at least 20 of them are over. For deals without a partner, which the vendor sells: all
stays, if at least 20 are over. It depends on the deal and not on who looks at it.
"""

from collections.abc import Sequence
from datetime import datetime

from app.deals.survival import STEPS, quantiles
from app.vocabulary import OpportunityStatus, StageKind, TransitionKind

LEFT_FORWARDS = frozenset({TransitionKind.FORWARD, TransitionKind.SKIP, TransitionKind.WON})
ENOUGH_STAYS = 20
PERCENTILE = 0.8
LEAST_DAYS = 1.0
SECONDS_PER_DAY = 86_400


def stall_after_days(stays: Sequence[float], target_days: int | None, running: Sequence[float] = ()) -> float | None:
    """`stays`: the lengths in days of the completed stays, in any order; `running`: those of the others so far."""
    if len(stays) >= ENOUGH_STAYS:
        usual = quantiles(stays, running)[round(PERCENTILE * STEPS)]
        return max(LEAST_DAYS, max(stays) if usual is None else usual)
    return None if target_days is None else float(target_days)


def days_in_stage(entered_at: datetime, at: datetime) -> int:
    """Whole days, rounded down; 0 for a deal that enters in the future."""
    return max(0, (at - entered_at).days)


def is_stalled(
    status: OpportunityStatus,
    stage_kind: StageKind,
    entered_at: datetime,
    stall_after_days: float | None,
    at: datetime,
) -> bool:
    if status is not OpportunityStatus.OPEN or stage_kind is not StageKind.OPEN or stall_after_days is None:
        return False
    return (at - entered_at).total_seconds() > stall_after_days * SECONDS_PER_DAY
