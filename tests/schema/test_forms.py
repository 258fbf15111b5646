"""Mutations as forms send them: all that is wrong is said at once, and a conflict comes with the thing as it stands."""

from typing import Any

from app.database import transaction
from app.demo.people import demo_id
from schema.engine.ids import decode
from schema.errors import ClientError
from schema.mutation import _all_wrong
from tests.schema.world import MANAGER, SELLER, VENDOR, Demo, deal_of
from tests.tables import contents_of_all_tables

NOBODY = "00000000-0000-7000-8000-000000000000"
LONG = "x" * 30_000

# What is filled in wrongly, and the paths that are to be named, in whatever order.
FORMS: list[tuple[str, str, dict[str, Any], set[str]]] = [
    (
        "createOpportunity",
        VENDOR,
        {
            "name": " ",
            "accountId": "nonsense",
            "partnerId": f"ptr_{NOBODY}",
            "amount": {"amount": "-1", "currency": "EUR"},
            "expectedCloseDate": "1815-06-18",
            "notes": LONG,
            "nextStep": LONG,
            "externalId": "",
        },
        {"name", "accountId", "partnerId", "amount.amount", "expectedCloseDate", "notes", "nextStep", "externalId"},
    ),
    (
        "createOpportunity",
        SELLER,
        {"name": LONG, "accountId": f"acc_{NOBODY}", "ownerId": f"usr_{NOBODY}", "playbookKey": "none"},
        {"name", "accountId", "ownerId", "playbookKey"},
    ),
    (
        "createOpportunity",
        SELLER,
        {"name": "Deal", "ownerId": "ptr_x", "playbookKey": "it-software", "stageKey": "negotiation"},
        {"accountId", "ownerId", "stageKey"},
    ),
    (
        "updateOpportunity",
        VENDOR,
        {
            "name": None,
            "amount": {"amount": "0.001", "currency": "EUR"},
            "ownerId": f"usr_{NOBODY}",
            "accountId": "opp_1",
            "nextStep": LONG,
            "qualification": [
                {"questionKey": "none", "answer": "x"},
                {"questionKey": "neither", "answer": LONG},
            ],
        },
        {
            *("name", "amount.amount", "ownerId", "accountId", "nextStep", "qualification.0.questionKey"),
            *("qualification.1.questionKey", "qualification.1.answer"),
        },
    ),
    (
        "updateOpportunity",
        SELLER,
        {"opportunityId": "nonsense", "name": "", "source": None, "accountName": LONG},
        {"opportunityId", "name", "source", "accountName"},
    ),
    (
        "markCriterion",
        SELLER,
        {"criterionId": f"crt_{NOBODY}", "met": True, "evidence": LONG},
        {"criterionId", "evidence"},
    ),
    ("markCriterion", SELLER, {"criterionId": "x", "met": True, "evidence": "\0"}, {"criterionId", "evidence"}),
    ("completeActivity", SELLER, {"activityId": "act_1", "note": LONG}, {"activityId", "note"}),
    (
        "advanceStage",
        SELLER,
        {"toStageKey": "none", "reason": LONG, "at": "2020-01-01T00:00:00Z"},
        {"toStageKey", "reason", "at"},
    ),
    ("movePlaybook", VENDOR, {"playbookKey": "none", "reason": " "}, {"playbookKey", "reason"}),
    (
        "upsertAccount",
        VENDOR,
        {"accountId": "acc_1", "name": "", "employees": -1, "annualRevenue": "-1", "domain": "no domain"},
        {"accountId", "name", "employees", "annualRevenue", "domain"},
    ),
    (
        "upsertPartner",
        VENDOR,
        {"key": "Not A Key", "name": "", "region": LONG, "industries": ["", "it", LONG], "channelManagerId": "usr_1"},
        {"key", "name", "region", "industries.0", "industries.2", "channelManagerId"},
    ),
    ("upsertPartner", VENDOR, {"key": "a-new-one", "channelManagerId": f"usr_{NOBODY}"}, {"name", "channelManagerId"}),
    (
        "upsertUser",
        VENDOR,
        {"name": "", "email": "nobody", "role": None, "language": "no language", "partnerId": "x", "subject": ""},
        {"name", "email", "role", "language", "partnerId", "subject"},
    ),
    ("upsertUser", VENDOR, {"email": "new@vendor.example"}, {"name", "role"}),
    ("upsertApiClient", MANAGER, {"name": " ", "partnerId": "x"}, {"name", "scopes", "partnerId"}),
    ("rotateApiClientSecret", MANAGER, {"apiClientId": "x", "overlapHours": 999}, {"apiClientId", "overlapHours"}),
    (
        "upsertGuidanceRule",
        VENDOR,
        {
            "playbookKey": "none",
            "stageKey": "x",
            "key": "Not A Key",
            "title": "",
            "rationale": "x",
            "weight": 99,
            "condition": "deal.",
            "contentKeys": ["none"],
        },
        {"playbookKey", "key", "title", "weight", "condition", "contentKeys"},
    ),
    ("upsertContact", SELLER, {"email": "nobody", "phone": LONG, "accountId": "x"}, {"email", "phone", "accountId"}),
    ("upsertContact", SELLER, {"phone": LONG}, {"name", "phone", "accountId"}),
    (
        "upsertContent",
        VENDOR,
        {"key": "Not A Key", "title": "", "kind": "DECK", "url": "ftp://x", "language": "no language"},
        {"key", "title", "url", "language"},
    ),
]


