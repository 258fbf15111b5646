"""A deal that two partners sell together: who sees what of it, from the invitation to the end."""

import asyncio
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from typing import Any

import orjson
import pytest

from app.cosell.inviting import MOST_PARTNERS
from app.cosell.upkeep import expire
from app.deals.registered import FOLLOW, follow_later
from app.demo.people import demo_id
from app.settings import use_settings
from tests.conftest import SETTINGS
from tests.schema.mutation_matrix import ROWS, Objects, Row, deal, deal_with_somebody
from tests.schema.registrations import done, read, saved
from tests.schema.test_mutation_matrix import document, input_for
from tests.schema.world import COLLEAGUE, MANAGER, RIVAL, SELLER, VENDOR, Demo, deal_of
from tests.statements import counting
from tests.waiting import PATIENCE

LEADER = "Aoife Byrne"
"""Who manages the partner of `RIVAL`; `MANAGER` and `SELLER` are of the one that is asked."""
ALONG, LEAD, THIRD = (f"ptr_{demo_id(f'org/{key}')}" for key in ("alpine-it", "brightwater", "cordoba-digital"))
THIRDS = "Lucía Romero"

INVITE = """mutation($input: InvitePartnerInput!) { invitePartner(input: $input) {
  invitation { id status } userErrors { code path message } } }"""
RESPOND = """mutation($input: RespondToInvitationInput!) { respondToInvitation(input: $input) {
  opportunity { id source partner { id } } left userErrors { code path message } } }"""
REMOVE = """mutation($input: RemoveDealPartnerInput!) { removeDealPartner(input: $input) {
  left userErrors { code path message } } }"""
ADD = """mutation($input: AddTeamMemberInput!) { addTeamMember(input: $input) {
  opportunity { version } userErrors { code path message } } }"""
TAKE_OFF = """mutation($input: RemoveTeamMemberInput!) { removeTeamMember(input: $input) {
  userErrors { code path } } }"""
SPLIT = """mutation($input: SetSplitsInput!) { setSplits(input: $input) { userErrors { code path } } }"""
UPDATE = """mutation($input: UpdateOpportunityInput!) { updateOpportunity(input: $input) {
  opportunity { nextStep } userErrors { code path } } }"""
HEARD = """query($id: ID!, $advice: ID!) { node(id: $advice) { id }
  events(first: 100, filter: {opportunityIds: [$id]}) { nodes { type fields } } }"""
INVITATIONS = """{ invitations(first: 100) { totalCount nodes { id status message customerIndustry customerCountry
  opportunityId opportunity { id name } partner { name } inviter { name } invitedBy { name } expiresAt
  declineCode reason } } }"""
SEEN = """query($id: ID!, $word: String!, $account: ID!) {
  opportunity(id: $id) { id name nextStep notes partner { name } owner { name } account { name }
    team { user { name } role access } partners { partner { name } status role message }
    splits { partner { name } percent } transitions { nodes { kind reason } } formerMarks { totalCount }
    contents { totalCount } recommendations { actions { id } } events(first: 100) { totalCount } }
  node(id: $id) { id }
  opportunities(first: 100) { totalCount nodes { id } }
  found: opportunities(filter: {search: $word}) { totalCount nodes { id } }
  pipeline { total { count } }
  account(id: $account) { id opportunities { totalCount nodes { id } } }
  events(first: 100, filter: {opportunityIds: [$id]}) { nodes { type } }
  nextBestActions(first: 100) { nodes { opportunity { id } } }
  partners(first: 100) { nodes { name } } }"""


COMMENT = """mutation($input: AddCommentInput!) { addComment(input: $input) {
  comment { id } userErrors { code path message } } }"""
COMMENTS = "query($id: ID!) { opportunity(id: $id) { comments(first: 100) { nodes { id } } } }"
TOLD = "query($after: Cursor) { events(first: 100, after: $after) { nodes { type } } }"


class Joint:
    """One of the rival's deals, which the manager's organisation is to sell along."""

    def __init__(self, demo: Demo, id: str, account: str, word: str) -> None:
        self.demo, self.id, self.account, self.word = demo, id, account, word

    async def act(self, document: str, who: str, **input: Any) -> Any:
        answer = await self.demo.run(document, who, input={"opportunityId": self.id, **input})
        (payload,) = answer.values()
        return payload

    async def codes(self, document: str, who: str, **input: Any) -> list[str]:
        return [error["code"] for error in (await self.act(document, who, **input))["userErrors"]]

    async def join(self, **input: Any) -> None:
        assert await self.codes(INVITE, VENDOR, partnerId=ALONG, **input) == []
        assert await self.codes(RESPOND, MANAGER, accept=True) == []

    async def seen(self, who: str) -> dict[str, Any]:
        return await self.demo.run(SEEN, who, id=self.id, word=self.word, account=self.account)

    async def is_nowhere(self, who: str) -> bool:
        """Whether nothing that the person is answered speaks of it."""
        seen = await self.seen(who)
        gone = seen["opportunity"] is None and seen["node"] is None and seen["account"] is None
        told = {event["type"] for event in seen["events"]["nodes"]} - {"OPPORTUNITY_LEFT"}
        return gone and not told and self.id not in orjson.dumps(seen).decode() and seen["found"]["totalCount"] == 0


