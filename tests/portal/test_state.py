"""The board's reducer, run by Node."""

import asyncio
import os
from pathlib import Path

from tests.npm import NODE

HERE = Path(__file__).parent
STATE = HERE.parents[1] / "app" / "portal" / "web" / "src" / "portal" / "pages" / "board" / "state.ts"


async def test_the_boards_reducer() -> None:
    pipe = asyncio.subprocess.PIPE
    process = await asyncio.create_subprocess_exec(
        NODE, "--test", "state.mjs", cwd=HERE, env={**os.environ, "STATE": STATE.as_uri()}, stdout=pipe, stderr=pipe
    )
    said, _ = await process.communicate()
    assert process.returncode == 0, said.decode()
