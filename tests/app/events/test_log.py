"""The log gives every committed event once, in the order `(xid, seq)`, to those who may see it."""

import random
from collections.abc import Awaitable, Callable
from uuid import UUID

import pytest

from app.database import Database
from app.database.sql import sql
from app.events.facts import content_changed, opportunity_updated, playbook_updated
from app.events.log import (
    START,
    CursorUnknown,
    LoggedEvent,
    NewEvent,
    Position,
    about,
    append,
    count,
    insertion,
    locate,
    position,
    read,
    slots_of_event,
)
from app.identity.viewer import Viewer
from app.models.columns import new_id
from app.nouns import CONTENT, STAGE_TRANSITION
from app.vocabulary import EventType, OrganizationKind, PartnerTier, Role
from tests.app.events.world import World, Writer, of_content, writers


def notes(events: list[LoggedEvent]) -> list[object]:
    return [event.payload["note"] for event in events]


async def naive(database: Database, after: int) -> list[int]:
    rows = await database.fetch("SELECT seq FROM event WHERE seq > $1 ORDER BY seq", after)
    return [row["seq"] for row in rows]


async def half_naive(database: Database, after: int) -> list[int]:
    rows = await database.fetch(
        "SELECT seq FROM event WHERE seq > $1 AND xid < pg_snapshot_xmin(pg_current_snapshot())::text::bigint"
        " ORDER BY seq",
        after,
    )
    return [row["seq"] for row in rows]


async def test_an_event_comes_back_as_it_was_written(database: Database) -> None:
    deal, actor, transition = (new_id() for _ in range(3))
    payload = {"kind": "FORWARD", "fromStageKey": None, "automatic": False, "deep": {"ü": [1, 2.5]}}
    new = NewEvent(EventType.OPPORTUNITY_STAGE_CHANGED, about(STAGE_TRANSITION, transition), actor, deal, payload)
    async with database.transaction() as tx:
        await append(tx, new)
        xid = (await tx.fetch("SELECT pg_current_xact_id()::text::bigint AS xid, now() AS at"))[0]

    [event] = await read(database, limit=10)
    assert event == LoggedEvent(
        seq=event.seq,
        xid=xid["xid"],
        type=EventType.OPPORTUNITY_STAGE_CHANGED,
        at=xid["at"],
        actor_id=actor,
        subject_type="stage_transition",
        subject_id=transition,
        opportunity_id=deal,
        payload=payload,
    )
    assert (event.id_of(STAGE_TRANSITION), event.id_of(CONTENT), event.order_key) == (transition, None, deal)


async def test_events_of_one_transaction_keep_their_order_and_cost_one_statement(database: Database) -> None:
    statements: list[str] = []
    async with database.transaction() as tx:
        with tx.connection.query_logger(lambda query: statements.append(query.query)):
            await append(tx, *(of_content(note=n) for n in range(300)))
            await append(tx)
    assert len(statements) == 1
    assert notes(await read(database, limit=1000)) == list(range(300))


async def test_an_event_rolled_back_was_never_there(database: Database, pair: tuple[Writer, Writer]) -> None:
    writer, other = pair
    await writer.begin()
    await writer.append("never")
    await writer.rollback()
    await other.begin()
    await other.append("after")
    await other.commit()
    assert notes(await read(database, limit=10)) == ["after"]


async def test_an_event_waits_for_every_transaction_that_began_writing_before_its_own(
    database: Database, pair: tuple[Writer, Writer]
) -> None:
    older, younger = pair
    await older.begin()
    await younger.begin()
    await younger.append("younger")
    await younger.commit()
    assert await read(database, limit=10) == []
    assert await position(database) == START
    await older.append("older")
    await older.commit()
    events = await read(database, limit=10)
    assert notes(events) == ["older", "younger"]
    assert events[0].seq > events[1].seq
    assert await position(database) == events[1].position


async def test_a_reader_by_seq_alone_would_skip_what_commits_late(
    database: Database, pair: tuple[Writer, Writer]
) -> None:
    slow, quick = pair
    await slow.begin()
    await slow.append("slow")
    await quick.begin()
    await quick.append("quick")
    await quick.commit()
    [cursor] = await naive(database, 0)
    await slow.commit()
    assert await naive(database, cursor) == []
    assert notes(await read(database, limit=10)) == ["slow", "quick"]