@pytest.fixture
async def joint(demo: Demo) -> Joint:
    """With a customer that nobody else has, and words that stand nowhere else."""
    id = await deal_of(demo, RIVAL)
    account = await demo.value(
        "INSERT INTO account (id, name, name_key, industry, country, domain) SELECT"
        " gen_random_uuid(), 'Zinnober Werke', 'zinnober werke', 'Banking', 'AT', 'zinnober.example' RETURNING id"
    )
    await demo.value(
        "UPDATE opportunity SET account_id = $2 WHERE id = $1::text::uuid", id.removeprefix("opp_"), account
    )
    return Joint(demo, id, f"acc_{account}", "zinnober")


def ids(page: dict[str, Any]) -> set[str]:
    return {node["id"] for node in page["nodes"]}


async def test_an_invitation_names_nobody_and_opens_nothing(joint: Joint) -> None:
    before = await joint.seen(MANAGER)
    asked = await joint.act(INVITE, VENDOR, partnerId=ALONG, role="IMPLEMENTATION", message="Install 40 seats")
    assert asked["userErrors"] == []
    assert asked["invitation"]["status"] == "INVITED"
    (invitation,) = (await joint.demo.run(INVITATIONS, MANAGER))["invitations"]["nodes"]
    assert {
        "status": "INVITED",
        "message": "Install 40 seats",
        "customerIndustry": "Banking",
        "customerCountry": "AT",
        "opportunityId": joint.id,
        "opportunity": None,
        "partner": {"name": "Alpine IT Partners"},
        "inviter": None,
        "invitedBy": {"name": VENDOR},
    }.items() <= invitation.items()
    assert "innober" not in orjson.dumps(invitation).decode()
    assert await joint.is_nowhere(MANAGER)
    assert await joint.seen(MANAGER) == before
    # Of those who see the deal, the vendor alone knows that somebody was asked.
    assert (await joint.demo.run(INVITATIONS, SELLER))["invitations"]["totalCount"] == 0
    assert (await joint.seen(LEADER))["opportunity"]["partners"] == []
    assert [one["status"] for one in (await joint.seen(VENDOR))["opportunity"]["partners"]] == ["INVITED"]


async def test_who_accepts_sees_the_deal_everywhere_and_who_leaves_sees_nothing_of_it(joint: Joint) -> None:
    before = {who: await joint.seen(who) for who in (MANAGER, SELLER)}
    await joint.join(message="Install")
    seen = await joint.seen(MANAGER)
    for found in (seen["opportunities"], seen["found"], seen["account"]["opportunities"]):
        assert joint.id in ids(found)
    assert seen["opportunities"]["totalCount"] == before[MANAGER]["opportunities"]["totalCount"] + 1
    assert seen["pipeline"]["total"]["count"] == before[MANAGER]["pipeline"]["total"]["count"] + 1
    assert seen["opportunity"]["partner"] == {"name": "Brightwater Resale"}
    assert seen["opportunity"]["contents"]["totalCount"] > 0
    assert seen["events"]["nodes"] != []
    assert seen["opportunity"]["recommendations"]["actions"] != []
    assert {"name": "Brightwater Resale"} in seen["partners"]["nodes"]
    assert seen["opportunity"]["owner"] is None, "whose people are nobody else's to know"
    assert await joint.is_nowhere(SELLER)
    assert await joint.codes(ADD, MANAGER, userId=f"usr_{demo_id(f'user/{SELLER}')}") == []
    assert joint.id in ids((await joint.seen(SELLER))["opportunities"])
    assert (await joint.seen(SELLER))["opportunity"]["team"] == [
        {"user": {"name": SELLER}, "role": "SALES", "access": "READ"}
    ]
    assert await joint.is_nowhere(COLLEAGUE)
    assert (await joint.act(REMOVE, MANAGER))["left"]
    for who in (MANAGER, SELLER):
        assert await joint.is_nowhere(who)
        assert {**await joint.seen(who), "events": None} == {**before[who], "events": None}
    (past,) = (await joint.demo.run(INVITATIONS, MANAGER))["invitations"]["nodes"]
    assert (past["status"], past["opportunity"]) == ("LEFT", None)


