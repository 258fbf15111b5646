"""Deliveries: signed, retried, in order where that is wanted, and of nothing but what the owner sees."""

import asyncio
from base64 import b64decode
from collections import Counter
from datetime import UTC, datetime, timedelta
from uuid import UUID

import pytest
from standardwebhooks import Webhook
from svix.webhooks import Webhook as Svix

from app.background import in_background
from app.events.cursors import log_cursor
from app.outgoing import Outgoing, Rules
from app.settings import settings
from app.vocabulary import Role
from app.vocabulary import WebhookDeliveryStatus as Status
from app.webhooks.claiming import Claimed, Room, claim
from app.webhooks.courier import Courier, Rounds
from app.webhooks.results import write
from app.webhooks.sending import FAILS, GONE, OURS, Result
from tests.app.webhooks.world import (
    ROUNDS,
    allowing,
    arrive,
    become,
    deliveries,
    due_now,
    endpoint,
    received,
    renamed,
    saved,
    settled,
    standing,
)
from tests.copies import administer
from tests.receivers import Reply, receiving
from tests.schema.mutation_matrix import PEOPLE
from tests.schema.world import MANAGER, RIVAL, SELLER, Demo, deal_of, person
from tests.waiting import until

ADMIN = PEOPLE[Role.VENDOR_ADMIN]
PING = "mutation($input: SendTestWebhookInput!) { sendTestWebhook(input: $input) { userErrors { message } } }"
ONE = Room(usual=1, failing=1, each=10, more=10)
FULL = "subscription { opportunitiesChanged { type opportunity { id name amount { amount } partner { key } } } }"


async def test_what_happens_is_told_once_and_verified_by_both_libraries(demo: Demo) -> None:
    async with received(demo) as receiver:
        id, secret = await endpoint(demo, receiver.url("/hook"), eventTypes=["OPPORTUNITY_UPDATED"])
        deal = await renamed(demo, "Renamed")
        [one] = await arrive(receiver, 1, "/hook")
        [delivery] = await become(demo, id, "DELIVERED")
    assert one.id == delivery["id"]
    assert Webhook(secret).verify(one.body, one.headers) == one.said
    Svix(secret).verify(one.body, one.headers)
    assert (one.said["type"], one.said["opportunity"]) == ("OPPORTUNITY_UPDATED", deal)
    assert one.said["cursor"] == delivery["event"]["cursor"]
    assert one.said.keys() == {"type", "timestamp", "id", "cursor", "subject", "opportunity"}
    assert (delivery["attempt"], delivery["statusCode"], delivery["error"], delivery["answer"]) == (1, 200, None, "")
    assert not {"cookie", "authorization", "traceparent"} & one.headers.keys()


async def test_a_full_body_answers_the_document_as_its_owner(demo: Demo) -> None:
    async with received(demo) as receiver:
        await endpoint(demo, receiver.url("/partner"), document=FULL)
        await endpoint(demo, receiver.url("/vendor"), ADMIN, document=FULL)
        deal = await renamed(demo, "Renamed")
        [theirs], [ours] = await arrive(receiver, 1, "/partner"), await arrive(receiver, 1, "/vendor")
    assert theirs.said["data"] == ours.said["data"]
    assert theirs.said["data"]["opportunitiesChanged"]["opportunity"] == {
        "id": deal,
        "name": "Renamed",
        "amount": theirs.said["data"]["opportunitiesChanged"]["opportunity"]["amount"],
        "partner": {"key": "alpine-it"},
    }
    assert theirs.said.keys() - ours.said.keys() == set()


async def test_a_document_decides_which_events_are_told(demo: Demo) -> None:
    other = await deal_of(demo, SELLER, "id <> (SELECT min(id::text)::uuid FROM opportunity)")
    one_deal = f'subscription {{ opportunityUpdated(opportunityId: "{other}") {{ type opportunity {{ id }} }} }}'
    async with received(demo) as receiver:
        id, _ = await endpoint(demo, receiver.url(), document=one_deal)
        for deal in (await deal_of(demo, SELLER, f"id <> '{other[4:]}'"), other):
            await renamed(demo, "Renamed", deal=deal)
        await arrive(receiver, 1)
        await settled(demo)
        told = await deliveries(demo, id)
    assert [one.said["opportunity"] for one in receiver.at("/")] == [other]
    assert len(told) == 1, "the list says nothing of what was not asked for"


