"""What reads are priced by: sizes of tables for the vendor's people, their own deals for a partner's."""

from collections.abc import Iterator
from dataclasses import replace
from uuid import uuid4

import asyncpg
import pytest

from app.database import database
from app.demo.people import demo_id
from app.identity.reach import MOST, Reach, Sizes, measured, measured_again, reach_of, units, use_sizes
from app.identity.users import viewer_of
from app.identity.viewer import Viewer
from tests.schema.world import Demo


@pytest.fixture(autouse=True)
def forgotten() -> Iterator[None]:
    yield
    use_sizes(Sizes())


async def person(name: str) -> Viewer:
    viewer = await viewer_of(str(demo_id(f"user/{name}")))
    assert viewer is not None
    return viewer


async def analyze(demo: Demo) -> None:
    connection = await asyncpg.connect(demo.database.url)  # the server's own roles may not
    await connection.execute("ANALYZE")
    await connection.close()


@pytest.mark.parametrize(
    ("rows", "expected"),
    [(0, 0), (1, 1), (100, 1), (101, 2), (201, 5), (501, 10), (48_500, 500), (100_000, 1_000), (10**9, MOST)],
)
def test_sizes_are_rounded_up_so_that_prices_seldom_change(rows: int, expected: int) -> None:
    assert units(rows) == expected


async def test_partners_are_priced_by_their_own_deals_alone(demo: Demo) -> None:
    manager, seller, vendor = [await person(name) for name in ("Lena Brandt", "Jonas Frei", "Ingrid Solberg")]
    await analyze(demo)
    sizes = await measured(database())
    deals = await database().fetchrow(
        "SELECT count(*) AS all, count(*) FILTER (WHERE partner_id = $1) AS of_partner,"
        " count(*) FILTER (WHERE owner_id = $2) AS of_owner FROM opportunity",
        manager.organization_id,
        seller.user_id,
    )
    assert deals is not None
    assert sizes.rows["opportunity"] == deals["all"]
    assert sizes.of_partners[manager.organization_id] == deals["of_partner"] > 0
    assert sizes.of_owners[seller.user_id] == deals["of_owner"] > 0

    grown = replace(sizes, rows=dict.fromkeys(sizes.rows, 10**6), of_partners={**sizes.of_partners, uuid4(): 10**6})
    for viewer in (manager, seller):
        before, after = sizes.reach_of(viewer), grown.reach_of(viewer)
        assert {name for name in before if before[name] != after[name]} <= {
            "content",
            "playbook",
            "registration_policy",
            "stage",
        }
        assert before.is_walled
    assert grown.reach_of(vendor)["opportunity"] == MOST
    assert not grown.reach_of(vendor).is_walled


async def test_a_server_knows_sizes_while_it_runs(demo: Demo) -> None:
    vendor = await person("Ingrid Solberg")
    await analyze(demo)
    assert reach_of(vendor) == Reach({}, is_walled=False)
    async with measured_again(database()):
        assert reach_of(vendor)["opportunity"] >= 1
        assert reach_of(vendor) is reach_of(vendor)
    assert reach_of(vendor) == {}
