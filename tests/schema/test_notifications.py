"""Notifications: told once to those who see what they are about, read, marked and followed by their person alone."""

from contextlib import AsyncExitStack
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

from app.consumers.attempt import Pace
from app.consumers.follow import follow, register
from app.demo.people import demo_id
from app.notifications.consumer import NOTIFICATIONS
from app.notifications.notify import Notice, notify
from app.notifications.upkeep import count_stale, forget_old, sweep
from app.vocabulary import NotificationKind
from tests.schema.world import ADVANCE, COLLEAGUE, MANAGER, RIVAL, SELLER, VENDOR, Demo, deal_of
from tests.statements import counting

ADMIN = "Ingrid Solberg"
INBOX = """query($unreadOnly: Boolean, $kinds: [NotificationKind!]) { unreadNotifications
  notifications(first: 50, unreadOnly: $unreadOnly, kinds: $kinds) { totalCount
    nodes { id kind title body link readAt actor { name } opportunity { id } registration { id } } } }"""
COMMENT = """mutation($input: AddCommentInput!) { addComment(input: $input) { comment { id } userErrors { code } } }"""
MARK = """mutation($input: MarkNotificationsReadInput!) { markNotificationsRead(input: $input) {
  notifications { id readAt } unreadNotifications userErrors { code path } } }"""
LIVE = """subscription($after: Cursor) { notificationReceived(after: $after) {
  cursor unreadNotifications notification { title body } } }"""


async def told(demo: Demo) -> None:
    """Everything that has happened is told."""
    while await follow(demo.database, NOTIFICATIONS, Pace()):
        pass


async def begun(demo: Demo) -> None:
    await register(demo.database, NOTIFICATIONS)


async def inbox(demo: Demo, who: str, **arguments: Any) -> list[dict[str, Any]]:
    found = await demo.run(INBOX, who, **arguments)
    nodes: list[dict[str, Any]] = found["notifications"]["nodes"]
    assert found["notifications"]["totalCount"] == len(nodes)
    if not arguments:
        assert found["unreadNotifications"] == sum(node["readAt"] is None for node in nodes)
    return nodes


async def say(demo: Demo, deal: str, body: str, who: str, audience: str = "EVERYONE_ON_IT") -> str:
    answer = await demo.run(COMMENT, who, input={"opportunityId": deal, "body": body, "audience": audience})
    assert answer["addComment"]["userErrors"] == []
    id: str = answer["addComment"]["comment"]["id"]
    return id


async def move(demo: Demo, deal: str, to: str, who: str) -> None:
    moved = await demo.run(ADVANCE, who, input={"opportunityId": deal, "toStageKey": to, "reason": "It is off"})
    assert moved["advanceStage"]["userErrors"] == [], moved


async def test_those_on_a_deal_hear_of_it_and_nobody_of_what_they_did_themselves(demo: Demo) -> None:
    await begun(demo)
    deal = await deal_of(demo, SELLER)
    await say(demo, deal, "Shall we?", VENDOR)
    await say(demo, deal, "Yes.", SELLER)
    await move(demo, deal, "closed-lost", SELLER)
    await told(demo)
    (heard,) = await inbox(demo, SELLER)
    assert (heard["kind"], heard["body"], heard["actor"]) == ("COMMENT_ADDED", "Shall we?", {"name": VENDOR})
    assert heard["opportunity"] == {"id": deal}
    assert [one["kind"] for one in await inbox(demo, VENDOR)] == ["DEAL_CLOSED", "COMMENT_ADDED"]
    assert [one["kind"] for one in await inbox(demo, MANAGER)] == ["DEAL_CLOSED"]
    for stranger in (COLLEAGUE, RIVAL):
        assert await inbox(demo, stranger) == []


async def test_what_is_ones_own_organisations_is_told_to_nobody_else(demo: Demo) -> None:
    await begun(demo)
    deal = await deal_of(demo, SELLER)
    await say(demo, deal, "Among partners", SELLER, "OWN_ORGANIZATION")
    await say(demo, deal, "Among vendors", VENDOR, "OWN_ORGANIZATION")
    await told(demo)
    for who in (SELLER, VENDOR, MANAGER, ADMIN, RIVAL):
        assert await inbox(demo, who) == []


