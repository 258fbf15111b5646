"""Conflicts of registrations as the vendor reads, decides and overrides them, and as a partner never learns of them."""

import asyncio
from typing import Any

import pytest

from tests.schema.registrations import done, read, refusals, saved, submitted, taken
from tests.schema.world import COLLEAGUE, MANAGER, RIVAL, SELLER, VENDOR, Demo

SEEN = """kind score reasons blocks decision note registration { id } opportunity { id } account { name }"""
CONFLICTS = f"query($id: ID!) {{ registration(id: $id) {{ conflicts {{ {SEEN} }} }} }}"
RESOLVE = """mutation($input: ResolveConflictInput!) { resolveConflict(input: $input) {
  registration { id version opportunity { id } } userErrors { code message path } } }"""
CHECK = f"""query($account: CheckedAccountInput!, $products: [String!], $need: String) {{
  checkRegistration(account: $account, products: $products, need: $need) {{ {SEEN} }} }}"""
OTHERS = COLLEAGUE
"""A seller of the first one's partner, whose it isn't."""

KELBRIN: dict[str, Any] = {
    "title": "Backup for Kelbrin",
    "account": {"name": "Kelbrin Fördertechnik GmbH", "domain": "kelbrin.example", "country": "DE", "city": "Kiel",
                "registrationNumber": None, "postalCode": "24103"},
    "products": ["Backup Suite"],
    "need": "Restores take a day, and the auditor asks for four hours.",
}  # fmt: skip
AS_OTHERS_WRITE_IT: dict[str, Any] = {
    "title": "Firewalls",
    "account": {"name": "KELBRIN Foerdertechnik", "domain": None, "country": "Germany", "city": "Kiel",
                "registrationNumber": None, "postalCode": "24103"},
    "products": ["Firewall"],
    "need": "Replace what guards the plants today.",
}  # fmt: skip


async def conflicts(demo: Demo, id: str, who: str = VENDOR) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = (await demo.run(CONFLICTS, who, id=id))["registration"]["conflicts"]
    return found


async def resolved(demo: Demo, who: str = VENDOR, **given: Any) -> dict[str, Any]:
    answer: dict[str, Any] = (await demo.run(RESOLVE, who, input=given))["resolveConflict"]
    return answer


async def two(demo: Demo) -> tuple[dict[str, Any], dict[str, Any]]:
    """Of two partners, the first first."""
    first = await submitted(demo, SELLER, **KELBRIN)
    return first, await submitted(demo, RIVAL, **AS_OTHERS_WRITE_IT)


async def test_the_vendor_sees_both_sides_with_reasons_and_the_first_is_in_nobodys_way(demo: Demo) -> None:
    first, second = await two(demo)
    (mine,) = await conflicts(demo, first["id"])
    (theirs,) = await conflicts(demo, second["id"])
    assert mine == {**theirs, "registration": {"id": second["id"]}, "blocks": False}
    assert theirs["registration"] == {"id": first["id"]}
    assert theirs["kind"] == "SIMILAR_ACCOUNT"
    assert theirs["blocks"] is True
    assert theirs["reasons"] == ["The names are the same but for how they are written.", "The same place, Kiel."]
    assert 0.5 <= theirs["score"] <= 1


@pytest.mark.parametrize(
    ("account", "more", "kind"),
    [
        ({"domain": "www.kelbrin.example"}, {}, "SAME_ACCOUNT"),
        ({"name": "Ostrovan Holding", "domain": "https://shop.kelbrin.example/x"}, {}, "SAME_ACCOUNT"),
        ({}, {"products": ["backup-suite"]}, "SAME_DEAL"),
        ({}, {"need": "The auditor asks for restores in four hours."}, "SAME_DEAL"),
        ({"name": "Kelbrin Logistik GmbH"}, {}, None),
        ({"country": "AT", "city": "Linz"}, {}, None),
    ],
)
async def test_kinds(demo: Demo, account: dict[str, Any], more: dict[str, Any], kind: str | None) -> None:
    first = await submitted(demo, SELLER, **KELBRIN)
    given = {**AS_OTHERS_WRITE_IT, **more, "account": {**AS_OTHERS_WRITE_IT["account"], **account}}
    second = await submitted(demo, RIVAL, **given)
    found = await conflicts(demo, second["id"])
    assert [(one["kind"], one["registration"]) for one in found] == ([(kind, {"id": first["id"]})] if kind else [])


