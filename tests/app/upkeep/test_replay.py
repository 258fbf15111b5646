"""`stagepath guidance replay`, run in this process on a real database."""

import asyncio
import json
import re
from collections.abc import Callable
from pathlib import Path
from uuid import UUID

import pytest
from typer.testing import CliRunner, Result

from app.cli import main
from app.settings import use_settings
from guidance.actions import ActionKind, Urgency
from guidance.scoring import Factors
from tests.copies import administer
from tests.serving import settings_for

Run = Callable[..., Result]
KINDS = (ActionKind.RE_ENGAGE, ActionKind.SHARE_CONTENT)
SLATE = (
    "INSERT INTO shown_slate (id, opportunity_id, digest, at, served, playbook_key, stage_key, candidates)"
    " VALUES (gen_random_uuid(), '{deal}', 'd', '2026-03-0{day} 10:00Z', 1, 'p', 's', '{candidates}')"
)
ACCEPTED = (
    "INSERT INTO next_best_action (id, opportunity_id, key, kind, position, title, rationale, score, urgency,"
    " effort_minutes, evidence, status, source, stage_key, playbook_key, created_at, accepted_at, response)"
    " VALUES ('{id}', '{deal}', 'k', 'RE_ENGAGE', 0, 't', 'r', 1, 'NORMAL', 30, '[]', 'ACCEPTED', 'RULES', 's', 'p',"
    " '2026-03-01Z', '2026-03-05Z', 'ACCEPT')"
)


def log_of(deals: int) -> list[str]:
    """Two actions each, of which either stands first in turn; whoever is told to re-engage does, every second time."""
    statements = ["SET session_replication_role = replica"]  # there are no such deals
    for number in range(deals):
        deal, ids = UUID(int=number + 1), [UUID(int=10_000 + 2 * number), UUID(int=10_001 + 2 * number)]
        candidates = [
            {
                "id": str(id), "key": kind.value, "rank": rank, "propensity": 0.5, "prompt_version": None,
                "factors": Factors(kind, 1.0, Urgency.NORMAL, 30, 0.35).to_plain(),
            }
            for rank, (id, kind) in enumerate(zip(ids, KINDS, strict=True))
        ]  # fmt: skip
        stood = candidates if number % 2 else candidates[::-1]
        statements.append(SLATE.format(deal=deal, day=1 + number % 4, candidates=json.dumps(stood)))
        if number % 4 == 1:
            statements.append(ACCEPTED.format(id=ids[0], deal=deal))
    return statements


@pytest.fixture
def run(database_url: str, tmp_path: Path) -> Run:
    def run_one(*words: str) -> Result:
        use_settings(settings_for(database_url, tmp_path, row_level_security=False, guidance_holdout=0.05))
        try:
            return CliRunner().invoke(main, ["guidance", "replay", "--places", "1", *words])
        finally:
            use_settings(None)

    return run_one


def test_other_orders_are_valued_from_the_log_or_refused(run: Run, database_url: str, tmp_path: Path) -> None:
    empty = run()
    assert empty.exit_code == 3
    assert "0 drawn orders of 0 deals" in empty.stdout
    assert empty.stderr == (
        "TOO_FEW: a ranking marked “too few” rests on 0 deals at most where 50 are needed. Wait for more answers, hold "
        "out more deals (STAGEPATH_GUIDANCE_HOLDOUT is 0.05), or begin earlier with --since.\n"
    )
    asyncio.run(administer(database_url, *log_of(240)))
    other = tmp_path / "other.yaml"
    other.write_text("value: {SHARE_CONTENT: 5}\n")
    found = run("--ranking", "served", "--weights", str(other))
    assert (found.exit_code, found.stderr) == (0, "")
    assert "240 drawn orders of 240 deals; as drawn, 0.250 of the first 1 answered." in found.stdout
    served, weighed = (next(line for line in found.stdout.splitlines() if name in line) for name in ("served", "other"))
    assert re.split(r" {2,}", served) == [
        "served", "0.500 (0.412 to 0.588)", "0.499 (0.408 to 0.589)", "120", "240",
    ]  # fmt: skip
    assert "0.000 (0.000 to " in weighed
    few = run("--ranking", "served", "--since", "2026-03-05")
    assert (few.exit_code, few.stderr.split(":")[0]) == (3, "TOO_FEW")
    assert run("--prompt", "v3").exit_code == 3


@pytest.mark.parametrize(
    ("words", "said"),
    [
        ("value: {DANCE: 1}", "value.DANCE"),
        ("urgency: {HIGH: -1}", "urgency.HIGH"),
        ("exponent: 0.4", "exponent"),
        ("value: [", "isn't YAML"),
        ("- 1", "valid dictionary"),
    ],
)
def test_weights_that_make_no_sense_are_refused(run: Run, tmp_path: Path, words: str, said: str) -> None:
    file = tmp_path / "weights.yaml"
    file.write_text(words)
    refused = run("--weights", str(file))
    assert (refused.exit_code, said in refused.stderr) == (2, True)
    assert run("--ranking", "best").exit_code == 2
    assert run("--weights", str(tmp_path / "none.yaml")).exit_code != 0
