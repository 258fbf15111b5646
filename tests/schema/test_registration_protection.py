"""Protection by a registration: extended, announced, ended, and what the deal has of it."""

from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

from app.identity.users import ClientGrant, viewer_of
from app.registrations.deciding import decide
from app.registrations.recording import Stepped
from app.registrations.submitting import submit
from app.registrations.upkeep import look_after
from app.vocabulary import ApiScope
from tests.schema.mutation_matrix import Objects, api_client
from tests.schema.registrations import NORDWIND, approved, done, read, refusals, saved, step, submitted, taken
from tests.schema.world import MANAGER, RIVAL, SELLER, VENDOR, Demo

OTHER_VENDOR = "Ingrid Solberg"
PAST = """query($after: Cursor) { events(first: 100, after: $after, types: [REGISTRATION_EXPIRING, REGISTRATION_EXPIRED,
  REGISTRATION_REVIEW_OVERDUE]) { nodes { type registration { id } } } }"""
POLICY = """mutation($input: UpsertRegistrationPolicyInput!) { upsertRegistrationPolicy(input: $input) {
  created policy { id version key playbookKey autoApprove } userErrors { code message path } } }"""
UPDATE = """mutation($input: UpdateOpportunityInput!) { updateOpportunity(input: $input) {
  opportunity { dealType protectedUntil registration { id status amount { amount } dealType } }
  userErrors { code path } } }"""


async def ruled(demo: Demo, who: str = OTHER_VENDOR, **given: Any) -> dict[str, Any]:
    given = {"playbookKey": "it-software", **given}
    answer: dict[str, Any] = (await demo.run(POLICY, who, input=given))["upsertRegistrationPolicy"]
    return answer


async def happened(demo: Demo, who: str, id: str) -> list[str]:
    found = (await demo.run(PAST, who))["events"]["nodes"]
    return [one["type"] for one in found if one["registration"] and one["registration"]["id"] == id]


def instant(text: str) -> datetime:
    return datetime.fromisoformat(text.replace("Z", "+00:00"))


async def test_protection_is_as_long_as_the_tier_has_it_and_is_announced_before_it_ends(demo: Demo) -> None:
    assert (await ruled(demo, protectionDays=[{"tier": "GOLD", "days": 40}, {"days": 40}]))["userErrors"] == []
    found = await approved(demo)
    until = instant(found["protectedUntil"])
    assert timedelta(days=39, hours=23) < until - datetime.now(UTC) <= timedelta(days=40)
    await look_after(demo.database, until - timedelta(days=15))
    assert await happened(demo, SELLER, found["id"]) == []
    for before in (14, 13, 3, 2):
        await look_after(demo.database, until - timedelta(days=before))
    assert await happened(demo, SELLER, found["id"]) == ["REGISTRATION_EXPIRING"] * 2
    await look_after(demo.database, until + timedelta(seconds=1))
    await look_after(demo.database, until + timedelta(seconds=2))
    assert (await happened(demo, MANAGER, found["id"]))[2:] == ["REGISTRATION_EXPIRED"]
    assert await happened(demo, RIVAL, found["id"]) == []
    ended = await read(demo, found["id"])
    assert ended is not None
    assert (ended["status"], ended["opportunity"]["protectedUntil"]) == ("EXPIRED", None)
    assert ended["history"][-1]["automatic"] is True


async def test_an_extension_is_asked_for_once_and_decided_by_the_vendor(demo: Demo) -> None:
    found = await approved(demo)
    assert found["extensionsLeft"] == 1
    asked = await done(demo, "requestExtension", registrationId=found["id"], reason="The budget comes in spring")
    assert asked["protectedUntil"] == found["protectedUntil"]
    again = await taken(demo, "requestExtension", registrationId=found["id"], reason="Please")
    assert refusals(again) == [("CONFLICT", ["registrationId"])]
    longer = await done(demo, "extendRegistration", VENDOR, registrationId=found["id"])
    assert instant(longer["protectedUntil"]) - instant(found["protectedUntil"]) == timedelta(days=30)
    assert longer["opportunity"]["protectedUntil"] == longer["protectedUntil"]
    assert longer["extensionsLeft"] == 0
    exhausted = await taken(demo, "requestExtension", registrationId=found["id"], reason="More")
    assert refusals(exhausted) == [("CONFLICT", ["registrationId"])]