async def test_a_partner_is_told_of_nothing_of_a_competitors(demo: Demo) -> None:
    async with received(demo) as receiver:
        id, _ = await endpoint(demo, receiver.url("/partner"))
        await endpoint(demo, receiver.url("/vendor"), ADMIN)
        await renamed(demo, "Theirs", RIVAL)
        mine = await renamed(demo, "Mine")
        await arrive(receiver, 2, "/vendor")
        await arrive(receiver, 1, "/partner")
        await settled(demo)
        told = await deliveries(demo, id)
    assert {one.said["opportunity"] for one in receiver.at("/partner")} == {mine}
    assert {node["event"]["opportunity"]["id"] for node in told} == {mine}


async def test_what_may_no_longer_be_seen_when_it_is_sent_is_withheld(demo: Demo) -> None:
    """The deal goes to a competitor between two tries."""
    async with received(demo) as receiver:
        receiver.replies["/"] = [Reply(500), Reply(200)]
        id, _ = await endpoint(demo, receiver.url(), eventTypes=["OPPORTUNITY_UPDATED"])
        deal = await renamed(demo, "Renamed")
        await arrive(receiver, 1)
        await become(demo, id, "WAITING")
        await demo.value(
            "UPDATE opportunity SET owner_id = NULL,"
            " partner_id = (SELECT id FROM organization WHERE key = 'brightwater')"
            " WHERE id = $1::text::uuid RETURNING id",
            deal[4:],
        )
        await due_now(demo, id)
        [withheld] = await become(demo, id, "WITHHELD")
        await settled(demo)
    assert len(receiver.arrived) == 1
    assert (withheld["event"], withheld["nextAttemptAt"], withheld["attempt"]) == (None, None, 1)


async def test_tries_keep_their_id_and_come_to_an_end_after_ten_retries(demo: Demo) -> None:
    async with received(demo) as receiver:
        receiver.replies["/"] = [Reply(500, body=b"no \xff" + b"x" * 5_000)]
        id, secret = await endpoint(demo, receiver.url(), eventTypes=["OPPORTUNITY_UPDATED"])
        await renamed(demo, "Renamed")
        pauses = []
        for number in range(1, 11):
            await arrive(receiver, number)
            [waiting] = await _attempted(demo, id, number)
            pauses.append(_pause(waiting))
            await due_now(demo, id)
        [failed] = await become(demo, id, "FAILED")
        state = await standing(demo, id)
    assert len({one.id for one in receiver.arrived}) == 1
    assert len(receiver.arrived) == failed["attempt"] == 11
    for pause, asked in zip(pauses, (5, 30, 300, 1_800, 7_200, 18_000, 36_000, 50_400, 72_000, 86_400), strict=True):
        assert asked - 2 <= pause <= asked * 1.2 + 2, (pause, asked)
    assert failed["statusCode"] == 500
    assert failed["nextAttemptAt"] is None
    assert failed["answer"] == "no \ufffd" + "x" * 2_044
    assert (state["enabled"], state["disabledReason"], state["failingSince"] is not None) == (True, None, True)
    for one in receiver.arrived:
        Webhook(secret).verify(one.body, one.headers)


async def _attempted(demo: Demo, id: str, number: int) -> list[dict[str, object]]:
    async def there() -> bool:
        return [one["attempt"] for one in await deliveries(demo, id)] == [number]

    await until(there)
    return await deliveries(demo, id)


def _pause(waiting: dict[str, object]) -> float:
    """Seconds from now until the next try."""
    return (datetime.fromisoformat(str(waiting["nextAttemptAt"])) - datetime.now(UTC)).total_seconds()


