"""Comments: read by everyone on the deal, or by the author's own organisation and nobody else, be it the vendor."""

from contextlib import AsyncExitStack
from typing import Any

import pytest

from app.comments.writing import LONGEST
from app.demo.people import demo_id
from app.models.columns import new_id
from tests.schema.test_contacts import changed, refusals
from tests.schema.world import COLLEAGUE, MANAGER, RIVAL, SELLER, VENDOR, Demo, deal_of
from tests.tables import tables_with

ADD = """mutation($input: AddCommentInput!) { addComment(input: $input) {
  comment { id body audience author { name } organization { kind } editedAt removedAt opportunity { id } }
  userErrors { code message path } } }"""
EDIT = """mutation($input: EditCommentInput!) { editComment(input: $input) {
  comment { body editedAt } userErrors { code message path } } }"""
REMOVE = """mutation($input: RemoveCommentInput!) { removeComment(input: $input) {
  comment { body removedAt author { name } } userErrors { code message path } } }"""
READ = """query($id: ID!, $filter: CommentFilter, $order: CommentOrder) { opportunity(id: $id) { version
  comments(first: 50, filter: $filter, orderBy: $order) { totalCount nodes { body } } } }"""
PEOPLE = (SELLER, MANAGER, COLLEAGUE, RIVAL, VENDOR)
READERS = {
    "the partner's own": {SELLER, MANAGER},
    "the partner's to all": {SELLER, MANAGER, VENDOR},
    "the vendor's own": {VENDOR},
    "the vendor's to all": {SELLER, MANAGER, VENDOR},
}
SAID = {
    "the partner's own": (SELLER, "OWN_ORGANIZATION"),
    "the partner's to all": (SELLER, "EVERYONE_ON_IT"),
    "the vendor's own": (VENDOR, "OWN_ORGANIZATION"),
    "the vendor's to all": (VENDOR, "EVERYONE_ON_IT"),
}


EVENTS = "{ events(last: 20, types: [COMMENT_ADDED]) { totalCount nodes { comment { body } opportunity { id } } } }"


async def quiet_deal(demo: Demo) -> str:
    """Of the seller, of which nobody has said anything yet and which nobody else sees but the manager."""
    condition = (
        "NOT EXISTS (SELECT FROM comment c WHERE c.opportunity_id = opportunity.id)"
        " AND NOT EXISTS (SELECT FROM team_member s WHERE s.opportunity_id = opportunity.id)"
    )
    return await deal_of(demo, SELLER, condition)


async def said(demo: Demo, deal: str, body: str, who: str = SELLER, audience: str = "EVERYONE_ON_IT") -> str:
    answer = await changed(demo, ADD, who, opportunityId=deal, body=body, audience=audience)
    assert answer["userErrors"] == []
    id: str = answer["comment"]["id"]
    return id


async def bodies(demo: Demo, deal: str, who: str, **arguments: Any) -> list[str] | None:
    found = (await demo.run(READ, who, id=deal, **arguments))["opportunity"]
    if found is None:
        return None
    nodes = found["comments"]["nodes"]
    assert found["comments"]["totalCount"] == len(nodes)
    return [node["body"] for node in nodes]


async def test_each_reads_what_is_addressed_to_them_by_every_way(demo: Demo) -> None:
    deal = await quiet_deal(demo)
    ids = {body: await said(demo, deal, body, who, audience) for body, (who, audience) in SAID.items()}
    for who in PEOPLE:
        expected = [body for body in SAID if who in READERS[body]]
        assert await bodies(demo, deal, who) == (None if who in (RIVAL, COLLEAGUE) else expected), who
        by_id = await demo.run(
            "query($ids: [ID!]!) { nodes(ids: $ids) { ... on Comment { body } } }", who, ids=list(ids.values())
        )
        assert by_id["nodes"] == [{"body": body} if who in READERS[body] else None for body in SAID], who
        told = await demo.run(EVENTS, who)
        found = [(node["comment"]["body"], node["opportunity"]["id"]) for node in told["events"]["nodes"]]
        assert found == [(body, deal) for body in expected], who
        assert told["events"]["totalCount"] == len(expected), who
    own = await bodies(demo, deal, MANAGER, filter={"audience": "OWN_ORGANIZATION"})
    assert own == ["the partner's own"]
    newest = await bodies(demo, deal, VENDOR, order={"field": "CREATED_AT", "direction": "DESC"})
    assert newest == ["the vendor's to all", "the vendor's own", "the partner's to all"]
    by_author = await bodies(demo, deal, SELLER, filter={"authorId": f"usr_{demo_id(f'user/{VENDOR}')}"})
    assert by_author == ["the vendor's to all"]


