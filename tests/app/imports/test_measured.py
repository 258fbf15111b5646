"""The playbook that an export becomes, its figures checked against ones made by hand."""

from pathlib import Path
from typing import Any

import pytest

from app.database import Database, database
from app.imports.faults import ImportStopped, UnknownStages
from app.imports.measured import precedence
from app.imports.playbooks import choose
from app.vocabulary import PlaybookStatus
from tests.app.imports.builders import Exporter, counts, deal, everything, moves, path, published, with_changes

DEALS = [
    deal("1", "Closed Won"),
    deal("2", "Closed Lost"),
    deal("3", "Closed Won"),
    deal("4", "Needs Analysis"),
]
# Stays in days: in New 10, 4, 7, 6 (deals 1 to 4); in Needs Analysis 20, 3, 5, 2, and one of deal 4 that isn't over:
# it has lasted 22 days on the last day that the export tells of.
HISTORY = moves(
    ("1", "01/01/2026", "New"),
    ("1", "11/01/2026", "Needs Analysis"),
    ("1", "31/01/2026", "Closed Won"),
    ("2", "01/01/2026", "New"),
    ("2", "05/01/2026", "Needs Analysis"),
    ("2", "08/01/2026", "Closed Lost"),
    ("3", "01/01/2026", "New"),
    ("3", "08/01/2026", "Needs Analysis"),
    ("3", "13/01/2026", "Closed Won"),
    ("4", "01/01/2026", "Needs Analysis"),
    ("4", "03/01/2026", "New"),
    ("4", "09/01/2026", "Needs Analysis"),
)
CREATE: dict[str, Any] = {"playbook": "measured", "create_playbook": True}


async def stages(key: str) -> list[tuple[object, ...]]:
    rows = await database().fetch(
        "SELECT s.key, s.name, s.kind, s.win_probability, s.forecast_category, s.target_days,"
        " coalesce((s.own_stall_days ->> '')::float8, s.stall_after_days),"
        " s.published FROM stage s JOIN playbook p ON p.id = s.playbook_id WHERE p.key = $1 ORDER BY s.position",
        key,
    )
    return [tuple(row) for row in rows]


async def test_the_draft_has_the_stages_of_the_export_with_measured_figures(export: Exporter) -> None:
    report = await export.run(DEALS, HISTORY, **CREATE)
    assert counts(report) == (4, 0, 0, 0)
    assert await stages("measured") == [
        # 2 of the 3 closed deals were won, and all were in both; half of the stays are over by day 6, and by day 5
        ("new", "New", "OPEN", 0.6667, "BEST_CASE", 6, 6.0, False),
        ("needs-analysis", "Needs Analysis", "OPEN", 0.6667, "BEST_CASE", 5, 5.0, False),
        ("closed-won", "Closed Won", "WON", 1.0, "CLOSED", None, None, False),
        ("closed-lost", "Closed Lost", "LOST", 0.0, "OMITTED", None, None, False),
    ]
    row = await database().fetchrow("SELECT key, version, status, name FROM playbook WHERE key = 'measured'")
    assert row is not None
    assert tuple(row) == ("measured", 1, "DRAFT", "Salesforce pipeline")
    assert [kind for kind, _, _ in await path("4")] == ["CREATED", "BACK", "FORWARD"]
    assert report.playbook_created
    assert report.playbook == "playbook “measured” (version 1, draft)"


async def test_the_same_import_again_uses_the_draft_it_made(export: Exporter) -> None:
    await export.run(DEALS, HISTORY, **CREATE)
    before = await everything()
    report = await export.run(DEALS, HISTORY, **CREATE)
    assert (counts(report), report.playbook_created) == ((0, 0, 4, 0), False)
    assert await everything() == before
    assert counts(await export.run(DEALS, HISTORY, playbook="measured")) == (0, 0, 4, 0)


