"""The number of rows that a query may have to look through for a viewer, in units of cost.

The vendor's people look through tables as large as PostgreSQL's planner takes them to be; a partner's people through
their own deals and what belongs to them, as counted every few minutes. So a price tells a partner nothing of others.
Sizes are rounded up to 1, 2 or 5 times a power of ten: a price changes with them seldom, not with every row.
"""

import asyncio
from collections import Counter
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from uuid import UUID

import asyncpg
import structlog

from app.background import in_background
from app.database import Database
from app.database.failures import MAYBE_UNREACHABLE
from app.identity.viewer import Viewer
from app.nouns import NOUNS
from app.vocabulary import Role

ROWS_OF_A_UNIT = 100
"""Rows that are looked through for one unit of cost."""
MOST = 2_000
"""Units of one look through a table: of larger ones, the rest is debited as it is measured."""
EVERY_SECONDS = 600.0
MOST_COUNTED = 200_000
"""Of more deals, a sample of about so many is counted."""

_LISTED = {noun.table: noun.rows for noun in NOUNS if noun.rows is not None}
TABLES = tuple(_LISTED)
OF_A_DEAL: Mapping[str, int] = {table: rows.of_a_deal for table, rows in _LISTED.items() if rows.of_a_deal}
"""About how many rows of a table belong to each deal. Of others, partners' people see all (`SHARED`), or nothing that
is worth a price."""
SHARED = frozenset(table for table, rows in _LISTED.items() if rows.shared)

_SIZES = """
SELECT n AS name, coalesce(sum(greatest(c.reltuples, 0)), 0)::bigint AS rows FROM unnest($1::text[]) n
LEFT JOIN pg_class c ON c.relkind = 'r' AND (c.oid = to_regclass(n) OR c.oid IN (
  SELECT i.inhrelid FROM pg_inherits i WHERE i.inhparent = to_regclass(n)))
GROUP BY n
"""
_DEALS = "SELECT partner_id, owner_id, count(*) AS n FROM opportunity{} WHERE partner_id IS NOT NULL GROUP BY 1, 2"

log = structlog.get_logger(__name__)


class Reach(dict[str, int]):
    """Units of a look through each table. `is_walled`: the viewer's rows are a share of it; `prices`: for whoever
    reckons with it, what came of it."""

    __slots__ = ("is_walled", "prices")

    def __init__(self, units: Mapping[str, int], *, is_walled: bool) -> None:
        super().__init__(units)
        self.is_walled = is_walled
        self.prices: dict[object, int] = {}


NOWHERE = Reach({}, is_walled=False)


@dataclass(frozen=True, slots=True)
class Sizes:
    """Rows by table, and deals by partner and by owner."""

    rows: Mapping[str, int] = field(default_factory=dict)
    of_partners: Mapping[UUID, int] = field(default_factory=dict)
    of_owners: Mapping[UUID, int] = field(default_factory=dict)

    def reach_of(self, viewer: Viewer) -> Reach:
        if viewer.is_vendor:
            return Reach({name: units(rows) for name, rows in self.rows.items()}, is_walled=False)
        deals = self.of_partners.get(viewer.organization_id, 0)
        if viewer.role is Role.PARTNER_SELLER:
            deals = self.of_owners.get(viewer.user_id, 0)
        own = {name: units(deals * each) for name, each in OF_A_DEAL.items()}
        own |= {name: units(self.rows.get(name, 0)) for name in SHARED}
        return Reach(own, is_walled=True)


def units(rows: int) -> int:
    """Rounded up to 1, 2 or 5 times a power of ten; at most `MOST`."""
    exact, step = -(-rows // ROWS_OF_A_UNIT), 1
    while step < MOST:
        for rounded in (step, 2 * step, 5 * step):
            if rounded >= exact:
                return min(rounded, MOST) if exact else 0
        step *= 10
    return MOST


_sizes = Sizes()


def use_sizes(sizes: Sizes) -> None:
    """From now on, price by these."""
    global _sizes
    _sizes = sizes


def reach_of(viewer: Viewer) -> Reach:
    known: tuple[Sizes, Reach] | None = viewer.noted.get("reach")
    if known is None or known[0] is not _sizes:
        known = viewer.noted["reach"] = _sizes, _sizes.reach_of(viewer)
    return known[1]


async def measured(database: Database) -> Sizes:
    rows = {row["name"]: row["rows"] for row in await database.fetch(_SIZES, list(TABLES))}
    percent = min(100.0, 100.0 * MOST_COUNTED / max(rows.get("opportunity", 0), 1))
    sample = "" if percent == 100 else f" TABLESAMPLE SYSTEM ({percent:.4f}) REPEATABLE (1)"
    partners, owners = Counter[UUID](), Counter[UUID]()
    for row in await database.fetch(_DEALS.format(sample)):
        number = round(row["n"] * 100 / percent)
        partners[row["partner_id"]] += number
        if row["owner_id"] is not None:
            owners[row["owner_id"]] += number
    rows["opportunity"] = max(rows.get("opportunity", 0), partners.total())  # of which statistics may not know yet
    return Sizes(rows, partners, owners)


@asynccontextmanager
async def measured_again(database: Database, every: float = EVERY_SECONDS) -> AsyncIterator[None]:
    """Prices follow the sizes of tables inside, as they were a while ago."""
    await _measure(database)
    try:
        async with in_background(_go_on(database, every), name="sizes of tables"):
            yield
    finally:
        use_sizes(Sizes())


async def _go_on(database: Database, every: float) -> None:
    while True:
        await asyncio.sleep(every)
        await _measure(database)


async def _measure(database: Database) -> None:
    """While they can't be asked for, the sizes stay as they were."""
    try:
        use_sizes(await measured(database))
    except (*MAYBE_UNREACHABLE, asyncpg.PostgresError) as error:
        log.warning("table sizes can't be refreshed", error=repr(error))
