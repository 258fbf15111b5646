"""Forecasts through the API: sums against counting deals one by one, whose deals they are of, targets, submissions."""

from collections import defaultdict
from collections.abc import Mapping
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any

import pytest

from app.demo.people import PARTNERS, demo_id
from app.identity.users import forget
from app.periods import Period, period_of, read_period
from app.vocabulary import PeriodKind
from tests.schema.world import COLLEAGUE, MANAGER, RIVAL, SELLER, VENDOR, Demo

MONEY = "{ amount currency }"
RANGE = "{ low expected high currency }"
SUMS = f"closed {MONEY} commit {MONEY} bestCase {MONEY} pipeline {MONEY} weighted {MONEY} closedDeals openDeals"
MODELLED = f"modelledParts {{ range {RANGE} closed {MONEY} open {MONEY} notYetCreated {MONEY} }} wonDeals"
TARGET = f"target {MONEY} gap {MONEY} coverage"
ASK = f"""query($period: ForecastPeriod!, $filter: ForecastFilter, $asOf: DateTime, $rollUp: RollUp) {{
  forecast(period: $period, filter: $filter, asOf: $asOf, rollUp: $rollUp) {{
    period startsOn endsOn {SUMS} {MODELLED} {TARGET} submissions {{ note submittedBy {{ name }} }} }} }}"""
SET_TARGET = """mutation($input: UpsertTargetInput!) { upsertTarget(input: $input) {
  target { id version } created userErrors { code path } } }"""
SUBMIT = """mutation($input: SubmitForecastInput!) { submitForecast(input: $input) {
  submission { id } userErrors { code path } } }"""
CHANGE = """mutation($input: UpdateOpportunityInput!) { updateOpportunity(input: $input) { userErrors { code } } }"""
THERE = PARTNERS[1].people[0]
"""Manager of a competitor."""
PEOPLE = (VENDOR, MANAGER, SELLER, RIVAL)


async def forecast(demo: Demo, who: str, period: str, **more: Any) -> dict[str, Any]:
    found: dict[str, Any] = (await demo.run(ASK, who, period=period, **more))["forecast"]
    return found


async def busiest(demo: Demo, kind: PeriodKind = PeriodKind.QUARTER) -> Period:
    """The period in which most deals of the seller are to close."""
    rows = await demo.database.fetch(
        "SELECT expected_close_date AS day FROM opportunity WHERE owner_id = $1 AND status = 'OPEN'"
        " AND expected_close_date IS NOT NULL",
        demo_id(f"user/{SELLER}"),
    )
    found: dict[Period, int] = defaultdict(int)
    for row in rows:
        found[period_of(kind, row["day"])] += 1
    return max(found, key=lambda period: (found[period], period.key))


async def seen_deals(demo: Demo, who: str) -> list[Mapping[str, Any]]:
    """Those that the API shows to them, as the table has them."""
    ids, after = [], None
    while True:
        page = (
            await demo.run(
                "query($after: Cursor) { opportunities(first: 100, after: $after) {"
                " nodes { id } pageInfo { hasNextPage endCursor } } }",
                who,
                after=after,
            )
        )["opportunities"]
        ids += [node["id"].removeprefix("opp_") for node in page["nodes"]]
        after = page["pageInfo"]["endCursor"]
        if not page["pageInfo"]["hasNextPage"]:
            break
    return list(
        await demo.database.fetch(
            "SELECT o.*, s.win_probability, s.forecast_category AS of_stage FROM opportunity o"
            " JOIN stage s ON s.id = o.stage_id WHERE o.id::text = ANY ($1::text[])",
            ids,
        )
    )


def expected(deals: list[Mapping[str, Any]], period: Period) -> dict[str, Any]:
    """The sums of a forecast, counted one by one."""
    names = {"COMMIT": "commit", "BEST_CASE": "bestCase", "PIPELINE": "pipeline"}
    sums: dict[str, dict[str, Decimal]] = {name: {} for name in ("closed", "weighted", *names.values())}
    opened = closed = 0

    def put(name: str, deal: Mapping[str, Any], share: Decimal = Decimal(1)) -> None:
        if deal["amount"] is not None:
            place = sums[name]
            place[deal["currency"]] = place.get(deal["currency"], Decimal(0)) + deal["amount"] * share

    for deal in deals:
        if deal["status"] == "WON" and period.begins <= deal["closed_at"] < period.ends:
            closed += 1
            put("closed", deal)
            put("weighted", deal)
        day, category = deal["expected_close_date"], deal["forecast_category"] or deal["of_stage"]
        if deal["status"] == "OPEN" and day and period.first <= day <= period.last and category in names:
            opened += 1
            put(names[category], deal)
            put("weighted", deal, Decimal(str(deal["win_probability"])))
    written = {
        name: [{"amount": str(round(amount, 2)), "currency": code} for code, amount in sorted(found.items())]
        for name, found in sums.items()
    }
    return {**written, "openDeals": opened, "closedDeals": closed}


