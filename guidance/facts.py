"""Everything that rules and prompts may know of one deal, as plain frozen data.

Ids are opaque texts: whoever gathers the facts chooses them, and actions hand them back. Times have a zone.
What depends on the time of asking (days in stage, percentiles) is worked out from stored times, so that facts
gathered once stay true. Texts that partners and customers wrote are `Deal.name`, `next_step`, `notes`, `owner`,
`Account.name`, `Partner.name`, `Question.answer`, `Response.reason`, `Move.reason` and `Task.title`.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from enum import StrEnum

from catalogues import Said
from guidance.history import NO_DISTRIBUTION, NO_HISTORY, Distribution, History

SECONDS_PER_DAY = 86_400


class DealStatus(StrEnum):
    OPEN = "OPEN"
    WON = "WON"
    LOST = "LOST"


class StageKind(StrEnum):
    OPEN = "OPEN"
    WON = "WON"
    LOST = "LOST"


class MoveKind(StrEnum):
    """As the stage machine names moves; CREATED is missing since no advice leads there."""

    FORWARD = "FORWARD"
    SKIP = "SKIP"
    BACK = "BACK"
    WON = "WON"
    LOST = "LOST"
    REOPEN = "REOPEN"


class Reader(StrEnum):
    """Whom an activity or a message addresses, whose word meets a criterion, whom a content is written for. CUSTOMER is
    outside; PARTNER: the people who sell; VENDOR: their channel manager and the people behind."""

    CUSTOMER = "CUSTOMER"
    PARTNER = "PARTNER"
    VENDOR = "VENDOR"


class ConfirmedBy(StrEnum):
    """Who may confirm what people have to say of a deal; each may confirm what those before it may."""

    ANYONE_ON_DEAL = "ANYONE_ON_DEAL"
    PARTNER_MANAGER = "PARTNER_MANAGER"
    VENDOR = "VENDOR"


class Answer(StrEnum):
    """What became of an earlier recommendation. IGNORED: shown, and it expired without a word. SNOOZED: not before a
    day."""

    ACCEPTED = "ACCEPTED"
    COMPLETED = "COMPLETED"
    DISMISSED = "DISMISSED"
    IGNORED = "IGNORED"
    SNOOZED = "SNOOZED"


@dataclass(frozen=True, slots=True)
class Account:
    name: str
    industry: str | None = None
    country: str | None = None
    employees: int | None = None


@dataclass(frozen=True, slots=True)
class Partner:
    """`usual_amount`: of the partner's other deals in this deal's currency. `managed`: by a channel manager of its
    own."""

    name: str
    tier: str | None = None
    kind: str | None = None
    usual_amount: Distribution = NO_DISTRIBUTION
    managed: bool = True


@dataclass(frozen=True, slots=True)
class Deal:
    id: str
    name: str
    account: Account
    entered_stage_at: datetime
    created_at: datetime
    status: DealStatus = DealStatus.OPEN
    source: str = "PARTNER"
    amount: Decimal | None = None
    currency: str | None = None
    close_date: date | None = None
    owner: str | None = None
    next_step: str | None = None
    notes: str | None = None
    stalled: bool = False
    came_at: datetime | None = None
    """When it was given to its partner, if another had it before."""


@dataclass(frozen=True, slots=True)
class Stage:
    """`win_probability` is 0..1; `target_days` is how long a healthy deal stays."""

    id: str
    key: str
    name: str
    position: int
    kind: StageKind = StageKind.OPEN
    definition: str = ""
    buyer_phase: str | None = None
    win_probability: float = 0.0
    target_days: int | None = None
    language: str | None = None
    """That its name is in; here and below, None is the playbook's."""


@dataclass(frozen=True, slots=True)
class Criterion:
    """`expression`: the CEL text that decides it; None where a person marks it. `reader`: whose word meets it.
    `customer_wording`: what to say to the customer for it, in the playbook's language; None: nothing.
    `confirmed_by`: who may mark it."""

    id: str
    key: str
    description: str
    met: bool
    required: bool = True
    expression: str | None = None
    reader: Reader = Reader.PARTNER
    customer_wording: str | None = None
    language: str | None = None
    wording_language: str | None = None
    confirmed_by: ConfirmedBy = ConfirmedBy.ANYONE_ON_DEAL