async def test_the_second_is_approved_by_an_override_alone_and_that_is_told(demo: Demo) -> None:
    first, second = await two(demo)
    refused = await taken(demo, "approveRegistration", VENDOR, registrationId=second["id"])
    assert refusals(refused) == [("BLOCKED", ["override"])]
    assert (await read(demo, second["id"], VENDOR)) == await read(demo, second["id"], VENDOR)
    await done(demo, "approveRegistration", VENDOR, registrationId=second["id"], override=True, note="Both may.")
    steps = "query($id: ID!) { registration(id: $id) { history { kind overridden note } } }"
    for who, overridden, note in ((VENDOR, True, "Both may."), (RIVAL, False, None)):
        history = (await demo.run(steps, who, id=second["id"]))["registration"]["history"]
        assert history[-1] == {"kind": "APPROVE", "overridden": overridden, "note": note}
    entries = await demo.database.fetch(
        "SELECT detail FROM audit_entry WHERE action = 'REGISTRATION_CONFLICTS_OVERRIDDEN'"
    )
    assert [entry["detail"] for entry in entries] == [f'{{"conflicts": ["{first["id"]}"]}}']
    refused = await taken(demo, "approveRegistration", VENDOR, registrationId=first["id"])
    assert refusals(refused) == [("BLOCKED", ["override"])]


async def test_a_rejected_one_makes_room_for_the_next(demo: Demo) -> None:
    first, second = await two(demo)
    await done(demo, "rejectRegistration", VENDOR, registrationId=first["id"], code="OUT_OF_TERRITORY")
    assert await conflicts(demo, second["id"]) == []
    assert (await done(demo, "approveRegistration", VENDOR, registrationId=second["id"]))["status"] == "APPROVED"


async def test_what_has_ended_is_in_nobodys_way_however_much_there_is_of_it(demo: Demo) -> None:
    first = await submitted(demo, SELLER, **KELBRIN)
    await demo.database.fetch(
        "INSERT INTO deal_registration (id, number, status, policy_id, partner_id, account_name, account_city,"
        " account_country, submitted_at)"
        " SELECT gen_random_uuid(), 'DR-' || n, 'WITHDRAWN', r.policy_id, r.partner_id, r.account_name, r.account_city,"
        " r.account_country, now() FROM deal_registration r, generate_series(1, 700) n WHERE r.id = $1::uuid"
        " RETURNING id",
        first["id"].removeprefix("reg_"),
    )
    second = await submitted(demo, RIVAL, **AS_OTHERS_WRITE_IT)
    (found,) = await conflicts(demo, second["id"])
    assert (found["registration"], found["blocks"]) == ({"id": first["id"]}, True)


async def test_what_has_expired_comes_back_only_where_nobody_took_its_place(demo: Demo) -> None:
    first, second = await two(demo)
    await done(demo, "approveRegistration", VENDOR, registrationId=first["id"])
    revoked = {"registrationId": first["id"], "code": "NOT_QUALIFIED", "reason": "It is off."}
    await done(demo, "revokeRegistration", VENDOR, **revoked)
    answer = await taken(
        demo, "approveRegistration", VENDOR, registrationId=second["id"], override=True, note="Theirs."
    )
    assert answer["userErrors"] == []
    refused = await taken(demo, "reinstateRegistration", VENDOR, registrationId=first["id"], reason="A mistake.")
    assert refusals(refused) == [("BLOCKED", ["registrationId"])]


