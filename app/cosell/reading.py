"""The team of deals, as far as the viewer sees them."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache
from uuid import UUID

from app.database.sql import Slot, Statement, all_of, sql
from app.events.log import Reader
from app.identity.scopes import VisibilityScope, scope_of, slots_of
from app.identity.viewer import Viewer
from app.identity.visibility import visible
from app.vocabulary import TeamAccess, TeamRole

IDS = Slot("opportunity_ids")


@dataclass(frozen=True, slots=True)
class Member:
    user_id: UUID
    role: TeamRole
    access: TeamAccess
    added_at: datetime
    added_by_id: UUID | None = None


async def teams(db: Reader, viewer: Viewer, ids: Sequence[UUID]) -> Mapping[UUID, list[Member]]:
    """The owner first, then in the order in which they were added; with everybody, seen by the viewer or not."""
    statement = _statement(scope_of(viewer))
    found: dict[UUID, list[Member]] = defaultdict(list)
    for row in await db.fetch(statement.text, *statement.arguments({**slots_of(viewer), IDS.name: list(ids)})):
        found[row["opportunity_id"]].append(
            Member(
                row["user_id"], TeamRole(row["role"]), TeamAccess(row["access"]), row["added_at"], row["added_by_id"]
            )
        )
    return found


@lru_cache(maxsize=4)
def _statement(scope: VisibilityScope) -> Statement:
    return sql(
        "SELECT o.id AS opportunity_id, m.user_id, m.role, m.access, m.added_at, m.added_by_id FROM opportunity o"
        " CROSS JOIN LATERAL (SELECT 0 AS place, o.owner_id AS user_id, 'OWNER' AS role, 'EDIT' AS access,"
        "  o.created_at AS added_at, NULL::uuid AS added_by_id, o.id WHERE o.owner_id IS NOT NULL"
        "  UNION ALL SELECT 1, t.user_id, t.role, t.access, t.added_at, t.added_by_id, t.id FROM team_member t"
        "  WHERE t.opportunity_id = o.id AND t.user_id IS DISTINCT FROM o.owner_id AND {}) m"
        " WHERE {} ORDER BY o.id, m.place, m.added_at, m.id",
        visible(scope, "team_member", "t"),
        all_of([sql("o.id = ANY ({}::uuid[])", IDS), visible(scope, "opportunity", "o")]),
    ).statement()
