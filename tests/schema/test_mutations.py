"""Changing deals through the API: what is allowed happens, what is refused changes nothing."""

from random import Random
from typing import Any
from uuid import UUID

import pytest

from app.demo.people import demo_id
from tests.schema.registrations import refusals, step, submitted
from tests.schema.world import ADVANCE, MANAGER, RIVAL, SELLER, VENDOR, Demo, deal_of
from tests.statements import counting

DEAL = """query($id: ID!) { opportunity(id: $id) { version status stage { key }
  allowedTransitions { stage { key } kind allowed requiresReason overridable blockers { code } }
  transitions(first: 100) { nodes { kind fromStage { key } toStage { key } } } } }"""


async def everything(demo: Demo) -> list[Any]:
    """All that a refused mutation must leave as it was."""
    tables = ("opportunity", "stage_transition", "event", "criterion_mark", "opportunity_activity", "account")
    return [await demo.value(f"SELECT md5(string_agg(t::text, ',' ORDER BY t::text)) FROM {t} t") for t in tables]


async def test_a_competitors_deal_and_an_unknown_one_are_refused_alike(demo: Demo) -> None:
    before = await everything(demo)
    given = {"toStageKey": "closed-lost", "reason": "x"}
    ids = (await deal_of(demo, RIVAL), "opp_00000000-0000-7000-8000-000000000000")
    answers = [await demo.run(ADVANCE, SELLER, input={**given, "opportunityId": id}) for id in ids]
    assert answers[0] == answers[1]
    assert answers[0]["advanceStage"]["userErrors"] == [{"code": "NOT_FOUND", "path": ["opportunityId"]}]
    assert answers[0]["advanceStage"]["opportunity"] is None
    assert await everything(demo) == before


async def test_a_stale_version_is_a_conflict_and_changes_nothing(demo: Demo) -> None:
    id = await deal_of(demo, SELLER)
    before = await everything(demo)
    given = {"opportunityId": id, "toStageKey": "closed-lost", "reason": "x", "expectedVersion": 99}
    answer = (await demo.run(ADVANCE, SELLER, input=given))["advanceStage"]
    assert answer["userErrors"] == [{"code": "CONFLICT", "path": ["expectedVersion"]}]
    assert answer["opportunity"]["version"] != 99, "the deal as it stands, for whoever has to decide anew"
    assert await everything(demo) == before


@pytest.mark.parametrize("seed", range(4))
async def test_what_is_allowed_is_what_advancing_does_and_moves_chain(demo: Demo, seed: int) -> None:
    random = Random(seed)
    for n, who in enumerate((SELLER, MANAGER, VENDOR)):
        statement = "SELECT id FROM opportunity WHERE owner_id = $1 ORDER BY id OFFSET $2 LIMIT 1"
        id = f"opp_{await demo.value(statement, demo_id(f'user/{SELLER}'), 3 * seed + n)}"
        for _ in range(8):
            deal = (await demo.run(DEAL, who, id=id))["opportunity"]
            move = random.choice(deal["allowedTransitions"])
            key = move["stage"]["key"]
            override = move["overridable"] and random.random() < 0.7
            reason = "It was agreed" if move["requiresReason"] or random.random() < 0.5 else None
            given = {"opportunityId": id, "toStageKey": key, "reason": reason, "override": override or None}
            before = await everything(demo)
            answer = (await demo.run(ADVANCE, who, input=given))["advanceStage"]
            if move["allowed"] or override:
                assert answer["userErrors"] == []
                assert answer["opportunity"]["stage"]["key"] == key
                assert answer["opportunity"]["version"] == deal["version"] + 1
                assert answer["transition"]["kind"] == move["kind"]
                assert answer["transition"]["overridden"] is bool(override)
            else:
                assert answer["userErrors"] != []
                assert [one["code"] for one in answer["blockers"]] == [one["code"] for one in move["blockers"]]
                assert await everything(demo) == before
        moves = (await demo.run(DEAL, VENDOR, id=id))["opportunity"]["transitions"]["nodes"][::-1]
        assert moves[0]["kind"] == "CREATED"
        assert [m["fromStage"] for m in moves[1:]] == [m["toStage"] for m in moves[:-1]]