@dataclass(frozen=True, slots=True)
class Activity:
    """`done`: completed or skipped. `reader`: whom it addresses. `customer_wording`, `confirmed_by`: as a
    criterion's. `serves`: keys of the stage's exit criteria that it is done for."""

    id: str
    key: str
    name: str
    done: bool
    required: bool = False
    description: str = ""
    effort_minutes: int | None = None
    reader: Reader = Reader.PARTNER
    customer_wording: str | None = None
    language: str | None = None
    wording_language: str | None = None
    confirmed_by: ConfirmedBy = ConfirmedBy.ANYONE_ON_DEAL
    serves: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Content:
    """`suits`: meant for this partner's tier and industry. `used`: shared or studied in this deal already. `reader`:
    whom it is written for; only what is for customers is shared with one."""

    id: str
    key: str
    title: str
    kind: str
    summary: str = ""
    suits: bool = True
    used: bool = False
    reader: Reader = Reader.PARTNER
    language: str | None = None


@dataclass(frozen=True, slots=True)
class Question:
    """`due_position`: position of the first stage whose criteria ask for the answer; None: no criterion does."""

    key: str
    label: str
    prompt: str = ""
    answer: str | None = None
    due_position: int | None = None
    language: str | None = None

    @property
    def answered(self) -> bool:
        return bool(self.answer and self.answer.strip())


class Assignee(StrEnum):
    """Whose a task is: the deal's owner's, somebody else's, or nobody's yet. Who they are, guidance isn't told."""

    OWNER = "OWNER"
    ANOTHER = "ANOTHER"
    NOBODY = "NOBODY"


@dataclass(frozen=True, slots=True)
class Task:
    """Something that somebody of the partner's has to do for the deal, and that no other action stands for. `urgency`:
    one of `guidance.actions.Urgency`. `assignee`: whose it is."""

    id: str
    title: str
    due_at: datetime
    urgency: str = "NORMAL"
    assignee: Assignee = Assignee.OWNER


@dataclass(frozen=True, slots=True)
class Blocker:
    code: str
    message: str
    criterion_key: str | None = None
    activity_key: str | None = None


@dataclass(frozen=True, slots=True)
class Transition:
    stage_id: str
    stage_key: str
    stage_name: str
    kind: MoveKind
    allowed: bool
    blockers: tuple[Blocker, ...] = ()
    language: str | None = None


@dataclass(frozen=True, slots=True)
class Response:
    """`kind` and `key` are those of the action answered. `ground`: `guidance.grounds.ground_of` it then; None where it
    isn't known. `until`: the day on which a snoozed action comes back."""

    kind: str
    key: str
    answer: Answer
    at: datetime
    reason: str | None = None
    ground: str | None = None
    until: date | None = None


@dataclass(frozen=True, slots=True)
class Seen:
    """An action that waits for an answer, and when it was first shown."""

    key: str
    at: datetime


@dataclass(frozen=True, slots=True)
class Move:
    """One that the deal made. `stage_key`: of the stage it led to; `from_name`: of the one it left, in the playbook's
    language. `reason`: why, in somebody's words."""

    kind: MoveKind
    at: datetime
    stage_key: str
    from_name: str = ""
    reason: str | None = None


class ReadingKind(StrEnum):
    """What a language model may read out of somebody's text. WAIT_UNTIL: a date before which nothing is to be expected;
    OBJECTION and COMPETITOR: one that a battlecard answers; ROLE: who somebody is in the purchase; ASKED_FOR: a content
    that somebody wants to have."""

    WAIT_UNTIL = "WAIT_UNTIL"
    OBJECTION = "OBJECTION"
    COMPETITOR = "COMPETITOR"
    ROLE = "ROLE"
    ASKED_FOR = "ASKED_FOR"


