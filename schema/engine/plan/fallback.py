"""Fall-backs from plans to graphql-core: their causes, counted and told in the log.

A fall-back takes several times as long as a plan, so none may go unseen. What a plan raises otherwise, it raises by
mistake, and no fall-back makes a success of it.
"""

from collections.abc import Awaitable
from enum import StrEnum
from typing import TypeVar

import asyncpg
import structlog
from graphql import GraphQLError

from app import metrics
from app.database.failures import is_unreachable

T = TypeVar("T")

log = structlog.get_logger(__name__)


class Cause(StrEnum):
    """The reason why graphql-core answered. The first five are of the document, known before it runs."""

    INTROSPECTION = "introspection"
    RESOLVER = "resolver"
    """A field has a resolver of its own."""
    DIRECTIVE = "directive"
    OPEN_TYPE = "open_type"
    TYPE = "type"
    """Of a field that plans don't know how to read, or can't write."""
    ERROR = "error"
    """The request ends in an error of the client's; graphql-core knows at which place of the answer."""
    DATABASE = "database"
    """It couldn't be reached, and is asked once more."""
    OVERLOADED = "overloaded"
    """A plan was to be made for an event, and too many wait to be made."""
    NUMBER = "number"
    """PostgreSQL writes a number so small or large in other digits."""
    MISFIT = "misfit"
    """A value doesn't fit its field's type."""
    FAILED = "failed"
    """A function that a field is declared with raised what it shouldn't."""
    UNREACHED = "unreached"
    """As `ERROR`, but graphql-core found none: it never came to the field, since there was nothing above it."""
    RECOVERED = "recovered"
    """As `MISFIT` or `FAILED`, but graphql-core had an answer: what is read changed meanwhile, or a plan is wrong."""


_WITHOUT_ERROR = {Cause.ERROR: Cause.UNREACHED, Cause.MISFIT: Cause.RECOVERED, Cause.FAILED: Cause.RECOVERED}


class CannotPlan(Exception):
    """A plan can't hold this; graphql-core answers it."""

    def __init__(self, cause: Cause, detail: str) -> None:
        super().__init__(detail)
        self.cause = cause


class FallBack(Exception):
    """This request ends in an error somewhere: graphql-core answers it, and says which."""

    def __init__(self, cause: Cause = Cause.MISFIT) -> None:
        super().__init__(cause.value)
        self.cause = cause


async def called(work: Awaitable[T], *, all_placed: bool = False) -> T:
    """The result of a function that a field is declared with. Raises `FallBack` when it fails as it shouldn't, so that
    the rest of the answer stands; what the whole request may meet, as it is, unless `all_placed`.
    """
    try:
        return await work
    except Exception as error:
        cause = _expected(error)
        if cause is not None and not all_placed:
            raise
        raise FallBack(cause or Cause.FAILED) from error


def _expected(error: Exception) -> Cause | None:
    if isinstance(error, GraphQLError | asyncpg.QueryCanceledError | asyncpg.CharacterNotInRepertoireError):
        return Cause.ERROR
    return Cause.DATABASE if is_unreachable(error) else None


_told: set[Cause] = set()
_BY_DESIGN = frozenset({Cause.INTROSPECTION, Cause.NUMBER})


def fell_back(left: CannotPlan | FallBack, *, errors: bool, request_id: str | None) -> None:
    """Counted each time, and told once a process for each cause. `errors`: whether graphql-core's answer has any."""
    cause = left.cause if errors else _WITHOUT_ERROR.get(left.cause, left.cause)
    metrics.fallbacks.labels(cause.value).inc()
    if cause not in _told:
        _told.add(cause)
        # What has errors stands in the log by itself, if it has to.
        tell = log.info if errors or cause in _BY_DESIGN else log.warning
        because = left.__cause__ if cause is Cause.RECOVERED else None
        tell("answered by graphql-core", reason=cause.value, detail=str(left), request_id=request_id, exc_info=because)
