"""The cost of every operation, taken from its viewer's budget before it runs and told in the answer.

`measure` is for whoever runs operations without Strawberry's pipeline; `Measured` brings it into that pipeline.
"""

from collections import OrderedDict
from collections.abc import AsyncIterator, Mapping, Sequence
from datetime import UTC, datetime
from functools import lru_cache
from math import ceil
from time import perf_counter, time
from typing import Any, NamedTuple
from uuid import UUID

from graphql import DocumentNode, GraphQLError, GraphQLSchema
from strawberry.extensions import SchemaExtension
from strawberry.types.graphql import OperationType

from app import metrics
from app.database.metering import Meter, Share, metered_by, share_of
from app.identity.budgets import Spending, budget
from app.identity.viewer import Viewer
from app.settings import settings
from app.tracing import span
from schema.context import Context
from schema.engine.cost import Price, names_of, price_of

PRICES_KEPT = 2_000
GRACE_SECONDS = 0.01
"""Of statements that are not debited: any may take that long on a busy day."""
DEBIT = 100
"""The step of debits, so that they say no more about time than the clock of whoever asks."""
_UNTIMED = ("invalid", OperationType.SUBSCRIPTION.value)


class Priced(NamedTuple):
    """`kind` and `field` are what metrics call the operation."""

    price: Price
    kind: str
    field: str


_prices: OrderedDict[tuple[int, str | None], tuple[DocumentNode, Priced]] = OrderedDict()


def priced(schema: GraphQLSchema, document: DocumentNode, operation_name: str | None) -> Priced:
    """Worked out once for each valid document."""
    key = id(document), operation_name
    kept = _prices.get(key)
    if kept is not None:
        _prices.move_to_end(key)
        return kept[1]
    made = Priced(price_of(schema, document, operation_name), *names_of(document, operation_name))
    _prices[key] = document, made  # the document is held, so that its id stays its own
    if len(_prices) > PRICES_KEPT:
        _prices.popitem(last=False)
    return made


async def measure(
    priced: Priced, variables: Mapping[str, Any] | None, viewer: UUID
) -> tuple[Spending | None, GraphQLError | None]:
    """What was spent, at least 1, and why the operation must not run. One dearer than any may be spends nothing."""
    requested = max(1, priced.price.of(variables))
    allowed = budget()
    most = min(settings().max_query_cost, allowed.limit)  # what a whole minute has not is never to be had
    if requested > most:
        message = f"This would cost {requested}; an operation may cost {most}. Ask for smaller pages, or in several."
        return None, GraphQLError(message, extensions={"code": "COST_LIMIT", "requested": requested, "maximum": most})
    spending = await allowed.spend(viewer, requested)
    return spending, None if spending.granted else _over(spending)


def meter_of(viewer: Viewer) -> Meter:
    """For one operation of the viewer's; it counts the statements of the running task from now on."""
    share: Share | None = viewer.noted.get("share")
    if share is None:
        chosen = settings()
        most = min(chosen.max_statements_per_viewer, chosen.database_pool_size - 1)
        share = viewer.noted["share"] = share_of(viewer.user_id, most)
    made = Meter(share)
    metered_by(made)
    return made


def is_over(context: Context) -> bool:
    """Whether the statements of its operation took more than was requested, and debited since."""
    meter, spending = context.meter, context.spending
    if meter is None or spending is None or meter.seconds < GRACE_SECONDS:
        return False
    return meter.seconds * settings().cost_of_database_second > spending.requested + spending.debited


async def settle(context: Context) -> None:
    """Debit what the statements took beyond what was requested. All of them have ended."""
    if is_over(context):
        context.spending, due = _owing(context)
        remaining = await budget().debit(context.viewer.user_id, due)
        context.spending = context.spending._replace(remaining=remaining)


def settle_soon(context: Context) -> None:
    """As `settle`, for an operation that was given up, which may not wait."""
    if is_over(context):
        context.spending, due = _owing(context)
        budget().debit_soon(context.viewer.user_id, due)


def _owing(context: Context) -> tuple[Spending, int]:
    """What was spent with the debit, and what is due of that."""
    assert context.meter is not None
    assert context.spending is not None
    spending = context.spending
    beyond = context.meter.seconds * settings().cost_of_database_second - spending.requested
    debited = ceil(beyond / DEBIT) * DEBIT
    due = debited - spending.debited
    return spending._replace(debited=debited, remaining=max(spending.remaining - due, 0)), due