async def test_410_disables_at_once(demo: Demo) -> None:
    async with received(demo) as receiver:
        receiver.replies["/"] = [Reply(410)]
        id, _ = await endpoint(demo, receiver.url(), eventTypes=["OPPORTUNITY_UPDATED"])
        await renamed(demo, "Renamed")
        await become(demo, id, "FAILED")
        state = await standing(demo, id)
        await renamed(demo, "Renamed again")
        await settled(demo)
    assert (state["enabled"], state["disabledReason"]) == (False, GONE)
    assert len(receiver.arrived) == 1
    told = await demo.run("{ notifications(first: 10) { nodes { kind title body } } }", MANAGER)
    assert await demo.value("SELECT count(*) FROM audit_entry WHERE action = 'WEBHOOK_ENDPOINT_DISABLED'") == 1
    [notice] = [one for one in told["notifications"]["nodes"] if one["kind"] == "WEBHOOK_DISABLED"]
    assert "127.0.0.1" in notice["body"]


async def test_five_days_of_failure_disable_and_enabling_sends_what_waits(demo: Demo) -> None:
    async with received(demo) as receiver:
        receiver.replies["/"] = [Reply(500)]
        id, _ = await endpoint(demo, receiver.url(), eventTypes=["OPPORTUNITY_UPDATED"])
        await renamed(demo, "Renamed")
        await become(demo, id, "WAITING")
        await _attempted(demo, id, 1)
        await demo.value("UPDATE webhook_endpoint SET failing_since = now() - interval '5 days' RETURNING id")
        await due_now(demo, id)
        await _attempted(demo, id, 2)
        state = await standing(demo, id)
        await due_now(demo, id)
        receiver.replies["/"] = [Reply(200)]
        again = await saved(demo, endpointId=id, enabled=True)
        [delivered] = await become(demo, id, "DELIVERED")
        well = await standing(demo, id)
    assert (state["enabled"], state["disabledReason"]) == (False, FAILS)
    assert (again["endpoint"]["enabled"], again["endpoint"]["disabledReason"]) == (True, None)
    assert delivered["attempt"] == 3
    assert well["failingSince"] is None


@pytest.mark.parametrize(
    ("reply", "least", "most"),
    [
        (Reply(429), 3, 7),
        (Reply(503, {"Retry-After": "120"}), 100, 121),
        (Reply(502, {"Retry-After": "soon"}), 3, 7),
        (Reply(504, {"Retry-After": "999999999999999999999999"}), 86_000, 86_401),
        (Reply(503, {"Retry-After": "Mon, 1 Jan 2027 00:00:00 +99999999999999999999"}), 3, 7),
        (Reply(503, {"Retry-After": "Wed, 21 Oct 2015 07:28:00 GMT"}), -1, 2),
    ],
)
async def test_a_request_for_patience_slows_down_without_counting_as_a_failure(
    demo: Demo, reply: Reply, least: float, most: float
) -> None:
    async with received(demo) as receiver:
        receiver.replies["/"] = [reply]
        id, _ = await endpoint(demo, receiver.url(), eventTypes=["OPPORTUNITY_UPDATED"])
        await renamed(demo, "Renamed")
        [waiting] = await _attempted(demo, id, 1)
        state = await standing(demo, id)
    failures = await demo.value("SELECT failures FROM webhook_delivery")
    assert failures == 0
    assert waiting["status"] == "WAITING"
    assert least <= _pause(waiting) <= most
    assert state["restingUntil"] is not None


async def test_patience_comes_to_an_end_with_what_failures_would_have_brought_to_one(demo: Demo) -> None:
    async with received(demo) as receiver:
        receiver.replies["/"] = [Reply(503)]
        id, _ = await endpoint(demo, receiver.url())
        await demo.run(PING, MANAGER, input={"endpointId": id})
        await _attempted(demo, id, 1)
        await demo.value("UPDATE webhook_delivery SET at = at - interval '4 days', attempt = 9 RETURNING id")
        await due_now(demo, id)
        [waiting] = await _attempted(demo, id, 10)
        await due_now(demo, id)
        [failed] = await _attempted(demo, id, 11)
    assert (waiting["status"], failed["status"], failed["nextAttemptAt"]) == ("WAITING", "FAILED", None)


