"""Structured logs: lines for people, or JSON for machines.

Neither tokens nor bodies are ever handed to them; what errors quote is taken out (`app.redaction`).
"""

import logging
import sys
from contextvars import ContextVar
from typing import Any

import structlog
from structlog.typing import EventDict, Processor

from app import metrics
from app.redaction import plain_traceback, redact, strip_exceptions
from app.settings import Settings

# Libraries say everything at INFO. A client's mistakes are answered, and what is ours `schema.masking` logs, once.
# That the database is away is said by whoever needed it, without their drivers' tracebacks once a second.
_LEVELS = {
    "": logging.WARNING,
    "strawberry": logging.CRITICAL,
    "asyncpg.pool": logging.ERROR,
    "psycopg.pool": logging.ERROR,
    "procrastinate.manager": logging.CRITICAL,
}

_request: ContextVar[str | None] = ContextVar("the request that is being answered", default=None)


def name_request(request_id: str) -> None:
    """Lines of the running task, and of those that it starts, tell the request from now on."""
    _request.set(request_id)


def request_named() -> str | None:
    """The request that the running task belongs to."""
    return _request.get()


def _with_request(_: object, __: str, line: EventDict) -> EventDict:
    request_id = request_named()
    if request_id is not None:
        line.setdefault("request_id", request_id)
    return line


_SHARED: tuple[Processor, ...] = (
    _with_request,
    structlog.processors.add_log_level,
    structlog.processors.TimeStamper(fmt="iso", utc=True),
)


# Local variables of a traceback's frames would hold tokens and bodies.
_WITHOUT_LOCALS = structlog.tracebacks.ExceptionDictTransformer(show_locals=False)


class _OnStandardError(logging.Handler):
    """Looks up standard error for each line, since whoever embeds us may exchange it."""

    def emit(self, record: logging.LogRecord) -> None:
        try:
            print(self.format(record), file=sys.stderr, flush=True)  # noqa: T201 # this is where lines go
        except OSError:  # the disk that keeps them is full, or nobody reads them any more: no reason to fail a request
            metrics.log_lines_lost.inc()


_least = logging.DEBUG


def says(level: int) -> bool:
    """Whether lines of this level are written. A logger is made anew for each line, said or not."""
    return level >= _least


def configure(settings: Settings) -> None:
    """Ours and those of libraries in one form, on standard error."""
    global _least
    _least = logging.getLevelName(settings.log_level.upper())
    structlog.configure(
        processors=[*_SHARED, structlog.stdlib.ProcessorFormatter.wrap_for_formatter],
        wrapper_class=structlog.make_filtering_bound_logger(_least),
        logger_factory=structlog.stdlib.LoggerFactory(),
        cache_logger_on_first_use=False,
    )
    handler = _OnStandardError()
    handler.setFormatter(
        structlog.stdlib.ProcessorFormatter(foreign_pre_chain=_SHARED, processors=_rendering(settings.log_format))
    )
    root = logging.getLogger()
    root.handlers = [other for other in root.handlers if not isinstance(other, _OnStandardError)] + [handler]
    for name, level in _LEVELS.items():
        logging.getLogger(name).setLevel(level)
    for name in ("app", "schema"):
        logging.getLogger(name).setLevel(logging.DEBUG)  # what is filtered was filtered before


def _rendering(form: str) -> list[Any]:
    drop = structlog.stdlib.ProcessorFormatter.remove_processors_meta
    if form == "json":
        exceptions = structlog.processors.ExceptionRenderer(_WITHOUT_LOCALS)
        return [drop, exceptions, strip_exceptions, structlog.processors.JSONRenderer(ensure_ascii=False), redact]
    return [drop, structlog.dev.ConsoleRenderer(colors=False, exception_formatter=plain_traceback), redact]
