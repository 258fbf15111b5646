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

_ENQUEUE = f"""
WITH added AS (
  INSERT INTO webhook_delivery (id, endpoint_id, type, event_seq, event_xid, at, due_at)
  SELECT i.id, i.endpoint_id, $3, $4, $5, $6, clock_timestamp()
  FROM unnest($1::uuid[], $2::uuid[]) AS i(id, endpoint_id)
  ON CONFLICT (id) DO NOTHING RETURNING id
)
SELECT pg_notify('{CHANNEL}', '') FROM added LIMIT 1
"""  # noqa: S608 # a constant
_AGAIN = f"""
WITH added AS (
  INSERT INTO webhook_delivery AS w (id, endpoint_id, type, event_seq, event_xid, at, due_at)
  SELECT i.id, i.endpoint_id, $3, $4, $5, $6, clock_timestamp()
  FROM unnest($1::uuid[], $2::uuid[]) AS i(id, endpoint_id)
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


async def enqueue(tx: Transaction, event: LoggedEvent, endpoints: Sequence[UUID], *, again: bool = False) -> None:
    """Have these endpoints told of the event. `again`: also those that were told of it."""
    if not endpoints:
        return
    ids = [delivery_id(endpoint, event.at, str(event.seq)) for endpoint in endpoints]
    statement = _AGAIN if again else _ENQUEUE
    await tx.fetch(statement, ids, list(endpoints), event.type.value, event.seq, event.xid, event.at)


async def send(
    tx: Transaction, endpoint_id: UUID, type_: str, data: Mapping[str, Any], *, key: str, at: datetime
) -> UUID | None:
    """Have the endpoint told of what is no event, such as a step of an automation: `data`, as the body's. `key`, with
    `at`: by which a repetition is known. The delivery's id; None where there is none, or the endpoint is disabled."""
    id = delivery_id(endpoint_id, at, key)
    added = await tx.fetchrow(_SEND, id, endpoint_id, type_, orjson.dumps(data, default=str).decode(), at)
    return None if added is None else id
