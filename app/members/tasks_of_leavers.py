"""Open tasks of people who go: the heir gets those of deals that the heir sees, and the others are nobody's. The
address of their calendar is closed."""

from datetime import UTC, datetime
from uuid import UUID

from app.database import Transaction
from app.deals.seeing import seen_by
from app.events import append, facts
from app.identity.users import person_within
from app.vocabulary import EventType, TaskStatus

_OPEN = """
SELECT t.id, t.opportunity_id, t.registration_id, t.organization_id, t.status FROM task t
WHERE t.assignee_id = $1 AND t.status IN ('OPEN', 'IN_PROGRESS') ORDER BY t.id FOR NO KEY UPDATE
"""
_GIVE = """
UPDATE task SET assignee_id = $2, organization_id = coalesce($3, organization_id), version = version + 1,
  updated_at = $4
WHERE id = $1
"""
_NO_CALENDAR = "DELETE FROM calendar_feed WHERE user_id = $1"


async def hand_over_tasks(tx: Transaction, by: UUID | None, person_id: UUID, heir_id: UUID | None) -> None:
    await tx.execute(_NO_CALENDAR, person_id)
    rows = await tx.fetch(_OPEN, person_id)
    heir = await person_within(tx, heir_id) if heir_id and rows else None
    places = {"opportunity": "opportunity_id", "deal_registration": "registration_id"}
    seen = {
        table: await seen_by(tx, heir, table, {row[column] for row in rows if row[column]}) if heir else frozenset()
        for table, column in places.items()
    }
    for row in rows:
        hidden = any(row[column] and row[column] not in seen[table] for table, column in places.items())
        alone = row["opportunity_id"] is None and row["registration_id"] is None
        takes = heir if heir and not hidden and (not alone or heir.organization_id == row["organization_id"]) else None
        heir_there, organization = (takes.user_id, takes.organization_id) if takes else (None, None)
        await tx.execute(_GIVE, row["id"], heir_there, organization, datetime.now(UTC))
        given = facts.task_changed(
            EventType.TASK_UPDATED,
            row["id"],
            opportunity_id=row["opportunity_id"],
            registration_id=row["registration_id"],
            assignee_id=heir_there,
            former_assignee_id=person_id,
            organization_id=organization or row["organization_id"],
            status=TaskStatus(row["status"]),
            fields=["assignee"],
            actor_id=by,
        )
        await append(tx, given)
