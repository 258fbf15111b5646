"""The figures of both real data sets, ours beside those of a script of its own. `make figures` prints the table."""

from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import orjson
import pytest
from graphql import OperationType

from app.database import Database
from app.identity.system_viewer import SYSTEM_VIEWER
from app.imports.mapping import load
from app.imports.roles import assign
from app.imports.run import ImportRequest, run
from schema.context import Context
from schema.engine.serve.engine import Question
from tests.app.analytics import golden
from tests.schema.world import ENGINE

DATA = Path(__file__).parents[4] / "shared" / "data"
BPI = """
system: bpi
title: BPI
dates: [iso]
constants: {currency: EUR}
won: [Won]
lost: [Declined, Cancelled]
files:
  opportunities:
    columns: {external_id: deal_id, name: name, stage: stage, amount: amount, created_at: created}
  history:
    columns: {opportunity: deal_id, at: entered_at, stage: stage}
"""
RATE = "{ value of low high }"
QUERY = f"""query($f: AnalyticsFilter!) {{ analytics(filter: $f) {{ deals won lost open
  funnel {{ stage {{ name }} entered movedOn sentBack lostHere stillHere skipped won lost stillOpen
    conversion {RATE} reachedWin {RATE} winRate {RATE} }}
  velocity {{ stage {{ name }} stays open median p80 p95 outlived }}
  bottlenecks {{ stage {{ name }} shareOfTime days dealsLost }}
  cycle {{ of min p20 median p80 max }} wins {{ month rate {RATE} }}
  findings {{ kind stage {{ name }} count text }} }} }}"""


@pytest.fixture
def real_data() -> Path:
    if not DATA.is_dir():
        pytest.skip("the real exports are not beside this checkout (../shared/data)")
    return DATA


async def asked(filter: dict[str, Any]) -> Any:
    question = Question(QUERY, {"f": filter}, None, (OperationType.QUERY,))
    body = await ENGINE.answer(question, Context(SYSTEM_VIEWER, "golden"))
    answer = orjson.loads(body if isinstance(body, bytes) else orjson.dumps(body, default=str))
    assert "errors" not in answer, answer["errors"]
    return answer["data"]["analytics"]


async def imported(mapping_file: str, files: list[Path], rejects: Path) -> None:
    mapping = load(mapping_file)
    report = await run(ImportRequest(mapping, assign(mapping, [str(f) for f in files]), rejects, create_playbook=True))
    assert report.rejected == 0


def compared(said: Any, expected: Any, at: str = "") -> Iterator[tuple[str, Any, Any]]:
    """Every figure by its place: ours, and the script's."""
    if isinstance(expected, dict):
        for name, value in expected.items():
            yield from compared(said[name], value, f"{at}.{name}" if at else name)
    else:
        yield at, said, expected


def as_expected(found: Any) -> dict[str, Any]:
    """Our answer in the form of the script's."""
    for one in (*found["funnel"], *found["wins"]):
        for name, value in one.items():
            if isinstance(value, dict) and "of" in value:
                one[name] = (value["value"], value["of"], value["low"], value["high"])
    stages: dict[str, dict[str, Any]] = {one["stage"]["name"]: {} for one in found["funnel"]}
    for one in (*found["velocity"], *found["bottlenecks"], *found["funnel"]):
        stages[one["stage"]["name"]] |= one
    return {
        **{name: found[name] for name in ("deals", "won", "lost", "open", "cycle")},
        "stages": stages,
        "bottleneck": found["bottlenecks"][0]["stage"]["name"],
        "wins": {one["month"]: one["rate"] for one in found["wins"]},
    }


def check(programme: golden.Programme, found: Any) -> None:
    table = list(compared(as_expected(found), golden.figures(programme)))
    print(f"\n{programme.name}, as of {programme.as_of:%Y-%m-%d}")  # noqa: T201
    for place, ours, script in table:
        print(f"{place:<44} {ours!s:>44}   {script!s:>44}")  # noqa: T201
    for place, ours, script in table:
        # Sums of thousands of lengths depend on their order in the last digits; all else is the same to the last.
        if place.endswith((".days", ".shareOfTime")) or "cycle" in place or isinstance(script, tuple):
            assert ours == pytest.approx(script, rel=1e-9), place
        else:
            assert ours == script, place


async def test_the_loan_applications(database: Database, real_data: Path, tmp_path: Path) -> None:
    (tmp_path / "bpi.yaml").write_text(BPI)
    files = [real_data / f"bpi2012_asof_2012-01-08_{part}.csv.gz" for part in ("deals", "history")]
    await imported(str(tmp_path / "bpi.yaml"), files, tmp_path / "rejects.csv")
    programme = golden.bpi(real_data)
    found = await asked({"playbookKey": "bpi", "asOf": programme.as_of.isoformat()})
    check(programme, found)
    assert found["bottlenecks"][0]["stage"]["name"] == "Offer sent"
    assert ("SLOWEST", "Offer sent") in {(one["kind"], one["stage"]["name"]) for one in found["findings"]}


async def test_the_hardware_reseller(database: Database, real_data: Path, tmp_path: Path) -> None:
    names = ("accounts.csv", "sales_teams.csv", "products.csv", "sales_pipeline_asof_2017-09-30.csv.gz")
    await imported("maven", [real_data / f"maven_{name}" for name in names], tmp_path / "rejects.csv")
    programme = golden.maven(real_data)
    found = await asked({"playbookKey": "maven", "asOf": programme.as_of.isoformat()})
    check(programme, found)
    outlived = next(one for one in found["findings"] if one["kind"] == "OUTLIVED")
    assert outlived["text"] == (
        "530 of 2,409 opportunities in this stage have been here for more than 138 days, longer than any that ever "
        "left it."
    )
    # The longest that any took to close stays 138 days; how many outlive it depends on the day that is asked about.
    later = golden.maven(real_data, datetime(2017, 12, 31, tzinfo=UTC))
    grown = await asked({"playbookKey": "maven", "asOf": later.as_of.isoformat()})
    check(later, grown)
    assert golden.figures(later)["stages"]["Engaging"]["outlived"] == 1_473
