"""A registration's whole life over the API by three roles, and all that each of them was pushed."""

import asyncio
from typing import Any

from app.models.columns import new_id
from tests.schema.registrations import ERRORS, done, read, refusals, saved, submitted, taken
from tests.schema.world import COLLEAGUE, MANAGER, RIVAL, SELLER, VENDOR, Demo

PUSHED = """subscription($after: Cursor) { registrationUpdated(after: $after) { type status code fields
  registration { number history { note } } } }"""
LIFE = [
    "REGISTRATION_SAVED",
    "REGISTRATION_SUBMITTED",
    "REGISTRATION_REVIEW_STARTED",
    "REGISTRATION_CHANGES_REQUESTED",
    "REGISTRATION_SAVED",
    "REGISTRATION_SUBMITTED",
    "REGISTRATION_APPROVED",
    "REGISTRATION_EXTENSION_REQUESTED",
    "REGISTRATION_EXTENDED",
    "REGISTRATION_REVOKED",
    "REGISTRATION_REINSTATED",
]


async def test_a_whole_life_is_pushed_to_those_who_see_it_and_to_nobody_else(demo: Demo) -> None:
    async with (
        demo.follow(PUSHED, SELLER) as seller,
        demo.follow(PUSHED, MANAGER) as manager,
        demo.follow(PUSHED, VENDOR) as vendor,
        demo.follow(PUSHED, COLLEAGUE) as colleague,
        demo.follow(PUSHED, RIVAL) as rival,
    ):
        draft = await saved(demo)
        id = draft["id"]
        await done(demo, "submitRegistration", registrationId=id)
        await done(demo, "startReview", VENDOR, registrationId=id)
        asked = [{"field": "need", "message": "Since when?"}]
        await done(demo, "requestChanges", VENDOR, registrationId=id, requests=asked)
        await done(demo, "saveRegistration", registrationId=id, need="Since the audit in May")
        await done(demo, "submitRegistration", MANAGER, registrationId=id)
        await done(demo, "approveRegistration", VENDOR, registrationId=id, note="Known to us")
        await done(demo, "requestExtension", registrationId=id, reason="The budget comes in spring")
        await done(demo, "extendRegistration", VENDOR, registrationId=id)
        given = {"registrationId": id, "code": "VENDOR_ALREADY_ENGAGED", "reason": "We were there first"}
        await done(demo, "revokeRegistration", VENDOR, **given)
        await done(demo, "reinstateRegistration", VENDOR, registrationId=id, reason="We were not")
        # What these hear first is of what comes after it: of all before, they have heard nothing.
        theirs = await saved(demo, RIVAL, title="Of the rival")
        mine = await saved(demo, COLLEAGUE, title="Of the colleague")
        told = {who: await heard(feed, len(LIFE)) for who, feed in (("s", seller), ("m", manager), ("v", vendor))}
        assert [one["type"] for one in told["s"]] == LIFE
        assert [one["type"] for one in told["m"]] == LIFE
        assert [one["type"] for one in told["v"]] == LIFE
        assert [one["fields"] for one in told["s"] if one["type"] == "REGISTRATION_CHANGES_REQUESTED"] == [["need"]]
        assert [one["code"] for one in told["s"] if one["code"]] == ["VENDOR_ALREADY_ENGAGED"]
        notes = {who: {step["note"] for one in told[who] for step in one["registration"]["history"]} for who in "smv"}
        assert notes == {"s": {None}, "m": {None}, "v": {None, "Known to us"}}
        assert (await heard(rival, 1))[0]["registration"]["number"] == theirs["number"]
        assert (await heard(colleague, 1))[0]["registration"]["number"] == mine["number"]
        assert (await heard(manager, 1))[0]["registration"]["number"] == mine["number"]


async def heard(feed: Any, events: int) -> list[dict[str, Any]]:
    found = []
    for _ in range(events):
        payload = await anext(feed)
        assert "errors" not in payload, payload
        found.append(payload["data"]["registrationUpdated"])
    return found


async def test_of_two_who_approve_at_once_one_does_and_the_deal_is_made_once(demo: Demo) -> None:
    waiting = await submitted(demo)
    answers = await asyncio.gather(
        *(taken(demo, "approveRegistration", who, registrationId=waiting["id"]) for who in (VENDOR, "Ingrid Solberg"))
    )
    assert sorted(len(answer["userErrors"]) for answer in answers) == [0, 1]
    late = next(answer for answer in answers if answer["userErrors"])
    assert refusals(late) == [("CONFLICT", ["registrationId"])]
    assert late["registration"]["status"] == "APPROVED"
    made = await demo.value(
        "SELECT count(*) FROM opportunity WHERE registration_id = $1::text::uuid", waiting["id"][4:]
    )
    assert made == 1


async def test_a_step_sent_again_is_taken_once(demo: Demo) -> None:
    waiting = await submitted(demo)
    given = {"registrationId": waiting["id"], "clientMutationId": "approve-once"}
    first = await done(demo, "approveRegistration", VENDOR, **given)
    again = await done(demo, "approveRegistration", VENDOR, **given)
    assert again["opportunity"]["id"] == first["opportunity"]["id"]
    assert [one["kind"] for one in again["history"]].count("APPROVE") == 1


