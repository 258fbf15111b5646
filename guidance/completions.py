"""OpenAI's Chat Completions as servers really speak them: what to ask of one, and how to read what it says."""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from enum import Enum
from typing import Any

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from guidance.writer import Fault, Order

FOREIGN = frozenset({400, 415, 422, 501})
"""Statuses by which servers refuse a parameter that they don't know."""
OTHER_REASONS = ("context_length", "content_filter", "content_policy", "model_not_found", "invalid_api_key")


class Form(Enum):
    """How a server can be held to JSON, the strictest first."""

    SCHEMA = "json_schema"
    OBJECT = "json_object"
    TEXT = "text"


@dataclass(frozen=True, slots=True)
class Dialect:
    """What one server takes. `limit`: its name for the most tokens of an answer."""

    form: Form = Form.SCHEMA
    limit: str = "max_tokens"

    def parameters(self, order: Order) -> dict[str, Any]:
        form: dict[str, Any] = {"type": self.form.value}
        if self.form is Form.SCHEMA:
            form["json_schema"] = {"name": order.schema_name, "schema": order.schema, "strict": True}
        asked: dict[str, Any] = {} if self.form is Form.TEXT else {"response_format": form}
        return asked | {self.limit: order.max_output_tokens}

    def plainer(self, status: int, complaint: str) -> "Dialect | None":
        """What to try after a refusal; None when the dialect wasn't the reason or there is no plainer one."""
        if status not in FOREIGN or any(reason in complaint for reason in OTHER_REASONS):
            return None
        if self.limit == "max_tokens" and "max_completion_tokens" in complaint:
            return replace(self, limit="max_completion_tokens")
        forms = list(Form)
        below = forms[forms.index(self.form) + 1 :]
        return replace(self, form=below[0]) if below else None


class _Part(BaseModel):
    model_config = ConfigDict(extra="ignore")


class _Text(_Part):
    text: str = ""


class _Message(_Part):
    content: str | list[_Text] | None = None
    refusal: str | None = None


class _Choice(_Part):
    message: _Message
    finish_reason: str | None = None


class _Usage(_Part):
    prompt_tokens: int = Field(ge=0, le=100_000_000)
    completion_tokens: int = Field(ge=0, le=100_000_000)


class _Completion(_Part):
    choices: list[_Choice] = Field(min_length=1)


class _Counted(_Part):
    usage: _Usage


@dataclass(frozen=True, slots=True)
class Completion:
    """`tokens`: of input and output, where the server says."""

    text: str
    tokens: tuple[int, int] | None


@dataclass(frozen=True, slots=True)
class Incomplete:
    fault: Fault
    detail: str
    tokens: tuple[int, int] | None = None


def read_completion(body: bytes) -> Completion | Incomplete:
    try:
        choice = _Completion.model_validate_json(body).choices[0]
    except ValidationError as failure:
        places = ", ".join(dict.fromkeys(_places(failure)))
        return Incomplete(Fault.UNREADABLE, f"no chat completion: {places}", _tokens(body))
    tokens = _tokens(body)
    if choice.message.refusal:
        return Incomplete(Fault.DECLINED, "the model refused", tokens)
    if choice.finish_reason == "content_filter":
        return Incomplete(Fault.DECLINED, "the content filter stopped it", tokens)
    if choice.finish_reason == "length":
        return Incomplete(Fault.UNREADABLE, "cut off at the most tokens", tokens)
    text = _joined(choice.message.content)
    return Completion(text, tokens) if text.strip() else Incomplete(Fault.UNREADABLE, "no text in it", tokens)


def _joined(content: str | list[_Text] | None) -> str:
    if isinstance(content, list):
        return "".join(part.text for part in content)
    return content or ""


def _tokens(body: bytes) -> tuple[int, int] | None:
    try:
        usage = _Counted.model_validate_json(body).usage
    except ValidationError:
        return None
    return usage.prompt_tokens, usage.completion_tokens


def _places(failure: ValidationError) -> Iterator[str]:
    for error in failure.errors(include_input=False, include_url=False)[:3]:
        yield f"{'.'.join(map(str, error['loc']))} {error['type']}".strip()
