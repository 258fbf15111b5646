"""Deliveries as they are enqueued: once for an endpoint and an event, whoever tries it and however often."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from hashlib import sha256
from typing import Any
from uuid import UUID

import orjson

from app.database import Transaction
from app.events.log import LoggedEvent

CHANNEL = "stagepath_webhooks"
"""By which PostgreSQL tells that there is something to send."""
PING = "PING"

_GIVEN = """
unnest($1::uuid[], $2::uuid[], $3::text[], $4::bigint[], $5::bigint[], $6::timestamptz[])
    AS i(id, endpoint_id, type, seq, xid, at) ORDER BY i.id
"""
_ENQUEUE = f"""
WITH added AS (
  INSERT INTO webhook_delivery (id, endpoint_id, type, event_seq, event_xid, at, due_at)
  SELECT i.*, clock_timestamp() FROM {_GIVEN}
  ON CONFLICT (id) DO NOTHING RETURNING id
)
SELECT pg_notify('{CHANNEL}', '') FROM added LIMIT 1
"""  # noqa: S608 # a constant
_AGAIN = f"""
WITH added AS (
  INSERT INTO webhook_delivery AS w (id, endpoint_id, type, event_seq, event_xid, at, due_at)
  SELECT i.*, clock_timestamp() FROM {_GIVEN}
  ON CONFLICT (id) DO UPDATE SET status = 'WAITING', failures = 0, due_at = clock_timestamp()
  WHERE w.due_at IS NULL OR w.failures > 0
  RETURNING id
)
SELECT pg_notify('{CHANNEL}', '') FROM added LIMIT 1
"""  # noqa: S608 # a constant
_SEND = f"""
WITH added AS (
  INSERT INTO webhook_delivery (id, endpoint_id, type, payload, at, due_at)
  SELECT $1, e.id, $3, $4::text::jsonb, $5, clock_timestamp() FROM webhook_endpoint e
  WHERE e.id = $2 AND e.enabled AND e.removed_at IS NULL
  ON CONFLICT (id) DO NOTHING RETURNING id
), told AS (SELECT pg_notify('{CHANNEL}', '') FROM added)
SELECT added.id FROM added LEFT JOIN told ON TRUE
"""  # noqa: S608 # likewise


def delivery_id(endpoint_id: UUID, at: datetime, key: str) -> UUID:
    """The same for the same endpoint and key; close in an index to its neighbours in time, as a UUID version 7 is."""
    drawn = int.from_bytes(sha256(endpoint_id.bytes + key.encode()).digest()[:10], "big")
    number = int(at.timestamp() * 1000) << 80 | drawn
    return UUID(int=number & ~(0xF << 76 | 0x3 << 62) | 0x7 << 76 | 0x2 << 62)


async def enqueue(tx: Transaction, told: Sequence[tuple[UUID, LoggedEvent]], *, again: bool = False) -> None:
    """Have each of these endpoints told of the event beside it. `again`: also those that were told of it. Deliveries
    are locked in the order of their ids, as by everybody who changes many."""
    if not told:
        return
    rows = [
        (delivery_id(endpoint, event.at, str(event.seq)), endpoint, event.type.value, event.seq, event.xid, event.at)
        for endpoint, event in told
    ]
    await tx.fetch(_AGAIN if again else _ENQUEUE, *map(list, zip(*rows, strict=True)))


async def send(
    tx: Transaction, endpoint_id: UUID, type_: str, data: Mapping[str, Any], *, key: str, at: datetime
) -> UUID | None:
    """Have the endpoint told of what is no event, such as a step of an automation: `data`, as the body's. `key`, with
    `at`: by which a repetition is known. The delivery's id; None where there is none, or the endpoint is disabled."""
    id = delivery_id(endpoint_id, at, key)
    added = await tx.fetchrow(_SEND, id, endpoint_id, type_, orjson.dumps(data, default=str).decode(), at)
    return None if added is None else id
