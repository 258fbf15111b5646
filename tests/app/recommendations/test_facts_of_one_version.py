"""Advice is kept for the version of the deal that all of its facts are of, whatever changes while they are read."""

from collections.abc import Awaitable, Callable
from datetime import UTC, datetime
from uuid import UUID

import asyncpg

from app.contacts.linking import set_contacts
from app.deals.editing import Changed
from app.recommendations.facts import gather
from app.recommendations.serve import advice, keep, recommendations
from tests.schema.world import VENDOR, Demo, person

DEAL = """SELECT o.id FROM opportunity o WHERE o.status = 'OPEN' AND EXISTS (SELECT FROM opportunity_contact l
  JOIN contact p ON p.id = l.contact_id AND p.account_id = o.account_id
    AND (p.partner_id IS NULL OR p.partner_id = o.partner_id)
  WHERE l.opportunity_id = o.id AND p.buying_role IS NOT NULL) ORDER BY o.id LIMIT 1"""
KEPT = "SELECT opportunity_version FROM recommendation WHERE opportunity_id = $1"
VERSION = "SELECT version FROM opportunity WHERE id = $1"


class Interrupted:
    """A reader after whose first statement something happens."""

    def __init__(self, demo: Demo, then: Callable[[], Awaitable[object]]) -> None:
        self._database, self._then, self._left = demo.database, then, 1

    async def fetch(self, sql: str, /, *parameters: object) -> list[asyncpg.Record]:
        rows = await self._database.fetch(sql, *parameters)
        self._left, due = 0, self._left
        if due:
            await self._then()
        return rows

    async def fetchrow(self, sql: str, /, *parameters: object) -> asyncpg.Record | None:
        return await self._database.fetchrow(sql, *parameters)


async def test_people_who_leave_while_facts_are_read_leave_the_next_advice(demo: Demo) -> None:
    id: UUID = await demo.value(DEAL)
    viewer, at = await person(VENDOR), datetime.now(UTC)

    async def everybody_leaves() -> None:
        assert isinstance(await set_contacts(viewer, id, []), Changed)

    gathered = await gather(Interrupted(demo, everybody_leaves), [id], at)
    assert gathered[id].facts.buying_roles
    async with demo.database.transaction() as tx:
        await keep(tx, gathered, {id: advice(gathered[id], at)}, at)
    version: int = await demo.value(VERSION, id)
    assert await demo.value(KEPT, id) == version - 1

    await recommendations(demo.database, viewer, [id], first=3, refresh=False, at=at)
    assert await demo.value(KEPT, id) == version
    assert not (await gather(demo.database, [id], at))[id].facts.buying_roles