async def test_a_reader_of_settled_events_by_seq_alone_would_skip_as_well(
    database: Database, pair: tuple[Writer, Writer]
) -> None:
    older, younger = pair
    await older.begin()
    await younger.begin()
    await younger.append("smaller seq, larger xid")
    await older.append("larger seq, smaller xid")
    await older.commit()
    [cursor] = await half_naive(database, 0)
    first = await read(database, limit=10)
    await younger.commit()
    assert await half_naive(database, cursor) == []
    assert notes(first) == ["larger seq, smaller xid"]
    assert notes(await read(database, after=first[-1].seq, limit=10)) == ["smaller seq, larger xid"]


async def read_along(
    database: Database, steps: list[Callable[[], Awaitable[None]]], next_page: Callable[[int], Awaitable[list[int]]]
) -> list[int]:
    """What a reader gets that looks after every step and goes on from the last event it got."""
    got: list[int] = []
    for step in steps:
        await step()
        got += await next_page(got[-1] if got else 0)
    return got


def interleaved(number: int, actors: list[Writer]) -> list[Callable[[], Awaitable[None]]]:
    """Each writer's begin, two appends and commit in their order, the writers shuffled by `number`."""
    turns = [writer for writer in actors for _ in range(4)]
    random.Random(number).shuffle(turns)
    left = {id(w): iter((w.begin, lambda w=w: w.append("a"), lambda w=w: w.append("b"), w.commit)) for w in actors}
    return [next(left[id(writer)]) for writer in turns]


async def test_whatever_the_interleaving_every_event_is_read_once_in_log_order(database: Database) -> None:
    skipped = {"naive": 0, "half naive": 0}

    async def proper(after: int) -> list[int]:
        return [event.seq for event in await read(database, after=after or None, limit=100)]

    async with writers(database, 4) as actors:
        for number in range(20):
            for name, reader in (
                ("proper", proper),
                ("naive", lambda after: naive(database, after)),
                ("half naive", lambda after: half_naive(database, after)),
            ):
                await database.fetch("TRUNCATE event")
                got = await read_along(database, interleaved(number, actors), reader)
                rows = await database.fetch("SELECT seq FROM event ORDER BY xid, seq")
                assert len(rows) == 8
                if name == "proper":
                    assert got == [row["seq"] for row in rows]
                else:
                    skipped[name] += 8 - len(got)
    assert skipped["naive"] > 0
    assert skipped["half naive"] > 0


@pytest.fixture
async def ten(database: Database) -> list[LoggedEvent]:
    async with database.transaction() as tx:
        types = [EventType.CONTENT_CHANGED, EventType.PLAYBOOK_UPDATED] * 5
        await append(tx, *(of_content(t, note=n) for n, t in enumerate(types)))
    return await read(database, limit=10)


async def test_pages_go_forwards_and_backwards_and_are_always_in_log_order(
    database: Database, ten: list[LoggedEvent]
) -> None:
    assert notes(await read(database, limit=3)) == [0, 1, 2]
    assert notes(await read(database, after=ten[2].seq, limit=3)) == [3, 4, 5]
    assert notes(await read(database, limit=3, backwards=True)) == [7, 8, 9]
    assert notes(await read(database, before=ten[7].seq, limit=3, backwards=True)) == [4, 5, 6]
    assert notes(await read(database, after=ten[1].seq, before=ten[4].seq, limit=10)) == [2, 3]
    assert notes(await read(database, after=ten[1].position, up_to=ten[4].position, limit=10)) == [2, 3, 4]
    assert await read(database, after=ten[9].seq, limit=3) == []


async def test_types_are_kept_and_counted(database: Database, ten: list[LoggedEvent]) -> None:
    playbooks = {EventType.PLAYBOOK_UPDATED}
    assert notes(await read(database, types=playbooks, limit=10)) == [1, 3, 5, 7, 9]
    assert notes(await read(database, types=playbooks, after=ten[5].seq, limit=10)) == [7, 9]
    assert await read(database, types=(), limit=10) == []
    assert await count(database) == 10
    assert await count(database, types=playbooks) == 5
    assert await count(database, limit=7) == 7


