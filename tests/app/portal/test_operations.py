"""The portal's documents: valid, and answered by a server that answers no others."""

from hashlib import sha256
from pathlib import Path
from typing import Any

import graphql
import pytest

from app.demo.people import demo_id
from app.settings import SettingsError
from app.web.trusted import PORTAL, TrustedDocuments
from schema import schema
from tests.schema.world import Demo
from tests.serving import Server, running, settings_for

FILES = sorted(PORTAL.glob("*.graphql"))
NAMES = [file.stem for file in FILES]


@pytest.mark.parametrize("file", FILES, ids=NAMES)
def test_each_is_valid(file: Path) -> None:
    assert graphql.validate(graphql.build_schema(schema.as_str()), graphql.parse(file.read_text("utf-8"))) == []


def test_no_two_operations_share_a_name() -> None:
    names = [
        one.name.value
        for file in FILES
        for one in graphql.parse(file.read_text("utf-8")).definitions
        if isinstance(one, graphql.OperationDefinitionNode) and one.name
    ]
    assert len(names) == len(set(names))


def shell() -> dict[str, object]:
    return {"documentId": sha256((PORTAL / "shell.graphql").read_bytes()).hexdigest(), "operationName": "Shell"}


async def asked(server: Server, body: dict[str, object]) -> dict[str, Any]:
    token = server.token_for(str(demo_id("user/Jonas Frei")))
    answer = await server.client.post("/graphql", json=body, headers={"Authorization": f"Bearer {token}"})
    return dict(answer.json())


async def test_a_server_of_trusted_documents_alone_answers_the_portal(demo: Demo, tmp_path: Path) -> None:
    (tmp_path / "others.graphql").write_text("{ viewer { user { id } } }")
    chosen = settings_for(demo.database.url, tmp_path, trusted_documents=tmp_path, trusted_documents_only=True)
    async with running(chosen) as server:
        answer = await asked(server, shell())
        assert "errors" not in answer
        refused = await asked(server, {"query": "{ __typename }"})
        assert refused["errors"][0]["extensions"]["code"] == "DOCUMENT_NOT_TRUSTED"


async def test_without_the_portal_its_documents_are_unknown(demo: Demo, tmp_path: Path) -> None:
    async with running(settings_for(demo.database.url, tmp_path, portal=False)) as server:
        answer = await asked(server, shell())
        assert answer["errors"][0]["extensions"]["code"] == "PERSISTED_QUERY_NOT_SUPPORTED"


def test_they_are_no_trusted_documents_of_the_operator(tmp_path: Path) -> None:
    with pytest.raises(SettingsError, match="needs documents"):
        TrustedDocuments(settings_for("postgresql:///x", tmp_path, trusted_documents_only=True))