async def test_a_dry_run_makes_no_playbook(export: Exporter) -> None:
    before = await everything()
    assert counts(await export.run(DEALS, HISTORY, dry_run=True, **CREATE)) == (4, 0, 0, 0)
    assert await everything() == before


async def test_the_exports_sort_order_is_the_order_of_the_stages(export: Exporter) -> None:
    history = moves(
        ("1", "01/01/2026", "Last", "9"), ("1", "02/01/2026", "First", "1"), ("1", "03/01/2026", "Middle", "5")
    )
    await export.run([deal("1", "Middle")], history, **CREATE)
    assert [key for key, *_ in await stages("measured")] == ["first", "middle", "last", "won", "lost"]


async def test_what_no_closed_deal_tells_rises_evenly(export: Exporter) -> None:
    history = moves(("1", "01/01/2026", "One"), ("1", "02/01/2026", "Two"), ("1", "05/01/2026", "Three"))
    await export.run([deal("1", "Three")], history, **CREATE)
    assert [(key, chance, target) for key, _, _, chance, _, target, _, _ in await stages("measured")] == [
        ("one", 0.25, 1),
        ("two", 0.5, 3),
        ("three", 0.75, None),
        ("won", 1.0, None),
        ("lost", 0.0, None),
    ]


async def test_many_stays_decide_when_a_deal_stalls(export: Exporter) -> None:
    """Of 1 to 21 days, the 80th percentile is 17 and the median 11."""
    deals = [deal(str(n), "Two") for n in range(1, 22)]
    history = [
        row
        for n in range(1, 22)
        for row in moves((str(n), "01/01/2026", "One"), (str(n), f"{n + 1:02d}/01/2026", "Two"))
    ]
    await export.run(deals, history, **CREATE)
    assert [(key, target, stall) for key, _, _, _, _, target, stall, _ in await stages("measured")][:2] == [
        ("one", 11, 17.0),
        ("two", None, None),
    ]


async def test_all_names_of_won_deals_are_the_one_won_stage(export: Exporter) -> None:
    mapping = with_changes("salesforce", won=["Closed Won", "Signed"], stages={"Begin": "start"})
    rows = [deal("1", "Begin"), deal("2", "Closed Won"), deal("3", "Signed"), deal("4", "BEGIN")]
    await export.run(rows, mapping=mapping, **CREATE)
    assert [(key, kind) for key, _, kind, *_ in await stages("measured")] == [
        ("start", "OPEN"),
        ("closed-won", "WON"),
        ("lost", "LOST"),
    ]
    row = await database().fetchrow("SELECT aliases FROM stage WHERE key = 'closed-won' AND NOT published")
    assert row is not None
    assert row["aliases"] == ["Signed"]


async def test_days_without_an_order_of_their_own_are_read_the_same_again(export: Exporter) -> None:
    """The playbook's order breaks ties, and is itself measured from them."""
    history = moves(
        ("1", "01/01/2026", "Beta"),
        ("1", "01/01/2026", "Alpha"),
        ("2", "01/01/2026", "Alpha"),
        ("2", "02/01/2026", "Beta"),
        ("3", "01/01/2026", "Alpha"),
        ("3", "02/01/2026", "Beta"),
    )
    deals = [deal(str(n), "Beta") for n in (1, 2, 3)]
    await export.run(deals, history, **CREATE)
    assert [stage for _, stage, _ in await path("1")] == ["alpha", "beta"]
    assert counts(await export.run(deals, history, **CREATE)) == (0, 0, 3, 0)


def test_the_stage_that_more_deals_were_in_first_comes_first() -> None:
    deals = {("b", "a"): 5, ("a", "b"): 2, ("b", "c"): 1, ("a", "c"): 3, ("c", "a"): 3}
    place = precedence(["a", "b", "c"], deals)
    assert sorted(place, key=place.__getitem__) == ["b", "a", "c"]


