"""The list of commands is there at once, and says of each what it says of itself."""

import inspect
import json
import subprocess
import sys

import pytest
from typer.core import TyperGroup
from typer.main import get_command

from app.cli import main
from app.commands.deferred import Deferred
from app.commands.guidance import guidance

TYPER = {"annotated_doc", "annotated_types", "pydantic", "pydantic_core", "shellingham", "typer"}
RICH = {"attr", "colorama", "markdown_it", "mdurl", "pygments", "rich"}
TYPING = {"typing_extensions", "typing_inspection"}
LIGHT = TYPER | RICH | TYPING
"""What reads arguments and prints help. All else, the product included, is loaded by the command that needs it."""

OURS = {
    "app",
    "app.cli",
    "app.commands",
    "app.commands.deferred",
    "app.commands.guidance",
    "app.output",
}

_LOADED = """
import json, sys
before = set(sys.modules)
from app.cli import run
try:
    run()
except SystemExit:
    pass
print(json.dumps(sorted(set(sys.modules) - before)), file=sys.stderr)
"""


@pytest.mark.parametrize("arguments", [["--help"], ["guidance", "--help"], ["no-such-command"]])
def test_help_loads_what_prints_it_and_nothing_else(arguments: list[str]) -> None:
    done = subprocess.run([sys.executable, "-c", _LOADED, *arguments], capture_output=True, text=True, check=True)
    loaded = set(json.loads(done.stderr.splitlines()[-1]))
    packages = {name.partition(".")[0] for name in loaded if not name.startswith("_")} - sys.stdlib_module_names
    assert packages - LIGHT == {"app"}
    assert {name for name in loaded if name.partition(".")[0] == "app"} <= OURS


def listed() -> list[Deferred]:
    groups = [get_command(main), get_command(guidance)]
    assert all(isinstance(group, TyperGroup) for group in groups)
    return [one for group in groups if isinstance(group, TyperGroup) for one in group.commands.values()]  # type: ignore[misc]


@pytest.mark.parametrize("command", listed(), ids=lambda command: command.name)
def test_the_list_says_of_a_command_what_it_says_of_itself(command: Deferred) -> None:
    of_itself = inspect.cleandoc(command.load().help or "").partition("\n\n")[0].replace("\n", " ")
    assert command.help == of_itself
