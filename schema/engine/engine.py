"""Answers operations over HTTP: by plans, and by graphql-core where a plan can't."""

from collections.abc import Collection, Mapping
from time import perf_counter
from typing import Any, NamedTuple

import asyncpg
import structlog
from graphql import GraphQLError, GraphQLSyntaxError, OperationType
from strawberry.schema import BaseSchema
from strawberry.schema.exceptions import CannotGetOperationTypeError, InvalidOperationTypeError
from strawberry.types import graphql as strawberry_types
from strawberry.types.execution import ExecutionResult, PreExecutionError

from app.database.failures import is_unreachable
from app.tracing import is_traced, span
from schema.context import Context
from schema.engine.deadline import deadline
from schema.engine.documents import Faulty, ambiguity, coded, prepare, syntax_code
from schema.engine.literals import NO_VALUES, Values
from schema.engine.measured import (
    answered,
    is_over,
    measure,
    meter_of,
    name_span,
    priced,
    settle,
    settle_soon,
    told,
    told_in_json,
)
from schema.engine.operation import Operation
from schema.engine.rows import Unplanned
from schema.engine.written import Unplannable
from schema.errors import ClientError
from schema.masking import mask

log = structlog.get_logger(__name__)

Answer = bytes | dict[str, Any]
"""The body: encoded, when all of it could be answered; else with `errors`, and without `data` if nothing began."""


class Question(NamedTuple):
    """A request's document, with what it takes. `kinds` of operations are answered, others refused."""

    text: str
    variables: Mapping[str, Any] | None
    name: str | None
    kinds: Collection[OperationType]


class Engine:
    """`planned=False`: by graphql-core alone, on the same resolvers. That is the reference for plans, and slow."""

    def __init__(self, schema: BaseSchema, *, planned: bool = True) -> None:
        self.schema = schema
        self.planned = planned

    async def answer(self, question: Question, context: Context) -> Answer:
        """Raises `CannotGetOperationTypeError` and `InvalidOperationTypeError`."""
        if not self.planned:
            return await self._by_graphql_core(question, context)
        began = perf_counter()
        if is_traced():
            with span("graphql operation") as traced:
                body = await self._answer(question, context)
                name_span(traced, context.priced)
        else:
            body = await self._answer(question, context)
        answered(context.priced, body.get("errors", ()) if isinstance(body, dict) else (), began, context.spending)
        return body

    async def _answer(self, question: Question, context: Context) -> Answer:
        try:
            operation, literals, errors = self._read(question)
            errors = errors or await self._admit(operation, literals, question, context)
        except GraphQLSyntaxError as error:
            errors = [coded(error, syntax_code(error))]
        if errors:
            return refused(errors, context)
        context.at = context.now()
        try:
            with deadline():
                return await self._by_plan(operation, literals, question, context)
        except ClientError as late:
            settle_soon(context)
            return {**refused([late], context), **_cost(context)}
        finally:
            settle_soon(context)

    def _read(self, question: Question) -> tuple[Operation, Values, list[GraphQLError]]:
        """The operation, its literals, and what is wrong with its document.

        Raises as `answer` and `GraphQLSyntaxError`.
        """
        literals, errors = NO_VALUES, list[GraphQLError]()
        try:
            prepared, literals = prepare(self.schema._schema, question.text)  # type: ignore[attr-defined]
        except Faulty as faulty:
            prepared, errors = faulty.prepared, faulty.errors
        operation = prepared.operation(question.name)
        if operation is None:
            raise CannotGetOperationTypeError(question.name)
        if operation.type not in question.kinds:
            raise InvalidOperationTypeError(strawberry_types.OperationType(operation.type.value))
        if not errors and len(prepared.operations) > 1:
            errors = ambiguity(prepared.document, question.name)
        return operation, literals, errors

    async def _admit(
        self, operation: Operation, literals: Values, question: Question, context: Context
    ) -> list[GraphQLError]:
        """Everything that is checked of a valid operation before it runs, whoever answers it then."""
        variables = {**(question.variables or {}), **literals} if literals else question.variables
        context.priced = priced(operation.schema, operation.document, question.name)
        context.spending, over = await measure(context.priced, variables, context.viewer.user_id)
        if over is not None:
            return [over]
        context.meter = meter_of(context.viewer)
        return []

    async def _by_plan(self, operation: Operation, literals: Values, question: Question, context: Context) -> Answer:
        try:
            data = await operation.data(context, question.variables or {}, literals=literals)
        except (Unplannable, Unplanned):
            return await self._by_graphql_core(question, context)
        except Exception as error:  # told by graphql-core, which meets it at its place in the answer
            if not _is_expected(error, context):
                log.exception("a plan failed", request_id=context.request_id)
            return await self._by_graphql_core(question, context)
        if context.spending is None:
            return b'{"data":%b}' % data.encode()
        if is_over(context):
            await settle(context)
        return b'{"data":%b,"extensions":{"cost":%b}}' % (data.encode(), told_in_json(context.spending))

    async def _by_graphql_core(self, question: Question, context: Context) -> Answer:
        result = await self.schema.execute(
            question.text,
            variable_values=dict(question.variables or {}),
            context_value=context,
            operation_name=question.name,
            allowed_operation_types=[strawberry_types.OperationType(kind.value) for kind in question.kinds],
        )
        return _body(result)


def refused(errors: list[GraphQLError], context: Context) -> dict[str, Any]:
    """The answer to an operation that never began."""
    for error in errors:
        mask(error, context.request_id)
    return {"errors": [error.formatted for error in errors]}


def _cost(context: Context) -> dict[str, Any]:
    return {} if context.spending is None else {"extensions": {"cost": told(context.spending)}}


def _is_expected(error: Exception, context: Context) -> bool:
    explained = (asyncpg.QueryCanceledError, asyncpg.CharacterNotInRepertoireError)
    known = is_unreachable(error) or isinstance(error, explained)
    return known or any(error is outcome for outcome in context.done.values())


def _body(result: ExecutionResult) -> dict[str, Any]:
    began = not isinstance(result, PreExecutionError) and not (result.data is None and _pathless(result.errors))
    body: dict[str, Any] = {}
    if result.errors:
        body["errors"] = [error.formatted for error in result.errors]
    if began:
        body["data"] = result.data
    if result.extensions:
        body["extensions"] = result.extensions
    return body


def _pathless(errors: list[GraphQLError] | None) -> bool:
    """Whether the request failed before any field was read, as for variables of a wrong type."""
    return bool(errors) and all(error.path is None for error in errors or ())