LIVE = """subscription($id: ID!, $after: Cursor) { commentsChanged(opportunityId: $id, after: $after) {
  type cursor comment { body } } }"""


async def test_each_hears_live_and_by_cursor_of_what_they_may_read(demo: Demo) -> None:
    deal = await quiet_deal(demo)
    before = (await demo.run("{ events(last: 1) { nodes { cursor } } }", SELLER))["events"]["nodes"][0]["cursor"]
    async with AsyncExitStack() as stack:
        heard = {who: await stack.enter_async_context(demo.follow(LIVE, who, id=deal)) for who in PEOPLE}
        for body, (who, audience) in SAID.items():
            await said(demo, deal, body, who, audience)
        last = await said(demo, deal, "last", SELLER)
        await changed(demo, EDIT, SELLER, commentId=last, body="last of all")
        for who in (SELLER, MANAGER, VENDOR):
            for body in [body for body in SAID if who in READERS[body]]:
                told = (await anext(heard[who]))["data"]["commentsChanged"]
                assert (told["type"], told["comment"]["body"]) == ("COMMENT_ADDED", body), who
            assert (await anext(heard[who]))["data"]["commentsChanged"]["type"] == "COMMENT_ADDED"
            edited = (await anext(heard[who]))["data"]["commentsChanged"]
            assert (edited["type"], edited["comment"]["body"]) == ("COMMENT_EDITED", "last of all")
    async with demo.follow(LIVE, MANAGER, id=deal, after=before) as again:
        told = [(await anext(again))["data"]["commentsChanged"]["comment"]["body"] for _ in range(3)]
    assert told == ["the partner's own", "the partner's to all", "the vendor's to all"]


async def test_an_author_changes_their_own_and_a_removed_one_leaves_a_trace(demo: Demo) -> None:
    deal = await quiet_deal(demo)
    comment = await said(demo, deal, " Zirkonium plan ")
    assert await bodies(demo, deal, VENDOR) == ["Zirkonium plan"]
    assert refusals(await changed(demo, EDIT, MANAGER, commentId=comment, body="x")) == [("FORBIDDEN", ["commentId"])]
    edited = await changed(demo, EDIT, commentId=comment, body="Hafnium plan")
    assert edited["comment"]["body"] == "Hafnium plan"
    assert edited["comment"]["editedAt"] is not None
    removed = (await changed(demo, REMOVE, MANAGER, commentId=comment))["comment"]
    assert removed["body"] == ""
    assert removed["removedAt"] is not None
    assert removed["author"] == {"name": SELLER}
    for document in (EDIT, REMOVE):
        given = {"commentId": comment} | ({"body": "x"} if document == EDIT else {})
        assert refusals(await changed(demo, document, SELLER, **given)) == [("INVALID", ["commentId"])]
    for text in ("Zirkonium plan", "Hafnium plan"):
        assert await tables_with(demo.database, text) == []


async def test_what_is_said_stands_in_its_table_alone_and_leaves_the_version(demo: Demo) -> None:
    deal = await quiet_deal(demo)
    version = (await demo.run(READ, SELLER, id=deal))["opportunity"]["version"]
    await said(demo, deal, "Tantalum word", audience="OWN_ORGANIZATION")
    assert (await demo.run(READ, SELLER, id=deal))["opportunity"]["version"] == version
    assert await tables_with(demo.database, "Tantalum word") == ["comment"]


