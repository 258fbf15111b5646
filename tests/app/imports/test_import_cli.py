"""`stagepath import` as a process of its own, on a database of its own."""

import csv
import subprocess
from pathlib import Path

import pytest

from app.database import Database
from tests.app.imports.builders import deal, everything, moves, published, write_csv
from tests.commands import stagepath


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    write_csv(
        tmp_path / "deals.csv", [deal("1", "Propose"), deal("2", "Closed Won", Amount="99.50"), deal("3", Amount="x")]
    )
    write_csv(tmp_path / "history.csv", moves(("1", "01/02/2026", "Qualify"), ("1", "03/02/2026", "Propose")))
    return tmp_path


def imported(folder: Path, url: str, *arguments: str) -> subprocess.CompletedProcess[str]:
    return stagepath(folder, "import", *arguments, DATABASE_URL=url, COLUMNS="120", NO_COLOR="1")


SALESFORCE = ("salesforce", "--opportunities", "deals.csv", "--history", "history.csv")


async def test_salesforce_deals_arrive_and_the_summary_says_how(
    database: Database, database_url: str, folder: Path
) -> None:
    await published()
    done = imported(folder, database_url, *SALESFORCE)
    assert done.returncode == 0, done.stderr
    assert done.stderr == ""
    assert (
        done.stdout.splitlines()[-1] == "Opportunities: 2 created, 0 updated, 0 unchanged, 1 rejected; 3 transitions."
    )
    for said in ("│ deals.csv   │ opportunities │    3 │", "│ Closed Won │             1 │    99.50 │      USD │"):
        assert said in done.stdout
    assert "1 rows rejected: see salesforce-rejects.csv" in done.stdout
    assert "amounts were taken as USD" in done.stdout
    with (folder / "salesforce-rejects.csv").open(newline="") as lines:
        rows = list(csv.reader(lines))
    assert rows[0] == ["file", "line", "column", "value", "reason"]
    assert [row[:4] for row in rows[1:]] == [["deals.csv", "4", "Amount", "x"]]


async def test_a_dry_run_writes_nothing_but_the_rejects(database: Database, database_url: str, folder: Path) -> None:
    await published()
    before = await everything()
    tried = imported(folder, database_url, *SALESFORCE, "--dry-run", "--rejects", "bad.csv")
    assert tried.returncode == 0
    assert tried.stdout.splitlines()[-1].startswith("Dry run, nothing was written. Opportunities: 2 created")
    assert await everything() == before
    assert (folder / "bad.csv").exists()


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        ((*SALESFORCE, "--playbook", "none"), "There is no playbook “none”. Published playbooks: sales."),
        ((*SALESFORCE, "--currency", "EURO"), "“EURO” is not an ISO 4217 currency code"),
        ((*SALESFORCE, "--timezone", "Mars/Olympus"), "“Mars/Olympus” is not a time zone"),
        ((*SALESFORCE, "--partner", "nobody"), "no partner organisation with the key “nobody”"),
        ((*SALESFORCE, "--mapping", "nowhere.yaml"), "nowhere.yaml: no such mapping file"),
        ((*SALESFORCE, "--stage", "Propose"), "--stage Propose: write NAME=KEY"),
        ((*SALESFORCE, "--rejects", "deals.csv"), "deals.csv is a file to be imported; name another with --rejects"),
        ((*SALESFORCE, "--create-playbook", "--playbook", "My Key"), "--playbook My Key: a key is of lower-case"),
        ((*SALESFORCE, "--rejects", "nowhere/bad.csv"), "nowhere/bad.csv: there is no folder nowhere"),
        (("salesforce", "--opportunities", "none.csv"), "none.csv: No such file or directory"),
        (("salesforce", "--opportunities", "history.csv"), "history.csv: no column Id or Opportunity ID; it has"),
        (("csv", "--mapping", "maven", "history.csv"), "history.csv is none of the files that the mapping describes"),
        (("csv", "--mapping", "salesforce", "deals.csv", "deals.csv"), "both look like opportunities"),
        (("csv", "--mapping", "salesforce", "history.csv"), "There is no file of opportunities among the files given"),
    ],
)
async def test_what_cannot_be_done_stops_with_a_reason_and_status_2(
    database: Database, database_url: str, folder: Path, arguments: tuple[str, ...], said: str
) -> None:
    await published()
    before = await everything()
    stopped = imported(folder, database_url, *arguments)
    assert (stopped.returncode, stopped.stdout) == (2, "")
    assert said in stopped.stderr
    assert "Traceback" not in stopped.stderr
    assert await everything() == before


