"""Every kind of input that was reported of other systems, with members of our own and the reported files."""

from collections.abc import Awaitable, Callable, Sequence
from functools import partial
from pathlib import Path

import pytest

from app.database import Database
from tests.cases import days, numbers, parties, reported, texts, trial, workbooks
from tests.cases.kinds import KINDS

MEMBERS = [member for one in (numbers, days, texts, parties, workbooks) for member in one.MEMBERS]
Verdict = Callable[[str, str, list[str]], None]


@pytest.fixture
def verdict(record_property: Callable[[str, object], None]) -> Verdict:
    """Notes what is wrong with a row's members, for the table at the end, and fails when something is."""

    def note(row: str, of: str, faults: list[str]) -> None:
        record_property("case", (row, of, not faults))
        assert not faults, "\n".join(faults)

    return note


async def _faults(judgements: Sequence[tuple[str, Callable[[], Awaitable[str]]]]) -> list[str]:
    said = [(name, await judge()) for name, judge in judgements]
    return [f"{name}: {fault}" for name, fault in said if fault]


@pytest.mark.parametrize("row", [row for row in KINDS if any(member.row == row for member in MEMBERS)])
async def test_our_own(row: str, database: Database, tmp_path: Path, verdict: Verdict) -> None:
    await trial.prepare()
    members = [member for member in MEMBERS if member.row == row]
    faults = await _faults([(one.name, partial(trial.judged, one, tmp_path)) for one in members])
    verdict(row, f"{len(members)} of our own", faults)


@pytest.mark.parametrize("row", sorted({case.row for case in reported.REPORTED}))
async def test_the_reported(row: str, database: Database, tmp_path: Path, verdict: Verdict) -> None:
    if not reported.FOLDER.is_dir():
        pytest.skip("the reported files are not beside this checkout (../shared/cases)")
    await trial.prepare()
    cases = [case for case in reported.REPORTED if case.row == row]
    named = [(case.imports[0][0], partial(reported.judged, case, tmp_path)) for case in cases]
    verdict(row, f"{len(cases)} reported", await _faults(named))