async def test_a_request_that_is_declined_changes_nothing_but_leaves_another_try(demo: Demo) -> None:
    found = await approved(demo)
    await done(demo, "requestExtension", registrationId=found["id"], reason="The budget comes in spring")
    silent = await taken(demo, "extendRegistration", VENDOR, registrationId=found["id"], accept=False)
    assert refusals(silent) == [("INVALID", ["reason"])]
    declined = await done(
        demo, "extendRegistration", VENDOR, registrationId=found["id"], accept=False, reason="Nothing has moved"
    )
    assert (declined["protectedUntil"], declined["extensionsLeft"]) == (found["protectedUntil"], 1)
    assert declined["history"][-1]["kind"] == "DECLINE_EXTENSION"
    assert "REQUEST_EXTENSION" in (await read(demo, found["id"]) or {})["allowedSteps"]


async def test_a_review_that_takes_too_long_is_told_to_the_vendor_alone_and_once(demo: Demo) -> None:
    waiting = await submitted(demo)
    due = instant(waiting["reviewDueAt"])
    for later in (-1, 1, 2):
        await look_after(demo.database, due + timedelta(minutes=later))
    assert await happened(demo, VENDOR, waiting["id"]) == ["REGISTRATION_REVIEW_OVERDUE"]
    assert await happened(demo, MANAGER, waiting["id"]) == []


async def test_protection_ends_when_the_deal_does_not_move_on(demo: Demo) -> None:
    rule = 'registration.daysApproved < 20 || deal.reached.exists(s, s == "discovery")'
    assert (await ruled(demo, progress=rule))["userErrors"] == []
    found = await approved(demo)
    began = datetime.now(UTC)
    await look_after(demo.database, began + timedelta(days=19))
    assert (await read(demo, found["id"]) or {})["status"] == "APPROVED"
    await look_after(demo.database, began + timedelta(days=21))
    ended = await read(demo, found["id"])
    assert ended is not None
    assert ended["status"] == "EXPIRED"
    assert ended["reason"]
    assert (await ruled(demo, progress=None))["userErrors"] == []


async def test_conditions_are_checked_when_a_policy_is_saved(demo: Demo) -> None:
    for given, path in (
        ({"eligible": "account.foo == 'x'"}, ["eligible"]),
        ({"eligible": "deal.stage == 'x'"}, ["eligible"]),
        ({"eligible": "partner.tier == 'BRONZE'"}, ["eligible"]),
        ({"autoApprove": "registration.amount"}, ["autoApprove"]),
        ({"autoApprove": "registration.answers['nothing'] == 'x'"}, ["autoApprove"]),
        ({"progress": "'no-such-stage' in deal.reached"}, ["progress"]),
        ({"requiredFields": ["account.shoeSize"]}, ["requiredFields", "0"]),
        ({"protectionDays": [{"tier": "GOLD", "days": 3}]}, ["protectionDays"]),
        ({"calendars": [{"country": "Atlantis", "timeZone": "UTC"}]}, ["calendars", "0", "country"]),
        ({"benefits": [{"discountPercent": "101"}]}, ["benefits", "0", "discountPercent"]),
        ({"playbookKey": "nothing"}, ["playbookKey"]),
    ):
        answer = await ruled(demo, **given)
        assert [error["path"] for error in answer["userErrors"]] == [path], given


