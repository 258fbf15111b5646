"""The customer of a registration: no change of the deal or the account leads it past the search for conflicts."""

from datetime import UTC, datetime
from typing import Any
from uuid import UUID

from app.deals.account_registrations import follow_later
from app.registrations.deciding import decide
from tests.schema.registrations import approved, done, read, refusals, saved, submitted, taken
from tests.schema.world import MANAGER, RIVAL, SELLER, VENDOR, Demo

CREATE = """mutation($input: CreateOpportunityInput!) { createOpportunity(input: $input) {
  opportunity { id account { id } } userErrors { code message path } } }"""
UPDATE = """mutation($input: UpdateOpportunityInput!) { updateOpportunity(input: $input) {
  opportunity { id } userErrors { code message path } } }"""
UPSERT = """mutation($input: UpsertAccountInput!) { upsertAccount(input: $input) {
  account { id } userErrors { code message path } } }"""
TINY = {"name": "Zwergpinsel", "domain": None, "country": "DE", "city": None, "registrationNumber": None,
        "postalCode": None, "industry": None}  # fmt: skip
BIG: dict[str, Any] = {**TINY, "name": "Grossfalter", "domain": "grossfalter.example"}


async def _made(demo: Demo, document: str, who: str = SELLER, **given: Any) -> dict[str, Any]:
    (answer,) = (await demo.run(document, who, input=given)).values()
    assert answer["userErrors"] == [], answer["userErrors"]
    made: dict[str, Any] = answer.get("opportunity") or answer.get("account")
    return made


async def _deal(demo: Demo) -> dict[str, Any]:
    return await _made(demo, CREATE, name="Brushes", accountName=TINY["name"], playbookKey="it-software")


async def test_another_customer_before_the_decision_is_at_the_end_of_the_queue(demo: Demo) -> None:
    deal = await _deal(demo)
    mine = await submitted(demo, account=TINY, opportunityId=deal["id"])
    theirs = await submitted(demo, RIVAL, account=BIG)
    await _made(demo, UPDATE, opportunityId=deal["id"], accountName=BIG["name"])
    followed = await read(demo, mine["id"], VENDOR) or {}
    assert followed["account"]["name"] == BIG["name"]
    assert followed["submittedAt"] > theirs["submittedAt"]
    refused = await taken(demo, "approveRegistration", VENDOR, registrationId=mine["id"])
    assert refusals(refused) == [("BLOCKED", ["override"])]
    assert (await done(demo, "approveRegistration", VENDOR, registrationId=theirs["id"]))["status"] == "APPROVED"


async def test_an_account_that_is_made_another_sends_what_was_approved_to_review(demo: Demo) -> None:
    found = await approved(demo, account=TINY)
    deal = "query($id: ID!) { opportunity(id: $id) { account { id } } }"
    account = (await demo.run(deal, SELLER, id=found["opportunity"]["id"]))["opportunity"]["account"]["id"]
    await _made(demo, UPSERT, VENDOR, accountId=account, domain="zwergpinsel.example")
    by_vendor = await read(demo, found["id"]) or {}
    assert (by_vendor["status"], by_vendor["account"]["domain"]) == ("APPROVED", "zwergpinsel.example")
    await _made(demo, UPSERT, MANAGER, accountId=account, industry="Retail")
    assert (await read(demo, found["id"]) or {})["status"] == "APPROVED"
    await _made(demo, UPSERT, MANAGER, accountId=account, name=BIG["name"], domain=BIG["domain"])
    changed = await read(demo, found["id"]) or {}
    assert (changed["account"]["name"], changed["account"]["domain"]) == (BIG["name"], BIG["domain"])
    assert (changed["status"], changed["history"][-1]["kind"]) == ("SUBMITTED", "REVIEW_AGAIN")
    assert changed["submittedAt"] > found["submittedAt"]


async def test_a_registration_that_the_editor_of_its_account_does_not_see_follows_in_a_job(demo: Demo) -> None:
    found = await approved(demo, account=TINY)
    where = {"id": found["opportunity"]["id"].removeprefix("opp_")}
    row = await demo.database.fetchrow(
        "UPDATE account SET name = 'Grossfalter' FROM opportunity o WHERE o.id = $1::text::uuid AND account.id ="
        " o.account_id RETURNING account.id, o.partner_id, o.owner_id",
        where["id"],
    )
    assert row is not None
    for _ in range(2):
        await follow_later(str(row["id"]), str(row["owner_id"]), str(row["partner_id"]), ["account_name"])
    kinds = [step["kind"] for step in (await read(demo, found["id"]) or {})["history"]]
    assert kinds.count("REVIEW_AGAIN") == 1


async def test_what_names_another_customer_than_its_deal_is_not_approved(demo: Demo) -> None:
    deal = await _deal(demo)
    draft = await saved(demo, account=BIG, opportunityId=deal["id"])
    waiting = await done(demo, "submitRegistration", registrationId=draft["id"])
    refused = await taken(demo, "approveRegistration", VENDOR, registrationId=waiting["id"])
    assert refusals(refused) == [("BLOCKED", ["override"])]
    assert not await decide(UUID(waiting["id"].removeprefix("reg_")), datetime.now(UTC))
    noted = {"override": True, "note": "Their trade name."}
    answer = await done(demo, "approveRegistration", VENDOR, registrationId=waiting["id"], **noted)
    assert answer["status"] == "APPROVED"
