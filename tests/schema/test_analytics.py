"""Analytics, scorecards and suggestions as users meet them."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from app.demo.people import demo_id
from tests.schema.world import ADVANCE, COLLEAGUE, MANAGER, RIVAL, SELLER, VENDOR, Demo, deal_of

RATE = "{ value of low high }"
MONEY = "{ amount currency }"
QUERY = f"""query($f: AnalyticsFilter!) {{ analytics(filter: $f) {{ asOf deals won lost open winRate {RATE}
  wonAmount {MONEY} cycle {{ of mean min p20 median p80 p95 max }}
  funnel {{ stage {{ key playbook {{ key status }} }} entered movedOn sentBack lostHere stillHere wentBack skipped won
    lost stillOpen conversion {RATE} conversionOfDecided {RATE} reachedWin {RATE} winRate {RATE} allPartnersWinRate }}
  velocity {{ stage {{ key }} stays open median p80 p95 outlived allPartnersMedian }}
  bottlenecks {{ stage {{ key }} shareOfTime delayDays days dealsLost amountLost {MONEY} }}
  wins {{ month won lost rate {RATE} wonAmount {MONEY} }}
  lossReasons {{ playbookKey key label count share {RATE} amount {MONEY} }}
  groups {{ key partner {{ name }} owner {{ name }} deals open won lost winRate {RATE} cycle {{ of median }}
    wonAmount {MONEY} }}
  findings {{ stage {{ key }} kind text count observed {RATE} expected costDays costDeals }} }} }}"""
CARDS = f"""query($p: DateRange) {{ partners(first: 20) {{ nodes {{ id name scorecard(period: $p) {{ deals openDeals
  openAmount {MONEY} wonAmount {MONEY} winRate {RATE} medianCycleDays registrations approvedShare {RATE}
  stalledShare {RATE}
  hygiene {{ noNextStep {RATE} closeDatePassed {RATE} silent {RATE} noAmount {RATE} }} }} }} }} }}"""
SUGGESTIONS = f"""query($k: String!) {{ stageSuggestions(playbookKey: $k) {{ stage {{ key targetDays winProbability }}
  winProbability {RATE} targetDays stays note }} }}"""
APPLY = """mutation($i: ApplyStageSuggestionsInput!) { applyStageSuggestions(input: $i) {
  playbook { id key version status stages { key targetDays winProbability kind } }
  userErrors { code path message } } }"""
GROUPS = ("PARTNER", "TIER", "INDUSTRY", "REGION", "SOURCE", "OWNER", "SIZE_BAND")


async def analytics(demo: Demo, who: str, **filter: Any) -> Any:
    return (await demo.run(QUERY, who, f=filter))["analytics"]


async def cards(demo: Demo, who: str, period: dict[str, str] | None = None) -> dict[str, Any]:
    nodes = (await demo.run(CARDS, who, p=period))["partners"]["nodes"]
    return {one["name"]: one["scorecard"] for one in nodes}


async def count(demo: Demo, who: str, **filter: Any) -> int:
    asked = "query($f: OpportunityFilter) { opportunities(first: 1, filter: $f) { totalCount } }"
    found: int = (await demo.run(asked, who, f=filter))["opportunities"]["totalCount"]
    return found


@pytest.mark.parametrize("who", [VENDOR, MANAGER, SELLER, COLLEAGUE, RIVAL])
async def test_figures_are_of_the_deals_that_one_sees_and_add_up(demo: Demo, who: str) -> None:
    for by in GROUPS:
        found = await analytics(demo, who, groupBy=by)
        for part, statuses in (("deals", None), ("open", ["OPEN"]), ("won", ["WON"]), ("lost", ["LOST"])):
            seen = await count(demo, who, **({"status": statuses} if statuses else {}))
            assert (found[part], sum(group[part] for group in found["groups"])) == (seen, seen), (by, part)
    assert sum(month["won"] for month in found["wins"]) == found["won"] == found["cycle"]["of"]
    assert sum(reason["count"] for reason in found["lossReasons"]) == found["lost"]
    assert sum(stage["lostHere"] for stage in found["funnel"]) == found["lost"]
    for stage in found["funnel"]:
        assert stage["entered"] == stage["won"] + stage["lost"] + stage["stillOpen"]
        assert stage["entered"] == stage["movedOn"] + stage["sentBack"] + stage["lostHere"] + stage["stillHere"]
        assert stage["conversion"]["of"] == stage["entered"]
    assert sum(stage["shareOfTime"] for stage in found["bottlenecks"]) == pytest.approx(1)
    assert found["winRate"]["of"] == found["won"] + found["lost"]


async def test_filters_narrow_them(demo: Demo) -> None:
    alpine = f"ptr_{demo_id('org/alpine-it')}"
    of_partner = await analytics(demo, VENDOR, partnerId=alpine)
    assert of_partner["deals"] == await count(demo, VENDOR, partnerId=alpine) > 0
    mine = f"usr_{demo_id(f'user/{SELLER}')}"
    assert (await analytics(demo, VENDOR, ownerId=mine))["deals"] == await count(demo, VENDOR, ownerId=mine) > 0
    groups = {group["key"]: group["deals"] for group in (await analytics(demo, VENDOR, groupBy="TIER"))["groups"]}
    for tier in ("GOLD", "PLATINUM"):
        assert (await analytics(demo, VENDOR, tier=tier))["deals"] == groups[tier]
    groups = {group["key"]: group["deals"] for group in (await analytics(demo, VENDOR, groupBy="REGION"))["groups"]}
    for region, deals in groups.items():
        assert region is None or (await analytics(demo, VENDOR, region=region.upper()))["deals"] == deals
    year = {"from": "2025-01-01", "to": "2099-12-31"}
    for name in ("created", "closed"):
        assert (await analytics(demo, VENDOR, **{name: year}))["deals"] == await count(demo, VENDOR, **{name: year})
    key = "manufacturing"
    found = await analytics(demo, VENDOR, playbookKey=key, source=["PARTNER", "VENDOR", "CO_SELL"])
    assert found["deals"] == await count(demo, VENDOR, playbookKey=key)
    assert {stage["stage"]["playbook"]["key"] for stage in found["funnel"]} == {key}
    nothing = await analytics(demo, VENDOR, playbookKey="no-such", groupBy="OWNER")
    assert (nothing["deals"], nothing["winRate"], nothing["funnel"]) == (
        0,
        {"value": None, "of": 0, "low": None, "high": None},
        [],
    )


async def test_what_is_asked_wrongly_is_said(demo: Demo) -> None:
    tomorrow = (datetime.now(UTC) + timedelta(days=1)).isoformat()
    for filter, path in (
        ({"asOf": tomorrow}, ["filter", "asOf"]),
        ({"created": {"from": "2026-02-01", "to": "2026-01-01"}}, ["filter", "created"]),
        ({"entered": {"from": "2026-02-01", "to": "2026-01-01"}}, ["filter", "entered"]),
        ({"partnerId": "ptr_1"}, ["filter", "partnerId"]),
        ({"ownerId": f"ptr_{demo_id('org/alpine-it')}"}, ["filter", "ownerId"]),
    ):
        assert await demo.errors(QUERY, VENDOR, f=filter) == [("INVALID", path)]
    period = {"from": "2026-02-01", "to": "2026-01-01"}
    assert ("INVALID", ["period"]) in await demo.errors(CARDS, VENDOR, p=period)


async def test_the_past_is_what_it_was(demo: Demo) -> None:
    before = await analytics(demo, MANAGER)
    deal = await deal_of(demo, SELLER)
    given = {"opportunityId": deal, "toStageKey": "closed-lost", "reason": "They said no"}
    assert (await demo.run(ADVANCE, SELLER, input=given))["advanceStage"]["userErrors"] == []
    now = await analytics(demo, MANAGER)
    assert (now["lost"], now["open"]) == (before["lost"] + 1, before["open"] - 1)
    then = await analytics(demo, MANAGER, asOf=before["asOf"])
    assert then == before


async def test_a_partner_s_figures_tell_nothing_of_a_competitor(demo: Demo) -> None:
    asked = [{"groupBy": by} for by in ("PARTNER", "OWNER")]
    at = datetime.now(UTC).isoformat()
    before = [await analytics(demo, who, asOf=at, **f) for who in (MANAGER, SELLER) for f in asked]
    scored = [await cards(demo, who) for who in (MANAGER, SELLER)]
    async with demo.database.transaction() as tx:
        await tx.execute("SET LOCAL ROLE NONE")
        await tx.execute("SET LOCAL session_replication_role = replica")
        gone = "opportunity WHERE partner_id = $1"
        await tx.execute(
            f"DELETE FROM stage_transition WHERE opportunity_id IN (SELECT id FROM {gone})", demo_id("org/brightwater")
        )
        await tx.execute(f"DELETE FROM {gone}", demo_id("org/brightwater"))
    assert [await analytics(demo, who, asOf=at, **f) for who in (MANAGER, SELLER) for f in asked] == before
    assert [await cards(demo, who) for who in (MANAGER, SELLER)] == scored


async def test_however_many_stages_and_groups_there_are_the_statements_are_the_same(demo: Demo) -> None:
    everything = await demo.statements_of(QUERY, VENDOR, f={"groupBy": "OWNER"})
    assert everything == await demo.statements_of(QUERY, VENDOR, f={"groupBy": "OWNER", "playbookKey": "it-software"})
    assert await demo.statements_of("{ analytics(filter: {}) { deals won } }", VENDOR) < everything


async def test_a_scorecard_is_of_the_deals_that_one_sees(demo: Demo) -> None:
    alpine = f"ptr_{demo_id('org/alpine-it')}"
    card = (await cards(demo, VENDOR))["Alpine IT Partners"]
    opened = await count(demo, VENDOR, partnerId=alpine, status=["OPEN"])
    assert (card["deals"], card["openDeals"]) == (await count(demo, VENDOR, partnerId=alpine), opened)
    stalled = await count(demo, VENDOR, partnerId=alpine, stalled=True)
    assert card["stalledShare"] == pytest.approx(
        {**card["stalledShare"], "value": stalled / opened, "of": opened}, abs=1e-12
    )
    assert {rate["of"] for rate in card["hygiene"].values()} == {opened}
    found = await demo.value(
        "SELECT count(*) FROM opportunity WHERE partner_id = $1 AND status = 'OPEN'"
        " AND expected_close_date < (now() AT TIME ZONE 'UTC')::date",
        demo_id("org/alpine-it"),
    )
    assert card["hygiene"]["closeDatePassed"]["value"] == found / opened
    assert (await cards(demo, MANAGER))["Alpine IT Partners"] == card
    never = await cards(demo, VENDOR, {"to": "1999-12-31"})
    assert {(one["deals"], one["winRate"]["of"]) for one in never.values()} == {(0, 0)}


async def test_suggestions_are_written_into_a_draft(demo: Demo) -> None:
    suggested = (await demo.run(SUGGESTIONS, VENDOR, k="it-software"))["stageSuggestions"]
    answer = (await demo.run(APPLY, VENDOR, i={"playbookKey": "it-software"}))["applyStageSuggestions"]
    assert answer["userErrors"] == []
    assert (answer["playbook"]["status"], answer["playbook"]["version"]) == ("DRAFT", 2)
    written = {stage["key"]: stage for stage in answer["playbook"]["stages"]}
    applied = 0
    for one in suggested:
        stage = written[one["stage"]["key"]]
        if one["winProbability"]["of"] >= 20:
            assert stage["winProbability"] == round(one["winProbability"]["value"], 4)
            applied += 1
        else:
            assert stage["winProbability"] == one["stage"]["winProbability"]
        if one["stays"] >= 20:
            assert stage["targetDays"] == max(1, int(one["targetDays"] + 0.5))
    assert applied
    again = (await demo.run(APPLY, VENDOR, i={"playbookKey": "it-software"}))["applyStageSuggestions"]
    assert [(error["code"], error["path"]) for error in again["userErrors"]] == [("INVALID", ["playbookKey"])]


async def test_what_cannot_be_applied_changes_nothing(demo: Demo) -> None:
    for who, given, expected in (
        (VENDOR, {"playbookKey": "no-such"}, ("NOT_FOUND", ["playbookKey"])),
        (VENDOR, {"playbookKey": "it-software", "stageKeys": ["no-such"]}, ("NOT_FOUND", ["stageKeys"])),
        (MANAGER, {"playbookKey": "it-software"}, ("FORBIDDEN", [])),
    ):
        answer = (await demo.run(APPLY, who, i=given))["applyStageSuggestions"]
        assert [(error["code"], error["path"]) for error in answer["userErrors"]] == [expected]
    assert await demo.value("SELECT count(*) FROM playbook WHERE status = 'DRAFT'") == 0


async def test_a_partner_s_suggestions_are_of_its_own_deals(demo: Demo) -> None:
    suggested = (await demo.run(SUGGESTIONS, MANAGER, k="it-software"))["stageSuggestions"]
    funnel = (await analytics(demo, MANAGER, playbookKey="it-software"))["funnel"]
    assert [(one["stage"]["key"], one["winProbability"]) for one in suggested] == [
        (one["stage"]["key"], one["winRate"]) for one in funnel
    ]
    assert (await demo.run(SUGGESTIONS, MANAGER, k="no-such"))["stageSuggestions"] == []
