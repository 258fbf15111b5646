"""Stages of a draft that deals stand on or have been in, and which therefore can't be removed."""

from collections.abc import Iterator, Mapping, Sequence
from uuid import UUID

import asyncpg

from app.database import Transaction
from app.outcomes import UserError
from app.playbooks.spec import StageSpec
from app.vocabulary import ErrorCode, StageKind

# The lock waits for deals that are entering the stage just now, and keeps others out until the stage is gone.
_LOCK = "SELECT FROM stage WHERE playbook_id = $1 AND key = ANY ($2::text[]) ORDER BY id FOR UPDATE"
_USED = """
SELECT s.key, s.name, s.kind,
  (SELECT count(*) FROM opportunity o WHERE o.stage_id = s.id) AS deals_now,
  (SELECT count(*) FROM (
     SELECT o.id FROM opportunity o WHERE o.stage_id = s.id
     UNION SELECT t.opportunity_id FROM stage_transition t WHERE t.from_stage_id = s.id OR t.to_stage_id = s.id
   ) AS deal) AS deals_ever
FROM stage s WHERE s.playbook_id = $1 AND s.key = ANY ($2::text[]) ORDER BY s.position, s.key
"""


async def faults(
    tx: Transaction, playbook_id: UUID, kinds: Mapping[str, StageKind], stages: Sequence[StageSpec]
) -> list[UserError]:
    """`kinds`: of the stored stages, by key. What can't be done to them: removal from under a deal or its past, and
    another kind while deals are there."""
    wanted = {stage.key: stage.kind for stage in stages}
    touched = [key for key, kind in kinds.items() if wanted.get(key) is not kind]
    if not touched:
        return []
    await tx.fetch(_LOCK, playbook_id, touched)
    places = {stage.key: n for n, stage in enumerate(stages)}
    return [error for row in await tx.fetch(_USED, playbook_id, touched) for error in _complaint(row, places)]


def _complaint(row: asyncpg.Record, places: Mapping[str, int]) -> Iterator[UserError]:
    place = places.get(row["key"])
    if place is None and row["deals_ever"]:
        message = f"“{row['key']}” can't be removed: {_deals(row['deals_ever'], 'stand on it or came through it')}."
        yield UserError(ErrorCode.INVALID, f"{message} Keep the stage under its key.", ("stages",))
    if place is not None and row["deals_now"]:
        message = f"“{row['key']}” can't become another kind: {_deals(row['deals_now'], 'stand on it')}."
        path = ("stages", str(place), "kind")
        yield UserError(ErrorCode.INVALID, f"{message} Add a stage of that kind under another key.", path)


def _deals(number: int, doing: str) -> str:
    return f"{number} {'deal' if number == 1 else 'deals'} {doing}"