async def test_what_others_said_and_get_stays_with_them(joint: Joint) -> None:
    demo, key = joint.demo, joint.id.removeprefix("opp_")
    await demo.value(
        "UPDATE stage_transition SET reason = 'Said by the leader' WHERE opportunity_id = $1::text::uuid", key
    )
    await joint.join(message="Install")
    assert await joint.codes(INVITE, VENDOR, partnerId=THIRD, message="For the third alone") == []
    assert await joint.codes(RESPOND, THIRDS, accept=True, reason="Gladly") == []
    shares = [
        {"partnerId": LEAD, "percent": "50"},
        {"partnerId": ALONG, "percent": "30"},
        {"partnerId": THIRD, "percent": "20"},
    ]
    assert await joint.codes(SPLIT, VENDOR, splits=shares) == []
    said = orjson.dumps((await joint.seen(MANAGER))["opportunity"]).decode()
    assert "Said by the leader" not in said
    assert "For the third alone" not in said
    for who, whose, percent in ((MANAGER, "Alpine IT Partners", "30"), (THIRDS, "Córdoba Digital", "20")):
        assert (await joint.seen(who))["opportunity"]["splits"] == [{"partner": {"name": whose}, "percent": percent}]
    assert len((await joint.seen(VENDOR))["opportunity"]["splits"]) == 3
    assert {one["partner"]["name"] for one in (await joint.seen(MANAGER))["opportunity"]["partners"]} == {
        "Alpine IT Partners",
        "Córdoba Digital",
    }
    assert "Said by the leader" in orjson.dumps((await joint.seen(LEADER))["opportunity"]).decode()
    for word in ("daniel", "clarke"):
        found = await demo.run(
            "query($w: String!) { opportunities(filter: {search: $w}) { nodes { id } } }", MANAGER, w=word
        )
        assert joint.id not in ids(found["opportunities"])


SAYS = frozenset({"addComment", "upsertTask"})
"""Who reads a deal may say something of it, and have something to do for it."""
OF_A_DEAL = [
    row
    for row in ROWS
    if row.kind in (deal, deal_with_somebody) and row.argument == "opportunityId" and row.mutation not in SAYS
]


@pytest.mark.parametrize("row", OF_A_DEAL, ids=lambda row: row.mutation)
async def test_who_may_only_read_a_deal_changes_nothing_of_it(demo: Demo, row: Row) -> None:
    """A seller by name, and a manager whose organisation sells it along."""
    objects = Objects(demo)
    for who, target in ((SELLER, "colleague"), (MANAGER, "foreign")):
        given = await input_for(objects, row, target)
        key = given["opportunityId"].removeprefix("opp_")
        if who == SELLER:
            statement = (
                "INSERT INTO team_member (id, opportunity_id, user_id) VALUES (gen_random_uuid(), $1::text::uuid, $2)"
            )
            await demo.value(statement, key, demo_id(f"user/{SELLER}"))
        else:
            statement = (
                "INSERT INTO deal_partner (id, opportunity_id, partner_id, status)"
                " VALUES (gen_random_uuid(), $1::text::uuid, $2, 'ACCEPTED')"
            )
            await demo.value(statement, key, demo_id("org/alpine-it"))
        before = await demo.value("SELECT version FROM opportunity WHERE id = $1::text::uuid", key)
        answer = (await demo.run(document(row.mutation), who, input=given))[row.mutation]
        assert [error["code"] for error in answer["userErrors"]] == ["FORBIDDEN"], (who, answer)
        assert await demo.value("SELECT version FROM opportunity WHERE id = $1::text::uuid", key) == before


async def test_who_may_edit_a_deal_does(joint: Joint) -> None:
    await joint.join(access="EDIT")
    assert await joint.codes(UPDATE, MANAGER, nextStep="Install on Monday") == []
    assert {*await joint.codes(UPDATE, MANAGER, ownerId=None, accountName="Another")} == {"FORBIDDEN"}
    assert await joint.codes(ADD, MANAGER, userId=f"usr_{demo_id(f'user/{SELLER}')}", access="EDIT") == []
    assert await joint.codes(UPDATE, SELLER, nextStep="Install on Tuesday") == []


async def test_nobody_gives_more_than_they_have(joint: Joint) -> None:
    await joint.join()
    seller = f"usr_{demo_id(f'user/{SELLER}')}"
    assert await joint.codes(ADD, MANAGER, userId=seller, access="EDIT") == ["FORBIDDEN"]
    assert await joint.codes(ADD, VENDOR, userId=seller, access="EDIT") == []
    assert await joint.codes(UPDATE, SELLER, nextStep="Called") == []
    assert await joint.codes(INVITE, MANAGER, partnerId=THIRD) == ["FORBIDDEN"]
    assert await joint.codes(TAKE_OFF, MANAGER, userId=seller) == []
    assert await joint.is_nowhere(SELLER)


async def test_the_message_of_an_invitation_names_no_customer(joint: Joint) -> None:
    for message in ("Install at ZINNOBER  werke, please", "See zinnober.example"):
        assert await joint.codes(INVITE, VENDOR, partnerId=ALONG, message=message) == ["INVALID"]


