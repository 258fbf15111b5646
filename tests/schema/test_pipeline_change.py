"""The change of a pipeline as its users read it: of what was theirs at the time, with the deals that they see now."""

from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

from app.demo.people import demo_id
from tests.schema.test_changes import UPDATE
from tests.schema.test_contacts import changed
from tests.schema.world import ADVANCE, COLLEAGUE, MANAGER, RIVAL, SELLER, VENDOR, Demo, deal_of

PARTS = (
    *("created", "increased", "decreased", "movedIn", "movedOut", "transferredIn", "transferredOut"),
    *("reopened", "won", "lost", "removed"),
)
SUBTRACTED = {"decreased", "movedOut", "transferredOut", "won", "lost", "removed"}
SUMS = " ".join(f"{part} {{ amount currency }}" for part in ("opening", *PARTS, "closing"))
LISTS = " ".join(
    f"{part} {{ opportunity {{ id }} amount {{ amount currency }} at }}" for part in ("opening", *PARTS, "closing")
)
CHANGE = f"""query($from: DateTime!, $to: DateTime!, $filter: PipelineChangeFilter, $most: Int) {{
  pipelineChange(from: $from, to: $to, filter: $filter, firstDeals: $most) {{ {SUMS} deals {{ {LISTS} }} }} }}"""
PIPELINE = "{ pipeline { total { amount { amount currency } } } }"
ALPINE, BRIGHTWATER = (f"ptr_{demo_id(f'org/{key}')}" for key in ("alpine-it", "brightwater"))


def by_currency(sums: list[dict[str, Any]]) -> dict[str, Decimal]:
    return {one["currency"]: Decimal(one["amount"]) for one in sums}


async def change(demo: Demo, who: str, since: datetime, **filter: Any) -> dict[str, Any]:
    """Until now; that it adds up is asserted on the way."""
    now = datetime.now(UTC) + timedelta(seconds=5)
    given = {"from": since.isoformat(), "to": now.isoformat(), "filter": filter or None, "most": 100}
    found: dict[str, Any] = (await demo.run(CHANGE, who, **given))["pipelineChange"]
    total = by_currency(found["opening"])
    for part in PARTS:
        for currency, amount in by_currency(found[part]).items():
            assert amount > 0
            total[currency] = total.get(currency, Decimal(0)) + (-amount if part in SUBTRACTED else amount)
    assert {currency: amount for currency, amount in total.items() if amount} == by_currency(found["closing"])
    return found


def told(found: dict[str, Any]) -> dict[str, dict[str, Decimal]]:
    """The parts that aren't empty."""
    return {part: by_currency(found[part]) for part in PARTS if found[part]}


async def start(demo: Demo) -> datetime:
    now: datetime = await demo.value("SELECT clock_timestamp()")
    return now


async def test_what_is_open_at_the_end_is_the_pipeline(demo: Demo) -> None:
    long_ago = datetime(2000, 1, 1, tzinfo=UTC)
    for who in (VENDOR, MANAGER, SELLER, RIVAL):
        found = await change(demo, who, long_ago)
        assert found["opening"] == []
        assert found["closing"] == (await demo.run(PIPELINE, who))["pipeline"]["total"]["amount"]
    partner = await change(demo, VENDOR, long_ago, partnerId=ALPINE)
    assert told(partner) == told(await change(demo, MANAGER, long_ago))


async def test_each_part_says_how_much_and_of_which_deals(demo: Demo) -> None:
    id = await deal_of(demo, SELLER, "playbook_id = (SELECT id FROM playbook WHERE key = 'it-software')")
    money = {"currency": "EUR"}
    await changed(demo, UPDATE, SELLER, opportunityId=id, amount={"amount": "1000.00", **money})
    stage = await demo.value(
        "SELECT s.key FROM stage s JOIN opportunity o ON o.stage_id = s.id WHERE o.id = $1", id[4:]
    )
    since = await start(demo)
    await changed(demo, UPDATE, SELLER, opportunityId=id, amount={"amount": "1500.00", **money})
    await changed(demo, UPDATE, SELLER, opportunityId=id, amount={"amount": "1200.00", **money})
    assert told(await change(demo, SELLER, since)) == {"increased": {"EUR": 500}, "decreased": {"EUR": 300}}
    await changed(demo, ADVANCE, VENDOR, opportunityId=id, toStageKey="closed-won", reason="Signed", override=True)
    await changed(demo, ADVANCE, VENDOR, opportunityId=id, toStageKey=stage, reason="Not at all")
    await changed(demo, ADVANCE, SELLER, opportunityId=id, toStageKey="closed-lost", reason="Gone")
    for who in (SELLER, MANAGER, VENDOR):
        found = await change(demo, who, since)
        sums = {"increased": 500, "decreased": 300, "won": 1200, "reopened": 1200, "lost": 1200}
        assert told(found) == {part: {"EUR": Decimal(amount)} for part, amount in sums.items()}
        for part, amount in sums.items():
            (one,) = found["deals"][part]
            assert (one["opportunity"]["id"], Decimal(one["amount"]["amount"])) == (id, Decimal(amount))
            assert since < datetime.fromisoformat(one["at"])
    assert told(await change(demo, RIVAL, since)) == {}