async def test_unknown_stages_are_listed_and_can_be_named(database: Database, database_url: str, folder: Path) -> None:
    await published()
    write_csv(folder / "deals.csv", [deal("1", "Phase 2"), deal("2", "phase-2")])
    stopped = imported(folder, database_url, "salesforce", "--opportunities", "deals.csv")
    assert stopped.returncode == 2
    assert "'Phase 2': 2 opportunities, 0 history rows" in stopped.stderr
    named = imported(folder, database_url, "salesforce", "--opportunities", "deals.csv", "--stage", "Phase 2=propose")
    assert named.returncode == 0, named.stderr
    rows = await database.fetch("SELECT s.key FROM opportunity o JOIN stage s ON s.id = o.stage_id")
    assert [row["key"] for row in rows] == ["propose", "propose"]


async def test_american_dates_are_read_when_asked_for(database: Database, database_url: str, folder: Path) -> None:
    await published()
    write_csv(folder / "deals.csv", [deal("1", CloseDate="12/31/2026", CreatedDate="02/03/2026 10:30")])
    done = imported(folder, database_url, "salesforce", "--opportunities", "deals.csv", "--month-first")
    assert done.returncode == 0, done.stderr
    row = await database.fetchrow("SELECT expected_close_date::text AS closes, created_at::text AS at FROM opportunity")
    assert row is not None
    assert tuple(row) == ("2026-12-31", "2026-02-03 10:30:00+00")


HUBSPOT_COLUMNS = (
    "Record ID",
    "Deal Name",
    "Deal Stage",
    "Amount",
    "Close Date",
    "Create Date",
    "Deal owner",
    "Associated Company",
    "Associated Company IDs",
    "Closed Lost Reason",
    'Date entered "Appointment Scheduled (Sales Pipeline)"',
    'Date entered "Contract Sent (Sales Pipeline)"',
)
HUBSPOT = (
    (
        *("11", "Fleet", "Contract Sent", "1200.5", "2026-06-30 00:00", "2026-02-01 09:15", "Ada", "Acme", "77", ""),
        *("2026-02-01 09:15", "2026-02-20 11:00"),
    ),
    (
        *("12", "Plant", "Closed Lost", "", "2026-03-05 17:45", "2026-02-02 08:00", "", "", "", "Too dear"),
        *("2026-02-02 08:00", ""),
    ),
)


async def test_a_hubspot_export_becomes_a_draft_playbook_with_its_deals(
    database: Database, database_url: str, folder: Path
) -> None:
    rows = [dict(zip(HUBSPOT_COLUMNS, row, strict=True)) for row in HUBSPOT]
    write_csv(folder / "hubspot.csv", rows)
    done = imported(folder, database_url, "csv", "--mapping", "hubspot", "hubspot.csv", "--create-playbook")
    assert done.returncode == 0, done.stderr
    assert "Created playbook “hubspot” (version 1, draft)" in done.stdout
    found = await database.fetch(
        "SELECT o.name, s.name AS stage, o.amount::text, a.name AS account, o.closed_at::text, o.close_reason,"
        " (SELECT string_agg(t.kind || ' ' || t.at::date, ', ' ORDER BY t.seq) FROM stage_transition t"
        "  WHERE t.opportunity_id = o.id) AS path"
        " FROM opportunity o JOIN stage s ON s.id = o.stage_id JOIN account a ON a.id = o.account_id ORDER BY 1"
    )
    assert [tuple(row) for row in found] == [
        ("Fleet", "Contract Sent", "1200.50", "Acme", None, None, "CREATED 2026-02-01, FORWARD 2026-02-20"),
        (
            *("Plant", "Closed Lost", None, "(no account yet)", "2026-03-05 17:45:00+00", "Too dear"),
            "CREATED 2026-02-02, LOST 2026-03-05",
        ),
    ]


async def test_a_file_may_be_named_by_its_role(database: Database, database_url: str, folder: Path) -> None:
    await published()
    arguments = ("csv", "--mapping", "salesforce", "opportunities=deals.csv", "history=history.csv")
    done = imported(folder, database_url, *arguments)
    assert done.returncode == 0, done.stderr
    assert "2 created" in done.stdout