async def test_declining_says_why_and_ends_it(joint: Joint) -> None:
    assert await joint.codes(INVITE, VENDOR, partnerId=ALONG) == []
    assert await joint.codes(RESPOND, MANAGER, accept=False) == ["INVALID"]
    assert await joint.codes(RESPOND, MANAGER, accept=False, declineCode="NO_CAPACITY", reason="August") == []
    assert await joint.codes(RESPOND, MANAGER, accept=True) == ["CONFLICT"]
    assert await joint.codes(RESPOND, THIRDS, accept=True) == ["NOT_FOUND"]
    assert await joint.is_nowhere(MANAGER)
    (seen,) = (await joint.seen(VENDOR))["opportunity"]["partners"]
    assert seen["status"] == "DECLINED"
    assert await joint.codes(INVITE, VENDOR, partnerId=ALONG) == [], "it may be asked again"


async def test_an_invitation_that_nobody_answers_expires_once(joint: Joint) -> None:
    assert await joint.codes(INVITE, VENDOR, partnerId=ALONG, expiresInDays=2) == []
    now = datetime.now(UTC)
    assert await expire(now + timedelta(days=1)) == 0
    later = now + timedelta(days=3)
    assert sorted(await asyncio.gather(*(expire(later) for _ in range(3)))) == [0, 0, 1]
    assert await joint.codes(RESPOND, MANAGER, accept=True) == ["CONFLICT"]
    assert await joint.is_nowhere(MANAGER)


async def test_the_leader_invites_where_the_vendor_allows_it(joint: Joint) -> None:
    assert await joint.codes(INVITE, LEADER, partnerId=ALONG) == ["FORBIDDEN"]
    use_settings(SETTINGS.model_copy(update={"partners_invite": True}))
    assert await joint.codes(INVITE, LEADER, partnerId=ALONG, role="LEAD") == ["FORBIDDEN"]
    assert await joint.codes(INVITE, LEADER, partnerId=ALONG) == []
    (asked,) = (await joint.seen(LEADER))["opportunity"]["partners"]
    assert asked["status"] == "INVITED"
    (invitation,) = (await joint.demo.run(INVITATIONS, MANAGER))["invitations"]["nodes"]
    assert (invitation["inviter"], invitation["invitedBy"]) == (None, None), "no name until it has accepted"
    assert await joint.codes(RESPOND, MANAGER, accept=True) == []
    assert await joint.codes(REMOVE, LEADER, partnerId=ALONG) == []
    assert await joint.is_nowhere(MANAGER)


async def test_the_leader_learns_of_no_invitation_of_the_vendors(joint: Joint) -> None:
    use_settings(SETTINGS.model_copy(update={"partners_invite": True}))
    assert await joint.codes(INVITE, VENDOR, partnerId=ALONG) == []
    assert await joint.codes(INVITE, LEADER, partnerId=ALONG) == [], "as if nobody had been asked"
    assert await joint.codes(INVITE, LEADER, partnerId=ALONG) == ["CONFLICT"], "its own, it knows"
    (asked,) = (await joint.seen(LEADER))["opportunity"]["partners"]
    assert asked["status"] == "INVITED"
    found = (await joint.seen(VENDOR))["opportunity"]["partners"]
    assert sorted(one["status"] for one in found) == ["CANCELLED", "INVITED"]
    assert await joint.codes(INVITE, VENDOR, partnerId=ALONG) == ["CONFLICT"], "the vendor knows all"
    assert await joint.codes(RESPOND, MANAGER, accept=True) == []


async def test_invitations_of_the_vendors_take_no_room_from_the_leader(joint: Joint) -> None:
    use_settings(SETTINGS.model_copy(update={"partners_invite": True}))
    await joint.demo.value(
        "WITH new AS (INSERT INTO organization (id, key, name, kind) SELECT gen_random_uuid(), 'room-' || n, 'Room',"
        " 'PARTNER' FROM generate_series(1, $2) n RETURNING id)"
        " INSERT INTO deal_partner (id, opportunity_id, partner_id) "
        " SELECT gen_random_uuid(), $1::text::uuid, id FROM new",
        joint.id.removeprefix("opp_"),
        MOST_PARTNERS,
    )
    assert await joint.codes(INVITE, VENDOR, partnerId=ALONG) == ["INVALID"]
    assert await joint.codes(INVITE, LEADER, partnerId=ALONG) == []


