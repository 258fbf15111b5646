"""`python -m app.upkeep.new_migration NAME`: writes the next migration from what the models have that the tables lack.

Migrations are additive: a column or table that a model no longer has stays, for servers of the version before, and is
named for whoever removes it by hand later. So is a rename, which can't be told from a removal and an addition.
"""

import asyncio
import re
import sys
from collections.abc import Iterable
from pathlib import Path
from typing import NamedTuple

from tortoise.context import TortoiseContext
from tortoise.migrations import operations as ops
from tortoise.migrations.autodetector import MigrationAutodetector
from tortoise.migrations.operations import Operation
from tortoise.migrations.writer import MigrationWriter, format_migration_name

from app.database.connection import MIGRATIONS, tortoise_config
from app.database.versions import known_tables

APP = "models"
ADDS = (ops.CreateModel, ops.AddField, ops.AddIndex, ops.AddConstraint, ops.AlterField)
DESCRIBES = (ops.AlterModelOptions,)
"""Changes of a table's comment, which is the model's docstring."""


class Changes(NamedTuple):
    adds: list[Operation]
    left_out: list[str]


async def changes() -> Changes:
    """The difference between the models and the tables that all migrations together make. Connects to nothing."""
    config = tortoise_config()
    async with TortoiseContext() as context:
        await context.init(config=config)
        assert context.apps is not None
        writers = await MigrationAutodetector(context.apps, config["apps"]).changes()
    return sorted_out(operation for writer in writers for operation in writer.operations)


def sorted_out(operations: Iterable[Operation]) -> Changes:
    adds: list[Operation] = []
    left_out: list[str] = []
    for operation in operations:
        if isinstance(operation, ADDS):
            adds.append(operation)
        elif not isinstance(operation, DESCRIBES):
            left_out.append(operation.describe())
    return Changes(adds, left_out)


class Writer(MigrationWriter):
    """Makes it one of ours; see `app.database.migrations`."""

    def as_string(self) -> str:
        text: str = super().as_string()
        return text.replace("from tortoise import migrations\n", "from app.database import migrations\n")


def following(name: str, adds: list[Operation]) -> MigrationWriter:
    last = known_tables()[-1]
    named = format_migration_name(int(last[:4]) + 1, name)
    return Writer(named, APP, adds, dependencies=[(APP, last)], initial=False, migrations_module=MIGRATIONS)


def main(arguments: list[str]) -> str:
    """What to print. Raises `SystemExit` with what was wrong."""
    if len(arguments) != 1 or not re.fullmatch(r"[a-z][a-z0-9_]*", arguments[0]):
        raise SystemExit("make migration NAME=what_it_does: lower-case letters, digits and underscores")
    found = asyncio.run(changes())
    path = following(arguments[0], found.adds).write().relative_to(Path.cwd())
    lines = [f"Wrote {path}" + ("." if found.adds else ", which does nothing yet: the models ask for nothing new.")]
    lines += [f"Left out: {what}." for what in found.left_out]
    return "\n".join(lines)


if __name__ == "__main__":
    print(main(sys.argv[1:]))  # noqa: T201 # what it did