async def test_a_move_is_one_statement_back_as_well_where_it_ends_no_marks(demo: Demo) -> None:
    """One reads the deal, one writes the move, one reads the answer."""
    id = await deal_of(demo, SELLER, "stage_id IN (SELECT id FROM stage WHERE position IN (2, 3))")
    await demo.value("DELETE FROM criterion_mark WHERE opportunity_id = $1", UUID(id.removeprefix("opp_")))
    kinds: dict[str, int] = {}
    for _ in range(3):
        moves = (await demo.run(DEAL, VENDOR, id=id))["opportunity"]["allowedTransitions"]
        free = [one for one in moves if one["allowed"] or one["overridable"]]
        move = next(one for one in free if one["kind"] in {"FORWARD", "BACK"} - kinds.keys())
        given = {"opportunityId": id, "toStageKey": move["stage"]["key"], "reason": "As agreed", "override": True}
        async with counting(demo.database) as sent:
            assert (await demo.run(ADVANCE, VENDOR, input=given))["advanceStage"]["userErrors"] == []
        kinds[move["kind"]] = len(sent)
        if len(kinds) == 2:
            break
    assert kinds == {"FORWARD": 3, "BACK": 3}


async def test_skipping_without_a_reason_names_the_reason(demo: Demo) -> None:
    id = await deal_of(demo, SELLER)
    answer = (await demo.run(ADVANCE, SELLER, input={"opportunityId": id, "toStageKey": "closed-lost"}))["advanceStage"]
    assert answer["userErrors"] == [{"code": "INVALID", "path": ["reason"]}]


CREATE = """mutation($input: CreateOpportunityInput!) { createOpportunity(input: $input) {
  opportunity { id name amount { amount currency } stage { key } owner { name } partner { key }
    account { name industry } version source }
  transition { kind } userErrors { code path } } }"""


async def test_a_seller_registers_a_deal_of_their_own(demo: Demo) -> None:
    given = {
        "name": " New deal ",
        "accountName": "Fresh Customer",
        "playbookKey": "it-software",
        "amount": {"amount": "1250.5", "currency": "EUR"},
    }
    answer = (await demo.run(CREATE, SELLER, input=given))["createOpportunity"]
    id = answer["opportunity"].pop("id")
    assert answer == {
        "opportunity": {
            "name": "New deal",
            "amount": {"amount": "1250.50", "currency": "EUR"},
            "stage": {"key": "deal-registration"},
            "owner": {"name": SELLER},
            "partner": {"key": "alpine-it"},
            "account": {"name": "Fresh Customer", "industry": None},
            "version": 1,
            "source": "PARTNER",
        },
        "transition": {"kind": "CREATED"},
        "userErrors": [],
    }
    assert await demo.run("query($id: ID!) { node(id: $id) { id } }", RIVAL, id=id) == {"node": None}


SPELT = """mutation($input: CreateOpportunityInput!) { createOpportunity(input: $input) {
  opportunity { externalId account { id name } } userErrors { code path } } }"""


async def test_blanks_case_and_invisible_letters_make_no_other_deal_and_no_other_account(demo: Demo) -> None:
    given = {"name": "New deal", "accountName": "Müller GmbH", "playbookKey": "it-software", "externalId": "E-1"}
    first = (await demo.run(SPELT, SELLER, input=given))["createOpportunity"]["opportunity"]
    assert (first["externalId"], first["account"]["name"]) == ("E-1", "Müller GmbH")
    for spelt in (" E-1 ", "E-1\u00a0", "\u200bE-1", "E\u00ad-1"):
        again = (await demo.run(SPELT, SELLER, input={**given, "externalId": spelt}))["createOpportunity"]
        assert again == {"opportunity": None, "userErrors": [{"code": "CONFLICT", "path": ["externalId"]}]}
    for n, spelt in enumerate(("MÜLLER  gmbh", "Mu\u0308ller GmbH ", "Müller\u00a0GmbH", "\u200bMüller GmbH")):
        other = {**given, "accountName": spelt, "externalId": f"F-{n}"}
        made = (await demo.run(SPELT, SELLER, input=other))["createOpportunity"]["opportunity"]
        assert made["account"] == first["account"]
    theirs = (await demo.run(SPELT, RIVAL, input={**given, "accountName": "müller gmbh"}))["createOpportunity"]
    assert theirs["opportunity"]["account"]["id"] != first["account"]["id"]


