"""Results of deliveries, written for many at once, and what they say of their endpoints."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import orjson

from app.database import Database, Transaction
from app.vocabulary import WebhookDeliveryStatus as Status
from app.webhooks.disabling import disable
from app.webhooks.sending import Result

# In the order in which everybody locks several.
_HOLD = "SELECT id FROM webhook_delivery WHERE id = ANY ($1::uuid[]) ORDER BY id FOR UPDATE"
_WRITE = """
UPDATE webhook_delivery w SET status = r.status, failures = r.failures,
  due_at = clock_timestamp() + make_interval(secs => r.pause),
  attempt = w.attempt + CASE WHEN r.tried THEN 1 ELSE 0 END,
  attempted_at = CASE WHEN r.tried THEN clock_timestamp() ELSE w.attempted_at END,
  status_code = CASE WHEN r.tried THEN r.status_code ELSE w.status_code END,
  error = CASE WHEN r.tried OR r.pause IS NULL THEN r.error ELSE w.error END,
  duration_ms = CASE WHEN r.tried THEN r.duration_ms ELSE w.duration_ms END,
  answer = CASE WHEN r.tried THEN r.answer ELSE w.answer END
FROM jsonb_to_recordset($1::text::jsonb) AS r(
  id uuid, claimed timestamptz, status text, tried boolean, failures int, pause float, status_code int, error text,
  duration_ms int, answer text)
WHERE w.id = r.id AND w.due_at = r.claimed
"""
_DELETE = """
DELETE FROM webhook_delivery w USING unnest($1::uuid[], $2::timestamptz[]) AS r(id, claimed)
WHERE w.id = r.id AND w.due_at = r.claimed
"""
_WELL = """
UPDATE webhook_endpoint SET failing_since = NULL, resting_until = NULL, slowdowns = 0
WHERE id = ANY ($1::uuid[]) AND (failing_since IS NOT NULL OR slowdowns > 0)
"""
_ILL = """
UPDATE webhook_endpoint SET failing_since = clock_timestamp() WHERE id = ANY ($1::uuid[]) AND failing_since IS NULL
"""
_REST = """
UPDATE webhook_endpoint e SET slowdowns = e.slowdowns + 1,
  resting_until = greatest(e.resting_until, clock_timestamp() + make_interval(secs => r.rest))
FROM unnest($1::uuid[], $2::float[]) AS r(id, rest) WHERE e.id = r.id
"""


async def write(db: Database, results: Sequence[Result]) -> None:
    """In one transaction. Of one delivery, the last result counts, unless it was claimed again or asked for since."""
    last = {one.delivery_id: one for one in results}.values()
    kept = [_row(one) for one in last if not one.unwanted]
    unwanted = [one for one in last if one.unwanted]
    async with db.transaction() as tx:
        if len(last) > 1:
            await tx.fetch(_HOLD, [one.delivery_id for one in last])
        if kept:
            await tx.execute(_WRITE, orjson.dumps(kept, default=str).decode())
        if unwanted:
            await tx.execute(_DELETE, [one.delivery_id for one in unwanted], [one.claimed for one in unwanted])
        await _judge(tx, results)


def _row(one: Result) -> Mapping[str, Any]:
    return {
        "id": one.delivery_id,
        "claimed": one.claimed,
        "status": one.status.value,
        "tried": one.tried,
        "failures": one.failures,
        "pause": one.pause,
        "status_code": one.status_code,
        "error": one.error,
        "duration_ms": one.duration_ms,
        "answer": one.answer,
    }


async def _judge(tx: Transaction, results: Iterable[Result]) -> None:
    """An endpoint that took anything is well. In the order of their ids, so that no two writers wait for each other."""
    tried = [one for one in results if one.tried and not one.ours]
    well = {one.endpoint_id for one in tried if one.status is Status.DELIVERED}
    ill = {one.endpoint_id for one in tried} - well
    rests = {one.endpoint_id: one.rest for one in results if one.rest is not None and one.endpoint_id in ill}
    if well:
        await tx.execute(_WELL, sorted(well))
    if ill:
        await tx.execute(_ILL, sorted(ill))
    if rests:
        await tx.execute(_REST, sorted(rests), [rests[id] for id in sorted(rests)])
    await disable(tx, {o.endpoint_id: o.disabled for o in results if o.disabled and o.endpoint_id not in well})