async def test_the_vendor_says_that_they_are_not_the_same(demo: Demo) -> None:
    first, second = await two(demo)
    answer = await resolved(
        demo, registrationId=first["id"], otherRegistrationId=second["id"], decision="NOT_THE_SAME", note="Two sites."
    )
    assert answer["userErrors"] == []
    (theirs,) = await conflicts(demo, second["id"])
    assert (theirs["blocks"], theirs["decision"], theirs["note"]) == (False, "NOT_THE_SAME", "Two sites.")
    for one in (second, first):
        assert (await done(demo, "approveRegistration", VENDOR, registrationId=one["id"]))["status"] == "APPROVED"


async def test_the_vendor_gives_the_second_priority(demo: Demo) -> None:
    first, second = await two(demo)
    ids = {"registrationId": second["id"], "otherRegistrationId": first["id"]}
    assert (await resolved(demo, **ids, decision="HAS_PRIORITY"))["userErrors"] == []
    refused = await taken(demo, "approveRegistration", VENDOR, registrationId=first["id"])
    assert refusals(refused) == [("BLOCKED", ["override"])]
    assert (await done(demo, "approveRegistration", VENDOR, registrationId=second["id"]))["status"] == "APPROVED"


async def test_nothing_has_priority_over_what_is_approved_until_that_is_revoked(demo: Demo) -> None:
    first, second = await two(demo)
    await done(demo, "approveRegistration", VENDOR, registrationId=first["id"])
    ids = {"registrationId": second["id"], "otherRegistrationId": first["id"]}
    assert refusals(await resolved(demo, **ids, decision="HAS_PRIORITY")) == [("CONFLICT", ["decision"])]
    refused = await taken(demo, "approveRegistration", VENDOR, registrationId=second["id"])
    assert refusals(refused) == [("BLOCKED", ["override"])]
    revoked = {"registrationId": first["id"], "code": "NOT_QUALIFIED", "reason": "It is off."}
    await done(demo, "revokeRegistration", VENDOR, **revoked)
    assert (await done(demo, "approveRegistration", VENDOR, registrationId=second["id"]))["status"] == "APPROVED"


async def test_a_decision_holds_for_the_customers_that_it_was_about(demo: Demo) -> None:
    first, second = await two(demo)
    ids = {"registrationId": second["id"], "otherRegistrationId": first["id"]}
    assert (await resolved(demo, **ids, decision="NOT_THE_SAME"))["userErrors"] == []
    await done(
        demo,
        "requestChanges",
        VENDOR,
        registrationId=second["id"],
        requests=[{"field": "account.domain", "message": "Which one?"}],
    )
    await done(demo, "saveRegistration", RIVAL, registrationId=second["id"], account={"domain": "kelbrin.example"})
    (theirs,) = await conflicts(demo, second["id"])
    assert (theirs["kind"], theirs["decision"], theirs["blocks"]) == ("SAME_ACCOUNT", None, True)


async def test_decisions_are_the_vendors_and_leave_no_trace_for_partners(demo: Demo) -> None:
    first, second = await two(demo)
    before = [await read(demo, first["id"], SELLER), await read(demo, second["id"], RIVAL)]
    ids = {"registrationId": second["id"], "otherRegistrationId": first["id"]}
    for who in (RIVAL, SELLER):
        answer = await resolved(demo, who, **ids, decision="HAS_PRIORITY")
        assert refusals(answer) == [("FORBIDDEN", [])]
    assert (await resolved(demo, **ids, decision="HAS_PRIORITY"))["userErrors"] == []
    assert [await read(demo, first["id"], SELLER), await read(demo, second["id"], RIVAL)] == before


