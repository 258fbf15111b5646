"""SET_FIELD, ADD_TEAM_MEMBER, MARK_CRITERION, ADVANCE_STAGE: changes of the deal, made as a person of the role makes
them. Nothing is overridden."""

from datetime import date, timedelta
from typing import Any, Literal, Self
from uuid import UUID

from pydantic import Field, model_validator

from app.automation.language import Facts
from app.automation.steps.acting import Acting, Somebody, StepFailed, StepModel, Told, done
from app.cosell.team import add_member
from app.database import Transaction
from app.deals.account_locks import hold_customer
from app.deals.advance import LONGEST_REASON, advance
from app.deals.marks import LONGEST_NOTE, mark_criterion
from app.deals.update import update
from app.vocabulary import TeamAccess, TeamRole

NEXT = "NEXT"
LONGEST_KEY = 120
_TEXTS = {"nextStep": ("next_step", 1_000), "notes": ("notes", 20_000)}
_STAGE = """
SELECT n.key FROM opportunity o JOIN stage s ON s.id = o.stage_id
JOIN stage n ON n.playbook_id = s.playbook_id AND n.kind = 'OPEN' AND n.position > s.position
WHERE o.id = $1 ORDER BY n.position LIMIT 1
"""
_CRITERION = """
SELECT c.id FROM opportunity o JOIN stage s ON s.playbook_id = o.playbook_id JOIN criterion c ON c.stage_id = s.id
WHERE o.id = $1 AND c.key = $2 ORDER BY s.id = o.stage_id DESC, s.position LIMIT 1
"""


class SetField(StepModel):
    """`expectedCloseDate` and `ownerId` have values of their own: a number of days from then, and somebody."""

    field: Literal["nextStep", "notes", "expectedCloseDate", "owner"]
    value: Told | None = None
    in_days: int | None = Field(default=None, ge=0, le=3_650, alias="inDays")
    person: Somebody | None = None

    @model_validator(mode="after")
    def _has_its_value(self) -> Self:
        needed = {"expectedCloseDate": "in_days", "owner": "person"}.get(self.field, "value")
        given = {name for name in ("value", "in_days", "person") if getattr(self, name) is not None}
        if given != {needed}:
            called = {"in_days": "inDays"}.get(needed, needed)
            raise ValueError(f"`{self.field}` takes `{called}`, and nothing else.")
        return self

    async def perform(self, tx: Transaction, acting: Acting) -> str:
        done(await update(acting.viewer, acting.deal_id, await self._change(tx, acting), at=acting.at, tx=tx))
        return self.field

    async def _change(self, tx: Transaction, acting: Acting) -> dict[str, Any]:
        if self.in_days is not None:
            return {"expected_close_date": self._day(acting)}
        if self.person is not None:
            found = await acting.people(tx, self.person)
            if not found:
                raise StepFailed(f"There is no {self.person} who could own the deal.")
            return {"owner_id": found[0]}
        assert self.value is not None
        column, most = _TEXTS[self.field]
        return {column: acting.told(self.value, most)}

    def _day(self, acting: Acting) -> date:
        return acting.at.astimezone(acting.zone).date() + timedelta(days=self.in_days or 0)

    def foretell(self, facts: Facts) -> str:
        if self.in_days is not None:
            return f"Set {self.field} to the day {self.in_days} days later."
        if self.person is not None:
            return f"Make {self.person} the owner."
        assert self.value is not None
        return f"Set {self.field}: {facts.told(self.value, _TEXTS[self.field][1])}"


class AddTeamMember(StepModel):
    person: Somebody
    role: Literal["SALES", "PRESALES", "DELIVERY", "CHANNEL_MANAGER", "DISTRIBUTION", "EXECUTIVE_SPONSOR", "OTHER"]
    access: Literal["READ", "EDIT"] = "READ"

    async def perform(self, tx: Transaction, acting: Acting) -> str:
        found = await acting.people(tx, self.person)
        if not found:
            raise StepFailed(f"There is no {self.person} who could join the team.")
        role, access = TeamRole(self.role), TeamAccess(self.access)
        done(await add_member(acting.viewer, acting.deal_id, found[0], role, access, at=acting.at, tx=tx))
        return f"usr_{found[0]}"

    def foretell(self, facts: Facts) -> str:  # noqa: ARG002 # it says the same of every deal
        return f"Put {self.person} on the team as {self.role}, to {self.access}."


class MarkCriterion(StepModel):
    criterion_key: str = Field(min_length=1, max_length=LONGEST_KEY, alias="criterionKey")
    met: bool = True
    evidence: Told | None = None

    async def perform(self, tx: Transaction, acting: Acting) -> str:
        criterion = await self._criterion(tx, acting.deal_id)
        if self.met:
            await hold_customer(tx, acting.deal_id, criterion)
        evidence = None if self.evidence is None else acting.told(self.evidence, LONGEST_NOTE)
        done(
            await mark_criterion(
                acting.viewer, acting.deal_id, criterion, self.met, evidence=evidence, at=acting.at, tx=tx
            )
        )
        return self.criterion_key

    async def _criterion(self, tx: Transaction, deal_id: UUID) -> UUID:
        row = await tx.fetchrow(_CRITERION, deal_id, self.criterion_key)
        if row is None:
            raise StepFailed(f"The deal's playbook has no criterion “{self.criterion_key}”.")
        found: UUID = row["id"]
        return found

    def foretell(self, facts: Facts) -> str:
        said = "" if self.evidence is None else f": {facts.told(self.evidence, LONGEST_NOTE)}"
        return f"Mark {self.criterion_key} as {'met' if self.met else 'not met'}{said}"


class AdvanceStage(StepModel):
    """To a stage by its key, or to the next open one. What blocks a person blocks it."""

    to: str = Field(default=NEXT, min_length=1, max_length=LONGEST_KEY)
    reason: Told | None = None

    async def perform(self, tx: Transaction, acting: Acting) -> str:
        key = self.to
        if key == NEXT:
            row = await tx.fetchrow(_STAGE, acting.deal_id)
            if row is None:
                raise StepFailed("The deal is in its last open stage.")
            key = row["key"]
        reason = None if self.reason is None else acting.told(self.reason, LONGEST_REASON)
        done(await advance(acting.viewer, acting.deal_id, key, reason=reason, at=acting.at, tx=tx))
        return key

    def foretell(self, facts: Facts) -> str:
        said = "" if self.reason is None else f": {facts.told(self.reason, LONGEST_REASON)}"
        where = "the next stage" if self.to == NEXT else self.to
        return f"Move to {where}, unless something blocks it{said}"
