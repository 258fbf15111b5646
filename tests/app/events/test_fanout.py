"""One event, many subscriptions: found by an index, judged once, answered once for each distinct question."""

import asyncio
from collections import Counter
from collections.abc import AsyncIterator, Iterable
from dataclasses import dataclass
from uuid import UUID

import asyncpg
import pytest

from app.database import Database
from app.events.endings import SubscriptionEnded, SubscriptionOverflow, TailStopped
from app.events.facts import content_changed, opportunity_updated, playbook_updated, stage_changed
from app.events.fanout import Fanout
from app.events.following import Past
from app.events.live_filter import ALL, Key, OfDeal, OfSubject
from app.events.log import LoggedEvent, about, append, read
from app.events.receiver import Receiver
from app.events.stage_changes import StageChanges
from app.events.tail import Tail, wake
from app.identity.scopes import VENDOR, Audience, audience_of
from app.identity.viewer import Viewer
from app.models import TeamMember
from app.models.columns import new_id
from app.nouns import CONTENT
from app.vocabulary import EventType, OrganizationKind, PartnerTier, Role, TransitionKind
from tests.app.events.world import NEVER, build_world
from tests.waiting import PATIENCE


class Listener(Receiver):
    """Keeps what it is given; not `open`, it is a client that doesn't read."""

    def __init__(self) -> None:
        super().__init__()
        self.open = True
        self.got: list[bytes] = []
        self.reason: SubscriptionEnded | None = None
        self.heard = asyncio.Event()

    def ready(self) -> bool:
        return self.open

    async def room(self) -> None:
        return

    def put(self, answer: bytes) -> None:
        self.got.append(answer)
        self.heard.set()

    def finish(self, ended: SubscriptionEnded) -> None:
        self.reason = ended
        self.heard.set()

    async def has(self, number: int) -> list[bytes]:
        async with asyncio.timeout(PATIENCE):
            while len(self.got) < number and self.reason is None:
                self.heard.clear()
                await self.heard.wait()
        return self.got


class Answering:
    """Answers with the event's number, and counts."""

    def __init__(self) -> None:
        self.asked: list[int] = []

    async def __call__(self, event: LoggedEvent) -> bytes | None:
        self.asked.append(event.seq)
        return b"%d" % event.seq


@dataclass(frozen=True)
class Asked:
    """Everything, noting whoever is asked about what."""

    name: str
    under: tuple[Key, ...] = (ALL,)
    types: None = None
    opportunity_ids: None = None

    def include(self, _: LoggedEvent) -> bool:
        includes[self.name] += 1
        return True

    def index_keys(self) -> Iterable[Key]:
        return self.under


includes: Counter[str] = Counter()


@pytest.fixture
async def tail(database: Database) -> AsyncIterator[Tail]:
    tail = Tail(database, poll=NEVER, queue_limit=10)
    await tail.start()
    yield tail
    await tail.stop()


def enter(
    fanout: Fanout,
    key: str = "one question",
    wanted: object = None,
    audience: Audience = VENDOR,
    answer: Answering | None = None,
) -> Listener:
    listener = Listener()
    fanout.add(listener)
    asked = wanted if wanted is not None else Asked(key)
    listener.seen = fanout.join(key, audience, answer or Answering(), asked, listener)  # type: ignore[arg-type]
    listener.cursor = listener.seen.seq or None
    return listener


async def write(database: Database, *deals: UUID) -> list[bytes]:
    """An update of each deal; the answers to come."""
    async with database.transaction() as tx:
        await append(tx, *(opportunity_updated(deal, fields=["name"], actor_id=None) for deal in deals))
        rows = await tx.fetch("SELECT seq FROM event WHERE xid = pg_current_xact_id()::text::bigint ORDER BY seq")
    wake()
    return [b"%d" % row["seq"] for row in rows]


async def test_an_event_is_answered_once_for_all_who_ask_the_same_and_they_share_the_bytes(
    database: Database, tail: Tail
) -> None:
    answer, other = Answering(), Answering()
    alike = [enter(tail.fanout, "a", Asked(f"filter {n % 3}"), answer=answer) for n in range(30)]
    different = enter(tail.fanout, "b", answer=other)
    written = await write(database, new_id(), new_id())
    for listener in (*alike, different):
        assert await listener.has(2) == written
    assert len(answer.asked) == len(other.asked) == 2
    assert tail.fanout.executions == 4
    assert all(listener.got[0] is alike[0].got[0] for listener in alike)


