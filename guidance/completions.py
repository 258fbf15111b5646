"""Chat completions as servers really write them: whole or as a stream of events, the text in one place or another."""

import json
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, TypeGuard

from guidance.writer import Fault

_FIELDS = (b"data:", b"event:", b"id:", b"retry:", b":")
_MOST_TOKENS = 100_000_000
_THOUGHTS = ("thinking", "reasoning")
_LENGTH = ("length", "max_tokens", "MAX_TOKENS")

Json = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Completion:
    """`tokens`: of input and output, where the server says. `cut`: the bound on tokens ended it."""

    text: str
    tokens: tuple[int, int] | None
    cut: bool = False


@dataclass(frozen=True, slots=True)
class Incomplete:
    """`again`: the same request may be answered another time."""

    fault: Fault
    detail: str
    tokens: tuple[int, int] | None = None
    again: bool = False


@dataclass(frozen=True, slots=True)
class Refusal:
    """An error in place of an answer. `status`: the one that the server means, if it says; `complaint`: its words."""

    status: int | None
    complaint: str


def read_completion(body: bytes) -> Completion | Incomplete | Refusal:
    found = _answer_in(body)
    if not isinstance(found, dict):
        return found
    error = found.get("error")
    if error and not found.get("choices"):
        return Refusal(_status_of(error), words_of(error))
    choice = _choice(found)
    if choice is None:
        return Incomplete(Fault.UNREADABLE, "no choices in the answer", _tokens(found), again=True)
    return _read(choice, _message(choice, found), _tokens(found))


def _read(choice: Json, message: Json, tokens: tuple[int, int] | None) -> Completion | Incomplete:
    finish = choice.get("finish_reason") or choice.get("done_reason")
    if _text(message.get("refusal")):
        return Incomplete(Fault.DECLINED, "the model refused", tokens)
    if finish == "content_filter":
        return Incomplete(Fault.DECLINED, "the content filter stopped it", tokens)
    text = _said(choice, message)
    if finish in _LENGTH:
        return Completion(text, tokens, cut=True)
    return Completion(text, tokens) if text.strip() else Incomplete(Fault.UNREADABLE, "no text", tokens, again=True)


def _said(choice: Json, message: Json) -> str:
    """The model's text, at the first place that has any: what it thought aloud only if there is nothing else."""
    called = [_text(call.get("function", {}).get("arguments")) for call in _objects(message.get("tool_calls"))]
    function = message.get("function_call")
    places = (
        _text(message.get("content")),
        "".join(called[:1]),
        _text(function.get("arguments")) if isinstance(function, dict) else "",
        _text(choice.get("text")),
        _text(message.get("reasoning_content")),
        _text(message.get("reasoning")),
        _text(message.get("thinking")),
    )
    return next((place for place in places if place.strip()), "")


def _text(value: object) -> str:
    """Text, or the texts of parts; an object stands for its JSON."""
    if isinstance(value, str):
        return value
    if isinstance(value, list):
        parts = (part for part in value if not (isinstance(part, dict) and part.get("type") in _THOUGHTS))
        return "".join(_text(part.get("text")) if isinstance(part, dict) else _text(part) for part in parts)
    if isinstance(value, dict):
        return (
            _text(value["value"]) if set(value) <= {"value", "annotations"} and "value" in value else json.dumps(value)
        )
    return ""


def _choice(found: Json) -> Json | None:
    """Ollama's own form has the message without a choice around it."""
    choices = _objects(found.get("choices"))
    if choices:
        return choices[0]
    return found if isinstance(found.get("message"), dict) else None


def _message(choice: Json, found: Json) -> Json:
    for place in (choice.get("message"), choice.get("delta"), found.get("message")):
        if isinstance(place, dict):
            return place
    return {}


def _objects(value: object) -> list[Json]:
    return [one for one in value if isinstance(one, dict)] if isinstance(value, list) else []


def words_of(error: object) -> str:
    """What a server says of an error, in one of the places where servers say it; all of it where none of them is."""
    if isinstance(error, dict):
        said = [_text(error.get(name)) for name in ("message", "detail", "error", "param", "code", "type")]
        return "; ".join(filter(None, said)) or json.dumps(error, default=str)
    return error if isinstance(error, str) else json.dumps(error, default=str)