async def test_what_is_no_conflict_can_not_be_decided(demo: Demo) -> None:
    first, second = await two(demo)
    third = await submitted(demo, SELLER, title="Another")
    wrong = await resolved(demo, registrationId=third["id"], otherRegistrationId=first["id"], decision="NOT_THE_SAME")
    assert refusals(wrong) == [("NOT_FOUND", ["otherRegistrationId"])]
    neither = await resolved(demo, registrationId=second["id"], decision="NOT_THE_SAME")
    assert refusals(neither) == [("INVALID", [])]
    attached = await resolved(demo, registrationId=second["id"], otherRegistrationId=first["id"], decision="ATTACHED")
    assert refusals(attached) == [("INVALID", ["decision"])]


async def test_open_deals_of_others_and_of_the_vendor_are_conflicts(demo: Demo) -> None:
    create = """mutation($input: CreateOpportunityInput!) { createOpportunity(input: $input) {
      opportunity { id } userErrors { code message path } } }"""
    given = {"name": "Plant network", "accountName": "Kelbrin Fördertechnik", "playbookKey": "it-software"}
    deal = (await demo.run(create, SELLER, input=given))["createOpportunity"]
    assert deal["userErrors"] == []
    theirs = await submitted(demo, RIVAL, **AS_OTHERS_WRITE_IT)
    (found,) = await conflicts(demo, theirs["id"])
    assert found["opportunity"] == deal["opportunity"]
    assert found["account"] == {"name": "Kelbrin Fördertechnik"}
    assert (found["registration"], found["blocks"]) == (None, True)
    own = await submitted(demo, SELLER, **KELBRIN)
    with_deal = next(one for one in await conflicts(demo, own["id"]) if one["opportunity"])
    assert (with_deal["opportunity"], with_deal["blocks"]) == (deal["opportunity"], False)
    assert await conflicts(demo, theirs["id"], RIVAL) == []


async def test_a_partner_sees_conflicts_among_its_own_alone(demo: Demo) -> None:
    first, second = await two(demo)
    assert await conflicts(demo, first["id"], SELLER) == await conflicts(demo, second["id"], RIVAL) == []
    own = await submitted(demo, SELLER, **{**KELBRIN, "title": "Once more"})
    for who in (SELLER, MANAGER):
        (met,) = await conflicts(demo, own["id"], who)
        assert met["registration"] == {"id": first["id"]}
        assert (met["kind"], met["decision"], met["note"]) == ("SAME_DEAL", None, None)


async def test_a_check_tells_of_ones_own_alone(demo: Demo) -> None:
    first, second = await two(demo)
    asked = {"account": {"name": "Kelbrin Foerdertechnik", "city": "Kiel"}}
    for who, known in ((SELLER, [first["id"]]), (MANAGER, [first["id"]]), (RIVAL, [second["id"]]), (OTHERS, [])):
        found = (await demo.run(CHECK, who, **asked))["checkRegistration"]
        assert [one["registration"]["id"] for one in found] == known
    assert len((await demo.run(CHECK, VENDOR, **asked))["checkRegistration"]) == 2
    same = (await demo.run(CHECK, SELLER, **asked, products=["backup suite"]))["checkRegistration"]
    assert [one["kind"] for one in same] == ["SAME_DEAL"]


async def test_many_on_one_customer_at_once_leave_one_that_needs_no_override(demo: Demo) -> None:
    drafts = [await saved(demo, who, **given) for who in (SELLER, RIVAL) for given in (KELBRIN, AS_OTHERS_WRITE_IT)]
    owners = (SELLER, SELLER, RIVAL, RIVAL)
    await asyncio.gather(
        *(
            done(demo, "submitRegistration", who, registrationId=draft["id"])
            for who, draft in zip(owners, drafts, strict=True)
        )
    )
    answers = await asyncio.gather(
        *(taken(demo, "approveRegistration", VENDOR, registrationId=draft["id"]) for draft in drafts)
    )
    assert sorted(len(answer["userErrors"]) for answer in answers) == [0, 1, 1, 1]
    assert {code for answer in answers for code, _ in refusals(answer)} == {"BLOCKED"}