async def test_the_number_of_statements_does_not_depend_on_the_number_of_subscribers(
    database: Database, tail: Tail
) -> None:
    world = await build_world()
    people = [(world.manager, Role.PARTNER_MANAGER), (world.seller, Role.PARTNER_SELLER)]
    spent = []
    for number in (1, 40):
        listeners = []
        for n in range(number):
            for user, role in people:
                viewer = Viewer(user.id, world.partner.id, OrganizationKind.PARTNER, role)
                key = f"{role} {n}"
                listeners.append(enter(tail.fanout, key, audience=audience_of(viewer)))
        before = database.statements
        [first] = await write(database, world.own.id)
        for listener in listeners:
            assert await listener.has(1) == [first]
        spent.append(database.statements - before)
        for listener in listeners:
            listener.leave()
    assert spent == [1, 1]


async def test_what_belongs_to_no_deal_is_heard_by_those_who_see_it(database: Database, tail: Tail) -> None:
    """Each kind of subject is judged in one statement, however many listen and however much happened."""
    world = await build_world()

    def listen(user_id: UUID, role: Role, wanted: object = None) -> Listener:
        viewer = Viewer(user_id, world.partner.id, OrganizationKind.PARTNER, role, tier=PartnerTier.SILVER)
        return enter(tail.fanout, f"{role} {wanted}", wanted, audience_of(viewer))

    deck = OfSubject(about(CONTENT, world.content.id))
    manager = listen(world.manager.id, Role.PARTNER_MANAGER)
    seller = listen(world.seller.id, Role.PARTNER_SELLER)
    of_deck = listen(world.seller.id, Role.PARTNER_SELLER, deck)
    none = enter(tail.fanout, "none", OfSubject(about(CONTENT, world.content.id), frozenset()))
    vendor = enter(tail.fanout)
    before = database.statements
    async with database.transaction() as tx:
        await append(
            tx,
            content_changed(world.gold_content.id, key="gold", version=2, fields=[], actor_id=None),
            content_changed(world.content.id, key="deck", version=2, fields=[], actor_id=None),
            playbook_updated(world.draft.id, key="draft", version=1, actor_id=None),
            playbook_updated(world.published.id, key="software", version=1, actor_id=None),
            opportunity_updated(world.own.id, fields=[], actor_id=None),
        )
        rows = await tx.fetch("SELECT seq FROM event ORDER BY seq")
    wake()
    gold, content, draft, published, own = [b"%d" % row["seq"] for row in rows]
    assert await vendor.has(5) == [gold, content, draft, published, own]
    assert await manager.has(3) == [content, published, own]
    assert await seller.has(3) == [content, published, own]
    assert await of_deck.has(1) == [content]
    assert none.got == []
    assert database.statements - before == 3


async def test_only_those_who_may_see_a_deal_hear_of_it_and_sharing_counts_at_once(
    database: Database, tail: Tail
) -> None:
    world = await build_world()

    def partner(user_id: UUID, role: Role, organization_id: UUID = world.partner.id) -> Listener:
        viewer = Viewer(user_id, organization_id, OrganizationKind.PARTNER, role)
        return enter(tail.fanout, str(viewer), audience=audience_of(viewer))

    manager = partner(world.manager.id, Role.PARTNER_MANAGER)
    seller = partner(world.seller.id, Role.PARTNER_SELLER)
    rival = partner(new_id(), Role.PARTNER_MANAGER, new_id())
    moved_away = partner(world.seller.id, Role.PARTNER_SELLER, new_id())
    vendor = enter(tail.fanout)
    own, colleagues, shared, vendors = await write(
        database, world.own.id, world.colleagues.id, world.shared.id, world.vendors.id
    )
    assert await vendor.has(4) == [own, colleagues, shared, vendors]
    assert await manager.has(3) == [own, colleagues, shared]
    assert await seller.has(2) == [own, shared]
    await TeamMember.filter(opportunity_id=world.shared.id).delete()
    await TeamMember.create(opportunity_id=world.colleagues.id, user_id=world.seller.id)
    _, now_shared = await write(database, world.shared.id, world.colleagues.id)
    assert await seller.has(3) == [own, shared, now_shared]
    assert rival.got == moved_away.got == []


