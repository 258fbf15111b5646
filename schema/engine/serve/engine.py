"""The engine: answers operations by plans, and by graphql-core where a plan can't."""

from collections.abc import AsyncGenerator, Collection, Coroutine, Mapping
from contextlib import aclosing
from functools import partial
from time import perf_counter
from typing import Any, NamedTuple, cast

import orjson
from graphql import GraphQLError, OperationType
from graphql.execution.values import VariableValues
from strawberry.schema import BaseSchema
from strawberry.schema.exceptions import CannotGetOperationTypeError, InvalidOperationTypeError
from strawberry.types import graphql as strawberry_types
from strawberry.types.execution import ExecutionResult, PreExecutionError

from app.database.failures import MAYBE_UNREACHABLE, is_unreachable
from app.tracing import is_traced, span
from schema.engine.context import OperationContext
from schema.engine.plan.fallback import CannotPlan, Cause, FallBack, fell_back
from schema.engine.read.inputs import TooLarge, bounds, is_small, weighed
from schema.engine.read.literals import Values
from schema.engine.read.variables import Misfits
from schema.engine.serve.budget import (
    affordable,
    answered,
    charge,
    cost_extension,
    cost_json,
    measure,
    meter_of,
    name_span,
)
from schema.engine.serve.deadline import deadline
from schema.engine.serve.documents import Faulty, Prepared, ambiguity, attempt, known, whole
from schema.engine.serve.operation import Operation
from schema.engine.serve.settlement import is_off, settle, settle_soon
from schema.engine.serve.turns import turns
from schema.errors import ClientError
from schema.masking import mask

MANY_VALUES = 200
"""More variables than that are coerced beside the event loop; dates and decimals take microseconds each."""