async def test_unknown_stages_stop_the_import_and_are_counted(export: Exporter) -> None:
    before = await everything()
    rows = [deal("1", "New"), deal("2", "new"), deal("3", "Qualify"), deal("4", "On hold")]
    history = moves(("1", "01/01/2026", "NEW"), ("3", "01/01/2026", "Qualify"), ("4", "01/01/2026", "Paused"))
    with pytest.raises(UnknownStages) as stopped:
        await export.run(rows, history)
    assert stopped.value.counts == (("New", 2, 1), ("On hold", 1, 0), ("Paused", 0, 1))
    assert str(stopped.value) == (
        "These stage names are not in playbook “sales” (version 1, published); nothing was imported.\n"
        "  'New': 2 opportunities, 1 history rows\n"
        "  'On hold': 1 opportunities, 0 history rows\n"
        "  'Paused': 0 opportunities, 1 history rows\n"
        "Name the stages that they mean under `stages:` in the mapping or with --stage NAME=KEY, or give those stages "
        "aliases; or --playbook NEW-KEY --create-playbook makes a draft playbook of the export instead of “sales”."
    )
    assert await everything() == before


async def test_names_mean_a_stage_by_mapping_key_name_or_alias_whatever_their_case_and_signs(
    database: Database, tmp_path: Path
) -> None:
    await published(aliases={"Negotiate": ["Negotiation/Review"]})
    mapping = with_changes("salesforce", stages={"Phase 2": "propose"})
    names = ["qualify", "PROPOSE", "closed_won", "negotiation  review", "phase-2", "Closed-Lost"]
    await Exporter(tmp_path).run([deal(name, name) for name in names], mapping=mapping)
    rows = await database.fetch(
        "SELECT o.external_id, s.key FROM opportunity o JOIN stage s ON s.id = o.stage_id ORDER BY o.id"
    )
    assert [row["key"] for row in rows] == ["qualify", "propose", "closed-won", "negotiate", "propose", "closed-lost"]


async def test_a_mapping_to_a_stage_that_is_not_there_is_said_so(export: Exporter) -> None:
    mapping = with_changes("salesforce", stages={"New": "begin"})
    with pytest.raises(UnknownStages, match="The mapping names keys that the playbook doesn't have: begin"):
        await export.run([deal("1", "New")], mapping=mapping)


async def test_an_existing_playbook_is_not_changed_to_fit(export: Exporter) -> None:
    before = await everything()
    with pytest.raises(UnknownStages):
        await export.run(DEALS, HISTORY, playbook="sales", create_playbook=True)
    assert await everything() == before


async def test_a_column_that_says_no_stages_makes_no_playbook(export: Exporter) -> None:
    rows = [deal(str(n), f"Stage {n}") for n in range(51)]
    with pytest.raises(ImportStopped, match="The export says 51 different stages; is `stage` mapped"):
        await export.run(rows, **CREATE)


async def test_without_a_key_the_systems_playbook_is_taken_else_the_only_published_one(database: Database) -> None:
    async with database.transaction() as tx:
        with pytest.raises(ImportStopped, match="No playbook is published"):
            await choose(tx.connection, None, "salesforce", create=False)
        assert await choose(tx.connection, None, "salesforce", create=True) is None
    await published("sales")
    async with database.transaction() as tx:
        only = await choose(tx.connection, None, "salesforce", create=False)
        assert only is not None
        assert only.key == "sales"
        with pytest.raises(ImportStopped, match=r"There is no playbook “other”\. Published playbooks: sales"):
            await choose(tx.connection, "other", "salesforce", create=False)
    await published("partners")
    async with database.transaction() as tx:
        with pytest.raises(ImportStopped, match=r"Say which playbook .* Published playbooks: partners, sales"):
            await choose(tx.connection, None, "salesforce", create=False)
    await published("salesforce", status=PlaybookStatus.DRAFT)
    async with database.transaction() as tx:
        own = await choose(tx.connection, None, "salesforce", create=False)
        assert own is not None
        assert (own.key, own.status) == ("salesforce", "DRAFT")
