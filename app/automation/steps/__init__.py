"""Steps of automations: a kind a file, gathered in `KINDS`.

A kind is the model of its settings, checked when an automation is saved (pydantic's errors name the place), with what
it does (`perform`) and what it would do (`foretell`).
"""

from collections.abc import Mapping
from typing import Any

from pydantic import ValidationError

from app.automation.steps.acting import StepFailed, StepModel
from app.automation.steps.comment import Comment
from app.automation.steps.create_task import CreateTask
from app.automation.steps.deal import AddTeamMember, AdvanceStage, MarkCriterion, SetField
from app.automation.steps.telling import Notify, SendWebhook
from app.vocabulary import AutomationStepKind

__all__ = ["KINDS", "StepFailed", "StepModel", "problems", "read"]

KINDS: Mapping[AutomationStepKind, type[StepModel]] = {
    AutomationStepKind.CREATE_TASK: CreateTask,
    AutomationStepKind.NOTIFY: Notify,
    AutomationStepKind.SET_FIELD: SetField,
    AutomationStepKind.ADD_TEAM_MEMBER: AddTeamMember,
    AutomationStepKind.COMMENT: Comment,
    AutomationStepKind.MARK_CRITERION: MarkCriterion,
    AutomationStepKind.ADVANCE_STAGE: AdvanceStage,
    AutomationStepKind.SEND_WEBHOOK: SendWebhook,
}


def read(kind: AutomationStepKind, settings: Mapping[str, Any]) -> StepModel:
    """Raises `ValidationError` for settings that can't be."""
    return KINDS[kind].model_validate(settings)


def problems(kind: AutomationStepKind, settings: Mapping[str, Any]) -> list[tuple[tuple[str, ...], str]]:
    """What is wrong with them, each with the place in them."""
    try:
        read(kind, settings)
    except ValidationError as failure:
        return [(tuple(map(str, one["loc"])), one["msg"].removeprefix("Value error, ")) for one in failure.errors()]
    return []
