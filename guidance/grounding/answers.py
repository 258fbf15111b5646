"""The answer's shape: as a JSON schema for servers that keep to one, and as it is read from any text."""

from collections.abc import Iterator, Sequence
from typing import Annotated, Any

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, ValidationError

from guidance.briefing import Briefing
from guidance.facts import ReadingKind
from guidance.grounding.faults import Code, Fault
from guidance.json_text import values_in

SCHEMA_NAME = "next_best_actions"
LONGEST_ANSWER = 30_000
"""Characters: five actions with the longest drafts fit twice."""
MOST_FAULTS = 8
MOST_IDS = 20
MOST_READINGS = 10

Ids = Annotated[list[str], BeforeValidator(lambda value: [] if value is None else value), Field(max_length=MOST_IDS)]


class _Strict(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid", strict=True)


class Cited(_Strict):
    text: str
    quote: str


class Read(Cited):
    kind: str
    value: str


Quotes = Annotated[
    list[Cited], BeforeValidator(lambda value: [] if value is None else value), Field(max_length=MOST_IDS)
]
Readings = Annotated[
    list[Read], BeforeValidator(lambda value: [] if value is None else value), Field(max_length=MOST_READINGS)
]


class Chosen(_Strict):
    """`title`, `rationale` and `draft` count where wording is free, and nowhere else."""

    id: str
    facts: Ids = []
    message: list[str] | None = Field(None, max_length=MOST_IDS)
    contents: Ids = []
    due: str | None = None
    quotes: Quotes = []
    title: str | None = None
    rationale: str | None = None
    draft: str | None = None


class Answer(_Strict):
    actions: list[Chosen]
    readings: Readings = []


def schema_of(briefing: Briefing, *, free_wording: bool = False) -> dict[str, Any]:
    """Keeps to what strict structured output takes: every property required, nothing additional, no bounds."""
    text = {"type": "string"}
    cited = {"text": _one_of(briefing.texts), "quote": text}
    action: dict[str, Any] = {"id": _one_of(briefing.offers), "facts": _list(_one_of(briefing.sentences))}
    if blocks := list(briefing.blocks):
        action["message"] = {"anyOf": [_list(_one_of(blocks)), {"type": "null"}]}
    if briefing.contents:
        action["contents"] = _list(_one_of(briefing.contents))
    if briefing.dates:
        action["due"] = {"anyOf": [_one_of(briefing.dates), {"type": "null"}]}
    if briefing.texts:
        action["quotes"] = _list(_object(cited))
    if free_wording:
        action |= {name: {"type": ["string", "null"]} for name in ("title", "rationale", "draft")}
    whole = {"actions": _list(_object(action))}
    if briefing.texts:
        whole["readings"] = _list(_object({"kind": _one_of(ReadingKind), **cited, "value": text}))
    return _object(whole)


def _object(properties: dict[str, Any]) -> dict[str, Any]:
    return {"type": "object", "properties": properties, "required": list(properties), "additionalProperties": False}


def _list(items: dict[str, Any]) -> dict[str, Any]:
    return {"type": "array", "items": items}


def _one_of(values: Any) -> dict[str, Any]:
    return {"type": "string", "enum": [str(value) for value in values]}


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
