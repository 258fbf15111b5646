"""The cost of every operation, taken from its viewer's budget before it runs and told in the answer.

`measure` is for whoever runs operations without Strawberry's pipeline; `Measured` brings it into that pipeline.
"""

from collections.abc import AsyncIterator, Mapping, Sequence
from datetime import UTC, datetime
from functools import lru_cache
from math import ceil
from time import perf_counter, time
from typing import Any
from uuid import UUID

import asyncpg
from graphql import GraphQLError
from strawberry.extensions import SchemaExtension
from strawberry.types.graphql import OperationType

from app import metrics
from app.database.metering import Meter, Share, metered_by, share_of
from app.identity.budgets import Spending, budget
from app.identity.reach import reach_of
from app.identity.viewer import Viewer
from app.settings import settings
from app.tracing import span
from schema.engine.read.cost import BASE
from schema.engine.read.priced import Priced, priced
from schema.engine.serve.settlement import is_off, settle

_UNTIMED = ("invalid", OperationType.SUBSCRIPTION.value)


async def measure(
    priced: Priced, variables: Mapping[str, Any] | None, viewer: Viewer, *, small: bool = False
) -> tuple[Spending | None, GraphQLError | None]:
    """The spending, and the error of an operation that must not run. One dearer than any may be spends nothing.

    `small`: variables that `is_small` found so.
    """
    reach = reach_of(viewer)
    requested = BASE + (priced.again(variables, reach) if small and variables else priced.of(variables, reach))
    allowed = budget()
    most = min(settings().max_query_cost, allowed.limit)  # what a whole minute has not is never to be had
    if requested > most:
        message = f"This would cost {requested}; an operation may cost {most}. Ask for smaller pages, or in several."
        return None, GraphQLError(message, extensions={"code": "COST_LIMIT", "requested": requested, "maximum": most})
    spending = await allowed.spend(viewer.user_id, requested)
    return spending, None if spending.granted else _over(spending)


async def affordable(viewer: UUID, amount: int) -> GraphQLError | None:
    """The error where nothing that costs so much may be begun. Nothing is taken."""
    left = await budget().spend(viewer, 0)
    return None if left.remaining >= amount else _over(left._replace(granted=False, requested=amount))


async def charge(viewer: UUID, amount: int) -> None:
    """For work that has been done: as much of it as there is left."""
    allowed = budget()
    spending = await allowed.spend(viewer, amount)
    if not spending.granted and spending.remaining:
        await allowed.spend(viewer, spending.remaining)


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


def _over(spending: Spending) -> GraphQLError:
    wait = retry_after(spending)
    left = f"{spending.remaining} of the {spending.limit} that you may ask for in a minute"
    message = f"This costs {spending.requested}, and {left} are left. Try again in {wait} s, or ask for less."
    known = {"requested": spending.requested, "remaining": spending.remaining}
    return GraphQLError(message, extensions={"code": "RATE_LIMITED", "retryAfter": wait, **known})


def retry_after(spending: Spending) -> int:
    """In seconds, at least 1."""
    return max(1, ceil(spending.resets_at - time()))


def cost_extension(spending: Spending) -> dict[str, Any]:
    """As `extensions.cost` says it."""
    return {
        "requested": spending.requested,
        "debited": spending.debited,
        "refunded": spending.refunded,
        "charged": spending.charged,
        "limit": spending.limit,
        "remaining": spending.remaining,
        "resetAt": datetime.fromtimestamp(spending.resets_at, UTC).isoformat(),
    }


def answered(
    priced: Priced | None, errors: Sequence[GraphQLError | Mapping[str, Any]], began: float, spending: Spending | None
) -> None:
    """For the metrics. `priced` is None when the document was not valid, `began` as `perf_counter` gave it."""
    kind, field = ("invalid", "invalid") if priced is None else priced[1:3]
    seconds = None if kind in _UNTIMED else perf_counter() - began
    cost = spending.requested if spending is not None and spending.granted else None
    metrics.observe(metrics.Observed(kind, field, _outcome(errors), seconds, cost))


def name_span(traced: Any, priced: Priced | None) -> None:
    if traced is not None and priced is not None:
        traced.update_name(f"{priced.kind} {priced.field}")


def _is_late(error: GraphQLError) -> bool:
    cause = error.original_error
    return isinstance(cause, asyncpg.QueryCanceledError) or getattr(cause, "extensions", {}).get("code") == "TIMEOUT"


def _outcome(errors: Sequence[GraphQLError | Mapping[str, Any]]) -> str:
    if not errors:
        return "ok"
    first = errors[0]
    extensions = first.get("extensions") if isinstance(first, Mapping) else first.extensions
    return str((extensions or {}).get("code", "INTERNAL"))


def cost_json(spending: Spending) -> bytes:
    """`cost_extension`, encoded."""
    _, requested, limit, remaining, resets_at, debited, refunded = spending
    return b'{"requested":%d,"debited":%d,"refunded":%d,"charged":%d,"limit":%d,"remaining":%d,"resetAt":"%b"}' % (
        requested,
        debited,
        refunded,
        requested + debited - refunded,
        limit,
        remaining,
        _resetting(resets_at),
    )


@lru_cache(maxsize=4)
def _resetting(at: int) -> bytes:
    return datetime.fromtimestamp(at, UTC).isoformat().encode()


class Measured(SchemaExtension):
    """Measures what was found valid. Events of a subscription don't repeat what it cost to begin it."""

    spending: Spending | None = None
    priced: Priced | None = None

    async def on_operation(self) -> AsyncIterator[None]:
        began = perf_counter()
        execution = self.execution_context
        if getattr(execution.context, "spending", None) is not None:
            yield
            return  # whoever measured it counts it, too
        with span("graphql operation") as traced:
            yield
            name_span(traced, self.priced)
        errors = execution.pre_execution_errors or (execution.result and execution.result.errors) or ()
        answered(self.priced, errors, began, self.spending)

    async def on_validate(self) -> AsyncIterator[None]:
        execution = self.execution_context
        viewer = getattr(execution.context, "viewer", None)
        if execution.graphql_document is not None and not execution.pre_execution_errors and viewer is not None:
            self.spending = getattr(execution.context, "spending", None)
            if self.spending is not None:  # by whoever came before graphql-core
                yield
                return
            schema = execution.schema._schema
            self.priced = priced(schema, execution.graphql_document, execution.operation_name)
            self.spending, refused = await measure(self.priced, execution.variables, viewer)
            if refused is not None:
                execution.pre_execution_errors = [refused]
        yield

    async def on_execute(self) -> AsyncIterator[None]:
        execution = self.execution_context
        yield
        context = execution.context
        if getattr(context, "meter", None) is not None and is_off(context):
            errors = execution.result.errors if execution.result else None
            await settle(context, refundable=not self._streams and not any(map(_is_late, errors or ())))
            self.spending = context.spending

    def get_results(self) -> dict[str, Any]:
        if self.spending is None or self._streams:
            return {}
        return {"cost": cost_extension(self.spending)}

    @property
    def _streams(self) -> bool:
        return self.execution_context.operation_type is OperationType.SUBSCRIPTION
