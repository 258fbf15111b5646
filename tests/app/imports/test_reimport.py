"""What a second import does to deals that a first one, or people here, have changed."""

import asyncio
from decimal import Decimal
from uuid import UUID

import asyncpg
import orjson
import pytest

from app.database import database, transaction
from app.events.tail import CHANNEL
from app.imports.mapping import load
from app.models import User
from app.playbooks.moving import take_over
from tests.app.imports.builders import (
    Exporter,
    changed,
    counts,
    deal,
    everything,
    move_here,
    moves,
    organization,
    path,
    published,
    stored,
    user,
    with_changes,
)
from tests.waiting import PATIENCE

DEALS = [deal("1", "Propose"), deal("2", "Closed Won"), deal("3", "Qualify", Amount="", AccountId="")]
HISTORY = moves(
    ("1", "01/02/2026", "Qualify"),
    ("1", "05/02/2026", "Propose"),
    ("2", "01/02/2026", "Propose"),
    ("2", "09/02/2026", "Closed Won"),
)


async def test_the_same_export_again_changes_nothing_and_says_so(export: Exporter) -> None:
    await export.run(DEALS, HISTORY)
    before = await everything()
    report = await export.run(DEALS, HISTORY)
    assert await everything() == before
    assert report.headline() == "Opportunities: 0 created, 0 updated, 3 unchanged, 0 rejected; 0 transitions."
    assert export.rejects() == []


async def test_a_dry_run_says_the_same_and_changes_nothing(export: Exporter) -> None:
    before = await everything()
    tried = await export.run(DEALS, HISTORY, dry_run=True)
    assert await everything() == before
    done = await export.run(DEALS, HISTORY)
    assert tried.headline() == f"Dry run, nothing was written. {done.headline()}"
    assert tried.stages == done.stages
    before = await everything()
    again = await export.run([*DEALS, deal("4")], HISTORY, dry_run=True)
    assert counts(again) == (1, 0, 3, 0)
    assert await everything() == before


async def test_a_changed_row_changes_its_deal_alone_and_only_what_changed(export: Exporter) -> None:
    await export.run(DEALS, HISTORY)
    others = [tuple(await stored(id)) for id in ("2", "3")]
    was = dict(await stored("1"))
    rows = [changed(DEALS[0], Amount="1250.5", NextStep="Call"), *DEALS[1:]]
    assert counts(await export.run(rows, HISTORY)) == (0, 1, 2, 0)
    now = dict(await stored("1"))
    differing = {name for name in now if now[name] != was[name]} - {"search", "updated_at"}
    assert differing == {"amount", "next_step", "version"}
    assert (now["amount"], now["next_step"], now["version"]) == (Decimal("1250.50"), "Call", 2)
    assert [tuple(await stored(id)) for id in ("2", "3")] == others
    assert len(await path("1")) == 2


async def test_an_empty_cell_clears_nothing_that_stands_here(export: Exporter) -> None:
    await export.run([deal("1", NextStep="Call")])
    assert counts(await export.run([deal("1", NextStep="", Amount="", CloseDate="", AccountId="")])) == (0, 0, 1, 0)
    row = await stored("1")
    assert (row["next_step"], row["amount"], row["currency"], row["account"]) == ("Call", Decimal(1000), "USD", "A1")


async def test_a_history_that_went_on_adds_its_new_moves(export: Exporter) -> None:
    await export.run(DEALS, HISTORY)
    longer = [*HISTORY, *moves(("1", "10/02/2026", "Negotiate"), ("1", "15/02/2026", "Closed Lost"))]
    report = await export.run([deal("1", "Closed Lost"), *DEALS[1:]], longer)
    assert counts(report) == (0, 1, 2, 0)
    assert report.applied.transitions == 2
    assert await path("1") == [
        ("CREATED", "qualify", "01/02/2026"),
        ("FORWARD", "propose", "05/02/2026"),
        ("FORWARD", "negotiate", "10/02/2026"),
        ("LOST", "closed-lost", "15/02/2026"),
    ]
    row = await stored("1")
    assert (row["stage"], row["status"], row["version"]) == ("closed-lost", "LOST", 2)


