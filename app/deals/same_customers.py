"""Accounts that are likely the same customer: those of one name, however it is spelt."""

from collections.abc import Sequence
from functools import lru_cache
from uuid import UUID

from app.database.sql import Slot, Sql, Statement, all_of, sql
from app.events.log import Reader
from app.identity.scopes import VisibilityScope, scope_of, slots_of
from app.identity.viewer import Viewer
from app.identity.visibility import visible

MOST = 20
"""Shown for each account."""
IDS = Slot("account_ids")


def has_likely_duplicates(scope: VisibilityScope, account: str) -> Sql:
    """Whether there is another one that the viewer sees."""
    same = f"SELECT FROM account sa WHERE sa.name_key = {account}.name_key AND sa.id <> {account}.id"
    return sql(f"EXISTS ({same} AND {{}})", visible(scope, "account", "sa"))


async def likely_duplicates(db: Reader, viewer: Viewer, ids: Sequence[UUID]) -> dict[UUID, list[UUID]]:
    """Of each of `ids`, those that the viewer sees: the first `MOST`. One statement."""
    statement = _statement(scope_of(viewer))
    found: dict[UUID, list[UUID]] = {id: [] for id in ids}
    for row in await db.fetch(statement.text, *statement.arguments({**slots_of(viewer), IDS.name: list(ids)})):
        found[row["id"]].append(row["same"])
    return found


@lru_cache(maxsize=4)
def _statement(scope: VisibilityScope) -> Statement:
    same = all_of(
        [sql("sa.name_key = a.name_key"), sql("sa.id <> a.id"), visible(scope, "account", "sa")],
    )
    return sql(
        "SELECT a.id, d.id AS same FROM account a CROSS JOIN LATERAL"
        " (SELECT sa.id FROM account sa WHERE {} ORDER BY sa.id LIMIT {}) d WHERE {} ORDER BY a.id, d.id",
        same,
        MOST,
        all_of([sql("a.id = ANY ({}::uuid[])", IDS), visible(scope, "account", "a")]),
    ).statement()
