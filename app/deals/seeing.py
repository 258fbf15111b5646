"""Whether somebody else than the viewer sees a deal or a registration."""

from collections.abc import Collection
from functools import lru_cache
from uuid import UUID

from app.database.sql import Slot, Statement, sql
from app.events.log import Reader
from app.identity.scopes import VisibilityScope, scope_of, slots_of
from app.identity.viewer import Viewer
from app.identity.visibility import visible

_IDS = Slot("seeing.ids")


@lru_cache(maxsize=16)
def _statement(scope: VisibilityScope, table: str) -> Statement:
    text = f"SELECT x.id FROM {table} x WHERE x.id = ANY ({{}}::uuid[]) AND {{}}"  # noqa: S608 (a constant)
    return sql(text, _IDS, visible(scope, table, "x")).statement()


async def seen_by(db: Reader, person: Viewer, table: str, ids: Collection[UUID]) -> frozenset[UUID]:
    """Of these rows of `opportunity` or `deal_registration`, those that the person sees."""
    if not ids:
        return frozenset()
    statement = _statement(scope_of(person), table)
    rows = await db.fetch(statement.text, *statement.arguments({**slots_of(person), _IDS.name: list(ids)}))
    return frozenset(row["id"] for row in rows)
