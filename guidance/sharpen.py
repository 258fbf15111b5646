"""Let a language model choose, order and word among the rules' candidates, and take its answer only if it is grounded.

Nothing here raises for what a model or its server does: the answer is `Sharpened`, or `NotSharpened` with a reason,
and then the rules' answer stands.
"""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from guidance.budget import Budget
from guidance.ranking import Ranked
from guidance.recommend import Recommended
from guidance.writer import Call, Writer

MOST_CANDIDATES = 8
"""The best of the rules' answer, among which the model chooses."""


class Reason(StrEnum):
    """Why the rules' answer stands. The writer's faults are all `UNAVAILABLE`, with the fault in the detail."""

    NOTHING_TO_DO = "NOTHING_TO_DO"
    BUDGET_USED_UP = "BUDGET_USED_UP"
    UNAVAILABLE = "UNAVAILABLE"
    UNGROUNDED = "UNGROUNDED"


@dataclass(frozen=True, slots=True)
class Sharpened:
    """`actions`: those the model chose, in its order and words; their candidates keep key, kind, evidence, urgency and
    due date. `rest`: what it left out, as the rules had it. `prompt_hash`: SHA-256 of the rendered messages."""

    actions: tuple[Ranked, ...]
    rest: tuple[Ranked, ...]
    model: str
    prompt_version: str
    prompt_hash: str
    calls: tuple[Call, ...]


@dataclass(frozen=True, slots=True)
class NotSharpened:
    """`detail` is for the log; it quotes nothing that the model wrote. `retry_after`: seconds after which asking again
    may help; None where it won't. `faults`: what was wrong with the last answer, by code."""

    reason: Reason
    detail: str
    prompt_version: str
    prompt_hash: str | None = None
    calls: tuple[Call, ...] = ()
    retry_after: float | None = None
    faults: tuple[str, ...] = ()


async def sharpen(
    recommended: Recommended,
    writer: Writer,
    *,
    at: datetime,
    prompt_version: str = "v1",
    budget: Budget | None = None,
    partner_id: str | None = None,
    strangers: Collection[str] = (),
) -> Sharpened | NotSharpened:
    """`strangers`: names that no answer may contain, such as those of all other partners. `partner_id` is whose budget
    is charged besides everyone's."""
    raise NotImplementedError
