"""Deliveries that somebody asks for: a test, or one of them once more."""

from dataclasses import dataclass
from datetime import UTC, datetime
from uuid import UUID

from app.audit import Entry, add
from app.database import Transaction
from app.database.sql import sql
from app.deals.editing import within
from app.events.log import NOTHING
from app.identity.scopes import scope_of, slots_of
from app.identity.viewer import Viewer
from app.identity.visibility import visible
from app.models.columns import new_id
from app.outcomes import Refused, refused
from app.vocabulary import ErrorCode
from app.webhooks.enqueuing import CHANNEL, PING, send
from app.webhooks.rights import enabled

_DUE = f"""
WITH due AS (
  UPDATE webhook_delivery SET status = 'WAITING', failures = 0, due_at = clock_timestamp() WHERE id = $1 RETURNING id)
SELECT pg_notify('{CHANNEL}', '') FROM due
"""  # noqa: S608 # a constant


@dataclass(frozen=True, slots=True)
class DeliveryAsked:
    delivery_id: UUID


async def send_test(by: Viewer, endpoint_id: UUID, *, tx: Transaction | None = None) -> DeliveryAsked | Refused:
    async with within(tx) as own:
        row = await enabled(own, by, endpoint_id)
        if isinstance(row, Refused):
            return row
        id = await send(own, endpoint_id, PING, {}, key=str(new_id()), at=datetime.now(UTC))
        await add(own, Entry("WEBHOOK_TESTED", by.user_id, f"whe_{endpoint_id}"))
    assert id is not None
    return DeliveryAsked(id)


async def redeliver(by: Viewer, delivery_id: UUID, *, tx: Transaction | None = None) -> DeliveryAsked | Refused:
    """As soon as may be, under the same id; with the retries of a new one."""
    async with within(tx) as own:
        seen = visible(scope_of(by), "webhook_delivery", "d")
        find = sql("SELECT d.endpoint_id FROM webhook_delivery d WHERE d.id = {}::uuid AND {}", delivery_id, seen)
        statement = find.statement()
        found = await own.fetchrow(statement.text, *statement.arguments(slots_of(by)))
        row = await enabled(own, by, NOTHING if found is None else found["endpoint_id"])
        if isinstance(row, Refused):
            return _of_the_delivery(row)
        await own.fetch(_DUE, delivery_id)
        await add(own, Entry("WEBHOOK_REDELIVERED", by.user_id, f"whd_{delivery_id}"))
    return DeliveryAsked(delivery_id)


def _of_the_delivery(refusal: Refused) -> Refused:
    [error] = refusal.errors
    if error.code is ErrorCode.NOT_FOUND:
        return refused(error.code, "There is no such delivery.", "deliveryId")
    return refused(error.code, error.message, *(("deliveryId",) if error.path else ()))