def form(mutation: str) -> str:
    type_ = f"{mutation[0].upper()}{mutation[1:]}Input"
    return f"mutation($input: {type_}!) {{ {mutation}(input: $input) {{ userErrors {{ code message path }} }} }}"


async def test_all_that_is_wrong_with_a_form_is_said_at_once_and_nothing_is_changed(demo: Demo) -> None:
    deal = await deal_of(demo, SELLER)
    before = await contents_of_all_tables(demo.database)
    seen = {}
    for place, (mutation, who, filled, paths) in enumerate(FORMS):
        about = {"opportunityId": deal} if mutation in ABOUT_A_DEAL else {}
        answer = (await demo.run(form(mutation), who, input=about | filled))[mutation]
        seen[place, mutation] = {".".join(error["path"]) for error in answer["userErrors"]} ^ paths
        assert all(error["message"] for error in answer["userErrors"])
    assert {form: differing for form, differing in seen.items() if differing} == {}
    assert await contents_of_all_tables(demo.database) == before


ABOUT_A_DEAL = {"updateOpportunity", "markCriterion", "completeActivity", "advanceStage", "movePlaybook"}


async def test_an_id_of_nothing_never_gets_through_whatever_else_is_right(demo: Demo) -> None:
    """Ids are read once more where one is wrong, and what came of that is undone."""
    before = await contents_of_all_tables(demo.database)
    # Who hands nothing over needs no heir: but for the id, this is fine.
    given = {"userId": f"usr_{demo_id(f'user/{SELLER}')}", "name": "Renamed", "reassignTo": "nonsense"}
    answer = (await demo.run(form("upsertUser"), VENDOR, input=given))["upsertUser"]
    assert [error["path"] for error in answer["userErrors"]] == [["reassignTo"]]
    known = {"accountName": "Fresh Customer", "name": "Fine", "playbookKey": "it-software", "partnerId": "nonsense"}
    refused = (await demo.run(form("createOpportunity"), SELLER, input=known))["createOpportunity"]
    assert [error["path"] for error in refused["userErrors"]] == [["partnerId"]]
    assert await contents_of_all_tables(demo.database) == before


