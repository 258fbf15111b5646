"""Both real exports, against figures that are counted here from the files, with nothing of the importer's."""

import csv
import gzip
from collections import Counter, defaultdict
from datetime import UTC, date, datetime
from decimal import Decimal
from pathlib import Path

import pytest

from app.database import Database, database
from app.imports.mapping import load
from app.imports.report import Report
from app.imports.roles import assign
from app.imports.run import ImportRequest, run
from tests.app.analytics.golden import kaplan_meier
from tests.app.imports.builders import counts, everything

SALESFORCE = ("salesforce_sample_Opportunity.csv", "salesforce_sample_Opportunity_History.csv")
MAVEN = (
    "maven_sales_pipeline_asof_2017-09-30.csv.gz",
    "maven_accounts.csv",
    "maven_sales_teams.csv",
    "maven_products.csv",
)


def rows_of(path: Path) -> list[dict[str, str]]:
    with gzip.open(path, "rt", encoding="utf-8-sig") if path.suffix == ".gz" else path.open(encoding="utf-8-sig") as f:
        return list(csv.DictReader(f))


async def by_stage() -> dict[str, tuple[int, Decimal]]:
    rows = await database().fetch(
        "SELECT s.name, count(*), COALESCE(sum(o.amount), 0) AS amount FROM opportunity o"
        " JOIN stage s ON s.id = o.stage_id GROUP BY s.name"
    )
    return {row["name"]: (row["count"], row["amount"]) for row in rows}


def said_by_stage(rows: list[dict[str, str]], stage: str, amount: str) -> dict[str, tuple[int, Decimal]]:
    number = Counter(row[stage] for row in rows)
    return {
        name: (n, sum((Decimal(r[amount] or 0) for r in rows if r[stage] == name), Decimal(0)))
        for name, n in number.items()
    }


async def paths() -> dict[str, list[tuple[str, datetime]]]:
    rows = await database().fetch(
        "SELECT o.external_id, t.seq, now.name, was.name AS from_name, t.at FROM stage_transition t"
        " JOIN opportunity o ON o.id = t.opportunity_id JOIN stage now ON now.id = t.to_stage_id"
        " LEFT JOIN stage was ON was.id = t.from_stage_id ORDER BY 1, 2"
    )
    found: dict[str, list[tuple[str, datetime]]] = defaultdict(list)
    for row in rows:
        before = found[row["external_id"]]
        assert (row["seq"], row["from_name"]) == (len(before) + 1, before[-1][0] if before else None)
        before.append((row["name"], row["at"]))
    return found


@pytest.fixture
def orders(real_data: Path, tmp_path: Path) -> dict[str, ImportRequest]:
    return {
        system: ImportRequest(
            mapping,
            assign(mapping, [str(real_data / name) for name in names]),
            tmp_path / "rejects.csv",
            create_playbook=True,
        )
        for system, names in (("salesforce", SALESFORCE), ("maven", MAVEN))
        for mapping in [load(system)]
    }


async def rejected_opportunities(order: ImportRequest) -> int:
    if not order.rejects.exists():
        return 0
    return sum(row["file"] == order.files["opportunities"].name for row in rows_of(order.rejects))


async def test_the_salesforce_export(database: Database, orders: dict[str, ImportRequest], real_data: Path) -> None:
    order = orders["salesforce"]
    report = await run(order)
    deals, history = (rows_of(real_data / name) for name in SALESFORCE)
    stored = {row["external_id"] for row in await database.fetch("SELECT external_id FROM opportunity")}
    assert stored == {row["Id"] for row in deals}
    assert counts(report) == (219, 0, 0, 0)
    assert await rejected_opportunities(order) == 0
    assert await by_stage() == said_by_stage(deals, "StageName", "Amount")

    said: dict[str, list[tuple[datetime, int, str]]] = defaultdict(list)
    for row in history:
        at = datetime.strptime(row["CreatedDate"], "%d/%m/%Y").replace(tzinfo=UTC)
        said[row["OppID"]].append((at, int(row["SortOrder"]), row["StageName"]))
    expected: dict[str, list[tuple[str, datetime]]] = {}
    for deal in deals:
        walked = [(stage, at) for at, _, stage in sorted(said[deal["Id"]])]
        walked.append((deal["StageName"], walked[-1][1]))
        expected[deal["Id"]] = [
            step for before, step in zip([None, *walked], walked, strict=False) if not before or before[0] != step[0]
        ]
    assert await paths() == expected
    assert report.applied.transitions == sum(map(len, expected.values())) == 498
    assert report.applied.beyond_history == sum(sorted(said[deal["Id"]])[-1][2] != deal["StageName"] for deal in deals)


