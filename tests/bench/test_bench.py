"""The benchmark itself: that it runs, that it tells right from wrong, and that it counts what it says."""

import asyncio
import json
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from tempfile import mkdtemp

import pytest
from graphql import parse, validate

from bench import documents
from bench.bars import Bar, Findings, bars, ratio
from bench.equal import difference, normalised
from bench.subscribers import Subscriber, account
from schema import schema
from tests.hunts import WHOLE

whole = pytest.mark.skipif(not WHOLE, reason="takes the machine for itself; `make soak` runs it")
TINY = (
    "--quick",
    "--opportunities",
    "800",
    "--partners",
    "12",
    "--rounds",
    "1",
    "--seconds",
    "0.1",
    "--subscribers",
    "10",
)


@pytest.fixture
def state() -> Iterator[Path]:
    """A short directory: a Unix socket's path may have 107 bytes at most."""
    made = Path(mkdtemp(prefix="bench"))
    yield made
    shutil.rmtree(made, ignore_errors=True)


def run(*chosen: str, within: float) -> tuple[int, str]:
    """The exit code, and what it printed."""
    command = [sys.executable, "-m", "bench", "--quick", *chosen]
    ended = subprocess.run(command, capture_output=True, text=True, check=False, timeout=within)
    assert ended.returncode in (0, 1, 2), ended.stderr
    return ended.returncode, ended.stdout


def rows_of(written: str) -> dict[str, list[str]]:
    """The cells of the tables' rows by the first of them."""
    rows = [line.strip("| ").split(" | ") for line in written.splitlines() if line.startswith("| ")]
    return {first: rest for first, *rest in rows}


@pytest.mark.parametrize(
    "name",
    ["D1", "D2", "D3", "D4", *documents.FIGURES, *documents.LOOKED_BACK, "R1", "R50", "P50", "N50", "STAGE_CHANGED"],
)
def test_the_documents_fit_the_schema(name: str) -> None:
    assert validate(schema._schema, parse(getattr(documents, name))) == []


@whole
@pytest.mark.soak
def test_a_small_run_measures_requests_moves_and_subscriptions(state: Path) -> None:
    code, written = run(*TINY, "--only", "D1,D3,D4,S2", "--systems", "floor", "--state", str(state), within=240)
    bars = rows_of(written)
    for bar in (
        "D1: requests/s, Stagepath ÷ the better floor",
        "D3: requests/s, Stagepath ÷ the better floor",
        "D4: requests/s, Stagepath ÷ the same SQL in bare asyncpg",
    ):
        assert bars[bar][1].endswith(" ×"), written
    assert bars["S1, S2: events not delivered once and in order"][1:] == ["0", "met"]
    assert bars["D1: server CPU, PostGraphile 5 ÷ Stagepath"][1:] == ["–", "not measured"]
    assert code != 0
    assert "## Not measured" not in written


@whole
@pytest.mark.soak
def test_every_system_says_what_stagepath_says(state: Path) -> None:
    _, written = run("--rounds", "1", "--seconds", "0.2", "--state", str(state), within=900)
    assert "## Not measured" not in written
    assert [bar for bar, cells in rows_of(written).items() if cells[-1] == "not measured"] == []


@pytest.mark.parametrize(
    ("ours", "theirs"),
    [
        ({"id": "opp_0198c0de-0000-7000-8000-000000000001"}, {"id": "0198c0de-0000-7000-8000-000000000001"}),
        ({"at": "2026-03-01T09:30:00+00:00"}, {"at": "2026-03-01 10:30:00.000000+01:00"}),
        ({"amount": {"amount": "12.50", "currency": "EUR"}}, {"amount": "12.5", "currency": "EUR"}),
        ({"amount": None}, {"amount": None, "currency": None}),
        ({"nodes": [{"key": "a"}]}, {"nodes": [{"content": {"key": "a"}}]}),
        ({"endCursor": "abc"}, {"endCursor": "xyz"}),
    ],
)
def test_answers_that_mean_the_same_are_equal(ours: object, theirs: object) -> None:
    expected, found = normalised(ours), normalised(theirs)
    assert expected == found or difference(expected | {"currency": None}, found) is None


@pytest.mark.parametrize(
    ("ours", "theirs", "said"),
    [
        ({"nodes": [1, 2]}, {"nodes": [2, 1]}, ".nodes[0]: 1 against 2"),
        ({"nodes": [1, 2]}, {"nodes": [1]}, ".nodes: 2 entries against 1"),
        ({"name": "a"}, {"title": "a"}, ": fields ['name'] against ['title']"),
        ({"endCursor": "abc"}, {"endCursor": None}, ".endCursor: True against False"),
    ],
)
def test_answers_that_differ_are_told_apart(ours: object, theirs: object, said: str) -> None:
    assert difference(normalised(ours), normalised(theirs)) == said


def test_a_ratio_is_the_median_of_the_rounds_ratios() -> None:
    assert ratio([2, 40, 6], [1, 10, 2]) == 3
    assert ratio([], []) is None


def test_a_bar_that_was_not_measured_is_neither_met_nor_missed() -> None:
    assert Bar("slower", 2, None).met is None
    assert {bar.met for bar in bars(Findings())} == {None}
    assert Bar("dearer", 3, 3.0).met is True
    assert Bar("at most", 1.3, 1.4, most=True).met is False


def _frame(text: str) -> bytes:
    payload = text.encode()
    return b"\x81\x7e" + len(payload).to_bytes(2, "big") + payload


async def test_subscribers_hear_messages_however_they_arrive() -> None:
    import socket

    ours, theirs = socket.socketpair()
    one = Subscriber(ours, 0)
    ids = [f"0198c0de-0000-7000-8000-{n:012}" for n in range(3)]
    stream = b"".join(_frame(json.dumps({"type": "next", "id": f"trn_{id}", "rest": "x" * 200})) for id in ids)
    for at in range(0, len(stream), 100):
        theirs.sendall(stream[at : at + 100])
        await asyncio.to_thread(one.read)
    assert [id.decode() for id, _ in one.heard] == ids
    events = [{"id": id, "at": 0.0, "for": None} for id in ids]
    assert account([one], events)["wrong"] == 0
    one.heard.append(one.heard[0])
    assert account([one], events)["wrong"] == 1
    assert account([one], events[:2])["wrong"] == 1
    ours.close()
    theirs.close()