async def test_a_conflict_comes_with_the_thing_as_it_stands(demo: Demo) -> None:
    deal = await deal_of(demo, SELLER)
    read = "query($id: ID!) { opportunity(id: $id) { id version name } }"
    stands = (await demo.run(read, SELLER, id=deal))["opportunity"]
    of_deal = "SELECT c.id FROM {} c JOIN opportunity o ON o.stage_id = c.stage_id WHERE o.id = $1 LIMIT 1"
    criterion, activity = [await demo.value(of_deal.format(table), deal[4:]) for table in ("criterion", "activity")]
    about = {"opportunityId": deal, "expectedVersion": 99}
    inputs: dict[str, dict[str, Any]] = {
        "updateOpportunity": {"name": "Mine"},
        "markCriterion": {"criterionId": f"crt_{criterion}", "met": True},
        "completeActivity": {"activityId": f"act_{activity}"},
        "advanceStage": {"toStageKey": "closed-lost", "reason": "x"},
    }
    before = await contents_of_all_tables(demo.database)
    for mutation, given in inputs.items():
        query = form(mutation).replace("userErrors", "opportunity { id version name } userErrors")
        answer = (await demo.run(query, SELLER, input=about | given))[mutation]
        assert answer["opportunity"] == stands, mutation
        assert [(e["code"], e["path"]) for e in answer["userErrors"]] == [("CONFLICT", ["expectedVersion"])]
    account = f"acc_{await demo.value('SELECT account_id FROM opportunity WHERE id = $1', deal[4:])}"
    content = await demo.database.fetchrow("SELECT id, key, language, title FROM content LIMIT 1")
    assert content is not None
    others: list[tuple[str, str, dict[str, Any], str]] = [
        ("upsertAccount", "account", {"accountId": account, "employees": 5}, account),
        ("movePlaybook", "opportunity", {"opportunityId": deal, "playbookKey": "manufacturing", "reason": "x"}, deal),
        (
            "upsertContent",
            "content",
            {"key": content["key"], "language": content["language"], "title": "New", "kind": "DECK"},
            f"cnt_{content['id']}",
        ),
    ]
    for mutation, field, given, id in others:
        query = form(mutation).replace("userErrors", f"{field} {{ id }} userErrors")
        answer = (await demo.run(query, VENDOR, input=given | {"expectedVersion": 99}))[mutation]
        assert (answer[field], answer["userErrors"][0]["code"]) == ({"id": id}, "CONFLICT"), mutation
    assert await contents_of_all_tables(demo.database) == before


async def test_a_root_that_is_refused_or_names_nothing_leaves_the_others_their_answers(demo: Demo) -> None:
    deal = await deal_of(demo, SELLER)
    for field in ("guidanceModel { configured }", "guidanceReport { total { shown } }"):
        told = await demo.execute(f"{{ viewer {{ permissions }} {field} }}", SELLER)
        permissions = told["data"]["viewer"]["permissions"]
        assert permissions
        assert told["data"] == {"viewer": {"permissions": permissions}, field.split()[0]: None}
        assert [error["extensions"]["code"] for error in told["errors"]] == ["FORBIDDEN"]
    several = "query($ids: [ID!]!, $id: ID!) { nodes(ids: $ids) { id } node(id: $id) { id } viewer { permissions } }"
    ids = [deal, "nonsense", f"opp_{NOBODY}", f"zzz_{NOBODY}", "", deal.upper()]
    told = await demo.run(several, SELLER, ids=ids, id="nonsense")
    assert told["nodes"] == [{"id": deal}, None, None, None, None, None]
    assert told["node"] is None
    assert told["viewer"]["permissions"]


async def test_what_is_tried_with_an_id_of_nothing_is_undone_even_where_it_works(demo: Demo) -> None:
    """A change that takes no notice of the id."""
    before = await contents_of_all_tables(demo.database)

    async def change() -> str:
        decode("nonsense", "usr", "heirId")
        async with transaction() as tx:
            await tx.execute("UPDATE playbook SET name = 'Renamed'")
        return "done"

    refused = await _all_wrong(ClientError("wrong", argument=["heirId"]), change)
    assert [error.path for error in refused.errors] == [("heirId",)]
    assert await contents_of_all_tables(demo.database) == before
