"""The history of an opportunity's fields: kept of every change, whoever makes it, and shown to whom it concerns."""

from datetime import UTC, datetime, timedelta
from typing import Any

from app.audit import doing
from app.demo.people import demo_id
from tests.schema.test_contacts import changed
from tests.schema.world import ADVANCE, COLLEAGUE, MANAGER, RIVAL, SELLER, VENDOR, Demo, deal_of

UPDATE = """mutation($input: UpdateOpportunityInput!) { updateOpportunity(input: $input) {
  opportunity { id } userErrors { code path message } } }"""
CHANGES = """query($id: ID!, $filter: FieldChangeFilter) { opportunity(id: $id) { changes(first: 50, filter: $filter) {
  totalCount nodes { field from to known at actor { name } fromAmount { amount currency } toAmount { amount currency }
    fromOwner { name } toOwner { name } fromPartner { name } toPartner { name } opportunity { id } } } } }"""


async def changes_of(demo: Demo, id: str, who: str = VENDOR, *fields: str) -> list[dict[str, Any]]:
    """Newest first."""
    answer = await demo.run(CHANGES, who, id=id, filter={"fields": list(fields)} if fields else None)
    nodes: list[dict[str, Any]] = answer["opportunity"]["changes"]["nodes"]
    assert answer["opportunity"]["changes"]["totalCount"] == len(nodes)
    return nodes


def said(nodes: list[dict[str, Any]]) -> list[tuple[str, str | None, str | None]]:
    return [(one["field"], one["from"], one["to"]) for one in nodes]


async def test_every_change_of_a_field_is_kept_with_its_values_its_time_and_who_made_it(demo: Demo) -> None:
    id = await deal_of(demo, SELLER)
    key = id[4:]
    await demo.value("UPDATE opportunity SET amount = 1000, currency = 'EUR', next_step = NULL WHERE id = $1", key)
    await demo.value("UPDATE opportunity SET expected_close_date = '2026-03-01', name = 'Before' WHERE id = $1", key)
    begun = datetime.now(UTC) - timedelta(minutes=1)
    new = {"name": "After", "nextStep": "Call", "expectedCloseDate": "2026-04-01"}
    money = {"amount": "1250.50", "currency": "USD"}
    await changed(demo, UPDATE, SELLER, opportunityId=id, amount=money, **new)
    fields = ("name", "nextStep", "expectedCloseDate", "amount", "currency")
    found = [one for one in await changes_of(demo, id, SELLER, *fields) if one["actor"] is not None]
    assert sorted(said(found), key=str) == [
        ("amount", "1000", "1250.50"),
        ("currency", "EUR", "USD"),
        ("expectedCloseDate", "2026-03-01", "2026-04-01"),
        ("name", "Before", "After"),
        ("nextStep", None, "Call"),
    ]
    assert {one["actor"]["name"] for one in found} == {SELLER}
    assert all(begun < datetime.fromisoformat(one["at"]) < datetime.now(UTC) for one in found)
    amount = next(one for one in found if one["field"] == "amount")
    assert amount["fromAmount"] == {"amount": "1000", "currency": "EUR"}
    assert amount["toAmount"] == {"amount": "1250.50", "currency": "USD"}
    assert amount["opportunity"] == {"id": id}


async def test_what_stays_as_it_is_is_no_change(demo: Demo) -> None:
    id = await deal_of(demo, SELLER)
    await demo.value("UPDATE opportunity SET amount = 1000.00, currency = 'EUR' WHERE id = $1", id[4:])
    before = await changes_of(demo, id)
    await demo.value("UPDATE opportunity SET amount = 1000.0, name = name, notes = 'x' WHERE id = $1", id[4:])
    assert await changes_of(demo, id) == before


async def test_a_move_changes_the_stage_and_a_closing_one_the_status(demo: Demo) -> None:
    id = await deal_of(demo, SELLER, "playbook_id = (SELECT id FROM playbook WHERE key = 'it-software')")
    stage = await demo.value(
        "SELECT s.key FROM stage s JOIN opportunity o ON o.stage_id = s.id WHERE o.id = $1", id[4:]
    )
    await changed(demo, ADVANCE, SELLER, opportunityId=id, toStageKey="closed-lost", reason="Gone")
    newest = (await changes_of(demo, id, SELLER, "stage", "status"))[:2]
    assert sorted(said(newest)) == [("stage", stage, "closed-lost"), ("status", "OPEN", "LOST")]
    assert {one["actor"]["name"] for one in newest} == {SELLER}
    moved = await demo.value("SELECT max(at) FROM stage_transition WHERE opportunity_id = $1", id[4:])
    assert {datetime.fromisoformat(one["at"]) for one in newest} == {moved}