async def test_a_failure_that_names_a_time_is_a_failure(demo: Demo) -> None:
    async with received(demo) as receiver:
        receiver.replies["/"] = [Reply(400, {"Retry-After": "600"})]
        id, _ = await endpoint(demo, receiver.url(), eventTypes=["OPPORTUNITY_UPDATED"])
        await renamed(demo, "Renamed")
        [waiting] = await _attempted(demo, id, 1)
        state = await standing(demo, id)
    assert await demo.value("SELECT failures FROM webhook_delivery") == 1
    assert state["restingUntil"] is None
    assert _pause(waiting) <= 7


async def test_whatever_goes_wrong_on_our_side_counts_and_comes_to_an_end(demo: Demo) -> None:
    async def broken(_: str, __: int) -> list[str]:
        raise RuntimeError("a mistake")

    async with receiving() as receiver, allowing(receiver):
        id, _ = await endpoint(demo, f"http://hooks.example.com:{receiver.port}/")
        await demo.run(PING, MANAGER, input={"endpointId": id})
        outgoing = Outgoing(Rules.of(settings()), resolver=broken)
        async with in_background(Courier(demo.database, outgoing, ROUNDS).run(), name="courier of a test"):
            for number in range(1, 12):
                [one] = await _attempted(demo, id, number)
                await due_now(demo, id)
        state = await standing(demo, id)
        await outgoing.aclose()
    assert (one["status"], one["error"], one["nextAttemptAt"]) == ("FAILED", OURS, None)
    assert state["failingSince"] is None, "it says nothing of the endpoint"


async def test_a_result_says_nothing_of_what_was_claimed_again_or_asked_for_since(demo: Demo) -> None:
    """A worker that was taken for lost comes back."""
    id, _ = await endpoint(demo, "https://hooks.example.com/")
    await demo.run(PING, MANAGER, input={"endpointId": id})
    [lost] = await claim(demo.database, {}, ONE, lease=45)
    for result in (_ended(lost), _ended(lost, unwanted=True)):
        await due_now(demo, id)
        asked_for = await _stands(demo)
        await write(demo.database, [result])
        assert await _stands(demo) == asked_for
    [again] = await claim(demo.database, {}, ONE, lease=45)
    await write(demo.database, [_ended(lost)])
    assert (await _stands(demo))["status"] == "WAITING"
    await write(demo.database, [_ended(again)])
    assert (await _stands(demo))["status"] == "DELIVERED"


def _ended(one: Claimed, *, unwanted: bool = False) -> Result:
    return Result(one.id, one.endpoint["id"], one.delivery["due_at"], Status.DELIVERED, True, 0, unwanted=unwanted)


async def _stands(demo: Demo) -> dict[str, object]:
    [row] = await demo.database.fetch("SELECT * FROM webhook_delivery")
    return dict(row)


@pytest.mark.falls_back("failed")
async def test_a_full_body_that_fails_for_our_reasons_is_not_sent_and_tried_again(demo: Demo) -> None:
    document = "subscription { opportunitiesChanged { opportunity { contacts { id } } } }"
    async with received(demo) as receiver:
        id, _ = await endpoint(demo, receiver.url(), document=document, eventTypes=["OPPORTUNITY_UPDATED"])
        await administer(demo.database.url, "ALTER TABLE contact RENAME TO contact_elsewhere")
        await renamed(demo, "Renamed")

        async def tried() -> bool:
            return bool(await demo.database.fetch("SELECT 1 FROM webhook_delivery WHERE attempt = 1"))

        await until(tried)
        waiting, sent = await _stands(demo), len(receiver.arrived)
        await administer(demo.database.url, "ALTER TABLE contact_elsewhere RENAME TO contact")
        await due_now(demo, id)
        await become(demo, id, "DELIVERED")
        [one] = receiver.arrived
    assert (sent, waiting["status"], waiting["error"]) == (0, "WAITING", OURS)
    assert "errors" not in one.said
    assert one.said["data"]["opportunitiesChanged"]["opportunity"]["contacts"] is not None