@pytest.mark.parametrize(
    "other",
    [
        moves(("1", "01/02/2026", "Propose")),
        moves(("1", "01/02/2026", "Qualify"), ("1", "06/02/2026", "Propose")),
        moves(("1", "01/02/2026", "Qualify"), ("1", "02/02/2026", "Negotiate"), ("1", "05/02/2026", "Propose")),
        moves(("1", "31/01/2026", "Qualify"), ("1", "05/02/2026", "Propose"), ("1", "06/02/2026", "Negotiate")),
    ],
    ids=["shorter", "another-day", "a-move-between", "another-beginning"],
)
async def test_another_past_is_refused_and_the_stored_one_kept(export: Exporter, other: list[dict[str, str]]) -> None:
    await export.run(DEALS[:1], HISTORY[:2])
    before = await everything()
    row = changed(DEALS[0], StageName=other[-1]["StageName"], Amount="7")
    assert counts(await export.run([row], other)) == (0, 0, 0, 1)
    assert await everything() == before
    reason = "has another history than the one imported before, which is kept"
    assert export.rejects() == [("deals.csv", 2, "StageName", "propose", reason)]


async def test_a_win_of_a_former_partners_time_is_refused(export: Exporter) -> None:
    """It would tell the former partner, by figures of its time, what became of the deal."""
    await export.run(DEALS, HISTORY)
    partner = await database().fetchrow(
        "INSERT INTO organization (id, kind, key, name) VALUES (gen_random_uuid(), 'PARTNER', 'contoso', 'Contoso')"
        " RETURNING id"
    )
    assert partner is not None
    moved = "UPDATE opportunity SET partner_id = $1 WHERE external_id = '1'"
    longer = [*HISTORY, *moves(("1", "10/02/2026", "Negotiate"), ("1", "15/02/2026", "Closed Won"))]
    async with transaction() as tx:
        await tx.execute(moved, partner["id"])
    before = await everything()
    assert counts(await export.run([deal("1", "Closed Won"), *DEALS[1:]], longer)) == (0, 0, 2, 1)
    assert await everything() == before
    [(_, _, column, stage, reason)] = export.rejects()
    assert (column, stage) == ("StageName", "negotiate")
    told = "happened in the time of the deal’s former partner, which is closed: on 2026-02-10, before "
    assert reason.startswith(told)
    async with transaction() as tx:
        for table in ("handover", "field_change"):
            await tx.execute(f"UPDATE {table} SET at = '2026-02-07'")
    assert counts(await export.run([deal("1", "Closed Won"), *DEALS[1:]], longer)) == (0, 1, 2, 0)


async def test_without_a_history_a_new_stage_is_one_more_move(export: Exporter) -> None:
    await export.run([deal("1", "Qualify")])
    assert counts(await export.run([deal("1", "Negotiate")])) == (0, 1, 0, 0)
    assert await path("1") == [("CREATED", "qualify", "01/02/2026"), ("SKIP", "negotiate", "20/05/2026")]
    assert counts(await export.run([deal("1", "Negotiate")])) == (0, 0, 1, 0)


async def test_without_a_history_file_the_imported_history_stays(export: Exporter) -> None:
    await export.run(DEALS, HISTORY)
    before = await everything()
    assert counts(await export.run(DEALS)) == (0, 0, 3, 0)
    assert await everything() == before


@pytest.fixture
async def seller(export: Exporter) -> User:
    return await user(await organization("northwind"), "Ada")


