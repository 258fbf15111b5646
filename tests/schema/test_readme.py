"""What the README says can be pasted, and says the truth."""

import json
import re
from pathlib import Path

import pytest

from app.settings import Settings
from tests.schema.world import SELLER, Demo

ROOT = Path(__file__).parents[2]
README = (ROOT / "README.md").read_text(encoding="utf-8")
QUERIES = re.findall(r"```graphql\n(.*?)\n```\n\n```json\n(.*?)\n```", README, re.DOTALL)


def test_there_are_five_queries() -> None:
    assert len(QUERIES) == 5


@pytest.mark.parametrize(("query", "answer"), QUERIES)
async def test_each_query_gives_the_answer_that_stands_below_it(demo: Demo, query: str, answer: str) -> None:
    assert {"data": await demo.run(query, SELLER)} == json.loads(answer)


def test_the_commands_exist() -> None:
    makefile = (ROOT / "Makefile").read_text(encoding="utf-8")
    named = re.findall(r"^make ([\w-]+)$|`make ([\w-]+)`", README, re.MULTILINE)
    assert {one or other for one, other in named} == {"run", "test", "check"}
    for one, other in named:
        assert re.search(rf"^{one or other}:", makefile, re.MULTILINE)


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
        "app/web",
        "schema/engine",
        "app/deals",
        "app/events",
        "guidance",
        "bench",
    ):
        assert (ROOT / path).exists(), path