async def test_an_unknown_cursor_is_refused(database: Database, ten: list[LoggedEvent]) -> None:
    assert await locate(database, ten[3].seq) == ten[3].position == Position(ten[3].xid, ten[3].seq)
    await database.fetch("DELETE FROM event WHERE seq = $1", ten[3].seq)
    for bounds in ({"after": ten[3].seq}, {"before": ten[3].seq}):
        with pytest.raises(CursorUnknown) as refusal:
            await read(database, **bounds, limit=1)  # type: ignore[arg-type]
        assert refusal.value.seq == ten[3].seq


async def test_types_of_a_newer_version_are_passed_over(database: Database, ten: list[LoggedEvent]) -> None:
    await database.fetch("UPDATE event SET type = 'INVENTED_LATER' WHERE seq = $1", ten[0].seq)
    assert notes(await read(database, limit=2)) == [1, 2]
    assert await count(database) == 9


async def test_an_insertion_writes_only_when_its_source_has_a_row(database: Database, world: World) -> None:
    event = opportunity_updated(world.own.id, fields=["name"], actor_id=world.seller.id)

    async def rename(version: int) -> None:
        statement = sql(
            "WITH renamed AS (UPDATE opportunity SET name = {}, version = version + 1"
            " WHERE id = {} AND version = {} RETURNING id), logged AS ({}) SELECT id FROM renamed",
            *("new", world.own.id, version, insertion(sql("renamed"))),
        ).statement()
        await database.fetch(statement.text, *statement.arguments(slots_of_event(event)))

    await rename(1)
    await rename(1)
    [logged] = await read(database, limit=10)
    assert (logged.type, logged.opportunity_id, logged.actor_id, logged.payload) == (
        EventType.OPPORTUNITY_UPDATED,
        world.own.id,
        world.seller.id,
        {"fields": ["name"]},
    )


async def test_a_viewer_reads_and_counts_only_events_of_what_it_sees(database: Database, world: World) -> None:
    subjects = {
        "own": opportunity_updated(world.own.id, fields=["name"], actor_id=None),
        "colleagues": opportunity_updated(world.colleagues.id, fields=["name"], actor_id=None),
        "shared": opportunity_updated(world.shared.id, fields=["name"], actor_id=None),
        "vendors": opportunity_updated(world.vendors.id, fields=["name"], actor_id=None),
        "published": playbook_updated(world.published.id, key="software", version=1, actor_id=None),
        "draft": playbook_updated(world.draft.id, key="draft", version=1, actor_id=None),
        "content": content_changed(world.content.id, key="deck", version=1, fields=[], actor_id=None),
        "gold": content_changed(world.gold_content.id, key="gold", version=1, fields=[], actor_id=None),
        "nothing": of_content(),
    }
    async with database.transaction() as tx:
        await append(tx, *subjects.values())
    names = {e.seq: name for e, name in zip(await read(database, limit=99), subjects, strict=True)}

    async def seen_by(role: Role, user_id: UUID) -> list[str]:
        vendor = role in (Role.VENDOR_ADMIN, Role.CHANNEL_MANAGER)
        viewer = Viewer(
            user_id,
            (world.vendor if vendor else world.partner).id,
            OrganizationKind.VENDOR if vendor else OrganizationKind.PARTNER,
            role,
            tier=None if vendor else PartnerTier.SILVER,
        )
        events = await read(database, limit=99, viewer=viewer)
        assert await count(database, viewer=viewer) == len(events)
        return [names[e.seq] for e in events]

    assert await seen_by(Role.PARTNER_SELLER, world.seller.id) == ["own", "shared", "published", "content"]
    assert await seen_by(Role.PARTNER_MANAGER, world.manager.id) == [
        "own",
        "colleagues",
        "shared",
        "published",
        "content",
    ]
    assert await seen_by(Role.VENDOR_ADMIN, new_id()) == list(subjects)
    assert await seen_by(Role.CHANNEL_MANAGER, new_id()) == list(subjects)
