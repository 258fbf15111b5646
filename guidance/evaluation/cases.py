"""Golden cases: deals, with the actions that an experienced channel manager expects first and those that are wrong.

A file names a playbook and lists cases; each tells what differs from a healthy deal in a stage of it. What a case may
say is in `Case`. An action is written as its kind, alone or with the key of its target:
`COMPLETE_CRITERION budget-confirmed`, `SHARE_CONTENT`.
"""

from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field

from guidance.actions import Urgency
from guidance.facts import Answer, Assignee, Lever, MoveKind, PredictionBasis, Reader


class _Strict(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class DealText(_Strict):
    """`quiet`: days since the last contact; `contacted`: there ever was one. `changed`: days since anything changed but
    the stage, if not since that contact. `close_in`: days to the expected close, negative once it has passed.
    `new_partner`: without earlier deals. `contacts`: the buying roles of those who take part."""

    days_in_stage: int = 0
    quiet: int | None = None
    contacted: bool = True
    changed: int | None = None
    close_in: int | None = 60
    amount: float | None = 50_000
    status: Literal["OPEN", "WON", "LOST"] = "OPEN"
    source: Literal["PARTNER", "VENDOR", "CO_SELL"] = "PARTNER"
    partner: bool = True
    new_partner: bool = False
    next_step: str | None = None
    notes: str | None = None
    account: dict[str, Any] = {}
    contacts: tuple[str | None, ...] = ()


class HistoryText(_Strict):
    """`fates`: days, closed deals, won deals."""

    stays: tuple[float, ...] = ()
    remaining: tuple[float, ...] = ()
    fates: tuple[tuple[float, int, int], ...] = ()


class MoveText(_Strict):
    """`came_from`: the key of the stage that it left (`from` in a file), `to`: where it led, if not to the case's
    stage."""

    model_config = ConfigDict(frozen=True, extra="forbid", populate_by_name=True)

    kind: MoveKind
    days_ago: float
    came_from: Annotated[str | None, Field(alias="from")] = None
    to: str | None = None
    reason: str | None = None


class RegistrationText(_Strict):
    """Of a deal whose playbook registers deals. `protected_for`: days that an approved one still protects it."""

    begun: bool = False
    protected_for: int | None = None


class TaskText(_Strict):
    """`due_in`: days, negative once it is overdue."""

    key: str
    title: str
    due_in: float
    urgency: Urgency = Urgency.NORMAL
    assignee: Assignee = Assignee.OWNER


class PredictionText(_Strict):
    """`win`: the predicted probability, against what is `usual` of its stage. `change`: what raises it most, to
    `then`. `against`: what lowers it."""

    basis: PredictionBasis = PredictionBasis.MODEL
    win: float
    usual: float
    change: Lever | None = None
    then: float = 0.0
    against: tuple[str, ...] = ()
    falling: bool = False


class ResponseText(_Strict):
    """What became of an action that the deal would get today."""

    action: str
    answer: Answer
    days_ago: float
    reason: str | None = None


ANY = "any"
"""Instead of an action: one or another of the first five must say it, and none may."""


class ToldText(_Strict):
    """What title, reason and evidence of an action have to say, and may not."""

    action: str
    says: tuple[str, ...] = ()
    never: tuple[str, ...] = ()


class DraftText(ToldText):
    """The same of its message. `reader`: for whom it has to be."""

    reader: Reader | None = None


Keys = Literal["all"] | tuple[str, ...]


class Case(_Strict):
    """`done`: activities; `met`: criteria of the stage that a person marks, or `all` of any sort; `entry_met`: of the
    next stage; `answered`: questions; `used`, `unsuited`: content, `contents: none` where the stage has none.
    `must`: expected among the first three; `fine`: welcome there; `wrong`: never. `first`: expected in the first place.
    `before`: pairs of which the former stands before the latter, if that is there. `weight`: how much the case counts
    beside others; `rules`: the names of those that it is there for."""

    name: str
    weight: Annotated[float, Field(gt=0)] = 1.0
    rules: tuple[str, ...] = ()
    stage: str
    deal: DealText = DealText()
    done: Keys = ()
    met: Keys = ()
    entry_met: Keys = ()
    answered: tuple[str, ...] = ()
    used: tuple[str, ...] = ()
    unsuited: tuple[str, ...] = ()
    contents: Literal["all", "none"] = "all"
    usual_amount: Annotated[float | None, Field(gt=0)] = None
    history: HistoryText = HistoryText()
    moves: tuple[MoveText, ...] = ()
    responses: tuple[ResponseText, ...] = ()
    registration: RegistrationText | None = None
    tasks: tuple[TaskText, ...] = ()
    prediction: PredictionText | None = None
    must: tuple[str, ...]
    fine: tuple[str, ...] = ()
    wrong: tuple[str, ...] = ()
    first: str | None = None
    before: tuple[tuple[str, str], ...] = ()
    told: tuple[ToldText, ...] = ()
    drafts: tuple[DraftText, ...] = ()

    @property
    def expected(self) -> tuple[str, ...]:
        """Every action that the case names."""
        pairs = (action for pair in self.before for action in pair)
        texts = [one.action for one in (*self.told, *self.drafts) if one.action != ANY]
        texts += [one.action for one in self.responses]
        return (*self.must, *self.fine, *self.wrong, *((self.first,) if self.first else ()), *pairs, *texts)


class CaseFile(_Strict):
    playbook: str
    cases: tuple[Case, ...] = Field(min_length=1)
