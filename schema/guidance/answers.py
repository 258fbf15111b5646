"""Batched reading of deals' next best actions: many deals at once."""

from collections.abc import Mapping, Sequence
from typing import Any
from uuid import UUID

from app.database import database
from app.recommendations.serve import Served, recommendations
from schema.engine.declare import Requester
from schema.enums import EnrichmentState, GuidanceSource
from schema.errors import ClientError
from schema.guidance.types import DEFAULT_ACTIONS, MOST_ACTIONS, NextBestActions


def number_of(first: int | None, *argument: str) -> int:
    """Raises `ClientError`."""
    wanted = DEFAULT_ACTIONS if first is None else first
    if not 0 <= wanted <= MOST_ACTIONS:
        raise ClientError(f"From 0 to {MOST_ACTIONS}.", argument=argument)
    return wanted


async def next_best_actions(
    requester: Requester, keys: Sequence[UUID], arguments: Mapping[str, Any]
) -> Mapping[UUID, NextBestActions]:
    first = number_of(arguments.get("first"), "first")
    found = await recommendations(
        database(), requester.viewer, keys, first=first, refresh=bool(arguments.get("refresh")), at=requester.at
    )
    return {key: answer(key, found[key]) for key in keys}


def answer(opportunity_id: UUID, served: Served) -> NextBestActions:
    return NextBestActions(
        opportunity_id=opportunity_id,
        action_ids=list(served.action_ids),
        generated_at=served.generated_at,
        source=GuidanceSource(served.source),
        enrichment=EnrichmentState(served.enrichment),
    )
