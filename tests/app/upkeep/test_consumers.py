"""`stagepath consumers`, run in this process on a real database."""

import asyncio
import re
from collections.abc import Callable
from typing import Any

import pytest
from typer.testing import CliRunner, Result

from app.cli import main
from app.settings import use_settings
from tests.copies import administer
from tests.serving import settings_for

Run = Callable[..., Result]
DEAL = "00000000-0000-0000-0000-0000000000aa"
FILL = (
    "INSERT INTO event (type, opportunity_id) SELECT 'OPPORTUNITY_UPDATED', '{deal}' FROM generate_series(1, 3)",
    "INSERT INTO consumer_cursor (name, xid, seq) SELECT 'advice', xid, 2 FROM event WHERE seq = 2",
    "INSERT INTO consumer_cursor (name, xid, seq) SELECT 'former', xid, 3 FROM event WHERE seq = 3",
    "INSERT INTO delayed_event (id, consumer, xid, seq, order_key, attempts, reason, put_aside_at)"
    " SELECT gen_random_uuid(), 'advice', xid, seq, '{deal}', 6, 'ValueError: no', '2026-03-02 10:00' FROM event"
    " WHERE seq = 1",
    "INSERT INTO delayed_event (id, consumer, xid, seq, order_key, due_at)"
    " SELECT gen_random_uuid(), 'advice', xid, seq, '{deal}', '2026-03-02 11:00' FROM event WHERE seq = 2",
)


@pytest.fixture
def run(database_url: str, tmp_path: Any) -> Run:
    def run_one(*words: str) -> Result:
        use_settings(settings_for(database_url, tmp_path, row_level_security=False))
        try:
            return CliRunner().invoke(main, ["consumers", *words])
        finally:
            use_settings(None)

    return run_one


def test_what_failed_is_listed_with_its_reason_and_retried_or_skipped(run: Run, database_url: str) -> None:
    assert run("list").stdout == "No consumer has followed the log yet.\n"
    asyncio.run(administer(database_url, *(statement.format(deal=DEAL) for statement in FILL)))
    listed = run("list").stdout
    assert re.sub(r" +", " ", re.sub(r"\d+\.\d s", "N s", listed)).splitlines() == [
        "advice N s behind 1 to come 1 delayed 1 put aside",
        "former N s behind 0 to come 0 delayed 0 put aside (unknown to this version)",
        f"advice event 1 OPPORTUNITY_UPDATED {DEAL} 6 attempts put aside at 2026-03-02 10:00:00 ValueError: no",
        f"advice event 2 OPPORTUNITY_UPDATED {DEAL} 0 attempts due 11:00:00 waits for an earlier event of its deal",
    ]
    assert run("retry", "advice", "2").stderr == "Event 2 was not put aside by advice.\n"
    assert run("retry", "advice").stdout == "1 event will be tried again.\n"
    assert run("retry", "advice").stdout == "0 events will be tried again.\n"
    assert run("skip", "advice", "1").stdout == "Event 1 has been skipped.\n"
    refused = run("skip", "advice", "1")
    assert (refused.exit_code, refused.stderr) == (1, "Event 1 is not delayed by advice.\n")
    assert "is a consumer of this version" in run("forget", "advice").stderr
    assert run("forget", "former").stdout == "former has been forgotten.\n"
    assert run("forget", "former").stderr == "There is no consumer former.\n"
    assert [line.split()[0] for line in run("list").stdout.splitlines()] == ["advice", "advice"]
