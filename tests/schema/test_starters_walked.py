"""Every shipped starter walked by a seller from a new deal to a won one, over HTTP, by what the blockers say alone."""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from app.models import Organization, User
from app.playbooks.templates import templates
from app.vocabulary import OrganizationKind, Role
from tests.serving import Server

KEYS = [found.key for found in templates()]
STEPS = 60
"""More than any starter takes."""

DEAL = """query($id: ID!) { opportunity(id: $id) { status version account { id } stage { key }
  allowedTransitions { stage { key kind } kind allowed blockers { code message
    criterion { id key } activity { id } remedies { mutation fields } } }
  transitions(first: 50) { nodes { kind overridden automatic toStage { key } } } } }"""


@dataclass(frozen=True)
class Seller:
    server: Server
    token: str

    async def ask(self, query: str, **variables: Any) -> dict[str, Any]:
        answer = await self.server.ask(query, variables, token=self.token)
        assert "errors" not in answer, answer
        data: dict[str, Any] = answer["data"]
        return data

    async def change(self, mutation: str, returned: str, **given: Any) -> dict[str, Any]:
        type_ = mutation[0].upper() + mutation[1:] + "Input!"
        query = (
            f"mutation($i: {type_}) {{ {mutation}(input: $i) {{ {returned} {{ id }} userErrors {{ message path }} }} }}"
        )
        answer: dict[str, Any] = (await self.ask(query, i=given))[mutation]
        assert answer["userErrors"] == [], (mutation, given, answer)
        made: dict[str, Any] = answer[returned]
        return made


async def seller_of(server: Server, key: str) -> Seller:
    """Of a partner, where the starter is published."""
    vendor = await Organization.create(key="vendor", name="Vendor", kind=OrganizationKind.VENDOR)
    partner = await Organization.create(key="partner", name="Partner", kind=OrganizationKind.PARTNER)
    manager = await User.create(organization=vendor, name="Ada", role=Role.CHANNEL_MANAGER)
    person = await User.create(organization=partner, name="Sam", role=Role.PARTNER_SELLER)
    vendors = Seller(server, server.token_for(manager))
    draft = await vendors.change("createPlaybook", "playbook", templateKey=key)
    await vendors.change("publishPlaybook", "playbook", playbookId=draft["id"])
    return Seller(server, server.token_for(person))


def value_of(field: str) -> dict[str, Any]:
    """Of an input's field, as somebody would fill it who knows nothing but its name."""
    if field.startswith("qualification."):
        return {"qualification": [{"questionKey": field.partition(".")[2], "answer": "As they told us."}]}
    soon = (datetime.now(UTC) + timedelta(days=30)).date().isoformat()
    known = {
        "amount": {"amount": "125000.00", "currency": "EUR"},
        "expectedCloseDate": soon,
        "nextStep": "Meet on Thursday",
        "country": "DE",
        "employees": 800,
        "industry": "Retail",
    }
    return {field: known[field]}


def filled(fields: list[str]) -> dict[str, Any]:
    given: dict[str, Any] = {}
    for field in fields:
        for name, value in value_of(field).items():
            given[name] = [*given[name], *value] if isinstance(given.get(name), list) else value
    return given


async def clear(seller: Seller, id: str, account: str, blocker: dict[str, Any]) -> None:
    """By all that it names."""
    assert blocker["remedies"], blocker
    for remedy in blocker["remedies"]:
        match remedy["mutation"]:
            case "markCriterion":
                given = {"opportunityId": id, "criterionId": blocker["criterion"]["id"], "met": True}
                await seller.change("markCriterion", "opportunity", **given, evidence="By e-mail")
            case "completeActivity":
                given = {"opportunityId": id, "activityId": blocker["activity"]["id"]}
                await seller.change("completeActivity", "opportunity", **given)
            case "updateOpportunity":
                await seller.change("updateOpportunity", "opportunity", opportunityId=id, **filled(remedy["fields"]))
            case "upsertAccount":
                await seller.change("upsertAccount", "account", accountId=account, **filled(remedy["fields"]))
            case other:
                raise AssertionError(other)


def onwards(deal: dict[str, Any]) -> dict[str, Any]:
    """The move to the next stage, or to won where there is none."""
    others = [move for move in deal["allowedTransitions"] if move["stage"]["key"] != deal["stage"]["key"]]
    moves = [move for move in others if move["kind"] in ("FORWARD", "WON")]
    found: dict[str, Any] = moves[0]
    return found


@pytest.mark.parametrize("key", KEYS)
async def test_a_seller_wins_a_deal_by_what_the_blockers_name(server: Server, key: str) -> None:
    seller = await seller_of(server, key)
    made = await seller.change("createOpportunity", "opportunity", name="Deal", accountName="Customer", playbookKey=key)
    id = made["id"]
    for _ in range(STEPS):
        deal = (await seller.ask(DEAL, id=id))["opportunity"]
        if deal["status"] == "WON":
            break
        move = onwards(deal)
        if move["allowed"]:
            given = {"opportunityId": id, "toStageKey": move["stage"]["key"], "expectedVersion": deal["version"]}
            await seller.change("advanceStage", "opportunity", **given)
            continue
        blocker = move["blockers"][0]
        await clear(seller, id, deal["account"]["id"], blocker)
        after = (await seller.ask(DEAL, id=id))["opportunity"]
        same_stage = after["stage"] == deal["stage"]
        assert not (same_stage and blocker in onwards(after)["blockers"]), blocker
    assert deal["status"] == "WON", onwards(deal)
    moves = deal["transitions"]["nodes"]
    assert not any(move["overridden"] for move in moves)
    open_stages = [stage.key for found in templates() if found.key == key for stage in found.spec.stages]
    assert [move["toStage"]["key"] for move in reversed(moves)] == open_stages[: open_stages.index("closed-won") + 1]
