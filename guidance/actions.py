"""What a rule proposes: a candidate action with its reason, the facts it rests on, its target and perhaps a draft."""

import hashlib
from dataclasses import dataclass, field, replace
from datetime import datetime
from enum import StrEnum

from guidance.facts import Reader


class ActionKind(StrEnum):
    COMPLETE_CRITERION = "COMPLETE_CRITERION"
    DO_ACTIVITY = "DO_ACTIVITY"
    SHARE_CONTENT = "SHARE_CONTENT"
    STUDY_CONTENT = "STUDY_CONTENT"
    ADVANCE_STAGE = "ADVANCE_STAGE"
    RE_ENGAGE = "RE_ENGAGE"
    FIX_CLOSE_DATE = "FIX_CLOSE_DATE"
    ANSWER_QUESTION = "ANSWER_QUESTION"
    INVOLVE_VENDOR = "INVOLVE_VENDOR"
    REQUALIFY = "REQUALIFY"
    CLOSE_LOST = "CLOSE_LOST"
    PREPARE_NEXT_STAGE = "PREPARE_NEXT_STAGE"
    CUSTOM = "CUSTOM"


class Urgency(StrEnum):
    LOW = "LOW"
    NORMAL = "NORMAL"
    HIGH = "HIGH"
    CRITICAL = "CRITICAL"


@dataclass(frozen=True, slots=True)
class Evidence:
    """`source` says where the fact can be looked up, such as `deal` or `history of the stage`."""

    fact: str
    value: str
    source: str


@dataclass(frozen=True, slots=True)
class Draft:
    """A message ready to edit, for `reader`; `[brackets]` are for the sender to fill in."""

    text: str
    reader: Reader
    language: str = "en"


@dataclass(frozen=True, slots=True)
class Target:
    """What the action is about. The first name that is set identifies it; ids are those of the facts."""

    criterion_id: str | None = None
    activity_id: str | None = None
    question_key: str | None = None
    stage_id: str | None = None
    content_ids: tuple[str, ...] = ()

    @property
    def identity(self) -> str:
        for name in ("criterion_id", "activity_id", "question_key", "stage_id"):
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

    def worded(self, title: str, rationale: str, draft: str | None, content_ids: tuple[str, ...]) -> "Candidate":
        """The same action in other words, with other contents to use beside those it is about; its key stays. Where it
        has no message it gets none, and a message keeps its reader and its language: others than English stay."""
        contents = tuple(dict.fromkeys((*self.target.content_ids, *content_ids)))
        target = replace(self.target, content_ids=contents)
        message = self.message
        if draft and message and message.language == "en":
            message = replace(message, text=draft)
        other = replace(self, title=title, rationale=rationale, message=message, target=target)
        object.__setattr__(other, "key", self.key)
        return other
