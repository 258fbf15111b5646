"""Golden cases: deals, with the actions that an experienced channel manager expects first and those that are wrong.

A file names a playbook and lists cases; each tells what differs from a healthy deal in a stage of it. What a case may
say is in `Case`. An action is written as its kind, alone or with the key of its target:
`COMPLETE_CRITERION budget-confirmed`, `SHARE_CONTENT`.
"""

from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field


class _Strict(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class DealText(_Strict):
    """`quiet`: days since the last activity. `close_in`: days to the expected close, negative once it has passed."""

    days_in_stage: int = 0
    quiet: int | None = None
    close_in: int | None = 60
    amount: float | None = 50_000
    status: Literal["OPEN", "WON", "LOST"] = "OPEN"
    source: Literal["PARTNER", "VENDOR", "CO_SELL"] = "PARTNER"
    partner: bool = True
    next_step: str | None = None
    notes: str | None = None
    account: dict[str, Any] = {}


class HistoryText(_Strict):
    """`fates`: days, closed deals, won deals."""

    stays: tuple[float, ...] = ()
    remaining: tuple[float, ...] = ()
    fates: tuple[tuple[float, int, int], ...] = ()


Keys = Literal["all"] | tuple[str, ...]


class Case(_Strict):
    """`done`: activities; `met`: criteria of the stage that a person marks, or `all` of any sort; `entry_met`: of the
    next stage; `answered`: questions; `used`, `unsuited`: content, `contents: none` where the stage has none.
    `must`: expected among the first three; `fine`: welcome there; `wrong`: never."""

    name: str
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
    must: tuple[str, ...]
    fine: tuple[str, ...] = ()
    wrong: tuple[str, ...] = ()


class CaseFile(_Strict):
    playbook: str
    cases: tuple[Case, ...] = Field(min_length=1)