BAD = [
    ({"name": "  "}, "INVALID", ["name"]),
    ({"amount": {"amount": "1.234", "currency": "EUR"}}, "INVALID", ["amount", "amount"]),
    ({"amount": {"amount": "9" * 20, "currency": "EUR"}}, "INVALID", ["amount", "amount"]),
    ({"amount": {"amount": "1", "currency": "ZZZ"}}, "INVALID", ["amount", "currency"]),
    ({"accountId": "acc_nonsense", "accountName": None}, "INVALID", ["accountId"]),
    ({"accountId": "opp_00000000-0000-7000-8000-000000000000", "accountName": None}, "INVALID", ["accountId"]),
    ({"accountId": "acc_00000000-0000-7000-8000-000000000000", "accountName": None}, "NOT_FOUND", ["accountId"]),
    ({"playbookKey": "none"}, "INVALID", ["playbookKey"]),
    ({"stageKey": "negotiation"}, "FORBIDDEN", ["stageKey"]),
    ({"stageKey": "nowhere"}, "INVALID", ["stageKey"]),
    ({"expectedCloseDate": "1492-01-01"}, "INVALID", ["expectedCloseDate"]),
    ({"externalId": "DEMO-TAKEN"}, "CONFLICT", ["externalId"]),
    ({"notes": "x" * 90_000}, "INVALID", ["notes"]),
    ({"notes": "a\0b"}, "INVALID", ["notes"]),
    ({"partnerId": f"ptr_{demo_id('org/brightwater')}"}, "NOT_FOUND", ["partnerId"]),
    ({"ownerId": f"usr_{demo_id(f'user/{RIVAL}')}"}, "NOT_FOUND", ["ownerId"]),
]


@pytest.mark.parametrize(("change", "code", "path"), BAD, ids=lambda value: str(value)[:40])
async def test_bad_input_is_refused_with_code_and_path_and_changes_nothing(
    demo: Demo, change: dict[str, Any], code: str, path: list[str]
) -> None:
    good = {"name": "Deal", "accountName": "Customer", "playbookKey": "it-software"}
    assert (await demo.run(CREATE, SELLER, input={**good, "externalId": "DEMO-TAKEN"}))["createOpportunity"][
        "opportunity"
    ]
    before = await everything(demo)
    answer = (await demo.run(CREATE, SELLER, input={**good, **change}))["createOpportunity"]
    assert answer == {"opportunity": None, "transition": None, "userErrors": [{"code": code, "path": path}]}
    assert await everything(demo) == before


UPDATE = """mutation($input: UpdateOpportunityInput!) { updateOpportunity(input: $input) {
  opportunity { version name nextStep amount { amount } qualification { key answer } } userErrors { code path } } }"""


async def test_an_update_changes_what_is_given_and_nothing_else(demo: Demo) -> None:
    id = await deal_of(demo, SELLER)
    query = """query($id: ID!) { opportunity(id: $id) {
      version name nextStep amount { amount } qualification { key answer } } }"""
    before = (await demo.run(query, SELLER, id=id))["opportunity"]
    given = {
        "opportunityId": id,
        "nextStep": "Call",
        "qualification": [{"questionKey": "champion", "answer": "The CIO"}],
    }
    after = (await demo.run(UPDATE, SELLER, input=given))["updateOpportunity"]["opportunity"]
    answers = [
        {"key": a["key"], "answer": "The CIO" if a["key"] == "champion" else a["answer"]}
        for a in before["qualification"]
    ]
    assert after == {**before, "version": before["version"] + 1, "nextStep": "Call", "qualification": answers}
    again = (await demo.run(UPDATE, SELLER, input=given))["updateOpportunity"]
    assert again == {"opportunity": after, "userErrors": []}


MOVED = """query($id: ID!) { opportunity(id: $id) { stage { key } criteria { met criterion { id key required } }
  transitions(first: 9) { nodes { fromStage { key } toStage { key } kind automatic actor { name } } } } }"""
NEEDED = """query($id: ID!) { opportunity(id: $id) {
  leaving: criteria { met criterion { id key } }
  entering: criteria(scope: ENTRY_NEXT) { met criterion { id key } } } }"""
MARK = """mutation($input: MarkCriterionInput!) { markCriterion(input: $input) {
  opportunity { stage { key } } transition { automatic kind actor { name } } userErrors { message } } }"""


async def publish_with_flagged_proposal(demo: Demo) -> None:
    """A version of the playbook by which deals leave the proposal by themselves."""
    create = "mutation($input: CreatePlaybookInput!) { createPlaybook(input: $input) { playbook { id } } }"
    publish = "mutation($input: PublishPlaybookInput!) { publishPlaybook(input: $input) { userErrors { code } } }"
    current = await demo.value("SELECT id FROM playbook WHERE key = 'it-software' AND status = 'PUBLISHED'")
    copied = await demo.run(create, VENDOR, input={"copyOf": f"pbk_{current}"})
    draft = copied["createPlaybook"]["playbook"]["id"]
    flag = "UPDATE stage SET auto_advance = TRUE WHERE key = 'proposal' AND playbook_id = $1::text::uuid RETURNING id"
    assert await demo.value(flag, draft.removeprefix("pbk_"))
    published = await demo.run(publish, VENDOR, input={"playbookId": draft})
    assert published["publishPlaybook"]["userErrors"] == []