class BuyingRole(StrEnum):
    CHAMPION = "CHAMPION"
    ECONOMIC_BUYER = "ECONOMIC_BUYER"
    DECISION_MAKER = "DECISION_MAKER"
    TECHNICAL_EVALUATOR = "TECHNICAL_EVALUATOR"
    PROCUREMENT = "PROCUREMENT"
    LEGAL = "LEGAL"
    END_USER = "END_USER"
    OPPONENT = "OPPONENT"


@dataclass(frozen=True, slots=True)
class Written:
    """A text of somebody's about the deal. `id` is made of where it stands: `notes`, `next_step`, `answer/KEY`,
    `response/KEY`. `label`: of the question answered, in `language`. `author` and `day`, where they are known."""

    id: str
    text: str
    label: str = ""
    language: str = "en"
    author: str | None = None
    day: date | None = None


@dataclass(frozen=True, slots=True)
class Quote:
    """A span of a text, word for word."""

    text_id: str
    span: str
    author: str | None = None
    day: date | None = None


@dataclass(frozen=True, slots=True)
class Reading:
    """`value`: an ISO date, the id of a content, the name of a competitor, or a buying role, as the kind has it."""

    kind: ReadingKind
    value: str
    quote: Quote


@dataclass(frozen=True, slots=True)
class Registration:
    """Of a deal that can be registered. `is_begun`: there is one, how far it has come or not. `protected_until`: of one
    that is approved."""

    is_begun: bool
    protected_until: datetime | None = None


class PredictionBasis(StrEnum):
    """What a prediction rests on, the least first. MODEL: on what sets this deal apart from others in its stage."""

    STAGE_PROBABILITY = "STAGE_PROBABILITY"
    STAGE_RATE = "STAGE_RATE"
    STAGE_AND_AGE_RATE = "STAGE_AND_AGE_RATE"
    MODEL = "MODEL"


class Lever(StrEnum):
    """What a seller can change of a deal. SILENCE: the days since anything was done for it; DONE: criteria and
    activities done in its stage; CLOSE_DATE: an expected close date that has passed."""

    SILENCE = "SILENCE"
    DONE = "DONE"
    CLOSE_DATE = "CLOSE_DATE"


@dataclass(frozen=True, slots=True)
class Change:
    """The one that would raise the win probability most, and to how much (0..1)."""

    lever: Lever
    win_probability: float


@dataclass(frozen=True, slots=True)
class Prediction:
    """`win_probability` of the deal, and `usual` for deals that come to its stage, 0..1. `against`: what
    lowers it, the weightiest first. `falling`: it was notably higher a week ago."""

    basis: PredictionBasis
    win_probability: float
    usual: float
    against: tuple[Said, ...] = ()
    change: Change | None = None
    falling: bool = False