async def test_comments_of_who_sells_along_stay_theirs_when_the_leader_changes(joint: Joint) -> None:
    await joint.join()
    said = {}
    for who, audience in ((MANAGER, "OWN_ORGANIZATION"), (LEADER, "OWN_ORGANIZATION"), (LEADER, "EVERYONE_ON_IT")):
        made = await joint.act(COMMENT, who, body=f"{who} {audience}", audience=audience)
        assert made["userErrors"] == []
        said[who, audience] = made["comment"]["id"]
    cursor = (await joint.demo.run("{ events(last: 1) { pageInfo { endCursor } } }", THIRDS))["events"]["pageInfo"]
    assert await joint.codes(UPDATE, VENDOR, partnerId=THIRD) == []
    seen = {who: await joint.demo.run(COMMENTS, who, id=joint.id) for who in (MANAGER, THIRDS)}
    assert [one["id"] for one in seen[MANAGER]["opportunity"]["comments"]["nodes"]] == [
        said[MANAGER, "OWN_ORGANIZATION"]
    ]
    assert seen[THIRDS]["opportunity"]["comments"]["nodes"] == []
    # Nor do events tell the new partner that there were any.
    told = await joint.demo.run(TOLD, THIRDS, after=cursor["endCursor"])
    assert [one for one in told["events"]["nodes"] if one["type"].startswith("COMMENT_")] == []
    everything = (await joint.demo.run("{ events(first: 100) { nodes { type } } }", THIRDS))["events"]["nodes"]
    assert [one for one in everything if one["type"].startswith("COMMENT_")] == []


async def test_a_source_follows(joint: Joint) -> None:
    source = "SELECT source FROM opportunity WHERE id = $1::text::uuid"
    key = joint.id.removeprefix("opp_")
    await joint.demo.value("UPDATE opportunity SET source = 'PARTNER' WHERE id = $1::text::uuid", key)
    await joint.join()
    assert await joint.demo.value(source, key) == "CO_SELL"
    assert await joint.codes(REMOVE, VENDOR, partnerId=ALONG, reason="Done") == []
    assert await joint.demo.value(source, key) == "PARTNER"


@pytest.mark.parametrize(
    ("shares", "codes"),
    [
        ([("LEAD", "60"), ("ALONG", "40")], []),
        ([("LEAD", "60.5"), ("ALONG", "39.5")], []),
        ([("LEAD", "60"), ("ALONG", "39.9999")], ["INVALID"]),
        ([("LEAD", "100.00001")], ["INVALID", "INVALID"]),
        ([("LEAD", "0"), ("ALONG", "100")], ["INVALID"]),
        ([("LEAD", "50"), ("LEAD", "50")], ["INVALID"]),
        ([("LEAD", "50"), ("THIRD", "50")], ["NOT_FOUND"]),
        ([(None, "30"), ("LEAD", "70")], []),
    ],
)
async def test_shares_of_revenue_are_a_hundred_together(
    joint: Joint, shares: list[tuple[str | None, str]], codes: list[str]
) -> None:
    await joint.join()
    names = {"LEAD": LEAD, "ALONG": ALONG, "THIRD": THIRD, None: None}
    given = [{"partnerId": names[who], "percent": percent} for who, percent in shares]
    assert await joint.codes(SPLIT, VENDOR, splits=given) == codes
    sum_of = "SELECT coalesce(sum(percent), 0) FROM revenue_split WHERE opportunity_id = $1::text::uuid"
    stored = await joint.demo.value(sum_of, joint.id.removeprefix("opp_"))
    assert stored == (0 if codes else 100)


async def test_shares_are_written_and_their_people_read_by_one_statement_each(joint: Joint) -> None:
    await joint.join()
    people = [f"usr_{demo_id(f'user/{VENDOR}')}", f"usr_{demo_id(f'user/{RIVAL}')}"]
    for person in people:
        await joint.codes(ADD, VENDOR, userId=person)
    given = [{"userId": person, "percent": "30"} for person in people] + [{"partnerId": ALONG, "percent": "40"}]
    async with counting(joint.demo.database) as sent:
        assert await joint.codes(SPLIT, VENDOR, splits=given) == []
    assert len([one for one in sent if "INSERT INTO revenue_split" in one]) == 1
    assert len([one for one in sent if "SELECT u.id, u.organization_id" in one]) == 1


async def test_shares_count_from_their_month_until_the_next_ones(joint: Joint) -> None:
    await joint.join()
    ask = "query($id: ID!, $on: Date) { opportunity(id: $id) { splits(on: $on) { percent since } } }"
    for month, share in (("2026-01-15", "40"), ("2026-03-01", "25")):
        rest = str(100 - int(share))
        given = [{"partnerId": ALONG, "percent": share}, {"partnerId": LEAD, "percent": rest}]
        assert await joint.codes(SPLIT, VENDOR, splits=given, **{"from": month}) == []
    assert (
        await joint.codes(SPLIT, VENDOR, splits=[{"partnerId": LEAD, "percent": "100"}], **{"from": "2026-05-01"}) == []
    )

    async def on(day: str) -> list[str]:
        seen = await joint.demo.run(ask, MANAGER, id=joint.id, on=day)
        return [one["percent"] for one in seen["opportunity"]["splits"]]

    assert [await on(day) for day in ("2025-12-31", "2026-02-28", "2026-04-30", "2026-05-01")] == [
        [],
        ["40"],
        ["25"],
        [],
    ]