async def test_a_deal_moved_here_stays_while_the_export_says_nothing_new_of_its_stage(
    export: Exporter, seller: User
) -> None:
    await export.run(DEALS, HISTORY)
    await move_here("1", "negotiate", seller.id)
    assert counts(await export.run(DEALS, HISTORY)) == (0, 0, 3, 0)
    rows = [changed(DEALS[0], Amount="2000"), *DEALS[1:]]
    assert counts(await export.run(rows, HISTORY)) == (0, 1, 2, 0)
    row = await stored("1")
    assert (row["stage"], row["amount"], row["version"]) == ("negotiate", Decimal(2000), 3)
    assert [kind for kind, _, _ in await path("1")] == ["CREATED", "FORWARD", "FORWARD"]


async def test_a_deal_moved_here_and_there_to_the_same_stage_is_left_as_people_moved_it(
    export: Exporter, seller: User
) -> None:
    await export.run(DEALS, HISTORY)
    await move_here("1", "negotiate", seller.id)
    before = await everything()
    longer = [*HISTORY, *moves(("1", "10/02/2026", "Negotiate"))]
    assert counts(await export.run([deal("1", "Negotiate"), *DEALS[1:]], longer)) == (0, 0, 3, 0)
    assert await everything() == before


@pytest.mark.parametrize("with_history", [True, False])
async def test_a_deal_moved_here_and_there_apart_is_refused(export: Exporter, seller: User, with_history: bool) -> None:
    await export.run(DEALS[:1], HISTORY[:2])
    await move_here("1", "negotiate", seller.id)
    before = await everything()
    longer = [*HISTORY[:2], *moves(("1", "10/02/2026", "Closed Lost"))]
    row = deal("1", "Closed Lost", Amount="2000")
    assert counts(await export.run([row], longer if with_history else None)) == (0, 0, 0, 1)
    assert await everything() == before
    reason = "was moved here since the last import; here it is in negotiate"
    assert export.rejects() == [("deals.csv", 2, "StageName", "negotiate", reason)]


async def test_what_people_marked_done_survives_a_change(export: Exporter, seller: User) -> None:
    await export.run(DEALS, HISTORY)
    row = await stored("1")
    db = database()
    await db.fetchrow(
        "WITH c AS (INSERT INTO criterion (id, stage_id, phase, key, description, required, check_kind, position)"
        " VALUES (gen_random_uuid(), $1, 'EXIT', 'budget', 'Budget', TRUE, 'MANUAL', 0) RETURNING id)"
        " INSERT INTO criterion_mark (id, opportunity_id, criterion_id, met, marked_at, marked_by_id)"
        " SELECT gen_random_uuid(), $2, id, TRUE, now(), $3 FROM c",
        *(row["stage_id"], row["id"], seller.id),
    )
    marks = await db.fetch("SELECT * FROM criterion_mark")
    longer = [*HISTORY, *moves(("1", "10/02/2026", "Negotiate"))]
    assert counts(await export.run([deal("1", "Negotiate", Amount="5"), *DEALS[1:]], longer)) == (0, 1, 2, 0)
    assert await db.fetch("SELECT * FROM criterion_mark") == marks


DATED = {
    "history_from_columns": [
        {"column": "Proposed", "stage": "Propose"},
        {"column": "Ended", "stages": ["Closed Won", "Closed Lost"]},
    ]
}


async def test_dated_columns_may_begin_after_what_is_stored(export: Exporter) -> None:
    """A stage without a date comes first; the dated ones follow as they come."""
    mapping = with_changes("salesforce", files=_without_history(), **DATED)
    first = {**deal("1", "Qualify", CreatedDate="01/02/2026"), "Proposed": "", "Ended": ""}
    then = {**first, "StageName": "Propose", "Proposed": "10/02/2026"}
    last = {**then, "StageName": "Closed Won", "Ended": "20/02/2026"}
    for rows, expected in (([first], (1, 0, 0, 0)), ([then], (0, 1, 0, 0)), ([last], (0, 1, 0, 0))):
        assert counts(await export.run(rows, mapping=mapping)) == expected
        assert counts(await export.run(rows, mapping=mapping)) == (0, 0, 1, 0)
    assert await path("1") == [
        ("CREATED", "qualify", "01/02/2026"),
        ("FORWARD", "propose", "10/02/2026"),
        ("WON", "closed-won", "20/02/2026"),
    ]
    corrected = {**last, "Proposed": "11/02/2026"}
    assert counts(await export.run([corrected], mapping=mapping)) == (0, 0, 0, 1)