@pytest.mark.parametrize("kind", PeriodKind)
async def test_sums_are_those_of_the_deals_one_by_one(demo: Demo, kind: PeriodKind) -> None:
    period = await busiest(demo, kind)
    by_hand = "UPDATE opportunity SET forecast_category = 'COMMIT' WHERE status = 'OPEN' AND id::text < '6'"
    await demo.database.fetch(by_hand)
    for who in PEOPLE:
        deals = await seen_deals(demo, who)
        for asked in (period, period.shifted(-1)):
            found = await forecast(demo, who, asked.key)
            wanted = expected(deals, asked)
            assert {name: found[name] for name in wanted} == wanted
            assert (found["startsOn"], found["endsOn"]) == (str(asked.first), str(asked.last))
    assert (await forecast(demo, VENDOR, period.key))["openDeals"] > 0


async def test_a_partners_past_is_the_same_to_the_vendor(demo: Demo) -> None:
    """Also of a deal that the partner has lost to another since."""
    period, then = await busiest(demo), datetime.now(UTC)
    lost = await demo.database.fetch(
        "UPDATE opportunity SET partner_id = $1, owner_id = NULL WHERE id = (SELECT id FROM opportunity WHERE"
        " partner_id = $2 AND status = 'OPEN' AND amount > 0 AND expected_close_date BETWEEN $3 AND $4 ORDER BY id"
        " LIMIT 1) RETURNING id",
        *(demo_id("org/brightwater"), demo_id("org/alpine-it"), period.first, period.last),
    )
    assert lost
    asked: dict[str, Any] = {"asOf": then.isoformat()}
    filter = {"partnerId": f"ptr_{demo_id('org/alpine-it')}"}
    seen = await forecast(demo, VENDOR, period.key, filter=filter, **asked)
    assert {name: seen[name] for name in ("commit", "bestCase", "pipeline", "weighted", "openDeals")} == {
        name: value
        for name, value in (await forecast(demo, MANAGER, period.key, **asked)).items()
        if name in ("commit", "bestCase", "pipeline", "weighted", "openDeals")
    }
    now = await forecast(demo, VENDOR, period.key, filter=filter)
    assert now["openDeals"] == seen["openDeals"] - 1


async def test_a_cumulative_category_holds_those_that_are_surer(demo: Demo) -> None:
    period = await busiest(demo)
    single = await forecast(demo, VENDOR, period.key)
    cumulative = await forecast(demo, VENDOR, period.key, rollUp="CUMULATIVE")
    total: dict[str, Decimal] = defaultdict(Decimal)
    for name in ("closed", "commit", "bestCase", "pipeline"):
        for one in single[name]:
            total[one["currency"]] += Decimal(one["amount"])
        wanted = [{"amount": str(amount), "currency": code} for code, amount in sorted(total.items())]
        assert cumulative[name] == wanted
    assert cumulative["weighted"] == single["weighted"]


@pytest.mark.parametrize(
    ("filter", "condition"),
    [
        ({"partnerId": f"ptr_{demo_id('org/alpine-it')}"}, lambda d: d["partner_id"] == demo_id("org/alpine-it")),
        ({"ownerId": f"usr_{demo_id(f'user/{SELLER}')}"}, lambda d: d["owner_id"] == demo_id(f"user/{SELLER}")),
        ({"source": ["VENDOR", "CO_SELL"]}, lambda d: d["source"] in ("VENDOR", "CO_SELL")),
    ],
)
async def test_filters_choose_the_deals(demo: Demo, filter: Any, condition: Any) -> None:
    period = await busiest(demo)
    for who in (VENDOR, MANAGER):
        wanted = expected([deal for deal in await seen_deals(demo, who) if condition(deal)], period)
        found = await forecast(demo, who, period.key, filter=filter)
        assert {name: found[name] for name in wanted} == wanted


