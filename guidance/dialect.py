"""The parts of OpenAI's Chat Completions that servers take differently: one value says which of them a request uses."""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from enum import Enum
from typing import Any, Literal, TypeVar

from guidance.writer import Message, Order


class Form(Enum):
    """How a server can be held to JSON, the strictest first."""

    SCHEMA = "json_schema"
    OBJECT = "json_object"
    TEXT = "text"


class Limit(Enum):
    """The parameter that bounds an answer's tokens; `NONE`: the server's own bound."""

    TOKENS = "max_tokens"
    COMPLETION_TOKENS = "max_completion_tokens"
    NONE = "none"


class Streaming(Enum):
    """`UNSAID`: the parameter is left out, for servers that don't know it."""

    OFF = "off"
    UNSAID = "unsaid"
    ON = "on"


E = TypeVar("E", bound=Enum)
Part = Literal["system", "limit", "streaming", "form"]


@dataclass(frozen=True, slots=True)
class Dialect:
    """`system`: whether system messages are sent as such; else their text stands in front of the user's."""

    form: Form = Form.SCHEMA
    limit: Limit = Limit.TOKENS
    streaming: Streaming = Streaming.OFF
    system: bool = True

    def body(self, order: Order, room: int, extra: dict[str, Any]) -> dict[str, Any]:
        """The request's JSON without the model's name. `room`: the most tokens of the answer. `extra` wins."""
        made: dict[str, Any] = {"messages": self._messages(order.messages)}
        if self.form is Form.SCHEMA:
            schema = {"name": order.schema_name, "schema": order.schema, "strict": True}
            made["response_format"] = {"type": self.form.value, "json_schema": schema}
        elif self.form is Form.OBJECT:
            made["response_format"] = {"type": self.form.value}
        if self.limit is not Limit.NONE:
            made[self.limit.value] = room
        if self.streaming is not Streaming.UNSAID:
            made["stream"] = self.streaming is Streaming.ON
        return made | extra

    def _messages(self, messages: Sequence[Message]) -> list[dict[str, str]]:
        if self.system:
            return [{"role": message.role, "content": message.text} for message in messages]
        rules = [message.text for message in messages if message.role == "system"]
        rest = [{"role": message.role, "content": message.text} for message in messages if message.role != "system"]
        if rules and rest:
            rest[0]["content"] = "\n\n".join([*rules, rest[0]["content"]])
        return rest

    def differing(self, other: "Dialect") -> tuple[Part, ...]:
        parts: tuple[Part, ...] = ("system", "limit", "streaming", "form")
        return tuple(part for part in parts if getattr(self, part) is not getattr(other, part))


@dataclass(frozen=True, slots=True)
class Rules:
    """Where negotiation begins, and how far it may go. `may_stream`, `may_wait`: whether an answer may come as a
    stream, and whether it may come whole."""

    may_stream: bool = True
    may_wait: bool = True
    base: Dialect = field(init=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "base", Dialect(streaming=Streaming.OFF if self.may_wait else Streaming.ON))

    def hinted(self, dialect: Dialect, complaint: str) -> Dialect | None:
        """The dialect that a server's complaint asks for; None when it names nothing that can be changed."""
        for words, changed in _HINTS:
            if words.search(complaint):
                for other in changed(self, dialect):
                    return other
        return None

    def ladder(self, dialect: Dialect) -> Iterator[Dialect]:
        """What to try where the server doesn't say what it refused: plainer and plainer."""
        for form in _below(dialect.form):
            yield replace(dialect, form=form)
        streams = dialect.streaming is Streaming.ON
        plainest = Dialect(Form.TEXT, Limit.NONE, Streaming.ON if streams else Streaming.UNSAID, system=False)
        if plainest != dialect:
            yield plainest
        if self.may_stream and not streams:
            yield replace(plainest, streaming=Streaming.ON)

    def _other_limit(self, dialect: Dialect) -> Iterator[Dialect]:
        for limit in _below(dialect.limit):
            yield replace(dialect, limit=limit)

    def _no_limit(self, dialect: Dialect) -> Iterator[Dialect]:
        if dialect.limit is not Limit.NONE:
            yield replace(dialect, limit=Limit.NONE)

    def _streamed(self, dialect: Dialect) -> Iterator[Dialect]:
        if self.may_stream and dialect.streaming is not Streaming.ON:
            yield replace(dialect, streaming=Streaming.ON)

    def _unstreamed(self, dialect: Dialect) -> Iterator[Dialect]:
        if self.may_wait and dialect.streaming is not Streaming.UNSAID:
            yield replace(dialect, streaming=Streaming.UNSAID)
        yield from self._streamed(dialect)

    def _merged(self, dialect: Dialect) -> Iterator[Dialect]:
        if dialect.system:
            yield replace(dialect, system=False)

    def _next_form(self, dialect: Dialect) -> Iterator[Dialect]:
        for form in _below(dialect.form):
            yield replace(dialect, form=form)


def _below(member: E) -> list[E]:
    members = list(type(member))
    return members[members.index(member) + 1 :]


# The first that matches and still has something to change decides.
_HINTS = (
    (re.compile(r"context.{0,80}max_(completion_)?tokens|max_(completion_)?tokens.{0,80}(context|too large)", re.S),
     Rules._no_limit),
    (re.compile(r"max_(completion_|new_)?tokens"), Rules._other_limit),
    (re.compile(r"stream\W{0,3}(field )?.{0,30}(must be (set to )?true|required|=\s*true)|only.{0,40}stream|"
                r"(must|has to|needs? to) (be )?stream", re.S), Rules._streamed),
    (re.compile(r"(?<!non-)\bstream(ing)?\b"), Rules._unstreamed),
    (re.compile(r"system.{0,30}(role|message|prompt|instruction)|(role|message)s?.{0,30}system|\broles?\b|alternat|"
                r"developer instruction", re.S), Rules._merged),
    (re.compile(r"response_format|json|schema|grammar|guided|structured"), Rules._next_form),
)  # fmt: skip
