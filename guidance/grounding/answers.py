"""The answer's shape: as a JSON schema for servers that keep to one, and as it is read from any text."""

from collections.abc import Iterator, Sequence
from typing import Any

from pydantic import BaseModel, ConfigDict, ValidationError, field_validator

from guidance.briefing import Briefing
from guidance.grounding.faults import Code, Fault
from guidance.json_text import values_in

SCHEMA_NAME = "next_best_actions"
LONGEST_ANSWER = 30_000
"""Characters: five actions with the longest drafts fit twice."""
MOST_FAULTS = 8


class _Strict(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid", strict=True)


class Worded(_Strict):
    id: str
    title: str
    rationale: str
    draft: str | None = None
    contents: list[str] = []

    @field_validator("contents", mode="before")
    @classmethod
    def none_is_empty(cls, value: object) -> object:
        return [] if value is None else value


class Answer(_Strict):
    actions: list[Worded]


def schema_of(briefing: Briefing) -> dict[str, Any]:
    """Keeps to what strict structured output takes: every property required, nothing additional, no bounds."""
    properties: dict[str, Any] = {
        "id": {"type": "string", "enum": list(briefing.candidates)},
        "title": {"type": "string"},
        "rationale": {"type": "string"},
        "draft": {"type": ["string", "null"]},
    }
    if briefing.contents:
        properties["contents"] = {"type": "array", "items": {"type": "string", "enum": list(briefing.contents)}}
    action = {
        "type": "object",
        "properties": properties,
        "required": list(properties),
        "additionalProperties": False,
    }
    return {
        "type": "object",
        "properties": {"actions": {"type": "array", "items": action}},
        "required": ["actions"],
        "additionalProperties": False,
    }


def read_answer(text: str) -> Answer | tuple[Fault, ...]:
    """The one JSON object in `text`, whatever stands around it."""
    if len(text) > LONGEST_ANSWER:
        return (Fault(Code.LENGTH, "answer", f"it is longer than {LONGEST_ANSWER} characters"),)
    found = _actions_in(text.rpartition("</think>")[2])
    if found is None:
        return (Fault(Code.UNREADABLE, "answer", "it is not one JSON object"),)
    try:
        return Answer.model_validate(found)
    except ValidationError as failure:
        return tuple(_shape_faults(failure))


def _shape_faults(failure: ValidationError) -> Iterator[Fault]:
    for error in failure.errors(include_input=False, include_url=False)[:MOST_FAULTS]:
        yield Fault(Code.SHAPE, _path(error["loc"]), error["msg"])


def _path(place: Sequence[str | int]) -> str:
    said = "".join(f"[{part}]" if isinstance(part, int) else f".{part}" for part in place)
    return said.lstrip(".")[:80] or "answer"


def _actions_in(text: str) -> dict[str, Any] | None:
    """Of several objects the first that has actions; some models think aloud in braces."""
    return next((found for value in values_in(text) if (found := _unwrapped(value)) is not None), None)


def _unwrapped(value: object, depth: int = 2) -> dict[str, Any] | None:
    """The object with the actions: as it is, as the only member of another, or as their bare list."""
    if isinstance(value, list):
        listed = bool(value) and all(isinstance(one, dict) and "id" in one for one in value)
        return {"actions": value} if listed else None
    if not isinstance(value, dict):
        return None
    if "actions" in value:
        return value
    return _unwrapped(next(iter(value.values())), depth - 1) if len(value) == 1 and depth else None
