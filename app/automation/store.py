"""Reading automations."""

from collections.abc import Collection, Sequence
from uuid import UUID

from app.automation.definition import COLUMNS, Stored, stored
from app.events.log import Reader
from app.identity.scopes import VisibilityScope
from app.identity.viewer import ClientIdentity, Viewer
from app.identity.visibility import visible
from app.vocabulary import ApiScope, EventType, OrganizationKind, Role

_BY_EVENT = f"SELECT {COLUMNS} FROM automation a WHERE a.enabled AND $1 = ANY (a.events) ORDER BY a.key"  # noqa: S608
_TIMED = f"SELECT {COLUMNS} FROM automation a WHERE a.enabled AND a.events = '{{}}' ORDER BY a.key"  # noqa: S608
_BY_ID = f"SELECT {COLUMNS} FROM automation a WHERE a.id = $1 AND a.removed_at IS NULL"  # noqa: S608
_BY_KEY = f"SELECT {COLUMNS} FROM automation a WHERE a.key = $1 AND a.removed_at IS NULL"  # noqa: S608
TOLD = f"(e.readers IS NULL AND {visible(VisibilityScope.EVERYTHING, 'event', 'e').statement().text})"
"""Of an event `e`: automations, which are the vendor's, may know of it."""
BY_SOMEBODY = "(e.actor_id IS NOT NULL AND NOT EXISTS (SELECT FROM automation ya WHERE ya.id = e.actor_id))"
"""Of an event `e`: a person or their client did it. For automations, users of the same id stand."""
MEANINGLESS = frozenset({EventType.OPPORTUNITY_LEFT, EventType.OPPORTUNITY_CAME, EventType.TASK_OVERDUE})
"""Types that are no sign of life in a deal, whoever brought them about."""
SIGN_OF_LIFE = (
    f"(e.type = '{EventType.OPPORTUNITY_CREATED}' OR ({BY_SOMEBODY} AND e.type NOT IN"
    f" ({', '.join(map(repr, sorted(map(str, MEANINGLESS))))})))"
)
"""Of an event `e`: somebody did something in its deal, or it has just come into being, as by an import."""
DEAL_OF = "coalesce(e.opportunity_id, (e.payload ->> 'opportunityId')::uuid)"
"""Of an event `e`: the deal that it is about, be it by what it says."""
_VENDOR = "SELECT u.organization_id, u.name FROM user_account u WHERE u.id = $1"


async def of_event(db: Reader, type_: EventType) -> list[Stored]:
    """Those that are enabled and triggered by it."""
    return [stored(row) for row in await db.fetch(_BY_EVENT, type_.value)]


async def timed(db: Reader) -> Sequence[Stored]:
    """Those that are enabled and triggered by the time."""
    return [stored(row) for row in await db.fetch(_TIMED)]


async def by_id(db: Reader, id: UUID, *, lock: bool = False) -> Stored | None:
    row = await db.fetchrow(_BY_ID + (" FOR NO KEY UPDATE" if lock else ""), id)
    return None if row is None else stored(row)


async def by_key(db: Reader, key: str, *, lock: bool = False) -> Stored | None:
    row = await db.fetchrow(_BY_KEY + (" FOR NO KEY UPDATE" if lock else ""), key)
    return None if row is None else stored(row)


async def viewer_of(db: Reader, automation_id: UUID, role: Role, scopes: Collection[str] | None) -> Viewer:
    """The user that stands for it, of the vendor, with the rights of the role that it was saved with and, where an API
    client saved it, within that client's scopes."""
    row = await db.fetchrow(_VENDOR, automation_id)
    assert row is not None, "a user stands for each automation"
    client = None
    if scopes is not None:
        client = ClientIdentity(row["name"], frozenset(scope for scope in ApiScope if scope.value in scopes))
    return Viewer(automation_id, row["organization_id"], OrganizationKind.VENDOR, role, client=client)