async def test_a_range_stands_around_its_parts(demo: Demo) -> None:
    period = period_of(PeriodKind.QUARTER, datetime.now(UTC).date())
    found = await forecast(demo, VENDOR, period.key)
    assert found["wonDeals"] > 0
    for part in found["modelledParts"]:
        low, expected, high = (Decimal(part["range"][name]) for name in ("low", "expected", "high"))
        parts = sum(Decimal(part[name]["amount"]) for name in ("closed", "open", "notYetCreated"))
        assert abs(parts - expected) <= Decimal("0.02")
        assert Decimal(part["closed"]["amount"]) <= low <= high
    assert await forecast(demo, VENDOR, period.key) == found


async def test_what_is_over_is_certain(demo: Demo) -> None:
    over = period_of(PeriodKind.QUARTER, datetime.now(UTC).date()).shifted(-1)
    found = await forecast(demo, VENDOR, over.key)
    assert [part["range"] for part in found["modelledParts"]] == [
        {**dict.fromkeys(("low", "expected", "high"), one["amount"]), "currency": one["currency"]}
        for one in found["closed"]
    ]


async def test_a_partners_figures_are_equal_without_a_competitors_deals(demo: Demo) -> None:
    period = period_of(PeriodKind.QUARTER, datetime.now(UTC).date())
    before = [await forecast(demo, who, period.key) for who in (MANAGER, SELLER)]
    given = {"period": period.key, "amount": {"amount": "5.00", "currency": "EUR"}}
    competitor = {"partnerId": f"ptr_{demo_id('org/brightwater')}"}
    assert (await demo.run(SET_TARGET, VENDOR, input={**given, **competitor}))["upsertTarget"]["userErrors"] == []
    assert (await demo.run(SUBMIT, VENDOR, input={**given, **competitor}))["submitForecast"]["userErrors"] == []
    assert (await demo.run(SUBMIT, RIVAL, input=given))["submitForecast"]["userErrors"] == []
    await demo.database.fetch(
        "UPDATE opportunity SET amount = amount * 1000, created_at = created_at - interval '50 days',"
        " expected_close_date = expected_close_date + 3 WHERE partner_id = $1",
        demo_id("org/brightwater"),
    )
    assert [await forecast(demo, who, period.key) for who in (MANAGER, SELLER)] == before


async def test_a_target_is_held_against_what_is_won(demo: Demo) -> None:
    period = await busiest(demo)
    closed = {one["currency"]: Decimal(one["amount"]) for one in (await forecast(demo, MANAGER, period.key))["closed"]}
    given = {"period": period.key, "partnerId": f"ptr_{demo_id('org/alpine-it')}"}
    answer = await demo.run(SET_TARGET, VENDOR, input={**given, "amount": {"amount": "90000000.00", "currency": "EUR"}})
    assert (answer["upsertTarget"]["created"], answer["upsertTarget"]["userErrors"]) == (True, [])
    for who, filter in ((MANAGER, None), (VENDOR, {"partnerId": given["partnerId"]})):
        found = await forecast(demo, who, period.key, filter=filter)
        assert found["target"] == {"amount": "90000000.00", "currency": "EUR"}
        currencies = {one["currency"] for name in ("closed", "commit", "bestCase", "pipeline") for one in found[name]}
        if currencies <= {"EUR"}:
            missing = Decimal("90000000.00") - closed.get("EUR", Decimal(0))
            opened = sum(Decimal(one["amount"]) for name in ("commit", "bestCase", "pipeline") for one in found[name])
            assert found["gap"] == {"amount": str(missing), "currency": "EUR"}
            assert found["coverage"] == pytest.approx(float(opened / missing))
    assert (await forecast(demo, SELLER, period.key))["target"] is None, "it is the organisation's"
    assert (await forecast(demo, RIVAL, period.key))["target"] is None
    assert (await forecast(demo, VENDOR, period.key))["target"] is None, "it is one partner's"


