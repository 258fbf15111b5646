"""A playbook as its review sees it, and what the review finds."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from app.vocabulary import BuyerPhase, CriterionPhase, ForecastCategory, PlaybookIssueCode, Severity, StageKind
from guidance.facts import Reader


@dataclass(frozen=True, slots=True)
class OutOfBounds:
    """A criterion whose condition was saved before today's bounds, and `reason`: why it couldn't be saved now."""

    criterion: str
    reason: str


@dataclass(frozen=True, slots=True)
class ReviewedRequirement:
    """A criterion or an activity, by its key, with whom it addresses and what it says to customers."""

    key: str
    reader: Reader
    customer_wording: str | None = None


@dataclass(frozen=True, slots=True)
class ComputedCriterion:
    """A criterion, by its key, that the deal's own fields decide."""

    key: str
    phase: CriterionPhase
    required: bool
    expression: str


@dataclass(frozen=True, slots=True)
class Spoken:
    """A text that there is and that may be translated, by its part's table and key, and its name there. `languages`:
    those that it is translated into, as they were given; `tags`: those under which it is found, in small letters."""

    table: str
    key: str
    name: str
    languages: frozenset[str] = frozenset()
    tags: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class StrayRule:
    """A rule of guidance, by its key, for a stage that the playbook doesn't have."""

    key: str
    stage_key: str


@dataclass(frozen=True, slots=True)
class ReviewedStage:
    """`deals_entered`: how many deals ever entered the stage, each counted once."""

    id: UUID
    key: str
    name: str
    definition: str
    kind: StageKind
    position: int
    buyer_phase: BuyerPhase | None
    win_probability: float
    target_days: int | None
    exit_criteria: int
    activities: int
    contents: int
    deals_entered: int = 0
    out_of_bounds: tuple[OutOfBounds, ...] = ()
    asked: tuple[ReviewedRequirement, ...] = ()
    forecast_category: ForecastCategory | None = None
    conditions: tuple[ComputedCriterion, ...] = ()
    texts: tuple[Spoken, ...] = ()


@dataclass(frozen=True, slots=True)
class ReviewedPlaybook:
    """`deals_total`: how many deals are or were in the playbook. `questions`: keys of its qualification questions.
    `texts`: its own ones and those of its questions."""

    stages: tuple[ReviewedStage, ...]
    deals_total: int = 0
    review_due_at: datetime | None = None
    published_at: datetime | None = None
    language: str = "en"
    questions: tuple[str, ...] = ()
    stray_rules: tuple[StrayRule, ...] = ()
    texts: tuple[Spoken, ...] = ()

    def in_order(self) -> list[ReviewedStage]:
        """Open stages by position, then the closed ones."""
        return sorted(self.stages, key=lambda stage: (stage.kind is not StageKind.OPEN, stage.position))

    def open_stages(self) -> list[ReviewedStage]:
        return [stage for stage in self.in_order() if stage.kind is StageKind.OPEN]


@dataclass(frozen=True, slots=True)
class Issue:
    """Without a stage it is about the playbook as a whole."""

    code: PlaybookIssueCode
    severity: Severity
    message: str
    suggestion: str
    stage_key: str | None = None
    stage_id: UUID | None = None


def issue_of(stage: ReviewedStage, code: PlaybookIssueCode, severity: Severity, message: str, suggestion: str) -> Issue:
    return Issue(code, severity, message, suggestion, stage.key, stage.id)


def listed(names: list[str]) -> str:
    """“a”, “b” and “c”."""
    quoted = [f"“{name}”" for name in names]
    return " and ".join([*([", ".join(quoted[:-1])] if quoted[1:] else []), *quoted[-1:]])