async def test_a_deal_that_changes_partners_leaves_the_one_and_comes_to_the_other(demo: Demo) -> None:
    id = await deal_of(demo, SELLER)
    await changed(demo, UPDATE, SELLER, opportunityId=id, amount={"amount": "900.00", "currency": "EUR"})
    since = await start(demo)
    before = {who: (await change(demo, who, since))["opening"] for who in (MANAGER, RIVAL)}
    await changed(demo, UPDATE, VENDOR, opportunityId=id, partnerId=BRIGHTWATER)
    await changed(demo, UPDATE, VENDOR, opportunityId=id, amount={"amount": "950.00", "currency": "EUR"})
    rival = await demo.value(
        "SELECT name FROM user_account WHERE organization_id = $1 AND role = 'PARTNER_MANAGER'",
        demo_id("org/brightwater"),
    )
    out = await change(demo, MANAGER, since)
    assert told(out) == {"transferredOut": {"EUR": 900}}
    assert out["opening"] == before[MANAGER]
    assert out["deals"]["transferredOut"] == []  # it isn't theirs to see any more
    assert id not in str(out["deals"])
    came = await change(demo, rival, since)
    assert told(came) == {"transferredIn": {"EUR": 900}, "increased": {"EUR": 50}}
    assert [one["opportunity"]["id"] for one in came["deals"]["transferredIn"]] == [id]
    assert told(await change(demo, VENDOR, since)) == {"increased": {"EUR": 50}}
    assert told(await change(demo, VENDOR, since, partnerId=ALPINE)) == {"transferredOut": {"EUR": 900}}
    # What was Brightwater's until then, Alpine learns nothing of.
    assert told(await change(demo, MANAGER, since, partnerId=BRIGHTWATER)) == {}


async def test_an_owner_who_gives_a_deal_away_is_told_so_and_the_manager_is_not(demo: Demo) -> None:
    id = await deal_of(demo, SELLER)
    await changed(demo, UPDATE, SELLER, opportunityId=id, amount={"amount": "70.00", "currency": "USD"})
    since = await start(demo)
    await changed(demo, UPDATE, MANAGER, opportunityId=id, ownerId=f"usr_{demo_id(f'user/{COLLEAGUE}')}")
    assert told(await change(demo, SELLER, since)) == {"transferredOut": {"USD": 70}}
    assert told(await change(demo, COLLEAGUE, since)) == {"transferredIn": {"USD": 70}}
    assert told(await change(demo, MANAGER, since)) == {}
    seller = f"usr_{demo_id(f'user/{SELLER}')}"
    assert told(await change(demo, MANAGER, since, ownerId=seller)) == {"transferredOut": {"USD": 70}}


async def test_a_close_date_that_is_put_off_moves_the_deal_out_of_the_quarter(demo: Demo) -> None:
    id = await deal_of(demo, SELLER)
    await changed(demo, UPDATE, SELLER, opportunityId=id, amount={"amount": "5.00", "currency": "GBP"})
    await changed(demo, UPDATE, SELLER, opportunityId=id, expectedCloseDate="2031-02-01")
    since = await start(demo)
    await changed(demo, UPDATE, SELLER, opportunityId=id, expectedCloseDate="2031-05-01")
    ranges = [{"from": "2031-01-01", "to": "2031-03-31"}, {"from": "2031-04-01", "to": "2031-06-30"}]
    assert told(await change(demo, MANAGER, since, expectedCloseDate=ranges[0])) == {"movedOut": {"GBP": 5}}
    assert told(await change(demo, VENDOR, since, expectedCloseDate=ranges[1])) == {"movedIn": {"GBP": 5}}
    assert told(await change(demo, MANAGER, since, expectedCloseDate={"from": "2031-01-01"})) == {}


async def test_a_new_deal_is_created_and_one_sold_along_counts_for_both(demo: Demo) -> None:
    since = await start(demo)
    create = """mutation($input: CreateOpportunityInput!) { createOpportunity(input: $input) {
      opportunity { id } userErrors { code path } } }"""
    given = {"name": "New", "accountName": "Ferrum", "playbookKey": "it-software"}
    made = await changed(demo, create, SELLER, amount={"amount": "11.00", "currency": "EUR"}, **given)
    id = made["opportunity"]["id"]
    for who in (SELLER, MANAGER, VENDOR):
        found = await change(demo, who, since)
        assert told(found) == {"created": {"EUR": 11}}
        assert [one["opportunity"]["id"] for one in found["deals"]["created"]] == [id]
    assert told(await change(demo, RIVAL, since)) == {}
    await demo.value(
        "INSERT INTO deal_partner (id, opportunity_id, partner_id, role, status, invited_at)"
        " VALUES (gen_random_uuid(), $1::text::uuid, $2, 'RESALE', 'ACCEPTED', now())",
        *(id[4:], demo_id("org/brightwater")),
    )
    rival = await demo.value(
        "SELECT name FROM user_account WHERE organization_id = $1 AND role = 'PARTNER_MANAGER'",
        demo_id("org/brightwater"),
    )
    along = await change(demo, rival, since)
    assert told(along) == {"created": {"EUR": 11}}
    assert by_currency(along["closing"]) == by_currency(
        (await demo.run(PIPELINE, rival))["pipeline"]["total"]["amount"]
    )


async def test_what_cannot_be_is_said(demo: Demo) -> None:
    now = datetime.now(UTC)
    backwards = {"from": now.isoformat(), "to": (now - timedelta(days=1)).isoformat()}
    assert await demo.errors(CHANGE, VENDOR, **backwards) == [("INVALID", ["from"])]
    span = {"from": backwards["to"], "to": backwards["from"]}
    assert await demo.errors(CHANGE, VENDOR, most=101, **span) == [("INVALID", ["firstDeals"])]
    empty = {"expectedCloseDate": {"from": "2031-02-01", "to": "2031-01-01"}}
    wrong = await demo.errors(CHANGE, VENDOR, filter=empty, **span)
    assert [argument for _, argument in wrong] == [["filter", "expectedCloseDate"]]
    assert [argument for _, argument in await demo.errors(CHANGE, VENDOR, filter={"partnerId": "x"}, **span)] == [
        ["filter", "partnerId"]
    ]