def _status_of(error: object) -> int | None:
    if not isinstance(error, dict):
        return None
    for name in ("code", "status", "status_code"):
        value = error.get(name)
        if isinstance(value, str) and value.isdecimal():
            value = int(value)
        if isinstance(value, int) and 400 <= value <= 599:
            return value
    return None


def _tokens(found: Json) -> tuple[int, int] | None:
    usage = found.get("usage")
    if not isinstance(usage, dict):
        return None
    asked, answered = usage.get("prompt_tokens"), usage.get("completion_tokens")
    return (asked, answered) if _is_count(asked) and _is_count(answered) else None


def _is_count(value: object) -> TypeGuard[int]:
    return type(value) is int and 0 <= value <= _MOST_TOKENS


def _answer_in(body: bytes) -> Json | Incomplete:
    """The body as one object, the chunks of a stream put together."""
    try:
        text = body.decode("utf-8-sig").strip()
    except UnicodeDecodeError:
        return Incomplete(Fault.UNREADABLE, "the answer is not UTF-8")
    if text.startswith("<"):
        return Incomplete(Fault.UNREADABLE, "a web page in place of an answer; check OPENAI_BASE_URL")
    if text.encode().startswith(_FIELDS):
        return _joined(_events(text))
    try:
        found = json.loads(text)
    except (ValueError, RecursionError):
        lines = text.splitlines()
        if len(lines) > 1 and all(line.lstrip().startswith("{") for line in lines if line.strip()):
            return _joined(line for line in lines if line.strip())
        return Incomplete(Fault.UNREADABLE, "the answer is not JSON")
    return found if isinstance(found, dict) else Incomplete(Fault.UNREADABLE, "the answer is not an object")


def _events(text: str) -> Iterator[str]:
    """The data of server-sent events; some servers leave out the blank line between two, so each line is its own."""
    for line in text.splitlines():
        if line.startswith("data:") and (data := line[5:].strip()):
            yield data


def _joined(chunks: Iterator[str]) -> Json | Incomplete:
    """One completion of the pieces of a stream, or the error within it."""
    whole, ended = _Stream(), False
    for data in chunks:
        if data == "[DONE]":
            ended = True
            break
        try:
            chunk = json.loads(data)
        except (ValueError, RecursionError):
            return Incomplete(Fault.UNREADABLE, "a broken event in the stream", again=True)
        if isinstance(chunk, dict):
            if chunk.get("error"):
                return {"error": chunk["error"]}
            whole.add(chunk)
    if not whole.finish and not ended:
        return Incomplete(Fault.UNREADABLE, "the stream broke off", again=True)
    return whole.completion()


class _Stream:
    """The first choice of all chunks, so far."""

    def __init__(self) -> None:
        self.texts: dict[str, list[str]] = {}
        self.arguments: list[str] = []
        self.finish: str | None = None
        self.usage: object = None
        self.begun = False

    def add(self, chunk: Json) -> None:
        self.usage = chunk.get("usage") or self.usage
        choice = _choice(chunk)
        if choice is None:
            return
        self.begun = True
        message = _message(choice, chunk)
        finish = choice.get("finish_reason") or (chunk.get("done_reason") or "stop" if chunk.get("done") else None)
        self.finish = finish if isinstance(finish, str) else self.finish
        for name in ("content", "reasoning_content", "reasoning", "thinking", "refusal"):
            if piece := _text(message.get(name)):
                self.texts.setdefault(name, []).append(piece)
        if piece := _text(choice.get("text")):
            self.texts.setdefault("content", []).append(piece)
        for call in _objects(message.get("tool_calls"))[:1]:
            if not call.get("index"):
                self.arguments.append(_text(call.get("function", {}).get("arguments")))

    def completion(self) -> Json:
        message: Json = {name: "".join(pieces) for name, pieces in self.texts.items()}
        if any(self.arguments):
            message["tool_calls"] = [{"function": {"arguments": "".join(self.arguments)}}]
        choices = [{"finish_reason": self.finish, "message": message}] if self.begun else []
        return {"choices": choices, "usage": self.usage}