async def test_nothing_else_is_sent_while_an_endpoint_rests(demo: Demo) -> None:
    async with received(demo) as receiver:
        receiver.replies["/"] = [Reply(429, {"Retry-After": "600"}), Reply(200)]
        id, _ = await endpoint(demo, receiver.url(), eventTypes=["OPPORTUNITY_UPDATED"])
        await endpoint(demo, receiver.url("/other"), eventTypes=["OPPORTUNITY_UPDATED"])
        await renamed(demo, "Renamed")
        await _attempted(demo, id, 1)
        await renamed(demo, "Renamed again")
        await arrive(receiver, 2, "/other")
        resting = len(receiver.at("/"))
        await due_now(demo, id)
        await arrive(receiver, 3)
    assert resting == 1


async def test_a_redirect_is_a_failure_and_is_not_followed(demo: Demo) -> None:
    async with received(demo) as receiver:
        receiver.replies["/"] = [Reply(307, {"Location": receiver.url("/elsewhere")})]
        id, _ = await endpoint(demo, receiver.url(), eventTypes=["OPPORTUNITY_UPDATED"])
        await renamed(demo, "Renamed")
        [waiting] = await _attempted(demo, id, 1)
    assert waiting["statusCode"] == 307
    assert receiver.at("/elsewhere") == []


async def test_an_endpoint_that_wants_its_order_gets_it_and_waits_at_the_head(demo: Demo) -> None:
    names = [f"Name {number}" for number in range(6)]
    async with received(demo) as receiver:
        receiver.replies["/ordered"] = [Reply(200), Reply(500), Reply(200)]
        kind = ["OPPORTUNITY_UPDATED"]
        id, _ = await endpoint(demo, receiver.url("/ordered"), ordered=True, eventTypes=kind)
        await endpoint(demo, receiver.url("/free"), eventTypes=kind)
        for name in names:
            await renamed(demo, name)
        await arrive(receiver, len(names), "/free")
        await arrive(receiver, 2, "/ordered")
        await settled_at_head(demo, id)
        held = len(receiver.at("/ordered"))
        await due_now(demo, id)
        arrived = await arrive(receiver, len(names) + 1, "/ordered")
    assert held == 2, "what comes after the head waits for it"
    order = [one.said["cursor"] for one in arrived]
    assert order[1] == order[2], "the head is tried again, before all others"
    logged = await demo.database.fetch("SELECT seq FROM event WHERE type = 'OPPORTUNITY_UPDATED' ORDER BY xid, seq")
    assert [order[0], *order[2:]] == [log_cursor(row["seq"]) for row in logged][-len(names) :]


async def settled_at_head(demo: Demo, id: str) -> None:
    """The first of those that wait has failed, and what was claimed with it was given back."""

    async def there() -> bool:
        waiting = await deliveries(demo, id, statuses=["WAITING"])
        return any(one["attempt"] == 1 for one in waiting) and len(waiting) == 5

    await until(there)


async def test_one_endpoint_that_never_answers_holds_up_no_other_and_no_more_than_its_own_requests(demo: Demo) -> None:
    rounds = Rounds(poll=0.02, pause=0.0, within=60.0, usual=3)
    async with received(demo, rounds) as receiver:
        silent = asyncio.Event()
        receiver.replies["/dead"] = [Reply(after=silent)]
        kind = ["OPPORTUNITY_UPDATED"]
        await endpoint(demo, receiver.url("/dead"), eventTypes=kind)
        await endpoint(demo, receiver.url("/well"), eventTypes=kind)
        for number in range(10):
            await renamed(demo, f"Name {number}")
        await arrive(receiver, 10, "/well")
        dead = len(receiver.at("/dead"))
        silent.set()
    assert dead == rounds.usual