def _over(spending: Spending) -> GraphQLError:
    wait = retry_after(spending)
    left = f"{spending.remaining} of the {spending.limit} that you may ask for in a minute"
    message = f"This costs {spending.requested}, and {left} are left. Try again in {wait} s, or ask for less."
    known = {"requested": spending.requested, "remaining": spending.remaining}
    return GraphQLError(message, extensions={"code": "RATE_LIMITED", "retryAfter": wait, **known})


def retry_after(spending: Spending) -> int:
    """In seconds, at least 1."""
    return max(1, ceil(spending.resets_at - time()))


def told(spending: Spending) -> dict[str, Any]:
    """As `extensions.cost` says it."""
    return {
        "requested": spending.requested,
        "debited": spending.debited,
        "limit": spending.limit,
        "remaining": spending.remaining,
        "resetAt": datetime.fromtimestamp(spending.resets_at, UTC).isoformat(),
    }


def answered(
    priced: Priced | None, errors: Sequence[GraphQLError | Mapping[str, Any]], began: float, spending: Spending | None
) -> None:
    """For the metrics. `priced` is None when the document was not valid, `began` as `perf_counter` gave it."""
    kind, field = ("invalid", "invalid") if priced is None else priced[1:]
    seconds = None if kind in _UNTIMED else perf_counter() - began
    cost = spending.requested if spending is not None and spending.granted else None
    metrics.observe(metrics.Observed(kind, field, _outcome(errors), seconds, cost))


def name_span(traced: Any, priced: Priced | None) -> None:
    if traced is not None and priced is not None:
        traced.update_name(f"{priced.kind} {priced.field}")


def _outcome(errors: Sequence[GraphQLError | Mapping[str, Any]]) -> str:
    if not errors:
        return "ok"
    first = errors[0]
    extensions = first.get("extensions") if isinstance(first, Mapping) else first.extensions
    return str((extensions or {}).get("code", "INTERNAL"))


def told_in_json(spending: Spending) -> bytes:
    """`told`, encoded."""
    return b'{"requested":%d,"debited":%d,"limit":%d,"remaining":%d,"resetAt":"%b"}' % (
        spending.requested,
        spending.debited,
        spending.limit,
        spending.remaining,
        _resetting(spending.resets_at),
    )


@lru_cache(maxsize=4)
def _resetting(at: int) -> bytes:
    return datetime.fromtimestamp(at, UTC).isoformat().encode()


class Measured(SchemaExtension):
    """Measures what was found valid. Events of a subscription don't repeat what it cost to begin it."""

    begun: bool = False
    """Whether nobody had measured it before, who would count it, too."""

    async def on_operation(self) -> AsyncIterator[None]:
        began = perf_counter()
        execution = self.execution_context
        if getattr(execution.context, "spending", None) is not None:
            yield
            return
        self.begun = True
        with span("graphql operation") as traced:
            yield
            name_span(traced, self._priced)
        errors = execution.pre_execution_errors or (execution.result and execution.result.errors) or ()
        answered(self._priced, errors, began, self._spending)

    async def on_validate(self) -> AsyncIterator[None]:
        execution = self.execution_context
        context = execution.context
        if execution.graphql_document is not None and not execution.pre_execution_errors and self._is_ours:
            context.priced = priced(execution.schema._schema, execution.graphql_document, execution.operation_name)
            context.spending, refused = await measure(context.priced, execution.variables, context.viewer.user_id)
            context.meter = meter_of(context.viewer)
            if refused is not None:
                execution.pre_execution_errors = [refused]
        yield

    async def on_execute(self) -> AsyncIterator[None]:
        context = self.execution_context.context
        if not isinstance(context, Context):
            yield
            return
        try:
            yield
            await settle(context)
        finally:
            settle_soon(context)

    def get_results(self) -> dict[str, Any]:
        if self._spending is None or self._streams:
            return {}
        return {"cost": told(self._spending)}

    @property
    def _is_ours(self) -> bool:
        return self.begun and isinstance(self.execution_context.context, Context)

    @property
    def _spending(self) -> Spending | None:
        return getattr(self.execution_context.context, "spending", None)

    @property
    def _priced(self) -> Priced | None:
        return getattr(self.execution_context.context, "priced", None)

    @property
    def _streams(self) -> bool:
        return self.execution_context.operation_type is OperationType.SUBSCRIPTION
