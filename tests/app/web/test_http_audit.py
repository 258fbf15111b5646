"""The GraphQL-over-HTTP specification, as the npm package `graphql-http` audits it."""

import json
from pathlib import Path

import pytest

from app.models import User
from tests.npm import NODE, installed, run
from tests.serving import Server

AUDIT = Path(__file__).parents[2] / "audit"


@pytest.fixture
async def audits() -> Path:
    """The pinned package."""
    return await installed(AUDIT)


@pytest.mark.falls_back("introspection")
async def test_every_must_and_should_of_the_specification_holds(audits: Path, server: Server, seller: User) -> None:
    code, said = await run(NODE, "audit.mjs", f"{server.base_url}/graphql", server.token_for(seller), directory=audits)
    assert code == 0, said
    results = json.loads(said)
    assert [result for result in results if result["status"] != "ok"] == []
    assert len(results) == 60
