"""What is asked about a page may need none of its rows: it is one answer all the same, empty or full."""

import pytest

from app.demo.people import demo_id
from app.identity.users import viewer_of
from tests.schema.engine.compare import compare
from tests.schema.world import VENDOR, Demo

LISTS = ("guidanceRules", "opportunities", 'accounts(search: "nobody is called so")', "opportunities(first: 0)")
BARE = (
    "pageInfo { __typename }",
    "totalCount pageInfo { hasPreviousPage }",
    "pageInfo { hasNextPage startCursor }",
    "__typename totalCount",
)


@pytest.mark.parametrize("list_", LISTS)
@pytest.mark.parametrize("asked", BARE)
async def test_a_page_without_its_rows(demo: Demo, list_: str, asked: str) -> None:
    viewer = await viewer_of(str(demo_id(f"user/{VENDOR}")))
    assert viewer is not None
    compared = await compare(viewer, f"{{ {list_} {{ {asked} }} }}")
    assert compared.by_plan
    assert compared.planned == compared.reference