async def test_it_goes_out_of_sight_with_what_it_is_about_and_so_does_its_count(demo: Demo) -> None:
    await begun(demo)
    deal = await deal_of(demo, SELLER)
    first = await say(demo, deal, "First", VENDOR)
    await say(demo, deal, "Second", VENDOR)
    await told(demo)
    assert [one["body"] for one in await inbox(demo, SELLER)] == ["Second", "First"]
    remove = "mutation($input: RemoveCommentInput!) { removeComment(input: $input) { userErrors { code } } }"
    await demo.run(remove, VENDOR, input={"commentId": first})
    await told(demo)
    assert [one["body"] for one in await inbox(demo, SELLER)] == ["Second"]
    change = (
        """mutation($input: UpdateOpportunityInput!) { updateOpportunity(input: $input) { userErrors { code } } }"""
    )
    await demo.run(change, MANAGER, input={"opportunityId": deal, "ownerId": f"usr_{demo_id(f'user/{COLLEAGUE}')}"})
    await told(demo)
    assert await inbox(demo, SELLER) == []
    assert [one["kind"] for one in await inbox(demo, COLLEAGUE)] == ["DEAL_ASSIGNED"]


async def test_the_count_is_right_for_whoever_has_become_another(demo: Demo) -> None:
    await begun(demo)
    await say(demo, await deal_of(demo, SELLER), "For the owner", VENDOR)
    await told(demo)
    assert (await demo.run("{ unreadNotifications }", SELLER))["unreadNotifications"] == 1
    await demo.value(
        "UPDATE user_account SET organization_id = $2 WHERE id = $1 RETURNING id",
        demo_id(f"user/{SELLER}"),
        demo_id("org/brightwater"),
    )
    await demo.value("SELECT 1")
    from app.identity.users import forget

    forget(demo_id(f"user/{SELLER}"))
    assert await inbox(demo, SELLER) == []


async def test_one_some_and_all_are_marked(demo: Demo) -> None:
    await begun(demo)
    deal = await deal_of(demo, SELLER)
    for body in ("one", "two", "three", "four"):
        await say(demo, deal, body, VENDOR)
    await told(demo)
    ids = [one["id"] for one in await inbox(demo, SELLER)]
    marked = (await demo.run(MARK, SELLER, input={"notificationIds": ids[:2]}))["markNotificationsRead"]
    assert [one["id"] for one in marked["notifications"]] == ids[:2]
    assert all(one["readAt"] for one in marked["notifications"])
    assert marked["unreadNotifications"] == 2
    assert [one["id"] for one in await inbox(demo, SELLER, unreadOnly=True)] == ids[2:]
    before = (await demo.run(INBOX, SELLER))["notifications"]["nodes"][0]["readAt"]
    again = (await demo.run(MARK, SELLER, input={"notificationIds": ids[:1]}))["markNotificationsRead"]
    assert (again["notifications"][0]["readAt"], again["unreadNotifications"]) == (before, 2)
    early = (await demo.run(MARK, SELLER, input={"until": "2001-01-01T00:00:00Z"}))["markNotificationsRead"]
    assert early["unreadNotifications"] == 2
    rest = (await demo.run(MARK, SELLER, input={}))["markNotificationsRead"]
    assert (rest["notifications"], rest["unreadNotifications"]) == ([], 0)
    assert await inbox(demo, SELLER, unreadOnly=True) == []
    assert await inbox(demo, SELLER, kinds=["DEAL_CLOSED"]) == []


