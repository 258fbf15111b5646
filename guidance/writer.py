"""The interface to a language model: messages in, text and its cost out. Failures are values.

`guidance.openai_writer` is the one that talks to a server; tests and evaluations may bring their own.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from enum import StrEnum
from typing import Any, Literal, Protocol


class Fault(StrEnum):
    """Why no text came. Only the first four, and an open circuit, may go away by waiting. REFUSED: the server doesn't
    take the request; DECLINED: the model doesn't want to answer it; UNREADABLE: what came is no whole answer."""

    TIMEOUT = "TIMEOUT"
    RATE_LIMITED = "RATE_LIMITED"
    UNREACHABLE = "UNREACHABLE"
    SERVER_ERROR = "SERVER_ERROR"
    REFUSED = "REFUSED"
    DECLINED = "DECLINED"
    UNREADABLE = "UNREADABLE"
    CIRCUIT_OPEN = "CIRCUIT_OPEN"


@dataclass(frozen=True, slots=True)
class Message:
    role: Literal["system", "user", "assistant"]
    text: str


@dataclass(frozen=True, slots=True)
class Order:
    """`schema`: JSON schema of the answer, which the writer demands of servers that can be made to keep to one."""

    messages: tuple[Message, ...]
    schema_name: str
    schema: Mapping[str, Any]
    max_output_tokens: int


@dataclass(frozen=True, slots=True)
class Usage:
    """`cost` in the currency of the writer's prices, 0 without prices. `estimated`: the server didn't say, so the
    tokens are reckoned from the length of the texts."""

    input_tokens: int
    output_tokens: int
    cost: Decimal = Decimal(0)
    estimated: bool = False

    @property
    def tokens(self) -> int:
        return self.input_tokens + self.output_tokens


@dataclass(frozen=True, slots=True)
class Call:
    """One order to a writer, retries included, for the record. `outcome` is `OK` or the fault's name."""

    model: str
    outcome: str
    usage: Usage
    seconds: float
    requests: int


@dataclass(frozen=True, slots=True)
class Written:
    text: str
    call: Call


@dataclass(frozen=True, slots=True)
class NotWritten:
    """`detail` is for the log, free of keys and of what the messages said. `call` is None when nothing was sent.
    `retry_after`: seconds that the server, or the open circuit, asks to wait. `said`: the server's own words, at most
    300 characters, for who operates it; they are never logged, since they may repeat the request."""

    fault: Fault
    detail: str
    call: Call | None = None
    retry_after: float | None = None
    said: str = ""


class Writer(Protocol):
    @property
    def model(self) -> str: ...

    async def write(self, order: Order) -> Written | NotWritten: ...
