"""Bodies of a partner's webhooks: the whole log told again, with all that events point at, and no mark of competitors.

The hunt proves itself: the same log, told to the vendor, is full of marks.
"""

from functools import partial
from uuid import UUID

import pytest
from graphql import GraphQLObjectType

from app.vocabulary import Role
from app.webhooks.replaying import go_on
from app.webhooks.replays import ReplayBegun, replay
from schema import schema
from tests import hunts
from tests.app.webhooks.world import endpoint, received, settled
from tests.schema.mutation_matrix import PEOPLE
from tests.schema.world import MANAGER, Demo, person
from tests.soak.hunting import everything_of, marks_in
from tests.soak.marked import mark
from tests.soak.test_consumers import DRAINED_WITHIN
from tests.waiting import until

EVENTS = hunts.size(60, whole=100_000)
ADMIN = PEOPLE[Role.VENDOR_ADMIN]


def everything() -> str:
    event = schema._schema.type_map["Event"]
    assert isinstance(event, GraphQLObjectType)
    return f"subscription {{ eventLogged {{ {everything_of(event)} }} }}"


async def _is_told(demo: Demo, endpoint_id: UUID) -> bool:
    """All of it: it goes on when enough has been sent."""
    return await go_on(demo.database, endpoint_id) is None


async def _is_delivered(demo: Demo) -> bool:
    """All of it, also what a busy machine was too slow for at first."""
    await demo.database.fetch("UPDATE webhook_delivery SET due_at = now() WHERE due_at > now() AND attempt > 0")
    return bool(await demo.value("SELECT count(*) FROM webhook_delivery WHERE status <> 'DELIVERED'") == 0)


@pytest.mark.soak
@pytest.mark.falls_back("not planned")
async def test_no_body_of_a_partners_holds_anything_of_a_competitors(demo: Demo) -> None:
    marked = await mark(demo.database, MANAGER)
    (last, *_) = await demo.database.fetch(
        "SELECT xid, seq FROM (SELECT xid, seq FROM event ORDER BY xid DESC, seq DESC LIMIT $1) e ORDER BY 1, 2", EVENTS
    )
    async with received(demo, max_query_cost=10**8) as receiver:
        for path, who in (("/partner", MANAGER), ("/vendor", ADMIN)):
            id, _ = await endpoint(demo, receiver.url(path), who, document=everything())
            assert isinstance(await replay(await person(who), UUID(id[4:]), last["seq"]), ReplayBegun)
            await until(partial(_is_told, demo, UUID(id[4:])), within=DRAINED_WITHIN)
        await settled(demo)
        await until(partial(_is_delivered, demo), within=DRAINED_WITHIN)
    heard = [found for one in receiver.at("/partner") for found in marks_in(one.body, "", None, marked)]
    proof = [found for one in receiver.at("/vendor") for found in marks_in(one.body, "", None, marked)]
    assert heard == []
    assert proof, "nothing was marked"
    assert len(receiver.at("/vendor")) > len(receiver.at("/partner"))
    hunts.record(
        "Leaks in bodies of webhooks",
        f"{len(receiver.at('/vendor'))} events told to the vendor held {len(proof):,} marks",
        f"{len(receiver.at('/partner'))} of them were a partner's, and held none",
    )