def _without_history() -> dict[str, object]:
    files = load("salesforce").model_dump()["files"]
    return {"opportunities": files["opportunities"]}


async def test_deals_of_another_playbook_are_refused(export: Exporter) -> None:
    await published("other")
    await export.run(DEALS[:1])
    assert counts(await export.run(DEALS, playbook="other")) == (2, 0, 0, 1)
    assert export.rejects() == [("deals.csv", 2, "Id", "1", "is on another playbook here: sales")]


async def test_a_deal_that_stayed_on_an_old_version_goes_on_there(export: Exporter) -> None:
    await export.run([deal("1", "Qualify"), deal("2", "Qualify")])
    old = (await stored("1"))["playbook_id"]
    await database().fetchrow("UPDATE playbook SET status = 'ARCHIVED'")
    stages = (
        ("Qualify", "OPEN"),
        ("Demo", "OPEN"),
        ("Propose", "OPEN"),
        ("Closed Won", "WON"),
        ("Closed Lost", "LOST"),
    )
    new = await published(version=2, stages=stages)
    report = await export.run([deal("1", "Propose"), deal("2", "Demo"), deal("3", "Demo")])
    assert counts(report) == (1, 1, 0, 1)
    row = await stored("1")
    assert (row["playbook_id"], row["stage"]) == (old, "propose")
    assert (await stored("3"))["playbook_id"] == new.id
    reason = "is a stage that the deal's version of the playbook doesn't have; publish one that it can move to"
    assert export.rejects() == [("deals.csv", 3, "StageName", "demo", reason)]


async def test_an_export_goes_on_after_its_stages_were_renamed(export: Exporter, seller: User) -> None:
    """Under their former names, which are aliases now, and under the new ones."""
    await export.run(DEALS, HISTORY)
    first = (await stored("1"))["playbook_id"]
    stages = (("Qualify", "OPEN"), ("Offer", "OPEN"), ("Closed Won", "WON"), ("Closed Lost", "LOST"))
    new = await published(version=2, stages=stages, status="DRAFT", aliases={"Offer": ["Propose"]})
    assert await take_over_open_deals(first, new.id, seller.id) == 2
    await database().fetchrow("UPDATE playbook SET status = CASE WHEN version = 2 THEN 'PUBLISHED' ELSE 'ARCHIVED' END")
    assert (await stored("1"))["stage"] == "offer"
    before = await everything()
    assert counts(await export.run(DEALS, HISTORY)) == (0, 0, 3, 0)
    assert await everything() == before
    grown = moves(("1", "01/02/2026", "Qualify"), ("1", "05/02/2026", "Offer"), ("1", "07/02/2026", "Closed Won"))
    assert counts(await export.run([deal("1", "Closed Won")], grown)) == (0, 1, 0, 0)
    assert (await stored("1"))["stage"] == "closed-won"


async def take_over_open_deals(old: UUID, new: UUID, actor: UUID) -> int:
    async with transaction() as tx:
        return (await take_over(tx, [old], new, {}, actor)).moved


async def test_no_deal_begins_on_an_archived_playbook_nor_on_one_that_is_not_for_its_partner(
    export: Exporter,
) -> None:
    await organization("acme")
    await export.run(DEALS[:1])
    await database().fetchrow("UPDATE playbook SET available_to_tiers = '{GOLD}'")
    assert counts(await export.run(DEALS[1:], partner="acme")) == (0, 0, 0, 2)
    assert {row[4] for row in export.rejects()} == {"is new, and the playbook isn't for this partner"}
    await database().fetchrow("UPDATE playbook SET status = 'ARCHIVED', available_to_tiers = '{}'")
    assert counts(await export.run([{**DEALS[0], "Name": "Other"}, *DEALS[1:]])) == (0, 1, 0, 2)
    reason = "is new, and the playbook is archived: publish a version, or name another"
    assert {row[4] for row in export.rejects()} == {reason}


