"""Programs of Playwright beside this file, run in Debian's Chromium."""

import asyncio
import json
import os
import shutil
from pathlib import Path
from typing import Any

from app.portal.files import BUILT
from tests.npm import NODE, installed
from tests.waiting import PATIENCE

HERE = Path(__file__).parent
CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser")
REQUIRED = bool(os.environ.get("STAGEPATH_REQUIRE_BROWSER"))


def lacking() -> str | None:
    if CHROMIUM is None:
        return "there is no Chromium here"
    return None if (BUILT / "portal.html").exists() else "npm can't be had: no pages were built"


def unbuilt() -> str | None:
    """Why tests in a browser are left out; None where they run, or are to fail without one."""
    return None if REQUIRED and CHROMIUM is None else lacking()


async def driven(program: str, given: dict[str, Any]) -> dict[str, Any]:
    """What the program saw. Fails the test when it ends badly."""
    assert lacking() is None, lacking()
    directory = await installed(HERE)
    pipe = asyncio.subprocess.PIPE
    process = await asyncio.create_subprocess_exec(
        NODE, program, json.dumps({**given, "chromium": CHROMIUM}), cwd=directory, stdout=pipe, stderr=pipe
    )
    try:
        out, err = await asyncio.wait_for(process.communicate(), PATIENCE * 8)
    finally:
        if process.returncode is None:
            process.terminate()
            await process.communicate()
    assert process.returncode == 0, err.decode()
    seen: dict[str, Any] = json.loads(out)
    return seen