async def test_of_several_who_accept_to_lead_at_once_one_does(joint: Joint) -> None:
    key = joint.id.removeprefix("opp_")
    await joint.demo.value("UPDATE opportunity SET partner_id = NULL, owner_id = NULL WHERE id = $1::text::uuid", key)
    for partner in (ALONG, LEAD, THIRD):
        assert await joint.codes(INVITE, VENDOR, partnerId=partner, role="LEAD") == []
    answers = await asyncio.gather(*(joint.codes(RESPOND, who, accept=True) for who in (MANAGER, LEADER, THIRDS)))
    assert sorted(answers) == [[], ["CONFLICT"], ["CONFLICT"]]
    winner = await joint.demo.value("SELECT partner_id FROM opportunity WHERE id = $1::text::uuid", key)
    parts = "SELECT partner_id, status FROM deal_partner WHERE opportunity_id = $1::text::uuid"
    rows = await joint.demo.database.fetch(parts, key)
    assert {row["partner_id"] for row in rows if row["status"] == "ACCEPTED"} == {winner}
    assert sorted(row["status"] for row in rows) == ["ACCEPTED", "CANCELLED", "CANCELLED"]
    assert [await joint.is_nowhere(who) for who in (MANAGER, LEADER, THIRDS)].count(False) == 1


CHANGED = """subscription($after: Cursor) { opportunityStageChanged(after: $after) { cursor opportunity { id } } }"""
CAME = "subscription { opportunityCame { opportunity { id } } }"
LEFT = "subscription { opportunityLeft { opportunityId } }"
ASKED = "subscription { invitationChanged { status invitation { status } } }"
MOVE = """mutation($input: AdvanceStageInput!) { advanceStage(input: $input) {
  transition { id } userErrors { code message } } }"""


async def heard(payloads: AsyncIterator[dict[str, Any]]) -> Any:
    async with asyncio.timeout(PATIENCE):
        (said,) = (await anext(payloads))["data"].values()
        return said


async def test_it_is_told_live_who_comes_and_goes_and_what_happens_between(joint: Joint) -> None:
    demo = joint.demo
    async with (
        demo.follow(ASKED, MANAGER) as asked,
        demo.follow(CAME, MANAGER) as came,
        demo.follow(LEFT, MANAGER) as left,
    ):
        assert await joint.codes(INVITE, VENDOR, partnerId=ALONG) == []
        assert (await heard(asked))["status"] == "INVITED"
        assert await joint.codes(RESPOND, MANAGER, accept=True) == []
        assert (await heard(came))["opportunity"]["id"] == joint.id
        async with demo.follow(CHANGED, MANAGER) as moves:
            assert await joint.codes(MOVE, VENDOR, toStageKey="closed-lost", reason="Off") == []
            moved = await heard(moves)
            assert moved["opportunity"]["id"] == joint.id
        assert await joint.codes(REMOVE, VENDOR, partnerId=ALONG) == []
        assert (await heard(left))["opportunityId"] == joint.id
    page = "query($after: Cursor) { events(first: 100, after: $after) { nodes { type opportunity { id } } } }"
    after = (await demo.run(page, MANAGER, after=moved["cursor"]))["events"]["nodes"]
    assert [one["type"] for one in after if one["opportunity"]] == [], (
        "the cursor is valid, and there is nothing after it"
    )
    assert "OPPORTUNITY_LEFT" in [one["type"] for one in after]


SHARE = """mutation($input: ShareWithDistributorInput!) { shareWithDistributor(input: $input) {
  sharesNewDeals userErrors { code path } } }"""
CREATE = """mutation($input: CreateOpportunityInput!) { createOpportunity(input: $input) {
  opportunity { id } userErrors { code path } } }"""


@pytest.mark.parametrize(
    ("wrong", "path"),
    [
        ({"message": "x" * 2_001}, ["message"]),
        ({"message": "a\0b"}, ["message"]),
        ({"message": "For Zinnober Werke"}, ["message"]),
        ({"expiresInDays": 2_000_000_000}, ["expiresInDays"]),
        ({"expiresInDays": 0}, ["expiresInDays"]),
        ({"role": "IMPLEMENTATION"}, ["role"]),
    ],
)
async def test_what_a_reseller_says_to_its_distributor_is_checked(
    joint: Joint, wrong: dict[str, Any], path: list[str]
) -> None:
    await joint.demo.value(
        "UPDATE organization SET parent_id = $1 WHERE id = $2", demo_id("org/alpine-it"), demo_id("org/brightwater")
    )
    errors = (await joint.act(INVITE, LEADER, partnerId=ALONG, **wrong))["userErrors"]
    assert [(error["code"], error["path"]) for error in errors] == [("INVALID", path)]


async def test_a_closed_deal_is_shared_with_no_distributor(joint: Joint) -> None:
    await joint.demo.value(
        "UPDATE organization SET parent_id = $1 WHERE id = $2", demo_id("org/alpine-it"), demo_id("org/brightwater")
    )
    assert await joint.codes(MOVE, VENDOR, toStageKey="closed-lost", reason="Off") == []
    assert await joint.codes(INVITE, LEADER, partnerId=ALONG) == ["INVALID"]


