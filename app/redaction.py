"""Redaction of every log line: a last guard against secrets and personal data, not the first.

Ours never log bodies, tokens or addresses; but the messages of errors quote values, those of PostgreSQL whole rows.
"""

import re
import traceback
from types import TracebackType
from typing import TextIO

from structlog.typing import EventDict, WrappedLogger

GONE = "…"

_PATTERNS: tuple[tuple[re.Pattern[str], str], ...] = (
    (re.compile(r"eyJ[A-Za-z0-9_-]{5,}\.[A-Za-z0-9_-]+(\.[A-Za-z0-9_-]*)?"), GONE),  # a token
    (re.compile(r"(?i)\b(bearer|basic)\s+[A-Za-z0-9._~+/=-]{8,}"), rf"\1 {GONE}"),
    (re.compile(r"\b(sk|pk|key)-[A-Za-z0-9_-]{8,}"), GONE),  # a key of a language model's server
    (re.compile(r"(\w+://)[^\s/@'\"]+@"), rf"\1{GONE}@"),  # a password in an address
    (re.compile(r"[\w.+-]+@[\w-]+(\.[\w-]+)+"), GONE),  # an e-mail address
)
_DETAIL = re.compile(r"\n?(DETAIL|HINT|CONTEXT|QUERY): .*", re.DOTALL)
_ARGUMENT = re.compile(r"(query argument \$\d+: ).*?( \()", re.DOTALL)
_QUOTED = re.compile(r"""(['"“])(?:\\.|(?!\1|”).){13,}(['"”])""", re.DOTALL)

ExcInfo = tuple[type[BaseException], BaseException, TracebackType | None]


def redact(_logger: WrappedLogger, _name: str, line: str) -> str:
    """The last processor: the line as it is to be written."""
    for pattern, instead in _PATTERNS:
        line = pattern.sub(instead, line)
    return line


def without_values(message: str) -> str:
    """An error's message without what it quotes, except for short words such as names of columns."""
    return _QUOTED.sub(rf"\1{GONE}\2", _ARGUMENT.sub(rf"\1{GONE}\2", _DETAIL.sub("", message)))


def strip_exceptions(_logger: WrappedLogger, _name: str, event: EventDict) -> EventDict:
    """For `exception` as structlog's dictionaries hold it."""
    for one in event.get("exception", ()):
        one["exc_value"] = without_values(one["exc_value"])
        one["exc_notes"] = [without_values(note) for note in one.get("exc_notes", [])]
    return event


def plain_traceback(out: TextIO, exc_info: ExcInfo) -> None:
    """For people. Lines of code stay as they are: they are ours."""
    told = traceback.TracebackException(*exc_info, compact=True)
    for line in told.format():
        out.write(line if line.startswith(("  ", "Traceback", "\n")) else without_values(line))