async def test_the_last_required_criterion_lets_a_flagged_stage_advance_by_itself(demo: Demo) -> None:
    await publish_with_flagged_proposal(demo)
    given = {"name": "Auto", "accountName": "Customer", "playbookKey": "it-software"}
    id = (await demo.run(CREATE, SELLER, input=given))["createOpportunity"]["opportunity"]["id"]
    edit = {
        "opportunityId": id,
        "expectedCloseDate": "2199-03-01",
        "qualification": [{"questionKey": "economic-buyer", "answer": "The CFO"}],
    }
    await demo.run(UPDATE, SELLER, input=edit)
    ahead = {"opportunityId": id, "toStageKey": "proposal", "override": True, "reason": "The customer is far ahead"}
    assert (await demo.run(ADVANCE, VENDOR, input=ahead))["advanceStage"]["userErrors"] == []
    needed = (await demo.run(NEEDED, SELLER, id=id))["opportunity"]
    criteria = [*needed["leaving"], *needed["entering"]]
    lacking = {one["criterion"]["key"]: one["criterion"]["id"] for one in criteria if not one["met"]}
    assert [*lacking] == ["vendor-of-choice", "discount-approved", "procurement-contact"]
    for key in ("procurement-contact", "vendor-of-choice"):
        of_seller = {"opportunityId": id, "criterionId": lacking[key], "met": True}
        assert (await demo.run(MARK, SELLER, input=of_seller))["markCriterion"] == {
            "opportunity": {"stage": {"key": "proposal"}},
            "transition": None,
            "userErrors": [],
        }
    of_vendor = {"opportunityId": id, "criterionId": lacking["discount-approved"], "met": True}
    refused = (await demo.run(MARK, SELLER, input=of_vendor))["markCriterion"]
    assert (refused["opportunity"], refused["userErrors"][0]["message"]) == (
        None,
        "„Jeder Rabatt über die eigene Marge des Partners hinaus ist vom Hersteller genehmigt.“ können Sie "
        "nicht selbst bestätigen. Bitten Sie Ihren Channel Manager, das zu bestätigen.",
    )
    assert (await demo.run(MOVED, SELLER, id=id))["opportunity"]["stage"] == {"key": "proposal"}
    assert (await demo.run(MARK, VENDOR, input=of_vendor))["markCriterion"] == {
        "opportunity": {"stage": {"key": "negotiation"}},
        "transition": {"automatic": True, "kind": "FORWARD", "actor": {"name": VENDOR}},
        "userErrors": [],
    }


async def test_the_approved_registration_lets_its_deal_advance_by_itself(demo: Demo) -> None:
    given = {"name": "Auto", "accountName": "Nordwind Energie GmbH", "playbookKey": "it-software"}
    id = (await demo.run(CREATE, SELLER, input=given))["createOpportunity"]["opportunity"]["id"]
    edit = {"opportunityId": id, "amount": {"amount": "10000", "currency": "EUR"}, "expectedCloseDate": "2199-03-01"}
    await demo.run(UPDATE, SELLER, input=edit)
    waiting = await submitted(demo, opportunityId=id)
    deal = (await demo.run(MOVED, SELLER, id=id))["opportunity"]
    lacking = [one["criterion"]["key"] for one in deal["criteria"] if one["criterion"]["required"] and not one["met"]]
    assert (deal["stage"], lacking) == ({"key": "deal-registration"}, ["registration-approved"])
    mutation = step("approveRegistration", "id")
    given = {"registrationId": waiting["id"]}
    refused = (await demo.run(mutation, SELLER, input=given))["approveRegistration"]
    assert refusals(refused) == [("FORBIDDEN", [])]
    assert (await demo.run(MOVED, SELLER, id=id))["opportunity"] == deal
    assert refusals((await demo.run(mutation, VENDOR, input=given))["approveRegistration"]) == []
    moved = (await demo.run(MOVED, SELLER, id=id))["opportunity"]
    assert moved["stage"] == {"key": "qualification"}
    assert moved["transitions"]["nodes"][0] == {
        "fromStage": {"key": "deal-registration"},
        "toStage": {"key": "qualification"},
        "kind": "FORWARD",
        "automatic": True,
        "actor": {"name": VENDOR},
    }
