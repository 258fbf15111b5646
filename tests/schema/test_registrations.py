"""Registrations as users of the API fill them in, review and decide them."""

import re

from tests.schema.registrations import NORDWIND, approved, done, read, refusals, saved, submitted, taken
from tests.schema.world import COLLEAGUE, MANAGER, RIVAL, SELLER, VENDOR, Demo
from tests.statements import counting


async def test_a_draft_is_saved_with_all_that_was_said_and_corrected(demo: Demo) -> None:
    draft = await saved(demo)
    assert re.fullmatch(r"DR-\d{4}-\d{6}", draft["number"])
    assert draft["status"] == "DRAFT"
    assert draft["partner"] == {"key": "alpine-it"}
    assert draft["account"] == {
        **NORDWIND["account"],
        "domain": "nordwind-energie.example",
        "country": "DE",
    }
    assert draft["contact"] == {**NORDWIND["contact"], "title": None, "phone": None}
    assert draft["products"] == ["Backup Suite", "Archive"]
    said = ("title", "dealType", "amount", "expectedCloseDate", "need", "nextStep")
    assert {name: draft[name] for name in said} == {name: NORDWIND[name] for name in said}
    assert draft["allowedSteps"] == ["SAVE", "SUBMIT", "WITHDRAW"]
    assert draft["opportunity"] is None
    changed = await done(demo, "saveRegistration", registrationId=draft["id"], account={"city": "Hamburg"}, title=None)
    assert changed["version"] == 2
    assert changed["account"] == {**draft["account"], "city": "Hamburg"}
    assert changed["title"] is None
    again = await done(demo, "saveRegistration", registrationId=draft["id"], account={"city": " Hamburg "})
    assert again["version"] == 2
    assert [one["kind"] for one in again["history"]] == ["SAVE", "SAVE"]
    assert again["history"][1]["fields"] == ["account.city", "title"]


async def test_an_approval_creates_the_deal_in_the_first_stage_and_protects_it(demo: Demo) -> None:
    found = await approved(demo)
    assert found["status"] == "APPROVED"
    assert found["opportunity"]["stage"] == {"key": "qualification"}  # with the approval, nothing keeps it in the first
    assert found["opportunity"]["registration"] == {"id": found["id"]}
    assert found["opportunity"]["protectedUntil"] == found["protectedUntil"] is not None
    deal = await demo.run(
        "query($id: ID!) { opportunity(id: $id) { name source owner { name } account { name domain country }"
        " contacts { name email } } }",
        id=found["opportunity"]["id"],
    )
    assert deal["opportunity"] == {
        "name": "Nordwind backup",
        "source": "PARTNER",
        "owner": {"name": SELLER},
        "account": {"name": "Nordwind Energie GmbH", "domain": "nordwind-energie.example", "country": "DE"},
        "contacts": [NORDWIND["contact"]],
    }
    assert [(one["kind"], one["toStatus"]) for one in found["history"]] == [
        ("SAVE", "DRAFT"),
        ("SUBMIT", "SUBMITTED"),
        ("APPROVE", "APPROVED"),
    ]
    refused = await taken(demo, "approveRegistration", VENDOR, registrationId=found["id"])
    assert refusals(refused) == [("CONFLICT", ["registrationId"])]
    assert refused["registration"]["opportunity"] == found["opportunity"]


async def test_others_of_the_partner_see_it_as_they_see_deals_and_nobody_else_does(demo: Demo) -> None:
    draft = await saved(demo)
    assert await read(demo, draft["id"], MANAGER) is not None
    assert await read(demo, draft["id"], VENDOR) is not None
    assert await read(demo, draft["id"], COLLEAGUE) is None
    assert await read(demo, draft["id"], RIVAL) is None
    answer = await taken(demo, "saveRegistration", RIVAL, registrationId=draft["id"], title="Ours")
    assert refusals(answer) == [("NOT_FOUND", ["registrationId"])]
    assert await read(demo, draft["id"]) == draft


async def test_what_is_missing_is_named_at_submission(demo: Demo) -> None:
    draft = await done(demo, "saveRegistration", playbookKey="it-software")
    answer = await taken(demo, "submitRegistration", registrationId=draft["id"])
    assert sorted(path for _, path in refusals(answer)) == sorted(
        name.split(".") for name in draft["requiredFields"] if name != "dealType"
    )
    assert (await read(demo, draft["id"])) == draft


async def test_the_partner_changes_what_it_was_asked_for_while_the_clock_rests(demo: Demo) -> None:
    waiting = await submitted(demo)
    assert waiting["reviewDueAt"] is not None
    refused = await taken(demo, "saveRegistration", registrationId=waiting["id"], title="Another")
    assert refusals(refused) == [("CONFLICT", ["registrationId"])]
    review = await done(demo, "startReview", VENDOR, registrationId=waiting["id"])
    assert review["reviewer"] == {"name": VENDOR}
    asked = await done(
        demo,
        "requestChanges",
        VENDOR,
        registrationId=waiting["id"],
        requests=[{"field": "account.city", "message": "Which site?"}, {"field": "need", "message": "Since when?"}],
        reason="Two questions",
    )
    assert asked["status"] == "CHANGES_REQUESTED"
    assert asked["reviewDueAt"] is None
    changed = await done(demo, "saveRegistration", registrationId=waiting["id"], account={"city": "Hamburg"})
    assert {one["field"]: one["resolved"] for one in changed["changeRequests"]} == {"account.city": True, "need": False}
    again = await done(demo, "submitRegistration", registrationId=waiting["id"])
    assert again["status"] == "SUBMITTED"
    assert again["submittedAt"] != waiting["submittedAt"]
    rejected = await done(
        demo, "rejectRegistration", VENDOR, registrationId=waiting["id"], code="DUPLICATE", note="Ours"
    )
    assert (rejected["status"], rejected["rejectionCode"]) == ("REJECTED", "DUPLICATE")
    assert rejected["history"][-1]["note"] == "Ours"
    seen = await read(demo, waiting["id"])
    assert seen is not None
    assert seen["history"][-1]["note"] is None
    assert seen["allowedSteps"] == []


async def test_whoever_filled_it_in_does_not_approve_it(demo: Demo) -> None:
    partner = (await demo.run("{ viewer { organization { id } } }", SELLER))["viewer"]["organization"]["id"]
    waiting = await submitted(demo, VENDOR, partnerId=partner.replace("org_", "ptr_"))
    assert "APPROVE" not in waiting["allowedSteps"]
    answer = await taken(demo, "approveRegistration", VENDOR, registrationId=waiting["id"])
    assert refusals(answer) == [("FORBIDDEN", ["registrationId"])]
    other = await done(demo, "approveRegistration", "Ingrid Solberg", registrationId=waiting["id"])
    assert other["status"] == "APPROVED"


async def test_however_many_changes_are_requested_they_are_written_by_one_statement(demo: Demo) -> None:
    waiting = await submitted(demo)
    asked = [{"field": field, "message": "Which?"} for field in ("need", "account.city", "need", "title")]
    async with counting(demo.database) as sent:
        found = await done(demo, "requestChanges", VENDOR, registrationId=waiting["id"], requests=asked)
    assert len([one for one in sent if "INSERT INTO change_request" in one]) == 1
    assert [one["field"] for one in found["changeRequests"]] == [one["field"] for one in asked]
