"""`winProbability` where the vendor has chosen the model's: field, filter and order say the same, sums that they go by
the stages."""

from collections.abc import Iterator
from typing import Any

import pytest

from app.deals import pipeline
from app.settings import use_settings
from app.vocabulary import WinProbability
from tests.conftest import SETTINGS
from tests.schema.test_cosell import LEADER, Joint, joint
from tests.schema.test_predicted_advice import MODEL, PREDICTED
from tests.schema.world import MANAGER, SELLER, Demo, deal_of

__all__ = ["joint"]

LIST = """query($f: OpportunityFilter, $o: OpportunityOrder) { opportunities(first: 50, filter: $f, orderBy: $o) {
  totalCount nodes { id winProbability stage { winProbability } prediction { winProbability } } } }"""
SUMS = """query($f: OpportunityFilter) { pipeline(filter: $f) { total { count } } }"""


@pytest.fixture
def by_model(demo: Demo) -> Iterator[None]:  # whose fixture sets settings of its own
    pipeline._statement.cache_clear()
    use_settings(SETTINGS.model_copy(update={"win_probability": WinProbability.MODEL}))
    yield
    use_settings(SETTINGS)
    pipeline._statement.cache_clear()


async def predicted(demo: Demo, deal: str, probability: float) -> None:
    model = await demo.value(MODEL)
    await demo.value(PREDICTED, deal[4:], model, "MODEL", "[]", None)
    await demo.value("UPDATE prediction SET win_probability = $2 WHERE id = $1 RETURNING id", deal[4:], probability)


async def listed(demo: Demo, who: str, **given: Any) -> list[dict[str, Any]]:
    return list((await demo.run(LIST, who, **given))["opportunities"]["nodes"])


async def counted(demo: Demo, who: str, low: float, high: float) -> int:
    wanted = {"status": ["OPEN"], "winProbability": {"min": low, "max": high}}
    return int((await demo.run(SUMS, who, f=wanted))["pipeline"]["total"]["count"])


@pytest.mark.usefixtures("by_model")
async def test_filter_order_and_pipeline_go_by_what_is_shown(demo: Demo) -> None:
    deal = await deal_of(demo, SELLER)
    await predicted(demo, deal, 0.123)
    every = await listed(demo, SELLER, f={"status": ["OPEN"]}, o={"field": "WIN_PROBABILITY", "direction": "ASC"})
    said = [one["winProbability"] for one in every]
    assert said == sorted(said)
    assert [one["winProbability"] for one in every if one["id"] == deal] == [0.123]
    for one in every:
        shown = (one["prediction"] or one["stage"])["winProbability"]
        assert one["winProbability"] == shown
    near = {"status": ["OPEN"], "winProbability": {"min": 0.122, "max": 0.124}}
    assert [one["id"] for one in await listed(demo, SELLER, f=near)] == [deal]
    assert await counted(demo, SELLER, 0.122, 0.124) == 1
    of_stage = next(one["stage"]["winProbability"] for one in every if one["id"] == deal)
    others = sum(one["winProbability"] == of_stage for one in every)
    assert await counted(demo, SELLER, of_stage, of_stage) == others
    backwards = await listed(demo, SELLER, f={"status": ["OPEN"]}, o={"field": "WIN_PROBABILITY", "direction": "DESC"})
    assert [one["winProbability"] for one in backwards] == said[::-1]


@pytest.mark.usefixtures("by_model")
async def test_who_sells_along_finds_it_by_its_stage_alone(joint: Joint) -> None:
    """Else a filter would tell what is predicted."""
    demo = joint.demo
    await joint.join(access="EDIT")
    await predicted(demo, joint.id, 0.123)
    near = {"ids": [joint.id], "winProbability": {"min": 0.122, "max": 0.124}}
    assert [one["id"] for one in await listed(demo, LEADER, f=near)] == [joint.id]
    assert await listed(demo, MANAGER, f=near) == []
    [seen] = await listed(demo, MANAGER, f={"ids": [joint.id]})
    assert seen["winProbability"] == seen["stage"]["winProbability"]
    assert seen["prediction"] is None
    assert await counted(demo, MANAGER, 0.122, 0.124) == 0