async def test_the_maven_export(database: Database, orders: dict[str, ImportRequest], real_data: Path) -> None:
    order = orders["maven"]
    report = await run(order)
    deals, accounts, sellers, _ = (rows_of(real_data / name) for name in MAVEN)
    stored = {row["external_id"] for row in await database.fetch("SELECT external_id FROM opportunity")}
    assert stored == {row["opportunity_id"] for row in deals}
    assert counts(report) == (7135, 0, 0, 0)
    assert await rejected_opportunities(order) == 0
    assert await by_stage() == said_by_stage(deals, "deal_stage", "close_value")

    dated = [(row["engage_date"], row["close_date"]) for row in deals]
    assert report.applied.transitions == sum(bool(day) for days in dated for day in days) == 11_861
    found = await paths()
    for row in deals:
        days = [("Engaging", row["engage_date"]), (row["deal_stage"], row["close_date"])]
        expected = [(stage, datetime.fromisoformat(day).replace(tzinfo=UTC)) for stage, day in days if day]
        assert found[row["opportunity_id"]] == expected

    assert report.accounts.created == len(accounts) + 1
    assert report.accounts.deals_without == sum(not row["account"] for row in deals)
    assert report.owners.unmatched == len(sellers)
    words = await database.fetch("SELECT DISTINCT unnest(ARRAY[industry, country]) AS word FROM account")
    assert {row["word"] for row in words} >= {"technology", "Philippines"}
    assert not {row["word"] for row in words} & {"technolgy", "Philipines"}
    products = await database.fetch("SELECT count(*) AS n FROM opportunity WHERE name LIKE '%GTXPro%'")
    assert products[0]["n"] == 0
    assert [notice for notice in report.notices if "product" in notice] == []
    acme = await database.fetchrow(
        "SELECT annual_revenue::text AS revenue FROM account WHERE name = 'Acme Corporation'"
    )
    assert acme is not None
    assert acme["revenue"] == "1100040000.00"


async def test_the_measured_maven_playbook(
    database: Database, orders: dict[str, ImportRequest], real_data: Path
) -> None:
    await run(orders["maven"])
    deals = rows_of(real_data / MAVEN[0])
    closed = [row for row in deals if row["close_date"]]
    won = [row for row in closed if row["deal_stage"] == "Won"]
    until = max(date.fromisoformat(row["close_date"]) for row in closed)
    over = [(date.fromisoformat(r["close_date"]) - date.fromisoformat(r["engage_date"])).days for r in closed]
    running = [(until - date.fromisoformat(row["engage_date"])).days for row in deals if not row["close_date"]]
    [middle] = kaplan_meier(over, running, [0.5])
    assert middle is not None
    rows = await database.fetch("SELECT key, kind, win_probability, target_days FROM stage ORDER BY position")
    assert [tuple(row) for row in rows] == [
        ("engaging", "OPEN", round(len(won) / len(closed), 4), int(middle + 0.5)),
        ("won", "WON", 1.0, None),
        ("lost", "LOST", 0.0, None),
    ]


@pytest.mark.parametrize("system", ["salesforce", "maven"])
async def test_a_second_run_changes_nothing(database: Database, orders: dict[str, ImportRequest], system: str) -> None:
    first: Report = await run(orders[system])
    before = await everything()
    again = await run(orders[system])
    assert await everything() == before
    assert counts(again) == (0, 0, first.opportunities, 0)
    assert again.headline() == (
        f"Opportunities: 0 created, 0 updated, {first.opportunities} unchanged, 0 rejected; 0 transitions."
    )
    assert again.stages == first.stages


async def test_both_live_side_by_side(database: Database, orders: dict[str, ImportRequest]) -> None:
    for order in orders.values():
        await run(order)
    rows = await database.fetch("SELECT external_system, count(*) FROM opportunity GROUP BY 1 ORDER BY 1")
    assert [tuple(row) for row in rows] == [("maven", 7135), ("salesforce", 219)]
    events = await database.fetch("SELECT type, count(*) FROM event GROUP BY 1 ORDER BY 1")
    assert [tuple(row) for row in events] == [("OPPORTUNITY_CREATED", 7354), ("PLAYBOOK_CREATED", 2)]
