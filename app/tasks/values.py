"""Values of a task as people give them, made what is stored."""

from datetime import UTC, datetime
from enum import StrEnum

from app.deals.fields import Field, Fields, text, text_problem
from app.outcomes import Refused, refused
from app.vocabulary import ErrorCode, TaskStatus

LONGEST_TITLE = 200
LONGEST_DESCRIPTION = 5_000
EARLIEST, LATEST = datetime(2000, 1, 1, tzinfo=UTC), datetime(2100, 1, 1, tzinfo=UTC)
OPEN = (TaskStatus.OPEN, TaskStatus.IN_PROGRESS)


def _prose(value: str, name: str) -> str | Refused | None:
    return text_problem(value, LONGEST_DESCRIPTION, name) or value.strip() or None


def _moment(value: datetime, name: str) -> datetime | Refused:
    when = value.astimezone(UTC)
    if EARLIEST <= when < LATEST:
        return when
    return refused(ErrorCode.INVALID, f"From {EARLIEST.year} to {LATEST.year - 1}, please.", name)


def _word(value: StrEnum, _: str) -> str:
    return value.value


def _status(value: TaskStatus, name: str) -> str | Refused:
    if value is TaskStatus.DONE:
        return refused(ErrorCode.INVALID, "What is done is said by `completeTask`.", name)
    return value.value


FIELDS: Fields = {
    "title": Field("title", text(LONGEST_TITLE), missing="A task can't be without a title."),
    "description": Field("description", _prose),
    "due_at": Field("dueAt", _moment),
    "urgency": Field("urgency", _word, missing="Give an urgency, or leave it out."),
    "status": Field("status", _status, missing="Give a status, or leave it out."),
}
NAMES = {**{column: field.name for column, field in FIELDS.items()}, "assignee_id": "assignee"}
