"""Candidate actions as rules propose them: with their reason, evidence, target and perhaps a draft."""

import hashlib
from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from datetime import datetime
from enum import StrEnum
from typing import Any

from guidance.facts import Reader, ReadingKind
from guidance.letters import Letter


class ActionKind(StrEnum):
    COMPLETE_CRITERION = "COMPLETE_CRITERION"
    DO_ACTIVITY = "DO_ACTIVITY"
    DO_TASK = "DO_TASK"
    SHARE_CONTENT = "SHARE_CONTENT"
    STUDY_CONTENT = "STUDY_CONTENT"
    ADVANCE_STAGE = "ADVANCE_STAGE"
    INTRODUCE = "INTRODUCE"
    RE_ENGAGE = "RE_ENGAGE"
    FIX_AMOUNT = "FIX_AMOUNT"
    FIX_CLOSE_DATE = "FIX_CLOSE_DATE"
    ANSWER_QUESTION = "ANSWER_QUESTION"
    FIND_CONTACT = "FIND_CONTACT"
    INVOLVE_VENDOR = "INVOLVE_VENDOR"
    REQUALIFY = "REQUALIFY"
    CLOSE_LOST = "CLOSE_LOST"
    PREPARE_NEXT_STAGE = "PREPARE_NEXT_STAGE"
    REGISTER_DEAL = "REGISTER_DEAL"
    RAISE_CHANCES = "RAISE_CHANCES"
    CUSTOM = "CUSTOM"


class Urgency(StrEnum):
    LOW = "LOW"
    NORMAL = "NORMAL"
    HIGH = "HIGH"
    CRITICAL = "CRITICAL"


@dataclass(frozen=True, slots=True)
class Evidence:
    """`source` says where the fact can be looked up, such as `deal` or `history of the stage`. `quote`: what somebody
    wrote, word for word; `value` then says who and when. `predicted`: for those alone who may see the deal's
    prediction, so that no sentence is made of it."""

    fact: str
    value: str
    source: str
    quote: str | None = None
    predicted: bool = False


@dataclass(frozen=True, slots=True)
class Draft:
    """A message ready to edit, for `reader`; `[brackets]` are for the sender to fill in. `letter`: its blocks.
    `unchecked`: words of a language model are in it, so that somebody has to read it before it is sent."""

    text: str
    reader: Reader
    language: str = "en"
    letter: Letter | None = field(default=None, compare=False, repr=False)
    unchecked: bool = False

    @property
    def is_to_customer(self) -> bool:
        return self.reader is Reader.CUSTOMER


@dataclass(frozen=True, slots=True)
class Target:
    """What the action is about. The first name that is set identifies it; ids are those of the facts."""

    criterion_id: str | None = None
    activity_id: str | None = None
    question_key: str | None = None
    task_id: str | None = None
    stage_id: str | None = None
    content_ids: tuple[str, ...] = ()

    @property
    def identity(self) -> str:
        for name in ("criterion_id", "activity_id", "question_key", "task_id", "stage_id"):
            if value := getattr(self, name):
                return f"{name}={value}"
        return f"content_ids={','.join(self.content_ids)}"


NOTHING = Target()


@dataclass(frozen=True, slots=True)
class Candidate:
    """One thing worth doing.

    `weight` says how strongly these facts call for it, against what is usual for its kind (1.0). `occasion` is the
    state that gave rise to it: `key` is made of kind, target and occasion alone, so that the same advice on the same
    state has the same key, however it is worded and whenever it is asked for. Keys are unique within a deal only.
    `reading`: it rests on what a language model read out of a text.
    """

    kind: ActionKind
    title: str
    rationale: str
    evidence: tuple[Evidence, ...]
    urgency: Urgency = Urgency.NORMAL
    due_at: datetime | None = None
    effort_minutes: int = 30
    target: Target = NOTHING
    message: Draft | None = None
    weight: float = 1.0
    occasion: tuple[str, ...] = ()
    reading: ReadingKind | None = None
    key: str = field(init=False, default="")

    def __post_init__(self) -> None:
        if not self.evidence:
            raise ValueError(f"“{self.title}” rests on no evidence")
        if not self.title.strip() or not self.rationale.strip():
            raise ValueError(f"an action of kind {self.kind} needs a title and a rationale")
        if self.effort_minutes < 1 or not 0 < self.weight < 100:
            raise ValueError(f"“{self.title}” has an impossible effort or weight")
        identity = "\0".join((self.kind, self.target.identity, *self.occasion))
        object.__setattr__(self, "key", hashlib.sha256(identity.encode()).hexdigest()[:24])

    @property
    def draft(self) -> str | None:
        return self.message.text if self.message else None

    def told(self, **changes: Any) -> "Candidate":
        """The same action with another title, rationale, message, due date, evidence or target; its key stays."""
        other = replace(self, **changes)
        object.__setattr__(other, "key", self.key)
        return other

    def with_contents(self, content_ids: Iterable[str]) -> Target:
        """Its target, with contents to use beside those it is about."""
        return replace(self.target, content_ids=tuple(dict.fromkeys((*self.target.content_ids, *content_ids))))
