"""The board's reducer and tables as files, run by Node."""

import asyncio
import os
from pathlib import Path

from tests.npm import NODE

HERE = Path(__file__).parent
SOURCES = HERE.parents[1] / "app" / "portal" / "web" / "src" / "portal"


async def test_the_boards_reducer() -> None:
    await passes("state.mjs", STATE=SOURCES / "pages" / "board" / "state.ts")


async def test_tables_as_files() -> None:
    await passes("csv.mjs", CSV=SOURCES / "ui" / "csv.ts")


async def passes(program: str, **modules: Path) -> None:
    pipe = asyncio.subprocess.PIPE
    env = {**os.environ, **{name: path.as_uri() for name, path in modules.items()}}
    process = await asyncio.create_subprocess_exec(NODE, "--test", program, cwd=HERE, env=env, stdout=pipe, stderr=pipe)
    said, _ = await process.communicate()
    assert process.returncode == 0, said.decode()
