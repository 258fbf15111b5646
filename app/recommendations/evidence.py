"""The facts that actions rest on."""

from collections.abc import Sequence
from typing import Any
from uuid import UUID

import orjson

from app.events.log import Reader

_READ = "SELECT id, evidence::text AS evidence FROM next_best_action WHERE id = ANY ($1::uuid[])"


async def evidence_of(db: Reader, ids: Sequence[UUID]) -> dict[UUID, list[dict[str, Any]]]:
    """`fact`, `value` and `source` of each, by action. Who may see the action may see them."""
    return {row["id"]: orjson.loads(row["evidence"]) for row in await db.fetch(_READ, list(ids))}