async def test_nobody_marks_anothers_and_nothing_is_marked_beside_what_is_refused(demo: Demo) -> None:
    await begun(demo)
    deal = await deal_of(demo, SELLER)
    await say(demo, deal, "Hello", VENDOR)
    await told(demo)
    [mine] = [one["id"] for one in await inbox(demo, SELLER)]
    for who in (MANAGER, RIVAL, VENDOR, ADMIN):
        refused = (await demo.run(MARK, who, input={"notificationIds": [mine]}))["markNotificationsRead"]
        assert refused["userErrors"] == [{"code": "NOT_FOUND", "path": ["notificationIds", "0"]}]
        node = "query($id: ID!) { node(id: $id) { id } }"
        assert (await demo.run(node, who, id=mine))["node"] is None
    unknown = f"ntf_{demo_id('nothing')}"
    refused = (await demo.run(MARK, SELLER, input={"notificationIds": [mine, unknown]}))["markNotificationsRead"]
    assert refused["userErrors"] == [{"code": "NOT_FOUND", "path": ["notificationIds", "1"]}]
    assert [one["readAt"] for one in await inbox(demo, SELLER)] == [None]


async def test_what_comes_is_pushed_to_its_person_and_resumed_after_a_cursor(demo: Demo) -> None:
    await begun(demo)
    deal = await deal_of(demo, SELLER)
    async with AsyncExitStack() as stack:
        heard = await stack.enter_async_context(demo.follow(LIVE, SELLER))
        await say(demo, deal, "one", VENDOR)
        await told(demo)
        first = (await anext(heard))["data"]["notificationReceived"]
        assert (first["notification"]["body"], first["unreadNotifications"]) == ("one", 1)
        await say(demo, deal, "two", VENDOR)
        await told(demo)
        assert (await anext(heard))["data"]["notificationReceived"]["notification"]["body"] == "two"
    await say(demo, deal, "three", VENDOR)
    await told(demo)
    async with demo.follow(LIVE, SELLER, after=first["cursor"]) as again:
        later = [(await anext(again))["data"]["notificationReceived"]["notification"]["body"] for _ in range(2)]
    assert later == ["two", "three"]


async def test_a_cursor_of_another_sequence_is_refused(demo: Demo) -> None:
    await begun(demo)
    log = (await demo.run("{ events(last: 1) { nodes { cursor } } }", SELLER))["events"]["nodes"][0]["cursor"]
    async with demo.follow(LIVE, SELLER, after=log) as refused:
        (error,) = (await anext(refused))["errors"]
    assert error["extensions"]["code"] == "CURSOR_INVALID"


async def test_the_count_takes_a_statement_however_many_there_are(demo: Demo) -> None:
    await begun(demo)
    assert await demo.statements_of("{ unreadNotifications }", SELLER) == 1
    deal = await deal_of(demo, SELLER)
    for body in ("one", "two", "three"):
        await say(demo, deal, body, VENDOR)
    await told(demo)
    assert await demo.statements_of("{ unreadNotifications }", SELLER) == 1
    listed = "{ notifications { nodes { kind at readAt opportunity { name } } } }"
    assert await demo.statements_of(listed, SELLER) == 1
    assert await demo.statements_of("{ notifications { nodes { title } } }", SELLER) == 2


TASK = "mutation($input: UpsertTaskInput!) { upsertTask(input: $input) { task { id } userErrors { code path } } }"


async def test_who_is_given_a_task_hears_of_it_as_long_as_it_is_theirs(demo: Demo) -> None:
    await begun(demo)
    deal = await deal_of(demo, SELLER)
    given = {"title": "Call them", "opportunityId": deal, "assigneeId": f"usr_{demo_id(f'user/{SELLER}')}"}
    made = (await demo.run(TASK, MANAGER, input=given))["upsertTask"]
    assert made["userErrors"] == []
    await told(demo)
    (heard,) = await inbox(demo, SELLER)
    assert heard["kind"] == "TASK_ASSIGNED"
    assert "Call them" in heard["title"]
    assert await inbox(demo, MANAGER) == []
    again = {"taskId": made["task"]["id"], "assigneeId": f"usr_{demo_id(f'user/{MANAGER}')}"}
    assert (await demo.run(TASK, MANAGER, input=again))["upsertTask"]["userErrors"] == []
    await told(demo)
    assert await inbox(demo, SELLER) == []


INVITE = "mutation($input: InvitePartnerInput!) { invitePartner(input: $input) { userErrors { code } } }"
RESPOND = "mutation($input: RespondToInvitationInput!) { respondToInvitation(input: $input) { userErrors { code } } }"