async def test_numbers_are_drawn_by_lot_and_never_twice(demo: Demo) -> None:
    numbers = [(await saved(demo, title=f"Project {n}"))["number"] for n in range(12)]
    assert len(set(numbers)) == len(numbers)
    digits = [int(number.rpartition("-")[2]) for number in numbers]
    assert digits != sorted(digits)


FIELD_VALUES: dict[str, dict[str, Any]] = {
    "title": {"title": "Another"},
    "account.name": {"account": {"name": "Another Ltd"}},
    "account.domain": {"account": {"domain": "another.example"}},
    "account.registrationNumber": {"account": {"registrationNumber": "HRB 1"}},
    "account.country": {"account": {"country": "AT"}},
    "account.city": {"account": {"city": "Graz"}},
    "account.postalCode": {"account": {"postalCode": "8010"}},
    "account.industry": {"account": {"industry": "Steel"}},
    "contact.name": {"contact": {"name": "Grace Hopper"}},
    "contact.title": {"contact": {"title": "Admiral"}},
    "contact.email": {"contact": {"email": "grace@another.example"}},
    "contact.phone": {"contact": {"phone": "+43 1 234567"}},
    "dealType": {"dealType": "RENEWAL"},
    "products": {"products": ["Other"]},
    "amount": {"amount": {"amount": "1.00", "currency": "EUR"}},
    "expectedCloseDate": {"expectedCloseDate": "2199-05-01"},
    "need": {"need": "Another need"},
    "nextStep": {"nextStep": "Another step"},
    "answers": {"answers": [{"questionKey": "origin", "answer": "A fair"}]},
}
ALL_FIELDS = {*FIELD_VALUES, "opportunity"}
SAVE = f"mutation($input: SaveRegistrationInput!) {{ saveRegistration(input: $input) {{ {ERRORS} }} }}"


async def test_what_is_said_to_be_editable_and_allowed_is_just_what_is_not_refused(demo: Demo) -> None:
    """In every state, for both sides: each field is tried, and each step that changes nothing by being refused."""
    found = await saved(demo, title="To be tried")
    path: list[tuple[Any, ...]] = [
        (),
        ("submitRegistration", SELLER, {}),
        ("startReview", VENDOR, {}),
        ("requestChanges", VENDOR, {"requests": [{"field": "need", "message": "More"}]}),
        ("submitRegistration", SELLER, {}),
        ("approveRegistration", VENDOR, {}),
        ("revokeRegistration", VENDOR, {"code": "OTHER", "reason": "Off"}),
    ]
    for step in path:
        if step:
            mutation, who, given = step
            await done(demo, mutation, who, registrationId=found["id"], **given)
        for who in (SELLER, "Ingrid Solberg"):  # who takes the steps of the vendor has filled in nothing
            seen = await read(demo, found["id"], who)
            assert seen is not None
            assert set(seen["editableFields"]) in (set(), ALL_FIELDS), (step, who)
            await _each_field(demo, who, seen)
            await _each_step(demo, who, seen)


async def _each_field(demo: Demo, who: str, seen: dict[str, Any]) -> None:
    for name, given in FIELD_VALUES.items():
        tried = {name: f"Another of {new_id()}"} if name in ("title", "need") else given
        if tried is given and name in seen["editableFields"]:
            continue  # that it can be changed is shown by two of them
        answer = (await demo.run(SAVE, who, input={"registrationId": seen["id"], **tried}))["saveRegistration"]
        assert (answer["userErrors"] == []) == (name in seen["editableFields"]), (name, who, seen["status"])


REFUSED: dict[str, tuple[str, dict[str, Any]]] = {
    "WITHDRAW": ("withdrawRegistration", {}),
    "START_REVIEW": ("startReview", {}),
    "REQUEST_CHANGES": ("requestChanges", {"requests": [{"field": "need", "message": "More"}]}),
    "APPROVE": ("approveRegistration", {}),
    "REJECT": ("rejectRegistration", {"code": "DUPLICATE"}),
    "REQUEST_EXTENSION": ("requestExtension", {"reason": "Spring"}),
    "EXTEND": ("extendRegistration", {}),
    "DECLINE_EXTENSION": ("extendRegistration", {"accept": False, "reason": "No"}),
    "REVOKE": ("revokeRegistration", {"code": "OTHER", "reason": "Off"}),
    "REINSTATE": ("reinstateRegistration", {"reason": "On"}),
}


async def _each_step(demo: Demo, who: str, seen: dict[str, Any]) -> None:
    for kind, (mutation, given) in REFUSED.items():
        if kind not in seen["allowedSteps"]:
            answer = await taken(demo, mutation, who, registrationId=seen["id"], **given)
            assert [code for code, _ in refusals(answer)] in (["FORBIDDEN"], ["CONFLICT"]), (kind, who, seen["status"])