async def test_who_is_not_eligible_is_told_so_and_who_is_safe_is_approved_by_itself(demo: Demo) -> None:
    rules = {"eligible": "account.country == 'DE'", "eligibleMessage": "Germany only"}
    assert (await ruled(demo, **rules, autoApprove="registration.amount <= 1000.0"))["userErrors"] == []
    abroad = await saved(demo, account={**NORDWIND["account"], "country": "FR"})
    refused = await taken(demo, "submitRegistration", registrationId=abroad["id"])
    assert refusals(refused) == [("BLOCKED", ["registrationId"])]
    assert refused["userErrors"][0]["message"] == "Germany only"
    assert (await submitted(demo))["status"] == "SUBMITTED"
    another = {"name": "Kleinwerk Harburg KG", "domain": "kleinwerk.example", "country": "DE", "city": "Hamburg"}
    person = {"name": "Grace Hopper", "email": "grace@kleinwerk.example"}
    small = await submitted(demo, account=another, contact=person, amount={"amount": "900", "currency": "EUR"})
    assert small["status"] == "SUBMITTED"  # a job decides, whatever others have registered
    assert await decide(UUID(small["id"].removeprefix("reg_")), datetime.now(UTC))
    small = await read(demo, small["id"]) or {}
    assert small["status"] == "APPROVED"
    assert small["opportunity"]["stage"] == {"key": "qualification"}
    assert small["decidedBy"] is None
    assert (await ruled(demo, SELLER, reviewHours=1))["userErrors"][0]["code"] == "FORBIDDEN"
    hidden = await demo.run("{ registrationPolicies { nodes { autoApprove eligible } } }", SELLER)
    assert {one["autoApprove"] for one in hidden["registrationPolicies"]["nodes"]} == {""}
    assert (await ruled(demo, eligible="true", eligibleMessage=None, autoApprove="false"))["userErrors"] == []


async def test_as_many_are_open_as_the_policy_allows_the_partner(demo: Demo) -> None:
    open_ = await demo.value(
        "SELECT count(*) FROM deal_registration WHERE status IN ('SUBMITTED', 'IN_REVIEW', 'CHANGES_REQUESTED',"
        " 'APPROVED') AND NOT EXISTS (SELECT FROM opportunity o WHERE o.id = opportunity_id AND o.status <> 'OPEN')"
        " AND partner_id = (SELECT id FROM organization WHERE key = 'alpine-it')"
    )
    assert (await ruled(demo, maxOpenPerPartner=open_ + 1))["userErrors"] == []
    first = await submitted(demo)
    second = await saved(demo)
    refused = await taken(demo, "submitRegistration", registrationId=second["id"])
    assert refusals(refused) == [("BLOCKED", ["registrationId"])]
    await done(demo, "withdrawRegistration", registrationId=first["id"])
    await done(demo, "submitRegistration", registrationId=second["id"])
    assert (await ruled(demo, maxOpenPerPartner=None))["userErrors"] == []


async def test_a_partner_who_changes_what_was_approved_is_reviewed_again(demo: Demo) -> None:
    found = await approved(demo)
    deal = found["opportunity"]["id"]
    amount = {"amount": "90000.00", "currency": "EUR"}
    by_vendor = (await demo.run(UPDATE, VENDOR, input={"opportunityId": deal, "amount": amount}))["updateOpportunity"]
    assert by_vendor["opportunity"]["registration"] == {
        "id": found["id"],
        "status": "APPROVED",
        "amount": {"amount": "90000.00"},
        "dealType": "NET_NEW",
    }
    given = {"opportunityId": deal, "dealType": "RENEWAL"}
    by_partner = (await demo.run(UPDATE, SELLER, input=given))["updateOpportunity"]
    assert by_partner["opportunity"]["registration"]["status"] == "SUBMITTED"
    assert by_partner["opportunity"]["protectedUntil"] == found["protectedUntil"]
    await look_after(demo.database, datetime.now(UTC))
    waiting = await read(demo, found["id"], VENDOR)
    assert waiting is not None
    assert waiting["reviewDueAt"] is not None
    assert (waiting["dealType"], waiting["history"][-1]["kind"]) == ("RENEWAL", "REVIEW_AGAIN")
    again = await done(demo, "approveRegistration", VENDOR, registrationId=found["id"])
    assert again["protectedUntil"] == found["protectedUntil"]
    assert again["opportunity"]["id"] == deal


async def test_revoked_the_deal_is_kept_closed_or_taken_back(demo: Demo) -> None:
    for fate in ("KEEP", "CLOSE", "TAKE_BACK"):
        found = await approved(demo)
        given = {"registrationId": found["id"], "code": "NOT_QUALIFIED", "reason": "It is off", "deal": fate}
        revoked = await done(demo, "revokeRegistration", VENDOR, **given)
        assert revoked["status"] == "REVOKED"
        deal = found["opportunity"]["id"].removeprefix("opp_")
        row = await demo.database.fetchrow(
            "SELECT status, partner_id IS NULL AS taken, protected_until FROM opportunity WHERE id = $1::text::uuid",
            deal,
        )
        assert row is not None
        assert (row["status"], row["taken"]) == ("LOST" if fate == "CLOSE" else "OPEN", fate == "TAKE_BACK")
        assert row["protected_until"] is None