async def test_the_lead_hears_nothing_of_whom_the_vendor_has_asked(demo: Demo) -> None:
    """Whoever doesn't see an invitation isn't told of its answer."""
    await begun(demo)
    deal = await deal_of(demo, RIVAL)
    asked = {"opportunityId": deal, "partnerId": f"ptr_{demo_id('org/alpine-it')}"}
    assert (await demo.run(INVITE, VENDOR, input=asked))["invitePartner"]["userErrors"] == []
    answer = {"opportunityId": deal, "accept": False, "declineCode": "NO_CAPACITY"}
    assert (await demo.run(RESPOND, MANAGER, input=answer))["respondToInvitation"]["userErrors"] == []
    await told(demo)
    assert "INVITATION_ANSWERED" in {one["kind"] for one in await inbox(demo, VENDOR)}
    for who in (RIVAL, "Aoife Byrne"):
        assert "INVITATION_ANSWERED" not in {one["kind"] for one in await inbox(demo, who)}


async def test_many_are_told_in_as_many_statements_as_few(demo: Demo) -> None:
    deal = UUID((await deal_of(demo, SELLER)).removeprefix("opp_"))
    vendors = [row["id"] for row in await demo.database.fetch(
        "SELECT u.id FROM user_account u JOIN organization o ON o.id = u.organization_id AND o.kind = 'VENDOR'"
        " WHERE u.active AND u.placed AND NOT u.api_client ORDER BY u.id"
    )]  # fmt: skip
    assert len(vendors) > 2
    sellers = [demo_id(f"user/{who}") for who in (SELLER, COLLEAGUE, RIVAL)]
    sent = []
    for key, to in (("few", [vendors[0], sellers[0]]), ("many", [*vendors, *sellers, demo_id(f"user/{MANAGER}")])):
        async with counting(demo.database) as statements, demo.database.transaction() as tx:
            notice = Notice(NotificationKind.AUTOMATION, f"test/{key}", to, opportunity_id=deal, title="x")
            told_to = await notify(tx, notice)
        sent.append(len(statements))
    assert set(told_to) == {*vendors, sellers[0], demo_id(f"user/{MANAGER}")}
    assert sent[1] <= sent[0] + 1  # a scope more


async def test_whom_a_change_takes_something_from_is_counted_when_asking(demo: Demo) -> None:
    await begun(demo)
    deal = await deal_of(demo, SELLER)
    first = await say(demo, deal, "First", VENDOR)
    await say(demo, deal, "Second", VENDOR)
    await told(demo)
    remove = "mutation($input: RemoveCommentInput!) { removeComment(input: $input) { userErrors { code } } }"
    await demo.run(remove, VENDOR, input={"commentId": first})
    await told(demo)
    kept = "SELECT coalesce(standing, 'stale') || unread FROM inbox WHERE user_id = $1"
    me = demo_id(f"user/{SELLER}")
    assert await demo.value(kept, me) == "stale2"
    assert (await demo.run("{ unreadNotifications }", SELLER))["unreadNotifications"] == 1
    await count_stale(demo.database)
    assert (await demo.value(kept, me)).endswith("1")
    assert await forget_old(demo.database, datetime.now(UTC) + timedelta(days=10_000)) == 2
    assert (await demo.run("{ unreadNotifications }", SELLER))["unreadNotifications"] == 0


async def test_a_sweep_waits_for_nobody(demo: Demo) -> None:
    await begun(demo)
    await say(demo, await deal_of(demo, SELLER), "First", VENDOR)
    await told(demo)
    await demo.database.fetch(
        "INSERT INTO notification_delivery (id, notification_id, user_id, channel, pace, due_at)"
        " SELECT gen_random_uuid(), id, user_id, 'CHAT', 'AT_ONCE', now() FROM notification"
    )
    async with demo.database.transaction() as tx:
        await tx.fetch("SELECT FROM inbox FOR UPDATE")
        await sweep(demo.database, datetime.now(UTC) + timedelta(days=1))