async def test_the_requests_of_all_are_bounded_shared_by_turns_and_bounded_for_each_organisation(demo: Demo) -> None:
    theirs = [(await endpoint(demo, f"https://{n}.example.com/"))[0] for n in range(5)]
    ours, _ = await endpoint(demo, "https://ours.example.com/", ADMIN)
    for who, ids in ((MANAGER, theirs), (ADMIN, [ours])):
        for id in ids:
            for _ in range(8):
                await demo.run(PING, who, input={"endpointId": id})

    async def claimed(busy: dict[str, int], **room: int) -> Counter[str]:
        asked = Room(**{"usual": 8, "failing": 1, "each": 100, "more": 100, **room})
        under_way = {UUID(id[4:]): number for id, number in busy.items()}
        found = Counter(f"whe_{one.endpoint['id']}" for one in await claim(demo.database, under_way, asked, lease=45))
        await demo.database.fetch("UPDATE webhook_delivery SET due_at = now() - interval '1 second'")
        return found

    assert await claimed({}, more=12) == dict.fromkeys([*theirs, ours], 2)
    assert await claimed({}, each=5, more=12) == {**dict.fromkeys(theirs, 1), ours: 5}
    assert await claimed({theirs[0]: 1}, more=5) == dict.fromkeys([*theirs[1:], ours], 1)
    assert await claimed({theirs[0]: 5}, each=5) == {ours: 5}
    assert await claimed({}, more=0) == {}


async def test_a_test_ping_and_one_delivery_sent_again(demo: Demo) -> None:
    async with received(demo) as receiver:
        id, secret = await endpoint(demo, receiver.url())
        answer = await demo.run(
            "mutation($input: SendTestWebhookInput!) { sendTestWebhook(input: $input) {"
            " delivery { id type event { type } status } userErrors { message } } }",
            MANAGER,
            input={"endpointId": id},
        )
        ping = answer["sendTestWebhook"]["delivery"]
        await arrive(receiver, 1)
        await become(demo, id, "DELIVERED")
        await demo.run(
            "mutation($input: RedeliverWebhookInput!) { redeliverWebhook(input: $input) {"
            " delivery { id status } userErrors { message } } }",
            MANAGER,
            input={"deliveryId": ping["id"]},
        )
        first, second = await arrive(receiver, 2)
    assert (ping["type"], ping["event"], ping["status"]) == ("PING", None, "WAITING")
    assert first.id == second.id == ping["id"] == first.said["id"]
    assert first.said["type"] == "PING"
    Webhook(secret).verify(second.body, second.headers)


async def test_filters_by_field_and_by_condition_with_the_deal(demo: Demo) -> None:
    deal = await deal_of(demo, SELLER)
    await demo.value(
        "UPDATE opportunity SET amount = 5000, currency = 'EUR' WHERE id = $1::text::uuid RETURNING id", deal[4:]
    )
    async with received(demo) as receiver:
        await endpoint(demo, receiver.url("/amount"), changedFields=["amount"])
        await endpoint(demo, receiver.url("/name"), changedFields=["name", "amount"])
        await endpoint(demo, receiver.url("/small"), filter='"name" in event.fields && deal.amount < 6000.0')
        await endpoint(demo, receiver.url("/big"), filter="deal.amount > 6000.0")
        await endpoint(demo, receiver.url("/former"), filter='event.previous["name"] == "Before"')
        await endpoint(demo, receiver.url("/never"), filter='event.previous["name"] == "Renamed"')
        await demo.value(
            "UPDATE opportunity SET name = 'Before' WHERE id = $1::text::uuid RETURNING id", deal.removeprefix("opp_")
        )
        await endpoint(demo, receiver.url("/all"))
        await renamed(demo, "Renamed", deal=deal)
        await arrive(receiver, 1, "/all")
        await arrive(receiver, 1, "/name")
        await arrive(receiver, 1, "/small")
        await arrive(receiver, 1, "/former")
        await settled(demo)
    assert (len(receiver.at("/amount")), len(receiver.at("/big")), len(receiver.at("/never"))) == (0, 0, 0)


