"""What the README says can be pasted, and says the truth."""

import asyncio
import json
import re
import subprocess
from pathlib import Path

import pytest
from typer.testing import CliRunner

from app.cli import main
from app.settings import Settings
from tests.commands import commands
from tests.schema.world import ADVANCE, SELLER, VENDOR, Demo, deal_of
from tests.waiting import PATIENCE

ROOT = Path(__file__).parents[2]
README = (ROOT / "README.md").read_text(encoding="utf-8")
QUERIES = re.findall(r"```graphql\n(.*?)\n```\n\n```json\n(.*?)\n```", README, re.DOTALL)


def test_there_are_five_queries() -> None:
    assert len(QUERIES) == 5


@pytest.mark.parametrize(("query", "answer"), QUERIES)
async def test_each_query_gives_the_answer_that_stands_below_it(demo: Demo, query: str, answer: str) -> None:
    assert {"data": await demo.run(query, SELLER)} == json.loads(answer)


async def test_the_subscription_hears_of_a_move(demo: Demo) -> None:
    [listening] = [
        query for query in re.findall(r"```graphql\n(.*?)\n```", README, re.DOTALL) if "subscription" in query
    ]
    id = await deal_of(demo, SELLER)
    given = {"opportunityId": id, "toStageKey": "closed-won", "override": True, "reason": "Agreed"}
    async with demo.follow(listening, VENDOR) as payloads, asyncio.timeout(PATIENCE):
        assert (await demo.run(ADVANCE, VENDOR, input=given))["advanceStage"]["userErrors"] == []
        told = (await anext(payloads))["data"]["opportunityStageChanged"]
    assert told["transition"] == {"kind": "WON", "toStage": {"name": "Closed won"}}


def shell_commands() -> list[str]:
    blocks = re.findall(r"```sh\n(.*?)\n```", README, re.DOTALL)
    return "\n".join(blocks).replace("\\\n", " ").splitlines()


def test_the_commands_are_those_that_are_run() -> None:
    """`make run` and those that follow it are run by `tests/app/test_serve.py`; `make test` is running this."""
    assert [command.split("=")[0].split(" -")[0] for command in shell_commands()] == [
        "make run",
        "make test",
        "TOKEN",
        "curl",
    ]
    for target in re.findall(r"`?make ([\w-]+)`?$|`make ([\w-]+)`", README, re.MULTILINE):
        command = ["make", "--dry-run", *filter(None, target)]
        assert subprocess.run(command, cwd=ROOT, capture_output=True, check=False).returncode == 0
    for arguments in re.findall(r"`\.venv/bin/stagepath ([\w -]+)`", README):
        shown = CliRunner().invoke(main, [*arguments.split(), "--help"])
        assert shown.exit_code == 0, arguments


def test_the_commands_table_lists_every_command_and_no_other() -> None:
    rows = re.findall(r"^\| (`[a-z` ,-]+`) \|", README.split("## Commands")[1].split("## Import")[0], re.MULTILINE)
    listed = [command for row in rows for command in re.findall(r"`([a-z -]+)`", row)]
    assert sorted(listed) == sorted(commands())


def test_the_settings_table_lists_every_setting_and_no_other() -> None:
    listed = re.findall(r"^\| `([A-Z_]+)` \|", README, re.MULTILINE)
    fields = Settings.model_fields.items()
    known = [str(f.validation_alias) if f.validation_alias else f"STAGEPATH_{name.upper()}" for name, f in fields]
    assert listed == known


def test_the_layout_names_what_exists() -> None:
    layout = README.split("## Layout")[1].split("```")[1]
    assert len(layout.strip().splitlines()) <= 11
    for path in (
        "app/main.py",
        "app/cli.py",
        "app/commands",
        "app/web",
        "schema/engine",
        "app/deals",
        "app/events",
        "guidance",
        "bench",
    ):
        assert (ROOT / path).exists(), path
