"""Registrations as tests ask for them through the API."""

from typing import Any

from tests.schema.world import SELLER, VENDOR, Demo

FIELDS = """id number status version created: createdAt
  title account { name domain registrationNumber country city postalCode industry }
  contact { name title email phone } dealType products amount { amount currency } expectedCloseDate need nextStep
  submittedAt reviewDueAt decidedAt rejectionCode reason protectedUntil extensionsLeft
  partner { key } submittedBy { name } reviewer { name } decidedBy { name }
  opportunity { id version protectedUntil stage { key } registration { id } }
  allowedSteps editableFields requiredFields changeRequests { field message resolved }
  history { kind fromStatus toStatus automatic fields code reason note actor { name } }"""
ERRORS = "userErrors { code message path }"


def step(mutation: str, fields: str = FIELDS) -> str:
    kind = f"{mutation[0].upper()}{mutation[1:]}Input"
    return f"mutation($input: {kind}!) {{ {mutation}(input: $input) {{ registration {{ {fields} }} {ERRORS} }} }}"


READ = f"query($id: ID!) {{ registration(id: $id) {{ {FIELDS} }} }}"

NORDWIND: dict[str, Any] = {
    "playbookKey": "it-software",
    "title": "Nordwind backup",
    "account": {
        "name": "Nordwind Energie GmbH",
        "domain": "https://www.nordwind-energie.example/kontakt",
        "registrationNumber": "HRB 4711",
        "country": "de",
        "city": "Kiel",
        "postalCode": "24103",
        "industry": "Energy",
    },
    "contact": {"name": "Ada Lovelace", "email": "ada@nordwind-energie.example"},
    "dealType": "NET_NEW",
    "products": ["Backup Suite", "Backup Suite", "Archive"],
    "amount": {"amount": "48000.50", "currency": "EUR"},
    "expectedCloseDate": "2199-03-31",
    "need": "Restores take a day, and the auditor asks for four hours.",
    "nextStep": "Show a restore",
}


async def taken(demo: Demo, mutation: str, who: str = SELLER, **given: Any) -> dict[str, Any]:
    """The payload of a step."""
    answer: dict[str, Any] = (await demo.run(step(mutation), who, input=given))[mutation]
    return answer


async def done(demo: Demo, mutation: str, who: str = SELLER, **given: Any) -> dict[str, Any]:
    """The registration after a step that succeeds."""
    answer = await taken(demo, mutation, who, **given)
    assert answer["userErrors"] == [], answer["userErrors"]
    registration: dict[str, Any] = answer["registration"]
    return registration


async def saved(demo: Demo, who: str = SELLER, **given: Any) -> dict[str, Any]:
    return await done(demo, "saveRegistration", who, **{**NORDWIND, **given})


async def submitted(demo: Demo, who: str = SELLER, **given: Any) -> dict[str, Any]:
    draft = await saved(demo, who, **given)
    return await done(demo, "submitRegistration", who, registrationId=draft["id"])


async def approved(demo: Demo, who: str = SELLER, by: str = VENDOR, **given: Any) -> dict[str, Any]:
    waiting = await submitted(demo, who, **given)
    return await done(demo, "approveRegistration", by, registrationId=waiting["id"])


async def read(demo: Demo, id: str, who: str = SELLER) -> dict[str, Any] | None:
    found: dict[str, Any] | None = (await demo.run(READ, who, id=id))["registration"]
    return found


def refusals(answer: dict[str, Any]) -> list[tuple[str, list[str]]]:
    assert all(error["message"] for error in answer["userErrors"])
    return [(error["code"], error["path"]) for error in answer["userErrors"]]