async def test_targets_of_months_make_up_a_quarter(demo: Demo) -> None:
    quarter = await busiest(demo)
    first = period_of(PeriodKind.MONTH, quarter.first)
    owner = {"ownerId": f"usr_{demo_id(f'user/{SELLER}')}"}
    for nth in range(3):
        assert (await forecast(demo, SELLER, quarter.key))["target"] is None, "one is missing"
        given = {"period": first.shifted(nth).key, "amount": {"amount": f"{nth + 1}000.00", "currency": "EUR"}}
        answer = await demo.run(SET_TARGET, MANAGER, input={**given, **owner})
        assert answer["upsertTarget"]["userErrors"] == []
    assert (await forecast(demo, SELLER, quarter.key))["target"] == {"amount": "6000.00", "currency": "EUR"}
    assert (await forecast(demo, MANAGER, quarter.key, filter=owner))["target"]["amount"] == "6000.00"
    assert (await forecast(demo, COLLEAGUE, quarter.key))["target"] is None


async def test_a_target_that_changed_meanwhile_is_kept(demo: Demo) -> None:
    given = {"period": "2031-Q1", "ownerId": f"usr_{demo_id(f'user/{SELLER}')}"}

    async def put(amount: str, version: int) -> dict[str, Any]:
        what = {"amount": {"amount": amount, "currency": "EUR"}, "expectedVersion": version}
        answer: dict[str, Any] = (await demo.run(SET_TARGET, MANAGER, input={**given, **what}))["upsertTarget"]
        return answer

    assert (await put("1.00", 1))["userErrors"] == [{"code": "CONFLICT", "path": ["expectedVersion"]}]
    first = await put("1.00", 0)
    assert (first["created"], first["target"]["version"]) == (True, 1)
    assert (await put("2.00", 1))["target"]["version"] == 2
    late = await put("3.00", 1)
    assert (late["userErrors"], late["target"]["version"]) == ([{"code": "CONFLICT", "path": ["expectedVersion"]}], 2)
    assert await demo.value("SELECT amount FROM sales_target") == Decimal("2.00")


async def test_a_target_of_a_former_partner_stays_with_it(demo: Demo) -> None:
    """Who moves to another partner gets a target there, and of two for the same days each partner knows its own."""
    seller, other = demo_id(f"user/{SELLER}"), demo_id("org/brightwater")
    given = {"period": "2031-Q1", "ownerId": f"usr_{seller}"}

    async def put(who: str, amount: str) -> dict[str, Any]:
        what = {**given, "amount": {"amount": amount, "currency": "EUR"}}
        answer: dict[str, Any] = (await demo.run(SET_TARGET, who, input=what))["upsertTarget"]
        return answer

    async def seen(who: str, **filter: str) -> str | None:
        found = await forecast(demo, who, "2031-Q1", filter=filter or None)
        return None if found["target"] is None else str(found["target"]["amount"])

    assert (await put(MANAGER, "1.00"))["created"]
    await demo.value("UPDATE user_account SET organization_id = $2 WHERE id = $1", seller, other)
    forget(seller)
    for version, amount in ((1, "2.00"), (2, "3.00")):
        answer = await put(THERE, amount)
        assert (answer["userErrors"], answer["target"]["version"]) == ([], version)
    person = {"ownerId": given["ownerId"]}
    assert await seen(SELLER) == "3.00"
    assert await seen(THERE, **person) == "3.00"
    assert await seen(MANAGER, **person) == "1.00"
    assert await seen(VENDOR, **person) == "3.00"
    assert await seen(VENDOR, **person, partnerId=f"ptr_{demo_id('org/alpine-it')}") == "1.00"


async def test_submissions_stand_beside_the_machines_figures_as_they_were_made(demo: Demo) -> None:
    period = await busiest(demo)

    async def submit(who: str, amount: str, note: str, **more: Any) -> None:
        given = {"period": period.key, "amount": {"amount": amount, "currency": "EUR"}, "note": note, **more}
        assert (await demo.run(SUBMIT, who, input=given))["submitForecast"]["userErrors"] == []

    async def notes(who: str, **more: Any) -> list[str]:
        return [one["note"] for one in (await forecast(demo, who, period.key, **more))["submissions"]]

    partner = {"partnerId": f"ptr_{demo_id('org/alpine-it')}"}
    await submit(MANAGER, "100.00", "first")
    await submit(MANAGER, "90.00", "second")
    await submit(SELLER, "10.00", "mine")
    await submit(VENDOR, "80.00", "we doubt it", **partner)
    assert await notes(MANAGER) == ["second", "first"]
    assert await notes(SELLER) == ["mine"]
    assert await notes(MANAGER, filter={"ownerId": f"usr_{demo_id(f'user/{SELLER}')}"}) == ["mine"]
    assert await notes(VENDOR, filter=partner) == ["we doubt it", "second", "first"]
    assert await notes(VENDOR) == []
    assert await notes(RIVAL) == []
    listed = "{ forecastSubmissions { nodes { note } } }"
    seen = {
        who: {one["note"] for one in (await demo.run(listed, who))["forecastSubmissions"]["nodes"]}
        for who in (VENDOR, MANAGER, SELLER, COLLEAGUE, RIVAL)
    }
    assert seen == {
        VENDOR: {"first", "second", "mine", "we doubt it"},
        MANAGER: {"first", "second", "mine"},
        SELLER: {"mine"},
        COLLEAGUE: set(),
        RIVAL: set(),
    }


