"""Reasons for which deals end, as a playbook has them, and how many deals ended for each."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

import orjson

from app.database.sql import Slot, Sql, all_of, sql
from app.deals.queries import conditions
from app.events.log import Reader
from app.identity.scopes import scope_of, slots_of
from app.identity.viewer import Viewer
from app.identity.visibility import visible

MOST = 1_000
_OF_PLAYBOOKS = "SELECT id, close_reasons::text AS reasons FROM playbook WHERE id = ANY ($1::uuid[])"


async def close_reasons(db: Reader, playbook_ids: Sequence[UUID]) -> dict[UUID, list[dict[str, str]]]:
    """Of each playbook, in order: key, label, outcome."""
    return {row["id"]: orjson.loads(row["reasons"]) for row in await db.fetch(_OF_PLAYBOOKS, list(playbook_ids))}


def _slot(name: str) -> Slot:
    return Slot(f"filter.{name}")


@dataclass(frozen=True, slots=True)
class CloseReasonCount:
    """`key`, `label`: None of deals that ended without one."""

    playbook_key: str
    outcome: str
    key: str | None
    label: str | None
    count: int


async def counted(db: Reader, viewer: Viewer, filters: Mapping[str, Any]) -> list[CloseReasonCount]:
    """Of the closed deals that the viewer sees and that match, most first. A reason is called as the newest version of
    its playbook that has it calls it."""
    wanted: list[Sql] = [
        sql("o.status <> 'OPEN'"),
        visible(scope_of(viewer), "opportunity", "o"),
        *conditions(scope_of(viewer), "o", lambda name: _slot(name) if name in filters else None),
    ]
    statement = sql(
        "SELECT p.key AS playbook_key, o.status, o.close_reason_key AS key, count(*) AS n,"
        " (array_agg(r.label ORDER BY p.version DESC) FILTER (WHERE r.label IS NOT NULL))[1] AS label"
        " FROM opportunity o JOIN playbook p ON p.id = o.playbook_id"
        " LEFT JOIN LATERAL jsonb_to_recordset(p.close_reasons) AS r(key text, label text)"
        " ON r.key = o.close_reason_key"
        " WHERE {} GROUP BY 1, 2, 3 ORDER BY n DESC, 1, 2, 3 LIMIT {}",
        all_of(wanted),
        MOST,
    ).statement()
    slots = {**slots_of(viewer), **{_slot(name).name: value for name, value in filters.items()}}
    return [
        CloseReasonCount(row["playbook_key"], row["status"], row["key"], row["label"], row["n"])
        for row in await db.fetch(statement.text, *statement.arguments(slots))
    ]