CHARACTERS_OF_ONE = 100
"""Of a new document, before it is read, for each row's worth of budget that has to be left."""

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

    def answer(self, question: Question, context: OperationContext) -> Coroutine[Any, Any, Answer]:
        """For kinds of operations that are answered once. Raises `CannotGetOperationTypeError` and
        `InvalidOperationTypeError`."""
        if self.planned:
            return cast(Coroutine[Any, Any, Answer], self.begin(question, context))  # None is for subscriptions
        return self._by_graphql_core(question, context)

    async def begin(self, question: Question, context: OperationContext) -> Answer | None:
        """As `answer`. None for a subscription that may begin: graphql-core finds in the context what it needs."""
        context.began = began = perf_counter()
        if is_traced():
            with span("graphql operation") as traced:
                body = await self._answer(question, context)
                name_span(traced, context.priced)
        else:
            body = await self._answer(question, context)
        answered(context.priced, body.get("errors", ()) if isinstance(body, dict) else (), began, context.spending)
        return body

    async def stream(self, question: Question, context: OperationContext) -> AsyncGenerator["StreamedResult", None]:
        """For WebSockets and event streams: one answer, or what there is to say of a subscription before its events."""
        try:
            body = await self.begin(question, context)
        except (CannotGetOperationTypeError, InvalidOperationTypeError) as wrong:
            body = refused([GraphQLError(_not_run(wrong, question), original_error=wrong)], context)
        if body is not None:
            yield _streamed(body)
            return
        results = await self.schema.stream(
            question.text,
            variable_values=dict(question.variables or {}),
            context_value=context,
            operation_name=question.name,
            allowed_operation_types=[strawberry_types.OperationType.SUBSCRIPTION],
        )
        async with aclosing(results) as found:
            async for result in found:
                assert isinstance(result, ExecutionResult)  # nothing of a subscription is delivered in parts
                yield _streamed(_body(result))

    async def _answer(self, question: Question, context: OperationContext) -> Answer | None:
        admitted: Admitted | None = None
        try:
            with deadline(context.since):
                admitted = await self._admit(question, context)
                if admitted.operation.type is OperationType.SUBSCRIPTION:
                    return None
                context.at = context.now()
                return await self._by_plan(admitted, question, context)
        except _Refused as refusal:
            return refused(refusal.errors, context)
        except ClientError as late:
            settle_soon(context)
            return {**refused([late], context), **_cost(context)}
        except Exception as mistake:
            if admitted is None:
                raise
            # Masked and logged. graphql-core may have an answer; asking it would hide the mistake and take its time.
            failed = refused([admitted.operation.failed(mistake)], context)
            return {"data": None, **failed, **await _settled(context)}
        finally:
            settle_soon(context)

    async def _admit(self, question: Question, context: OperationContext) -> "Admitted":
        """Everything that is checked of an operation before it runs, whoever answers it then. Raises `_Refused`."""
        found = known(self.schema._schema, question.text)  # type: ignore[attr-defined]
        prepared, literals = found if isinstance(found, tuple) else await self._prepared(question, context, found)
        operation = prepared.operation(question.name)
        _check_kind(question, None if operation is None else operation.type)
        assert operation is not None
        unclear = ambiguity(prepared, question.name)
        if unclear:
            raise _Refused(unclear)
        values = question.variables or {}
        small = is_small(values)
        try:
            variables = operation.variables(values) if small else await self._coerced(operation, values, context)
        except Misfits as misfits:
            await charge(context.viewer.user_id, max(len(values), 1))
            raise _Refused(misfits.errors) from None
        if literals:
            variables = VariableValues({}, {**variables.coerced, **literals})
        else:
            context.document = prepared.document
        if not operation.is_priced:
            await turns().take(context.viewer.user_id, lambda: operation.priced)
        context.priced = operation.priced
        given = {**values, **literals} if literals else values
        context.spending, over = await measure(context.priced, given, context.viewer, small=small and not literals)
        if over is not None:
            raise _Refused([over])
        context.meter = meter_of(context.viewer)
        return Admitted(operation, variables)

    async def _prepared(
        self, question: Question, context: OperationContext, found: Faulty | None
    ) -> tuple[Prepared, Values]:
        """`found`: what is known of the document."""
        schema, viewer = self.schema._schema, context.viewer.user_id  # type: ignore[attr-defined]
        if found is None:
            over = await affordable(viewer, 1 + len(question.text) // CHARACTERS_OF_ONE)
            if over is not None:
                raise _Refused([over])
            looked_at = await turns().take(viewer, partial(attempt, schema, question.text))
            if isinstance(looked_at, tuple):
                return looked_at
            found = looked_at
        if found.kinds is not None:
            _check_kind(question, found.kinds.get(question.name))
        await charge(viewer, found.weight)
        raise _Refused(found.errors)

    async def _coerced(
        self, operation: Operation, values: Mapping[str, Any], context: OperationContext
    ) -> VariableValues:
        viewer, size = context.viewer.user_id, 1
        try:
            size = weighed(values, bounds())
            if size <= MANY_VALUES:
                return operation.variables(values)
            return await turns().take(viewer, partial(operation.variables, values))
        except TooLarge as large:
            await charge(viewer, large.weight)
            raise _Refused([large.error]) from None
        except Misfits as misfits:
            await charge(viewer, size)
            raise _Refused(misfits.errors) from None

    async def _by_plan(self, admitted: "Admitted", question: Question, context: OperationContext) -> Answer:
        try:
            data = await admitted.operation.data(context, admitted.variables)
        except (CannotPlan, FallBack) as left:
            return await self._instead(left, question, context)
        except MAYBE_UNREACHABLE as error:
            if not is_unreachable(error):
                raise
            return await self._instead(FallBack(Cause.DATABASE), question, context)
        if context.spending is None:
            return b'{"data":%b}' % data.encode()
        if is_off(context):
            await settle(context)
        return b'{"data":%b,"extensions":{"cost":%b}}' % (data.encode(), cost_json(context.spending))

    async def _instead(self, left: CannotPlan | FallBack, question: Question, context: OperationContext) -> Answer:
        body = await self._by_graphql_core(question, context)
        fell_back(left, errors="errors" in body, request_id=context.request_id)
        return body

    async def _by_graphql_core(self, question: Question, context: OperationContext) -> Answer:
        if self.planned and context.document is None:  # it was answered for with other literals in it
            schema = self.schema._schema  # type: ignore[attr-defined]
            prepared = await turns().take(context.viewer.user_id, partial(whole, schema, question.text))
            context.document = prepared.document
        result = await self.schema.execute(
            question.text,
            variable_values=dict(question.variables or {}),
            context_value=context,
            operation_name=question.name,
            allowed_operation_types=[strawberry_types.OperationType(kind.value) for kind in question.kinds],
        )
        return _body(result)


class StreamedResult(NamedTuple):
    """The payload of one message. `refused`: the errors of an operation that never began."""

    payload: bytes
    refused: list[dict[str, Any]] | None


def _streamed(body: Answer) -> StreamedResult:
    if isinstance(body, bytes):
        return StreamedResult(body, None)
    began = "data" in body
    return StreamedResult(
        orjson.dumps(body if began else {"data": None, **body}, default=str), None if began else body["errors"]
    )


def _not_run(wrong: CannotGetOperationTypeError | InvalidOperationTypeError, question: Question) -> str:
    if isinstance(wrong, InvalidOperationTypeError):
        return f"A {wrong.operation_type.value} is not answered here."
    if question.name:
        return f"The document has no operation named “{question.name[:100]}”."
    return "The document has no operation: it holds nothing but fragments."


class Admitted(NamedTuple):
    """An operation that may run, with its coerced variables, those of lifted literals among them."""

    operation: Operation
    variables: VariableValues


class _Refused(Exception):
    def __init__(self, errors: list[GraphQLError]) -> None:
        super().__init__(f"{len(errors)} errors")
        self.errors = errors


def _check_kind(question: Question, kind: OperationType | None) -> None:
    """`kind`: of the operation that is to run; None: there is none of that name."""
    if kind is None:
        raise CannotGetOperationTypeError(question.name)
    if kind not in question.kinds:
        raise InvalidOperationTypeError(strawberry_types.OperationType(kind.value))


def refused(errors: list[GraphQLError], context: OperationContext) -> dict[str, Any]:
    """The answer to an operation that never began."""
    for error in errors:
        mask(error, context.request_id)
    return {"errors": [error.formatted for error in errors]}


def _cost(context: OperationContext) -> dict[str, Any]:
    return {} if context.spending is None else {"extensions": {"cost": cost_extension(context.spending)}}


async def _settled(context: OperationContext) -> dict[str, Any]:
    """`_cost` of what ended in a mistake, or with a statement's time: nothing of it is refunded."""
    if is_off(context):
        await settle(context, refundable=False)
    return _cost(context)


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
