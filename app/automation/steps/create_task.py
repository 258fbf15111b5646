"""CREATE_TASK: a task for somebody who sees the deal, or one for each activity of its stage that is to be done."""

from datetime import timedelta
from typing import Any, Literal, Self
from uuid import UUID

from pydantic import Field, model_validator

from app.automation.language import Facts
from app.automation.steps.acting import Acting, Somebody, StepModel, Told, called, done
from app.database import Transaction
from app.identity.users import person_within
from app.tasks.assignees import sees
from app.tasks.saving import About, Origin, TaskSaved, create_task
from app.tasks.values import LONGEST_DESCRIPTION, LONGEST_TITLE
from app.vocabulary import TaskSource
from guidance.actions import Urgency

_ACTIVITIES = """
SELECT a.id, a.name, a.description, a.key FROM opportunity o JOIN activity a ON a.stage_id = o.stage_id
WHERE o.id = $1 AND NOT EXISTS (SELECT FROM opportunity_activity d
  WHERE d.opportunity_id = o.id AND d.activity_id = a.id AND d.status <> 'PENDING')
AND NOT EXISTS (SELECT FROM task t
  WHERE t.opportunity_id = o.id AND t.activity_id = a.id AND t.status IN ('OPEN', 'IN_PROGRESS'))
ORDER BY a.position LIMIT 50
"""
_EXISTS = "SELECT id FROM task WHERE effect_key = $1"


class CreateTask(StepModel):
    """`for_each`: in place of a title, a task for each activity of the deal's stage that is neither done nor a task
    already. `otherwise`: who gets it where the assignee isn't there or doesn't see the deal; else it is nobody's."""

    title: Told | None = None
    description: Told | None = None
    for_each: Literal["ACTIVITY"] | None = Field(default=None, alias="forEach")
    assignee: Somebody = "OWNER"
    otherwise: Somebody | None = None
    due_in_days: int | None = Field(default=None, ge=0, le=1_000, alias="dueInDays")
    urgency: Literal["LOW", "NORMAL", "HIGH", "CRITICAL"] = "NORMAL"

    @model_validator(mode="after")
    def _is_one_or_many(self) -> Self:
        if (self.title is None) == (self.for_each is None):
            raise ValueError("Give a title, or `forEach: ACTIVITY`.")
        return self

    async def perform(self, tx: Transaction, acting: Acting) -> str:
        if self.for_each is None:
            assert self.title is not None
            given = {"title": acting.told(self.title, LONGEST_TITLE)}
            if self.description is not None:
                given["description"] = acting.told(self.description, LONGEST_DESCRIPTION)
            return await self._make(tx, acting, About(acting.opportunity_id, self._registration(acting)), given, "")
        made = []
        for activity in await tx.fetch(_ACTIVITIES, acting.deal_id):
            said = {"title": activity["name"][:LONGEST_TITLE], "description": activity["description"] or None}
            about = About(acting.deal_id, activity_id=activity["id"])
            made.append(await self._make(tx, acting, about, said, f"/{activity['key']}"))
        return ", ".join(made) if made else "Every activity of the stage is done, or a task already."

    @staticmethod
    def _registration(acting: Acting) -> UUID | None:
        return None if acting.opportunity_id else acting.registration_id

    async def _make(self, tx: Transaction, acting: Acting, about: About, said: dict[str, Any], part: str) -> str:
        key = acting.effect_key + part
        if known := await tx.fetchrow(_EXISTS, key):
            return f"tsk_{known['id']}"
        due = None if self.due_in_days is None else acting.at + timedelta(days=self.due_in_days)
        person = await self._assignee(tx, acting, about)
        given = {**said, "urgency": Urgency(self.urgency), "due_at": due, "assignee_id": person}
        origin = Origin(TaskSource.AUTOMATION, key, acting.depth)
        outcome = await create_task(acting.viewer, about, given, origin=origin, tx=tx)
        done(outcome)
        assert isinstance(outcome, TaskSaved)
        return f"tsk_{outcome.task_id}"

    async def _assignee(self, tx: Transaction, acting: Acting, about: About) -> UUID | None:
        """The first who sees it."""
        for name in filter(None, (self.assignee, self.otherwise)):
            for id in await acting.people(tx, name):
                person = await person_within(tx, id)
                if person and await sees(tx, person, about.opportunity_id, about.registration_id):
                    return id
        return None

    def foretell(self, facts: Facts) -> str:
        days = "" if self.due_in_days == 1 else "s"
        due = "" if self.due_in_days is None else f", due in {self.due_in_days} day{days}"
        whom = next(filter(None, (called(name, facts) for name in (self.assignee, self.otherwise) if name)), "nobody")
        if self.title is None:
            deal = facts.values["deal"]
            stage = "the stage" if deal is None else f"“{deal['stageName']}”"
            return f"A task for each open activity of {stage}, for {whom}{due}."
        return f"Task for {whom}{due}: {facts.told(self.title, LONGEST_TITLE)}"
