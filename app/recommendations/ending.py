"""Completion and expiry of actions that no longer apply."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any
from uuid import UUID

from app.recommendations.facts import Gathered
from app.vocabulary import ActionStatus, OpportunityStatus
from guidance.actions import ActionKind
from guidance.recommend import Recommended


def ending(row: Mapping[str, Any], gathered: Gathered, made: Recommended, at: datetime) -> dict[str, Any]:
    """It expires. Where the deal shows that it was done, that is remembered, and what somebody had taken on counts as
    completed."""
    done = is_done(row, gathered, made, at)
    completed = done and row["status"] == ActionStatus.ACCEPTED
    return {
        "id": row["id"],
        "status": ActionStatus.COMPLETED if completed else ActionStatus.EXPIRED,
        "fulfilled": done,
        "ended_at": at,
    }


def is_done(row: Mapping[str, Any], gathered: Gathered, made: Recommended, at: datetime) -> bool:
    """Whether the deal shows it. What leaves no trace in the deal, such as reading, counts as not done."""
    deal, facts = gathered.deal, gathered.facts
    if row["criterion_id"]:
        return UUID(row["criterion_id"]) in deal.met(at)
    if row["activity_id"]:
        return deal.is_done(UUID(row["activity_id"]))
    if row["task_id"]:
        return UUID(row["task_id"]) in gathered.tasks_done
    if row["question_key"]:
        return str(row["question_key"]) in deal.answers
    match ActionKind(row["kind"]):
        case ActionKind.ADVANCE_STAGE:
            return str(deal.stage.id) == str(row["target_stage_id"])
        case ActionKind.CLOSE_LOST:
            return deal.status is OpportunityStatus.LOST
        case ActionKind.INTRODUCE | ActionKind.RE_ENGAGE:
            created = datetime.fromisoformat(row["created_at"])
            return facts.last_contact_at is not None and facts.last_contact_at > created
        case (
            ActionKind.FIND_CONTACT
            | ActionKind.FIX_CLOSE_DATE
            | ActionKind.FIX_AMOUNT
            | ActionKind.REGISTER_DEAL
            | ActionKind.RAISE_CHANCES as kind
        ):
            still = any(one.candidate.kind is kind for one in made.actions)
            return facts.is_open and row["stage_key"] == facts.stage.key and not still
    return False