async def test_as_of_now_is_as_it_is(demo: Demo) -> None:
    period = await busiest(demo)
    await demo.database.fetch("UPDATE opportunity SET forecast_category = 'COMMIT' WHERE id::text < '6'")
    now = datetime.now(UTC).isoformat()
    for who in PEOPLE:
        for asked in (period, period.shifted(-1)):
            for filter in (None, {"playbookKey": "it-software"}):
                present = await forecast(demo, who, asked.key, filter=filter)
                assert await forecast(demo, who, asked.key, filter=filter, asOf=now) == present


async def test_as_of_a_moment_is_as_it_was_then(demo: Demo) -> None:
    period = await busiest(demo)
    before = {who: await forecast(demo, who, period.key) for who in PEOPLE}
    then = datetime.now(UTC).isoformat()
    ids = await demo.database.fetch(
        "SELECT id FROM opportunity WHERE owner_id = $1 AND status = 'OPEN' AND expected_close_date BETWEEN $2 AND $3"
        " AND amount IS NOT NULL ORDER BY id LIMIT 4",
        *(demo_id(f"user/{SELLER}"), period.first, period.last),
    )
    changes: list[dict[str, Any]] = [
        {"amount": {"amount": "77.00", "currency": "EUR"}},
        {"expectedCloseDate": str(period.shifted(2).first)},
        {"forecastCategory": "OMITTED"},
        {"partnerId": f"ptr_{demo_id('org/brightwater')}"},
    ]
    for row, change in zip(ids, changes, strict=False):
        answer = await demo.run(CHANGE, VENDOR, input={"opportunityId": f"opp_{row['id']}", **change})
        assert answer["updateOpportunity"]["userErrors"] == []
    assert len(ids) > 0
    for who in PEOPLE:
        assert await forecast(demo, who, period.key, asOf=then) == before[who]
    assert await forecast(demo, SELLER, period.key) != before[SELLER]


@pytest.mark.parametrize("period", ["2026-Q5", "2026-13", "26", "soon", ""])
async def test_what_is_no_period_is_refused(demo: Demo, period: str) -> None:
    answer = await demo.execute(ASK, VENDOR, period=period)
    assert "Write a month as 2026-03" in answer["errors"][0]["message"]


async def test_the_future_has_no_past(demo: Demo) -> None:
    assert await demo.errors(ASK, VENDOR, period="2026-Q1", asOf="2199-01-01T00:00:00Z") == [("INVALID", ["asOf"])]


async def test_periods_come_in_order_around_a_day(demo: Demo) -> None:
    ask = """query($kind: PeriodKind!, $day: Date) { forecastPeriods(kind: $kind, day: $day, before: 1, after: 2) {
      period kind startsOn endsOn current } }"""
    found = (await demo.run(ask, SELLER, kind="QUARTER", day="2001-02-03"))["forecastPeriods"]
    assert [one["period"] for one in found] == ["2000-Q4", "2001-Q1", "2001-Q2", "2001-Q3"]
    assert found[1] == {
        "period": "2001-Q1",
        "kind": "QUARTER",
        "startsOn": "2001-01-01",
        "endsOn": "2001-03-31",
        "current": False,
    }
    today = (await demo.run(ask, SELLER, kind="YEAR", day=None))["forecastPeriods"]
    assert [one["current"] for one in today] == [False, True, False, False]
    assert read_period(today[1]["period"]).first <= date.fromisoformat(today[1]["startsOn"])


async def test_a_forecast_takes_as_many_statements_whatever_there_is(demo: Demo) -> None:
    sums = f"query($period: ForecastPeriod!) {{ forecast(period: $period) {{ {SUMS} }} }}"
    assert await demo.statements_of(sums, VENDOR, period="2026-Q1") == 1
    assert await demo.statements_of(sums, SELLER, period="2026-Q1") == 1