async def test_a_deal_that_is_transferred_is_not_protected_any_more(demo: Demo) -> None:
    found = await approved(demo)
    partner = await demo.value("SELECT id FROM organization WHERE key = 'brightwater'")
    await demo.run(UPDATE, VENDOR, input={"opportunityId": found["opportunity"]["id"], "partnerId": f"ptr_{partner}"})
    ended = await read(demo, found["id"])
    assert ended is not None
    assert (ended["status"], ended["opportunity"]) == ("REVOKED", None)
    deal = (await demo.run(UPDATE, VENDOR, input={"opportunityId": found["opportunity"]["id"]}))["updateOpportunity"]
    assert deal["opportunity"] == {"dealType": "NET_NEW", "protectedUntil": None, "registration": None}


async def test_reinstated_it_is_protected_again(demo: Demo) -> None:
    found = await approved(demo)
    given = {"registrationId": found["id"], "code": "OTHER", "reason": "A mistake of ours"}
    await done(demo, "revokeRegistration", VENDOR, **given)
    back = await done(demo, "reinstateRegistration", VENDOR, registrationId=found["id"], reason="It was one")
    assert back["status"] == "APPROVED"
    assert back["opportunity"]["protectedUntil"] == back["protectedUntil"] is not None


async def test_a_deal_that_exists_is_registered_with_what_it_says(demo: Demo) -> None:
    made = "mutation($input: CreateOpportunityInput!) { createOpportunity(input: $input) { opportunity { id } } }"
    given = {"name": "Deal", "accountName": "Somebody Ltd", "playbookKey": "it-software"}
    deal = (await demo.run(made, input=given))["createOpportunity"]["opportunity"]["id"]
    draft = await done(demo, "saveRegistration", opportunityId=deal, products=["Suite"], need="Backups")
    assert draft["opportunity"]["registration"] == {"id": draft["id"]}
    assert draft["account"]["name"]
    twice = await taken(demo, "saveRegistration", opportunityId=deal)
    assert refusals(twice) == [("CONFLICT", ["opportunityId"])]
    answer = await demo.run(step("saveRegistration", "id"), RIVAL, input={"opportunityId": deal})
    assert refusals(answer["saveRegistration"]) == [("NOT_FOUND", ["opportunityId"])]


async def test_what_a_client_submits_is_approved_by_itself(demo: Demo) -> None:
    """By a client that may register and read, and nothing else."""
    assert (await ruled(demo, autoApprove="registration.amount <= 1000.0"))["userErrors"] == []
    client = await api_client(Objects(demo), "own")
    key = client.removeprefix("cli_")
    await demo.value("UPDATE api_client SET scopes = '{READ,REGISTER}' WHERE id = $1::text::uuid RETURNING id", key)
    grant = ClientGrant(UUID(key), 1, frozenset({ApiScope.READ, ApiScope.REGISTER}))
    another = {"name": "Kleinwerk Harburg KG", "domain": "kleinwerk.example", "country": "DE", "city": "Hamburg"}
    draft = await saved(demo, account=another, amount={"amount": "900", "currency": "EUR"})
    viewer = await viewer_of(grant)
    assert viewer is not None
    id = UUID(draft["id"].removeprefix("reg_"))
    assert isinstance(await submit(viewer, id), Stepped)
    assert await decide(id, datetime.now(UTC))
    assert (await read(demo, draft["id"]) or {})["status"] == "APPROVED"
    again = await saved(demo, account={**another, "name": "Feinkost Ahrens"}, amount={"amount": "9", "currency": "EUR"})
    id = UUID(again["id"].removeprefix("reg_"))
    assert isinstance(await submit(viewer, id), Stepped)
    await demo.value("UPDATE api_client SET removed_at = now() WHERE id = $1::text::uuid RETURNING id", key)
    assert not await decide(id, datetime.now(UTC))
    assert (await ruled(demo, autoApprove="false"))["userErrors"] == []
