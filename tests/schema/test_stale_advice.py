"""Advice that is put off, dismissed or not answered, as sellers meet it over days."""

from datetime import UTC, date, datetime, time, timedelta
from typing import Any
from uuid import UUID

import pytest

from app.demo.people import demo_id
from app.identity.users import viewer_of
from app.recommendations.respond import Responded
from app.recommendations.respond import respond as respond_at
from app.recommendations.serve import recommendations
from app.vocabulary import ActionResponse
from guidance.staleness import working_days_after
from tests.schema.test_recommendations import advice, of_kind, respond
from tests.schema.world import SELLER, Demo, deal_of
from tests.tables import contents_of_all_tables

KEYS = """SELECT key FROM next_best_action WHERE opportunity_id = $1 AND status IN ('PROPOSED', 'ACCEPTED')
  ORDER BY position, id"""
SEEN = "UPDATE next_best_action SET shown_at = $2 WHERE opportunity_id = $1 AND key = ANY ($3) AND status = 'PROPOSED'"
MARK = "mutation($input: MarkCriterionInput!) { markCriterion(input: $input) { userErrors { code } } }"


async def keys_at(demo: Demo, id: str, at: datetime) -> list[str]:
    """Of the deal's open actions in order, as they are when somebody reads them then."""
    viewer = await viewer_of(str(demo_id(f"user/{SELLER}")))
    assert viewer is not None
    await recommendations(demo.database, viewer, [UUID(id[4:])], first=20, refresh=True, at=at)
    return [row["key"] for row in await demo.database.fetch(KEYS, UUID(id[4:]))]


async def key_of(demo: Demo, action: dict[str, Any]) -> str:
    return str(await demo.value("SELECT key FROM next_best_action WHERE id = $1", action["id"][4:]))


TODAY = datetime.now(UTC).date()


def midday(days: int) -> datetime:
    """So many days from the day on which the tests began."""
    return datetime.combine(TODAY + timedelta(days=days), time(12), UTC)


def after_working_days(number: int) -> datetime:
    return next(at for days in range(20) if working_days_after(midday(0).date(), (at := midday(days)).date()) == number)


async def test_what_nobody_answers_for_three_working_days_makes_way(demo: Demo) -> None:
    id = await deal_of(demo, SELLER)
    two, three = after_working_days(2), after_working_days(3)
    unseen = {at: await keys_at(demo, id, at) for at in (two, three)}
    shown = [key for key in unseen[three] if key in unseen[two]][:3]
    await demo.database.fetch(SEEN, id[4:], midday(0), shown)
    assert await keys_at(demo, id, two) == unseen[two]
    later = await keys_at(demo, id, three)
    assert len(later) > len(shown)
    assert all(later.index(key) > place for place, key in enumerate(shown))
    taken = await demo.value("SELECT id FROM next_best_action WHERE key = $1 AND opportunity_id = $2", shown[0], id[4:])
    assert (await respond(demo, f"nba_{taken}", "ACCEPT"))["userErrors"] == []
    assert (await keys_at(demo, id, three))[0] == shown[0]


async def test_not_now_comes_back_on_the_day_that_was_said(demo: Demo) -> None:
    id, action = await of_kind(demo, "SHARE_CONTENT")
    key, day = await key_of(demo, action), midday(10).date()
    put_off = await respond(demo, action["id"], "SNOOZE", until=day.isoformat())
    assert put_off["userErrors"] == []
    assert put_off["action"]["status"] == "SNOOZED"
    assert key not in await keys_at(demo, id, midday(0))
    assert key not in await keys_at(demo, id, midday(9))
    assert key in await keys_at(demo, id, midday(10))


async def test_another_day_may_be_said_and_what_sleeps_takes_no_other_answer(demo: Demo) -> None:
    id, action = await of_kind(demo, "SHARE_CONTENT")
    key = await key_of(demo, action)
    for days in (5, 3):
        assert (await respond(demo, action["id"], "SNOOZE", until=str(midday(days).date())))["userErrors"] == []
    before = await contents_of_all_tables(demo.database)
    assert (await respond(demo, action["id"], "SNOOZE", until=str(midday(3).date())))["userErrors"] == []
    for response, more in (("ACCEPT", {}), ("COMPLETE", {}), ("DISMISS", {"reason": "No"})):
        refused = await respond(demo, action["id"], response, **more)
        assert [(one["code"], one["path"]) for one in refused["userErrors"]] == [("CONFLICT", ["actionId"])]
    assert await contents_of_all_tables(demo.database) == before
    assert key in await keys_at(demo, id, midday(3))


async def test_tomorrow_of_an_evening_in_the_americas_is_a_night_away(demo: Demo) -> None:
    """Where UTC has that day already."""
    id, action = await of_kind(demo, "SHARE_CONTENT")
    key, viewer = await key_of(demo, action), await viewer_of(str(demo_id(f"user/{SELLER}")))
    assert viewer is not None
    evening = midday(1) - timedelta(hours=11)
    response = ActionResponse.SNOOZE
    said = await respond_at(viewer, UUID(action["id"][4:]), response, until=evening.date(), at=evening)
    assert isinstance(said, Responded)
    assert key not in await keys_at(demo, id, evening + timedelta(hours=11))
    again = await respond_at(viewer, said.action_id, response, until=midday(2).date(), at=midday(1))
    assert isinstance(again, Responded)
    once_more = await respond_at(viewer, said.action_id, response, until=midday(1).date(), at=midday(1))
    assert isinstance(once_more, Responded)
    assert key not in await keys_at(demo, id, midday(1) + timedelta(hours=11))
    assert key in await keys_at(demo, id, midday(1) + timedelta(hours=12))


@pytest.mark.parametrize("until", [None, "yesterday", "too late"])
async def test_a_day_that_makes_no_sense_is_refused(demo: Demo, until: str | None) -> None:
    id = await deal_of(demo, SELLER)
    (first, *_) = (await advice(demo, id))["actions"]
    days = {"yesterday": -1, "too late": 400}
    given = {} if until is None else {"until": str(midday(days[until]).date())}
    before = await contents_of_all_tables(demo.database)
    refused = await respond(demo, first["id"], "SNOOZE", **given)
    assert [(one["code"], one["path"]) for one in refused["userErrors"]] == [("INVALID", ["until"])]
    other = await respond(demo, first["id"], "ACCEPT", until=str(date(2030, 1, 1)))
    assert [(one["code"], one["path"]) for one in other["userErrors"]] == [("INVALID", ["until"])]
    assert await contents_of_all_tables(demo.database) == before


async def test_dismissed_advice_returns_when_its_criterion_was_marked_and_falls_again(demo: Demo) -> None:
    id, action = await of_kind(demo, "COMPLETE_CRITERION", "stage_id IN (SELECT stage_id FROM criterion c"
                               " WHERE c.required GROUP BY stage_id HAVING count(*) > 2)")  # fmt: skip
    key, criterion = await key_of(demo, action), action["criterion"]["id"]
    assert (await respond(demo, action["id"], "DISMISS", reason="They never tell"))["userErrors"] == []
    assert key not in await keys_at(demo, id, midday(1))
    for met in (True, False):
        marked = await demo.run(MARK, SELLER, input={"opportunityId": id, "criterionId": criterion, "met": met})
        assert marked["markCriterion"]["userErrors"] == []
    assert key in await keys_at(demo, id, midday(1))