async def test_the_index_asks_nobody_who_named_another_deal_partner_playbook_stage_or_kind(
    database: Database, tail: Tail
) -> None:
    deal, partner = new_id(), new_id()
    hits = [
        StageChanges(),
        StageChanges(opportunity_ids=frozenset({deal, new_id()})),
        StageChanges(partner_id=partner),
        StageChanges(to_stage_keys=frozenset({"proposal", "won"})),
        StageChanges(playbook_key="software"),
        StageChanges(kinds=frozenset({TransitionKind.FORWARD})),
        StageChanges(partner_id=partner, kinds=frozenset({TransitionKind.FORWARD}), playbook_key="software"),
        OfDeal(deal),
        OfDeal(deal, frozenset({EventType.OPPORTUNITY_STAGE_CHANGED})),
    ]
    misses = [
        StageChanges(opportunity_ids=frozenset({new_id()})),
        StageChanges(opportunity_ids=frozenset()),
        StageChanges(partner_id=new_id()),
        StageChanges(to_stage_keys=frozenset({"qualify"})),
        StageChanges(playbook_key="hardware"),
        StageChanges(kinds=frozenset({TransitionKind.WON})),
        StageChanges(partner_id=partner, kinds=frozenset({TransitionKind.WON})),
        OfDeal(new_id()),
        OfDeal(deal, frozenset({EventType.OPPORTUNITY_UPDATED})),
    ]
    listeners = [enter(tail.fanout, "a", wanted) for wanted in (*hits, *misses)]
    for n in range(50):
        enter(tail.fanout, "b", Asked("elsewhere", (("deal", new_id()), ("toStageKey", f"stage {n}"))))
    includes.clear()
    async with database.transaction() as tx:
        await append(
            tx,
            stage_changed(
                deal,
                transition_id=new_id(),
                kind=TransitionKind.FORWARD,
                from_stage_key="qualify",
                to_stage_key="proposal",
                playbook_key="software",
                partner_id=partner,
                actor_id=None,
            ),
        )
    wake()
    for listener in listeners[: len(hits)]:
        await listener.has(1)
    assert [len(listener.got) for listener in listeners] == [1] * len(hits) + [0] * len(misses)
    assert includes["elsewhere"] == 0


async def test_who_reads_too_slowly_is_let_go_alone_with_the_cursor_to_resume_from(
    database: Database, tail: Tail
) -> None:
    slow, quick = enter(tail.fanout), enter(tail.fanout)
    [first] = await write(database, new_id())
    await slow.has(1)
    slow.open = False
    written = [first]
    for n in range(11):
        written += await write(database, new_id())
        assert await quick.has(n + 2) == written
    assert slow.got == [first]
    assert isinstance(slow.reason, SubscriptionOverflow)
    assert slow.reason.cursor == int(first)
    assert len(tail.fanout) == 1


async def test_what_waited_comes_in_order_once_the_client_reads_again(database: Database, tail: Tail) -> None:
    client, other = enter(tail.fanout), enter(tail.fanout)
    client.open = False
    written = []
    for n in range(10):
        written += await write(database, new_id())
        await other.has(n + 1)
    assert client.got == []
    client.open = True
    client.flush()
    assert client.got == written
    assert client.cursor == int(written[-1])
    written += await write(database, new_id())
    assert await client.has(11) == written


async def test_nobody_is_kept_who_has_left(database: Database, tail: Tail) -> None:
    listeners = [enter(tail.fanout, f"question {n % 2}", Asked(f"filter {n}")) for n in range(6)]
    assert tail.fanout.channel("question 0") is not None
    for listener in listeners[::2]:
        listener.leave()
    assert tail.fanout.channel("question 0") is None
    await write(database, new_id())
    await listeners[1].has(1)
    for listener in listeners[1::2]:
        listener.leave()
        listener.leave()
    assert len(tail.fanout) == 0
    assert tail.fanout.channel("question 1") is None
    assert tail.fanout._index == {}