async def test_two_systems_may_use_the_same_id(export: Exporter) -> None:
    await export.run([deal("1")])
    other = with_changes("salesforce", system="old-crm")
    assert counts(await export.run([deal("1", Name="Another")], mapping=other)) == (1, 0, 0, 0)
    rows = await database().fetch("SELECT external_system, external_id, name FROM opportunity ORDER BY 1")
    assert [tuple(row) for row in rows] == [("old-crm", "1", "Another"), ("salesforce", "1", "Deal 1")]


async def test_deals_get_a_partner_that_is_named_later_and_keep_the_one_they_have(export: Exporter) -> None:
    await organization("northwind")
    await organization("contoso")
    await export.run([deal("1")])
    assert counts(await export.run([deal("1")], partner="northwind")) == (0, 1, 0, 0)
    assert counts(await export.run([deal("1", NextStep="Contoso's")], partner="contoso")) == (0, 0, 0, 1)
    assert export.rejects() == [("deals.csv", 2, "Id", "1", "is with another partner here: northwind")]
    row = await stored("1")
    assert (row["partner"], row["source"]) == ("northwind", "VENDOR")


async def test_a_crash_at_the_very_end_leaves_nothing(export: Exporter) -> None:
    await export.run(DEALS[:1])
    before = await everything()
    await database().fetchrow(
        "ALTER TABLE event ADD CONSTRAINT refuse CHECK (payload ->> 'toStageKey' <> 'propose') NOT VALID"
    )
    with pytest.raises(Exception, match="refuse"):
        await export.run(DEALS, HISTORY[2:])
    assert await everything() == before


async def test_events_tell_of_creations_moves_and_changed_fields(export: Exporter) -> None:
    partner = await organization("northwind")
    await export.run([deal("1", "Qualify"), deal("2", "Qualify")], partner="northwind")
    one, two = await stored("1"), await stored("2")
    await export.run([deal("1", "Propose"), deal("2", "Qualify", Amount="5", Name="New name")])
    rows = await database().fetch(
        "SELECT e.type, e.opportunity_id, e.payload::jsonb - 'import' AS payload, e.payload ->> 'import' AS system,"
        " t.seq FROM event e LEFT JOIN stage_transition t ON t.id = e.transition_id ORDER BY e.xid, e.seq"
    )
    created = {
        "kind": "CREATED",
        "fromStageKey": None,
        "toStageKey": "qualify",
        "playbookKey": "sales",
        "partnerId": str(partner.id),
        "automatic": False,
    }
    moved = {**created, "kind": "FORWARD", "fromStageKey": "qualify", "toStageKey": "propose"}
    assert {row["system"] for row in rows} == {"salesforce"}
    assert [(row["type"], row["opportunity_id"], orjson.loads(row["payload"]), row["seq"]) for row in rows] == [
        ("OPPORTUNITY_CREATED", one["id"], created, 1),
        ("OPPORTUNITY_CREATED", two["id"], created, 1),
        ("OPPORTUNITY_UPDATED", two["id"], {"fields": ["amount", "name"]}, None),
        ("OPPORTUNITY_STAGE_CHANGED", one["id"], moved, 2),
    ]


async def test_readers_of_the_log_on_other_servers_are_woken_once_it_is_committed(
    export: Exporter, database_url: str
) -> None:
    heard: asyncio.Queue[int] = asyncio.Queue()
    reader = await asyncpg.connect(database_url)
    try:
        await reader.add_listener(CHANNEL, lambda *_: heard.put_nowait(1))
        await export.run(DEALS, dry_run=True)
        await reader.fetchval("SELECT 1")
        assert heard.empty()
        await export.run(DEALS)
        await asyncio.wait_for(heard.get(), timeout=PATIENCE)
        assert await reader.fetchval("SELECT count(*) FROM event") == 3
    finally:
        await reader.close()