async def test_a_distributor_that_the_vendor_has_asked_takes_part_at_once(joint: Joint) -> None:
    await joint.demo.value(
        "UPDATE organization SET parent_id = $1 WHERE id = $2", demo_id("org/alpine-it"), demo_id("org/brightwater")
    )
    assert await joint.codes(INVITE, VENDOR, partnerId=ALONG) == []
    assert await joint.codes(INVITE, LEADER, partnerId=ALONG) == []
    assert (await joint.seen(MANAGER))["opportunity"]["id"] == joint.id


async def test_a_distributor_sees_what_its_reseller_shares_and_nothing_else(joint: Joint) -> None:
    """Here the manager's organisation distributes for the rival's."""
    ids_of = demo_id("org/alpine-it"), demo_id("org/brightwater")
    assert await joint.codes(INVITE, LEADER, partnerId=ALONG) == ["FORBIDDEN"], "it isn't its distributor yet"
    await joint.demo.value("UPDATE organization SET parent_id = $1 WHERE id = $2", *ids_of)
    before = (await joint.seen(MANAGER))["opportunities"]["totalCount"]
    assert await joint.codes(INVITE, LEADER, partnerId=ALONG) == [], "accepted at once"
    seen = await joint.seen(MANAGER)
    assert (seen["opportunity"]["id"], seen["opportunities"]["totalCount"]) == (joint.id, before + 1)
    (part,) = seen["opportunity"]["partners"]
    assert (part["status"], part["role"]) == ("ACCEPTED", "DISTRIBUTION")
    new = {"name": "Next", "accountName": "Zinnober Werke", "playbookKey": "it-software"}
    unshared = await joint.demo.run(CREATE, LEADER, input=new)
    shared = await joint.demo.run(SHARE, LEADER, input={"newDeals": True})
    assert shared["shareWithDistributor"] == {"sharesNewDeals": True, "userErrors": []}
    made = await joint.demo.run(CREATE, LEADER, input={**new, "name": "Shared"})
    listed = ids((await joint.seen(MANAGER))["opportunities"])
    assert made["createOpportunity"]["opportunity"]["id"] in listed
    assert unshared["createOpportunity"]["opportunity"]["id"] not in listed
    # What was shared was the reseller's: with another partner, it is nobody else's.
    assert await joint.codes(UPDATE, VENDOR, partnerId=THIRD) == []
    seen = await joint.seen(MANAGER)
    assert seen["opportunity"] is None
    assert joint.id not in ids(seen["opportunities"]) | ids(seen["found"])


async def test_a_page_holds_what_is_sold_along_in_its_order(joint: Joint) -> None:
    """Both parts of what a viewer sees, page by page, forth and back, in every order."""
    await joint.demo.value(
        "INSERT INTO deal_partner (id, opportunity_id, partner_id, status)"
        " SELECT gen_random_uuid(), o.id, $1, 'ACCEPTED' FROM opportunity o"
        " WHERE o.partner_id = $2 AND get_byte(uuid_send(o.id), 15) % 3 = 0",
        demo_id("org/alpine-it"),
        demo_id("org/brightwater"),
    )
    ask = """query($after: Cursor, $before: Cursor, $first: Int, $last: Int, $field: OpportunityOrderField!) {
      opportunities(first: $first, last: $last, after: $after, before: $before,
        orderBy: {field: $field, direction: DESC}) { totalCount nodes { id } pageInfo { startCursor endCursor
        hasNextPage hasPreviousPage } } }"""
    for field in ("UPDATED_AT", "AMOUNT", "NAME", "WIN_PROBABILITY"):
        forth: list[str] = []
        page: dict[str, Any] = {"pageInfo": {"endCursor": None, "hasNextPage": True}}
        while page["pageInfo"]["hasNextPage"]:
            after = page["pageInfo"]["endCursor"]
            page = (await joint.demo.run(ask, MANAGER, first=40, after=after, field=field))["opportunities"]
            forth += [node["id"] for node in page["nodes"]]
        assert len(forth) == len(set(forth)) == page["totalCount"]
        back: list[str] = []
        page = {"pageInfo": {"startCursor": None, "hasPreviousPage": True}}
        while page["pageInfo"]["hasPreviousPage"]:
            before = page["pageInfo"]["startCursor"]
            page = (await joint.demo.run(ask, MANAGER, last=40, before=before, field=field))["opportunities"]
            back = [node["id"] for node in page["nodes"]] + back
        assert back == forth


OFFER = """mutation($input: OfferOpportunityInput!) { offerOpportunity(input: $input) {
  invitation { partner { name } } userErrors { code path } } }"""
CANDIDATES = "query($id: ID!) { opportunity(id: $id) { offerCandidates { partner { id } score reasons } } }"