async def test_who_asked_for_nothing_leaves_like_everybody_else(database: Database, tail: Tail) -> None:
    nothing = [enter(tail.fanout, f"question {n}", Asked(f"nothing {n}", ())) for n in range(4)]
    other = enter(tail.fanout)
    nothing[0].leave()
    nothing[1].leave()
    written = await write(database, new_id())
    assert await other.has(1) == written
    tail.end_subscriptions()
    assert [type(one.reason) for one in (*nothing[2:], other)] == [TailStopped] * 3
    for one in (*nothing, other):
        one.leave()
    assert len(tail.fanout) == 0
    assert tail.fanout._index == {}


async def test_stopping_ends_everybody_with_their_cursor_and_those_who_come_later_at_once(
    database: Database, tail: Tail
) -> None:
    listener = enter(tail.fanout)
    [first] = await write(database, new_id())
    await listener.has(1)
    tail.end_subscriptions()
    late = Listener()
    tail.fanout.add(late)
    assert isinstance(listener.reason, TailStopped)
    assert listener.reason.cursor == int(first)
    assert isinstance(late.reason, TailStopped)


async def test_what_has_waited_is_judged_anew_before_it_is_answered(database: Database) -> None:
    world = await build_world()
    tail = Tail(database, poll=NEVER)
    tail.fanout.fresh = 0
    await tail.start()
    try:
        viewer = Viewer(world.seller.id, world.partner.id, OrganizationKind.PARTNER, Role.PARTNER_SELLER)
        behind, gate = Answering(), asyncio.Event()

        async def slowly(event: LoggedEvent) -> bytes | None:
            await gate.wait()
            return await behind(event)

        listener = Listener()
        tail.fanout.add(listener)
        listener.seen = tail.fanout.join("a", audience_of(viewer), slowly, Asked("a"), listener)
        [first] = await write(database, world.own.id)
        [_, last] = await write(database, world.shared.id, world.own.id)
        witness = enter(tail.fanout, "vendor")
        await write(database, world.own.id)
        await witness.has(1)
        await TeamMember.filter(opportunity_id=world.shared.id).delete()
        gate.set()
        assert (await listener.has(3))[:2] == [first, last]
        assert len(behind.asked) == 3
    finally:
        await tail.stop()


async def test_a_database_that_is_away_costs_time_and_no_event(database: Database, tail: Tail) -> None:
    failures = 2
    answer = Answering()

    async def failing(event: LoggedEvent) -> bytes | None:
        nonlocal failures
        if failures:
            failures -= 1
            raise asyncpg.AdminShutdownError("away")
        return await answer(event)

    listener = Listener()
    tail.fanout.add(listener)
    listener.seen = tail.fanout.join("a", VENDOR, failing, Asked("a"), listener)
    written = await write(database, new_id(), new_id())
    assert await listener.has(2) == written
    assert failures == 0


async def test_between_the_past_and_the_present_nothing_is_lost_or_repeated(database: Database, tail: Tail) -> None:
    live = enter(tail.fanout)
    past = await write(database, *(new_id() for _ in range(5)))
    await live.has(len(past))
    reading, going_on = asyncio.Event(), asyncio.Event()
    answer = Answering()

    async def answering(event: LoggedEvent) -> bytes | None:
        if len(answer.asked) == 1:
            reading.set()
            await going_on.wait()
        return await answer(event)

    viewer = Viewer(new_id(), new_id(), OrganizationKind.VENDOR, Role.VENDOR_ADMIN)
    listener = Listener()
    tail.fanout.add(listener)

    def join() -> object:
        return tail.fanout.join("resumed", VENDOR, answer, Asked("resumed"), listener)

    telling = asyncio.create_task(
        Past(tail, tail.fanout, viewer, Asked("resumed"), answering).tell(listener, int(past[0]), join)  # type: ignore[arg-type]
    )
    async with asyncio.timeout(PATIENCE):
        await reading.wait()
    meanwhile = await write(database, *(new_id() for _ in range(3)))
    await live.has(len(past) + len(meanwhile))
    going_on.set()
    await telling
    present = await write(database, new_id())
    expected = past[1:] + meanwhile + present
    assert await listener.has(len(expected)) == expected
    assert [b"%d" % event.seq for event in await read(database, after=int(past[0]), limit=100)] == expected
