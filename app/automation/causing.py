"""The events that steps lead to, as far as that shows without doing them."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from app.automation.definition import Step
from app.vocabulary import AutomationStepKind, EventType

_TYPES: Mapping[AutomationStepKind, EventType] = {
    AutomationStepKind.CREATE_TASK: EventType.TASK_CREATED,
    AutomationStepKind.COMMENT: EventType.COMMENT_ADDED,
    AutomationStepKind.SET_FIELD: EventType.OPPORTUNITY_UPDATED,
    AutomationStepKind.ADD_TEAM_MEMBER: EventType.OPPORTUNITY_UPDATED,
    AutomationStepKind.MARK_CRITERION: EventType.CRITERION_MARKED,
}
"""Whether a deal moves, its criteria decide; people who are notified, and endpoints, make no event."""
_AGAIN = frozenset({AutomationStepKind.CREATE_TASK, AutomationStepKind.COMMENT})


def events_of(steps: Sequence[Step]) -> Iterator[dict[str, Any]]:
    """As `event` of conditions has it, as far as it differs from none. `once`: done again, it changes nothing."""
    for step in steps:
        if step.kind not in _TYPES:
            continue
        said: dict[str, Any] = {"type": _TYPES[step.kind].value, "fields": [], "once": step.kind not in _AGAIN}
        if step.kind is AutomationStepKind.SET_FIELD:
            said["fields"] = [step.settings["field"]]
        elif step.kind is AutomationStepKind.ADD_TEAM_MEMBER:
            said["fields"] = ["team"]
        elif step.kind is AutomationStepKind.MARK_CRITERION:
            said |= {"criterion": step.settings["criterionKey"], "met": step.settings.get("met", True)}
        yield said
