"""The same question to both: the engine with its plans, and graphql-core alone on the same resolvers."""

import re
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

import orjson
from graphql import OperationType
from strawberry.schema.exceptions import CannotGetOperationTypeError, InvalidOperationTypeError

from app.identity.viewer import Viewer
from schema import schema
from schema.context import Context
from schema.engine.serve.engine import Engine, Question

AT = datetime(2026, 6, 1, 12, 30, 15, 250000, tzinfo=UTC)
PLANNED, REFERENCE = Engine(schema), Engine(schema, planned=False)
KINDS = (OperationType.QUERY, OperationType.MUTATION)


@dataclass(frozen=True, slots=True)
class Compared:
    planned: bytes
    reference: bytes
    by_plan: bool
    """Whether it was not left to graphql-core as a whole."""

    @property
    def errors(self) -> list[Any]:
        found: list[Any] = orjson.loads(self.reference).get("errors", [])
        return found


async def compare(
    viewer: Viewer, text: str, variables: dict[str, Any] | None = None, name: str | None = None
) -> Compared:
    question = Question(text, variables, name, KINDS)
    planned = await _answer(PLANNED, question, viewer)
    reference = await _answer(REFERENCE, question, viewer)
    return Compared(_bytes(planned), _bytes(reference), isinstance(planned, bytes))


async def _answer(engine: Engine, question: Question, viewer: Viewer) -> Any:
    try:
        return await engine.answer(question, Context(viewer, "same-request", at=AT))
    except (CannotGetOperationTypeError, InvalidOperationTypeError) as error:
        return {"raised": str(error)}


_COST = re.compile(rb',"extensions":\{"cost":\{[^}]*\}\}\}$')


def _bytes(answer: Any) -> bytes:
    """Without the cost: of the second to be asked, less remains."""
    body = answer if isinstance(answer, bytes) else orjson.dumps(answer, default=str)
    return _COST.sub(b"}", body)