@dataclass(frozen=True, slots=True)
class Facts:
    """`criteria`: the exit criteria of `stage`. `next_entry` and `next_contents` belong to `next_stage`, the next open
    stage; `ahead`: this and those after it. `contents` in the order in which the partner is shown them. `moves`: the
    deal's, the latest last. `last_contact_at`: when somebody last did an activity, moved the deal, commented on it or
    shared content; None: never. `last_change_at`: when anything of it last changed but its stage. `playbook_language`
    is what the playbook is written in, `language` what its seller reads; `advice_language` what titles, reasons and
    evidence are written in. `readings`: what a language model read out of the texts of people, as far as these still
    say so. `buying_roles`: of the contacts that take part, each with its `BuyingRole` or None, without who they are.
    `changed`: what somebody last did with criteria and activities, by id: any text that changes with it. `seen`:
    actions of this deal that were shown and not answered. `registration`: None where no registration is asked for.
    `tasks`: those still to do. `prediction`: as it is stored; None where nothing is predicted."""

    playbook_key: str
    deal: Deal
    stage: Stage
    partner: Partner | None = None
    criteria: tuple[Criterion, ...] = ()
    activities: tuple[Activity, ...] = ()
    contents: tuple[Content, ...] = ()
    next_stage: Stage | None = None
    ahead: tuple[Stage, ...] = ()
    next_entry: tuple[Criterion, ...] = ()
    next_contents: tuple[Content, ...] = ()
    questions: tuple[Question, ...] = ()
    transitions: tuple[Transition, ...] = ()
    responses: tuple[Response, ...] = ()
    history: History = NO_HISTORY
    moves: tuple[Move, ...] = ()
    buying_roles: tuple[str | None, ...] = ()
    last_contact_at: datetime | None = None
    last_change_at: datetime | None = None
    playbook_language: str = "en"
    language: str = "en"
    readings: tuple[Reading, ...] = ()
    advice_language: str = "en"
    changed: tuple[tuple[str, str], ...] = ()
    seen: tuple[Seen, ...] = ()
    registration: Registration | None = None
    tasks: tuple[Task, ...] = ()
    prediction: Prediction | None = None

    @property
    def is_open(self) -> bool:
        return self.deal.status is DealStatus.OPEN and self.stage.kind is StageKind.OPEN

    def days_in_stage(self, at: datetime) -> float:
        return max(0.0, (at - self.deal.entered_stage_at).total_seconds() / SECONDS_PER_DAY)

    def quiet_days(self, at: datetime) -> float:
        """Days since the last contact; a deal is as quiet as its stage is old when nothing is recorded, and no older
        than it is with its partner."""
        times = (self.last_contact_at, self.deal.entered_stage_at, self.deal.came_at)
        since = max(time for time in times if time is not None)
        return max(0.0, (at - since).total_seconds() / SECONDS_PER_DAY)

    @property
    def is_uncontacted(self) -> bool:
        """Nobody has been in touch with the customer of this lead; of a deal that began in a later stage, nobody
        knows."""
        return self.last_contact_at is None and self.stage.position == 0

    @property
    def setback(self) -> Move | None:
        """The move back that led to where the deal is."""
        last = self.moves[-1] if self.moves else None
        return last if last and last.kind is MoveKind.BACK and last.stage_key == self.stage.key else None

    @property
    def is_held_back(self) -> bool:
        """It was sent back, and nothing has changed since."""
        back = self.setback
        times = (self.last_change_at, self.last_contact_at)
        return back is not None and not any(time is not None and time > back.at for time in times)

    def days_to_close(self, at: datetime) -> int | None:
        """Negative once the date has passed."""
        return None if self.deal.close_date is None else (self.deal.close_date - at.date()).days

    def stage_progress(self, at: datetime) -> float | None:
        """Age in the stage against its target: 1.0 is on target. None without a target."""
        return self.days_in_stage(at) / self.stage.target_days if self.stage.target_days else None

    def unmet(self) -> Iterator[Criterion]:
        return (criterion for criterion in self.criteria if not criterion.met)

    def move(self, *kinds: MoveKind) -> Transition | None:
        return next((move for move in self.transitions if move.kind in kinds), None)

    def onward(self) -> Transition | None:
        """The next step on the way to winning: into the next open stage, or into the won one from the last."""
        return self.move(MoveKind.FORWARD if self.next_stage else MoveKind.WON)

    def written(self) -> Iterator[Written]:
        """What people wrote about the deal in their own words, names apart; authors aren't among the facts."""
        spoken = self.playbook_language
        given = [("notes", "", spoken, self.deal.notes), ("next_step", "", spoken, self.deal.next_step)]
        given += [(f"answer/{one.key}", one.label, one.language or spoken, one.answer) for one in self.questions]
        given += [(f"response/{one.key}", "", spoken, one.reason) for one in self.responses]
        yield from (Written(id, text, label, said) for id, label, said, text in given if text and text.strip())

    def texts_of_people(self) -> Iterator[str]:
        """Whatever partners and customers wrote, which is data and never an instruction."""
        deal = self.deal
        yield from (deal.name, deal.account.name, deal.owner or "", deal.next_step or "", deal.notes or "")
        yield self.partner.name if self.partner else ""
        yield from (question.answer or "" for question in self.questions)
        yield from (response.reason or "" for response in self.responses)
        yield from (move.reason or "" for move in self.moves)
        yield from (task.title for task in self.tasks)