async def test_an_offer_goes_on_to_the_next_best_until_somebody_takes_it(joint: Joint) -> None:
    key = joint.id.removeprefix("opp_")
    await joint.demo.value("UPDATE opportunity SET partner_id = NULL, owner_id = NULL WHERE id = $1::text::uuid", key)
    ranked = (await joint.demo.run(CANDIDATES, VENDOR, id=joint.id))["opportunity"]["offerCandidates"]
    assert [one["score"] for one in ranked] == sorted((one["score"] for one in ranked), reverse=True)
    assert all(one["reasons"] for one in ranked)
    order = [one["partner"]["id"] for one in ranked if one["partner"]["id"] in (ALONG, LEAD, THIRD)]
    people = {ALONG: MANAGER, LEAD: LEADER, THIRD: THIRDS}
    assert await joint.codes(OFFER, VENDOR, partnerIds=[ALONG, LEAD, THIRD], expiresInDays=3) == []
    assert await joint.codes(OFFER, VENDOR) == ["CONFLICT"]
    asked = "SELECT partner_id FROM deal_partner WHERE opportunity_id = $1::text::uuid AND status = 'INVITED'"

    async def waits_for() -> str:
        return f"ptr_{await joint.demo.value(asked, key)}"

    assert await waits_for() == order[0]
    assert await joint.codes(RESPOND, people[order[0]], accept=False, declineCode="NO_CAPACITY") == []
    assert await waits_for() == order[1]
    await expire(datetime.now(UTC) + timedelta(days=4))
    assert await waits_for() == order[2]
    assert await joint.codes(RESPOND, people[order[2]], accept=True) == []
    assert await joint.demo.value("SELECT status FROM deal_offer") == "ACCEPTED"
    assert await joint.demo.value("SELECT partner_id FROM opportunity WHERE id = $1::text::uuid", key) is not None


async def test_whoever_is_sent_away_is_on_no_team(joint: Joint) -> None:
    await joint.join()
    seller = demo_id(f"user/{SELLER}")
    assert await joint.codes(ADD, MANAGER, userId=f"usr_{seller}") == []
    on_team = "SELECT count(*) FROM team_member WHERE user_id = $1"
    assert await joint.demo.value(on_team, seller) > 0
    await joint.demo.value("UPDATE user_account SET active = FALSE WHERE id = $1", seller)
    assert await joint.demo.value(on_team, seller) == 0


async def test_nobody_who_sells_along_hears_of_the_leaders_registration_or_has_it_reviewed_again(joint: Joint) -> None:
    """Nor learns by advice how long it protects the deal."""
    demo = joint.demo
    await joint.join(access="EDIT")
    key = joint.id.removeprefix("opp_")
    await demo.value(
        "UPDATE opportunity SET registration_id = NULL, registration_status = NULL, protected_until = NULL"
        " WHERE id = $1::text::uuid RETURNING id",
        key,
    )
    await demo.database.fetch(
        "UPDATE deal_registration SET opportunity_id = NULL WHERE opportunity_id = $1::text::uuid RETURNING id", key
    )
    draft = await saved(demo, RIVAL, opportunityId=joint.id, account={"name": "Zinnober Werke"})
    waiting = await done(demo, "submitRegistration", RIVAL, registrationId=draft["id"])
    found = await done(demo, "approveRegistration", VENDOR, registrationId=waiting["id"])
    advice = await demo.value(
        "INSERT INTO next_best_action (id, opportunity_id, partner_id, key, kind, status, title, rationale, urgency,"
        " position, score, effort_minutes, evidence, source, stage_key, playbook_key, created_at)"
        " SELECT gen_random_uuid(), id, partner_id, 'register', 'REGISTER_DEAL', 'PROPOSED', 'Extend', 'It ends soon',"
        " 'NORMAL', 1, 0.5, 15, '[]', 'RULES', 'x', 'x', now() FROM opportunity WHERE id = $1::text::uuid RETURNING id",
        key,
    )
    for who, told in ((LEADER, True), (VENDOR, True), (MANAGER, False)):
        answer = await demo.run(HEARD, who, id=joint.id, advice=f"nba_{advice}")
        heard = [one for one in answer["events"]["nodes"] if one["fields"] == ["registration"]]
        assert (bool(heard), bool(answer["node"])) == (told, told), who
    amount = {"amount": "7.00", "currency": "EUR"}
    assert await joint.codes(UPDATE, MANAGER, amount=amount) == []
    given = await demo.value("SELECT args::text FROM procrastinate_jobs WHERE task_name = $1", FOLLOW)
    await follow_later(**orjson.loads(given))
    followed = await read(demo, found["id"], RIVAL) or {}
    assert (followed["status"], followed["amount"]) == ("APPROVED", {**amount})
    assert await joint.codes(UPDATE, LEADER, amount={**amount, "amount": "8.00"}) == []
    assert (await read(demo, found["id"], RIVAL) or {})["status"] == "SUBMITTED"
