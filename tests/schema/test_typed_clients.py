"""`schema/clients.md` shows what works: its lines are run as they stand there, and a wrong field fails their last one.

Whether they fit the schema is looked at each time; running them takes packages of a registry, and is for `make soak`.
"""

import os
import re
import stat
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from shutil import copy

import pytest
from graphql import parse, validate

from schema import schema
from tests import hunts
from tests.npm import NODE, NPM, run

ROOT = Path(__file__).parents[2]
PAGE = (ROOT / "schema" / "clients.md").read_text("utf-8")
MOST_LINES = 14
"""Of a client, those of its program and its shell together; blank ones aside."""


@dataclass(frozen=True, slots=True)
class Recipe:
    title: str
    files: dict[str, str]
    shell: str

    @property
    def program(self) -> str:
        return next(name for name in self.files if name in ("deals.ts", "deals.py"))

    @property
    def documents(self) -> Iterator[str]:
        for name, text in self.files.items():
            yield from [text] if name.endswith(".graphql") else re.findall(r"`(query .*?)`", text)


def recipes() -> Iterator[Recipe]:
    for section in PAGE.split("\n## ")[1:]:
        files = dict(re.findall(r"^`([\w.]+)`:\n\n```\w+\n(.*?)^```", section, re.DOTALL | re.MULTILINE))
        (shell,) = re.findall(r"^```sh\n(.*?)^```", section, re.DOTALL | re.MULTILINE)
        yield Recipe(section.partition("\n")[0], files, shell)


RECIPES = list(recipes())


def test_there_is_one_for_each_client_in_about_ten_lines_and_of_this_schema() -> None:
    assert [recipe.title for recipe in RECIPES] == [
        "GraphQL Code Generator",
        "gql.tada",
        "Apollo Client",
        "Relay",
        "ariadne-codegen (Python)",
    ]
    for recipe in RECIPES:
        lines = [line for text in (*recipe.files.values(), recipe.shell) for line in text.splitlines() if line.strip()]
        assert len(lines) <= MOST_LINES, recipe.title
        (document,) = recipe.documents
        assert validate(schema._schema, parse(document)) == [], recipe.title


@pytest.fixture
def shell(tmp_path: Path) -> dict[str, str]:
    """The environment of somebody's shell, with Node in it, and packages that run nothing when they are installed."""
    programs = tmp_path / "bin"
    programs.mkdir()
    for name in ("npm", "npx"):
        program = programs / name
        program.write_text(f'#!/bin/sh\nexec "{NODE}" "{NPM.with_name(f"{name}-cli.js")}" "$@"\n')
        program.chmod(program.stat().st_mode | stat.S_IXUSR)
    (programs / "python3").symlink_to(sys.executable)
    quiet = dict.fromkeys(("npm_config_audit", "npm_config_fund", "npm_config_update_notifier"), "false")
    path = os.pathsep.join([str(programs), str(NODE.parent), os.environ["PATH"]])
    return {**os.environ, **quiet, "npm_config_ignore_scripts": "true", "npm_config_fetch_retries": "0", "PATH": path}


@pytest.mark.soak
@pytest.mark.skipif(not hunts.WHOLE, reason="installs hundreds of packages; `make soak` runs it")
@pytest.mark.parametrize("recipe", RECIPES, ids=lambda recipe: recipe.title.split()[0])
async def test_its_lines_make_a_client_that_knows_the_types(
    recipe: Recipe, shell: dict[str, str], tmp_path: Path
) -> None:
    folder = tmp_path / "client"
    folder.mkdir()
    copy(ROOT / "schema" / "schema.graphql", folder)
    for name, text in recipe.files.items():
        (folder / name).write_text(text)
    install, *rest = recipe.shell.splitlines()
    code, said = await run("bash", "-c", install, directory=folder, env=shell)
    if code != 0:
        pytest.skip(f"the packages can't be had: {said.strip().splitlines()[-1:]}")
    code, said = await run("bash", "-e", "-c", "\n".join(rest), directory=folder, env=shell)
    assert code == 0, said
    program = folder / recipe.program
    program.write_text(program.read_text().replace("deal.name", "deal.nmae"))
    code, said = await run("bash", "-c", f"{rest[-1]} 1>&2", directory=folder, env=shell)
    assert (code != 0, "nmae" in said) == (True, True), said