async def test_a_correction_of_when_a_deal_closed_moves_its_changes_along(demo: Demo) -> None:
    id = await deal_of(demo, SELLER, "playbook_id = (SELECT id FROM playbook WHERE key = 'it-software')")
    await changed(demo, ADVANCE, VENDOR, opportunityId=id, toStageKey="closed-lost", reason="Gone")
    right = datetime.now(UTC) - timedelta(seconds=5)
    await demo.value("UPDATE stage_transition SET at = at - interval '1 day' WHERE opportunity_id = $1", id[4:])
    corrected = await changed(demo, UPDATE, VENDOR, opportunityId=id, closedAt=right.isoformat(), reason="Earlier")
    assert corrected["userErrors"] == []
    newest = (await changes_of(demo, id, VENDOR, "stage", "status"))[:2]
    assert {datetime.fromisoformat(one["at"]) for one in newest} == {right}


async def test_the_next_partner_reads_facts_and_neither_names_nor_words_of_the_former_ones_time(demo: Demo) -> None:
    id = await deal_of(demo, SELLER)
    await changed(
        demo, UPDATE, SELLER, opportunityId=id, nextStep="Secret", amount={"amount": "7.00", "currency": "EUR"}
    )
    await demo.value("UPDATE opportunity SET forecast_category = 'COMMIT' WHERE id = $1", id[4:])
    await changed(demo, UPDATE, MANAGER, opportunityId=id, ownerId=f"usr_{demo_id(f'user/{COLLEAGUE}')}")
    rival = f"ptr_{demo_id('org/brightwater')}"
    await changed(demo, UPDATE, VENDOR, opportunityId=id, partnerId=rival)
    everything = await changes_of(demo, id, VENDOR)
    owners = {(one["fromOwner"] or {}).get("name") for one in everything if one["field"] == "owner"}
    assert owners == {SELLER, COLLEAGUE}
    mine = {"from": f"ptr_{demo_id('org/alpine-it')}", "to": rival}
    assert mine.items() <= next(one for one in everything if one["field"] == "partner").items()
    theirs = "Daniel Clarke"
    manager = await demo.value(
        "SELECT name FROM user_account WHERE organization_id = $1 AND role = 'PARTNER_MANAGER'",
        demo_id("org/brightwater"),
    )
    seen = await changes_of(demo, id, manager or theirs)
    came = [one for one in seen if one["field"] == "partner"]
    assert [(one["from"], one["fromPartner"], one["to"]) for one in came] == [(None, None, rival)]
    assert {"amount", "currency"} & {one["field"] for one in seen}
    assert {one["field"] for one in seen} <= {"amount", "currency", "expectedCloseDate", "partner", "stage", "status"}
    assert all(one["actor"] is None or one["actor"]["name"] == VENDOR for one in seen)
    text = str(seen)
    assert not [word for word in ("Secret", SELLER, COLLEAGUE, "Alpine") if word in text]
    assert {"forecastCategory"} <= {one["field"] for one in everything}  # what its former people expected of it
    # The words are there for the vendor, and again for whose they are once the deal is theirs again.
    assert ("nextStep", "Secret", None) in said(everything)
    await changed(demo, UPDATE, VENDOR, opportunityId=id, partnerId=f"ptr_{demo_id('org/alpine-it')}")
    assert "Secret" in str(await changes_of(demo, id, MANAGER, "nextStep"))


async def test_nobody_reads_changes_of_deals_that_they_do_not_see(demo: Demo) -> None:
    id = await deal_of(demo, SELLER)
    await changed(demo, UPDATE, SELLER, opportunityId=id, nextStep="Mine")
    node = f"chg_{await demo.value('SELECT id FROM field_change WHERE opportunity_id = $1 LIMIT 1', id[4:])}"
    query = "query($id: ID!) { node(id: $id) { id } }"
    assert (await demo.run(query, SELLER, id=node))["node"] == {"id": node}
    assert (await demo.run(query, RIVAL, id=node))["node"] is None


async def test_who_acts_is_known_in_transactions_of_either_side(demo: Demo) -> None:
    id = await deal_of(demo, SELLER)
    for who in (SELLER, MANAGER, VENDOR):
        await changed(demo, UPDATE, who, opportunityId=id, nextStep=f"By {who}")
        newest = (await changes_of(demo, id, VENDOR, "nextStep"))[0]
        assert (newest["to"], newest["actor"]["name"]) == (f"By {who}", who)
    with doing("scim", "test"):
        await demo.value("UPDATE opportunity SET next_step = 'By nobody' WHERE id = $1", id[4:])
    assert (await changes_of(demo, id, VENDOR, "nextStep"))[0]["actor"] is None
