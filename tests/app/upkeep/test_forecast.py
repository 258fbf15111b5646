"""`stagepath forecast snapshot`, run in this process on a real database."""

import asyncio
from collections.abc import Callable
from datetime import UTC, date, datetime, time, timedelta
from pathlib import Path
from typing import Any

import asyncpg
import pytest
from typer.testing import CliRunner, Result

from app.cli import main
from app.settings import use_settings
from tests.serving import settings_for

Run = Callable[..., Result]
KEPT = "SELECT DISTINCT taken_on, taken_at FROM forecast_snapshot ORDER BY 1"


@pytest.fixture
def run(demo_url: str, tmp_path: Path) -> Run:
    def run_one(*words: str) -> Result:
        use_settings(settings_for(demo_url, tmp_path, row_level_security=False))
        try:
            return CliRunner().invoke(main, ["forecast", "snapshot", *words])
        finally:
            use_settings(None)

    return run_one


def rows(url: str, statement: str) -> list[Any]:
    async def read() -> list[Any]:
        connection = await asyncpg.connect(url)
        try:
            return list(await connection.fetch(statement))
        finally:
            await connection.close()

    return asyncio.run(read())


def test_a_snapshot_is_kept_of_every_organisation_as_of_the_end_of_the_day(run: Run, demo_url: str) -> None:
    number = rows(demo_url, "SELECT count(*) FROM organization")[0][0]
    day = datetime.now(UTC).date() - timedelta(days=9)
    for words in ((), ("--of", f"{day}"), ("--of", f"{day}")):
        done = run(*words)
        assert (done.exit_code, done.stdout) == (0, f"Kept the forecasts of {number} organisations.\n"), done.exception
    (past, at), (_, now) = rows(demo_url, KEPT)[:2]
    assert (past, at) == (day, datetime.combine(day, time(23, 59, 59), UTC))
    assert at < now <= datetime.now(UTC)
    assert rows(demo_url, "SELECT count(*) FROM forecast_snapshot")[0][0] % number == 0
    bases = rows(demo_url, "SELECT count(*), min(measured_at), max(measured_at) FROM forecast_basis")[0]
    assert bases[0] == number
    assert bases[1] > at, "what closed deals tell is of now"


@pytest.mark.parametrize("day", ["2199-01-01", "yesterday", "2026-02-30"])
def test_a_day_that_is_none_or_not_over_is_refused(run: Run, demo_url: str, day: str) -> None:
    done = run("--of", day)
    assert done.exit_code != 0
    assert done.stdout == ""
    assert ("That day isn't over yet." in done.stderr) is (day == str(date(2199, 1, 1)))
    assert rows(demo_url, KEPT) == []