@pytest.mark.parametrize("body", ["", "  ", "x" * (LONGEST + 1), "a\0b"])
async def test_a_comment_has_a_text_of_bounded_length(demo: Demo, body: str) -> None:
    deal = await quiet_deal(demo)
    comment = await said(demo, deal, "x" * LONGEST)
    assert refusals(await changed(demo, ADD, opportunityId=deal, body=body)) == [("INVALID", ["body"])]
    assert refusals(await changed(demo, EDIT, commentId=comment, body=body)) == [("INVALID", ["body"])]
    nowhere = await changed(demo, ADD, opportunityId=f"opp_{new_id()}", body="x")
    assert refusals(nowhere) == [("NOT_FOUND", ["opportunityId"])]


GIVE = """mutation($input: UpdateOpportunityInput!) { updateOpportunity(input: $input) {
  opportunity { id } userErrors { code message } } }"""


async def test_what_was_said_stays_with_the_partner_who_had_the_deal(demo: Demo) -> None:
    deal = await quiet_deal(demo)
    for body, (who, audience) in SAID.items():
        await said(demo, deal, body, who, audience)
    to = {"partnerId": f"ptr_{demo_id('org/brightwater')}", "ownerId": f"usr_{demo_id(f'user/{RIVAL}')}"}
    assert (await changed(demo, GIVE, VENDOR, opportunityId=deal, **to))["userErrors"] == []
    assert await bodies(demo, deal, RIVAL) == []
    events = "{ events(last: 5, types: [COMMENT_ADDED]) { nodes { comment { body } } } }"
    assert (await demo.run(events, RIVAL))["events"]["nodes"] == []
    assert await bodies(demo, deal, VENDOR) == [body for body in SAID if VENDOR in READERS[body]]
    await said(demo, deal, "a new start", RIVAL)
    back = {"partnerId": f"ptr_{demo_id('org/alpine-it')}", "ownerId": f"usr_{demo_id(f'user/{SELLER}')}"}
    assert (await changed(demo, GIVE, VENDOR, opportunityId=deal, **back))["userErrors"] == []
    assert await bodies(demo, deal, SELLER) == [body for body in SAID if SELLER in READERS[body]]


ON_REGISTRATION = (
    """query($id: ID!) { registration(id: $id) { version comments(first: 10) { totalCount nodes { body } } } }"""
)
LIVE_ON_REGISTRATION = """subscription($id: ID!) { commentsChanged(registrationId: $id) { comment { body } } }"""


REGISTERED = """
INSERT INTO deal_registration (id, number, status, policy_id, partner_id, owner_id)
SELECT $1, 'DR-2026-777777', 'SUBMITTED', p.id, $2, $3 FROM registration_policy p
WHERE p.playbook_key = 'it-software' RETURNING id
"""


async def registered(demo: Demo) -> str:
    """The seller's."""
    whose = demo_id("org/alpine-it"), demo_id(f"user/{SELLER}")
    return f"reg_{await demo.value(REGISTERED, new_id(), *whose)}"


async def test_a_registration_is_talked_about_alike(demo: Demo) -> None:
    registration = await registered(demo)
    async with AsyncExitStack() as stack:
        heard = {
            who: await stack.enter_async_context(demo.follow(LIVE_ON_REGISTRATION, who, id=registration))
            for who in (MANAGER, VENDOR)
        }
        for body, (who, audience) in SAID.items():
            answer = await changed(demo, ADD, who, registrationId=registration, body=body, audience=audience)
            assert answer["userErrors"] == []
        for who in (MANAGER, VENDOR):
            expected = [body for body in SAID if who in READERS[body]]
            told = [(await anext(heard[who]))["data"]["commentsChanged"]["comment"]["body"] for _ in expected]
            assert told == expected, who
            found = (await demo.run(ON_REGISTRATION, who, id=registration))["registration"]["comments"]
            assert [node["body"] for node in found["nodes"]] == expected, who
    assert (await demo.run(ON_REGISTRATION, RIVAL, id=registration))["registration"] is None
    nowhere = await changed(demo, ADD, RIVAL, registrationId=registration, body="x")
    assert refusals(nowhere) == [("NOT_FOUND", ["registrationId"])]
    for given in ({}, {"registrationId": registration, "opportunityId": await quiet_deal(demo)}):
        answer = await changed(demo, ADD, body="x", **given)
        assert [error["code"] for error in answer["userErrors"]] == ["INVALID"]