async def test_a_filter_learns_nothing_of_another_partners_registration_or_people(demo: Demo) -> None:
    deal = await deal_of(demo, RIVAL)
    await demo.value(
        "UPDATE opportunity SET registration_status = 'APPROVED', deal_type = 'NET_NEW',"
        " protected_until = now() + interval '30 days' WHERE id = $1::text::uuid RETURNING id",
        deal[4:],
    )
    await demo.value(
        "INSERT INTO deal_partner (id, opportunity_id, partner_id, status, role, expires_at) VALUES"
        " (gen_random_uuid(), $1::text::uuid, $2, 'ACCEPTED', 'IMPLEMENTATION', now() + interval '9 days')"
        " RETURNING id",
        deal[4:],
        (await person(MANAGER)).organization_id,
    )
    conditions = {
        "/status": 'deal.registration.status == "APPROVED"',
        "/type": 'deal.registration.dealType == "NET_NEW"',
        "/left": "deal.registration.daysLeft > 0",
        "/owner": "deal.owner != null",
    }
    async with received(demo) as receiver:
        for who in (MANAGER, ADMIN):
            for path, condition in conditions.items():
                await endpoint(demo, receiver.url(f"{path}/{who == ADMIN}"), who, filter=condition)
        await endpoint(demo, receiver.url("/all"), filter='deal.registration.status == null && deal.name == "Theirs"')
        await renamed(demo, "Theirs", RIVAL, deal)
        await arrive(receiver, 1, "/all")
        await settled(demo)
    for path in conditions:
        assert (path, len(receiver.at(f"{path}/False")), len(receiver.at(f"{path}/True"))) == (path, 0, 1)


async def test_both_secrets_sign_while_they_change(demo: Demo) -> None:
    async with received(demo) as receiver:
        id, old = await endpoint(demo, receiver.url(), eventTypes=["OPPORTUNITY_UPDATED"])
        answer = await demo.run(
            "mutation($input: RotateWebhookSecretInput!) { rotateWebhookSecret(input: $input) {"
            " secret endpoint { formerSecretEndsAt } userErrors { message } } }",
            MANAGER,
            input={"endpointId": id},
        )
        new = answer["rotateWebhookSecret"]["secret"]
        await renamed(demo, "Renamed")
        [one] = await arrive(receiver, 1)
        await demo.value("UPDATE webhook_endpoint SET former_secret_ends_at = now() RETURNING id")
        await renamed(demo, "Renamed again")
        [_, later] = await arrive(receiver, 2)
    for secret in (old, new):
        Webhook(secret).verify(one.body, one.headers)
        Svix(secret).verify(one.body, one.headers)
    assert len(later.headers["webhook-signature"].split()) == 1
    Webhook(new).verify(later.body, later.headers)
    kept = await demo.value("SELECT secret FROM webhook_endpoint")
    assert new.encode() not in kept
    assert b64decode(new.removeprefix("whsec_")) not in kept


async def test_an_owner_who_left_ends_the_endpoint(demo: Demo) -> None:
    async with received(demo, ROUNDS) as receiver:
        receiver.replies["/"] = [Reply(500)]
        id, _ = await endpoint(demo, receiver.url(), eventTypes=["OPPORTUNITY_UPDATED"])
        await renamed(demo, "Renamed")
        await _attempted(demo, id, 1)
        await demo.value("UPDATE user_account SET active = FALSE WHERE name = $1 RETURNING id", MANAGER)
        await due_now(demo, id)

        async def disabled() -> bool:
            return not await demo.value("SELECT enabled FROM webhook_endpoint")

        await until(disabled)
        await renamed(demo, "Renamed again")
        await settled(demo)
    assert len(receiver.arrived) == 1
    assert timedelta(0) <= datetime.now(UTC) - await demo.value("SELECT attempted_at FROM webhook_delivery")
