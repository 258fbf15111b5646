"""Documents by their hash, and a server that answers no others."""

import json
from hashlib import new, sha256
from pathlib import Path
from typing import Any

import orjson
import pytest
from websockets.asyncio.client import connect
from websockets.exceptions import ConnectionClosed
from websockets.typing import Subprotocol

from app.database import Database
from app.models import User
from app.settings import SettingsError
from app.web.trusted import TrustedDocuments, hash_of
from tests.serving import Server, running, settings_for
from tests.waiting import PATIENCE

KNOWN = "query Me { viewer { permissions } }"
OTHER = "{ viewer { user { name } } }"
PERMISSIONS = ["ADVANCE", "CREATE_OPPORTUNITY", "EDIT_OPPORTUNITY", "READ", "REGISTER_DEALS", "SUBMIT_FORECASTS"]


def digest(algorithm: str, document: str) -> str:
    return new(algorithm, document.encode(), usedforsecurity=False).hexdigest()


def named(digest: str, version: int = 1) -> dict[str, Any]:
    return {"persistedQuery": {"version": version, "sha256Hash": digest}}


async def ask(server: Server, user: User, **body: Any) -> Any:
    headers = {"Authorization": f"Bearer {server.token_for(user)}"}
    return (await server.client.post("/graphql", json=body, headers=headers)).json()


async def get(server: Server, user: User, **parameters: str) -> Any:
    headers = {"Authorization": f"Bearer {server.token_for(user)}"}
    return (await server.client.get("/graphql", params=parameters, headers=headers)).json()


async def over_socket(server: Server, user: User, **payload: Any) -> dict[str, Any]:
    async with connect(
        server.socket_url, subprotocols=[Subprotocol("graphql-transport-ws")], open_timeout=PATIENCE
    ) as socket:
        await socket.send(json.dumps({"type": "connection_init", "payload": {"token": server.token_for(user)}}))
        await socket.send(json.dumps({"type": "subscribe", "id": "1", "payload": payload}))
        assert json.loads(await socket.recv())["type"] == "connection_ack"
        answer: dict[str, Any] = json.loads(await socket.recv())
        return answer


def code(answer: Any) -> str:
    found: str = answer["errors"][0]["extensions"]["code"]
    return found


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    documents = tmp_path / "documents"
    (documents / "below").mkdir(parents=True)
    (documents / "below" / "me.graphql").write_text(KNOWN)
    return documents


def test_a_file_s_hash_is_that_of_its_very_bytes(tmp_path: Path) -> None:
    written = b"query Me {\r\n  viewer { permissions }\r\n}\r\n"
    (tmp_path / "me.graphql").write_bytes(written)
    known = TrustedDocuments(settings_for("postgresql://nowhere", tmp_path, trusted_documents=tmp_path))
    assert known.text(None, named(sha256(written).hexdigest())) == written.decode()


async def test_a_known_document_is_answered_by_its_hash(
    database: Database, seller: User, folder: Path, tmp_path: Path
) -> None:
    async with running(settings_for(database.url, tmp_path, trusted_documents=folder)) as server:
        by_hash = named(hash_of(KNOWN))
        assert (await ask(server, seller, extensions=by_hash))["data"]["viewer"]["permissions"] == PERMISSIONS
        assert "data" in await get(server, seller, extensions=orjson.dumps(by_hash).decode())
        assert (await over_socket(server, seller, extensions=by_hash))["type"] == "next"
        # As the appendix on persisted documents has it, and as codegen's hash goes into Apollo's field.
        for id in (hash_of(KNOWN), f"sha256:{hash_of(KNOWN)}"):
            assert "data" in await ask(server, seller, documentId=id)
            assert "data" in await ask(server, seller, documentId=id, query="")
            assert "data" in await ask(server, seller, documentId=id, query=KNOWN)
            assert "data" in await ask(server, seller, extensions=named(id))
            assert "data" in await get(server, seller, documentId=id)
            assert (await over_socket(server, seller, documentId=id))["type"] == "next"
            assert (await over_socket(server, seller, documentId=id, query=""))["type"] == "next"
        # As clients say it whose protocol asks for a text.
        assert "data" in await ask(server, seller, query="", extensions=by_hash)
        assert (await over_socket(server, seller, query="", extensions=by_hash))["type"] == "next"
        assert "data" in await ask(server, seller, query=OTHER)
        assert "data" in await ask(server, seller, query=OTHER, extensions=named(hash_of(OTHER)))

        unknown = await ask(server, seller, extensions=named(hash_of(OTHER)))
        assert (code(unknown), unknown["errors"][0]["message"]) == (
            "PERSISTED_QUERY_NOT_FOUND",
            "PersistedQueryNotFound",
        )
        wrong = await ask(server, seller, query=KNOWN, extensions=named(hash_of(OTHER)))
        assert code(wrong) == "PERSISTED_QUERY_HASH_MISMATCH"
        assert code(await ask(server, seller, extensions=named(hash_of(KNOWN), version=2))) == "BAD_REQUEST"
        assert code(await ask(server, seller, extensions={"persistedQuery": "x"})) == "BAD_REQUEST"
        assert code(await ask(server, seller, documentId="sha256:nothing")) == "PERSISTED_QUERY_NOT_FOUND"
        assert (
            code(await ask(server, seller, documentId=hash_of(OTHER), query=KNOWN)) == "PERSISTED_QUERY_HASH_MISMATCH"
        )
        two = await ask(server, seller, documentId=hash_of(OTHER), extensions=by_hash)
        assert code(two) == "BAD_REQUEST", "two ids name two documents"
        assert code(await ask(server, seller, documentId=5)) == "BAD_REQUEST"
        for wrong in (5, ["x"]):
            with pytest.raises(ConnectionClosed) as closed:
                await over_socket(server, seller, documentId=wrong)
            assert closed.value.rcvd is not None
            assert closed.value.rcvd.code == 4400


async def test_no_other_document_is_answered_where_trusted_ones_are_the_only_ones(
    database: Database, seller: User, folder: Path, tmp_path: Path
) -> None:
    chosen = settings_for(database.url, tmp_path, trusted_documents=folder, trusted_documents_only=True)
    async with running(chosen) as server:
        assert "data" in await ask(server, seller, query=KNOWN)
        assert "data" in await ask(server, seller, extensions=named(hash_of(KNOWN)))
        assert "data" in await ask(server, seller, documentId=hash_of(KNOWN))
        assert code(await ask(server, seller, documentId=hash_of(OTHER), query=OTHER)) == "DOCUMENT_NOT_TRUSTED"
        assert code(await ask(server, seller, query=OTHER)) == "DOCUMENT_NOT_TRUSTED"
        assert code(await ask(server, seller, query=OTHER, extensions=named(hash_of(OTHER)))) == "DOCUMENT_NOT_TRUSTED"
        assert code(await get(server, seller, query=OTHER)) == "DOCUMENT_NOT_TRUSTED"
        refused = await over_socket(server, seller, query=OTHER)
        assert (refused["type"], refused["payload"][0]["extensions"]["code"]) == ("error", "DOCUMENT_NOT_TRUSTED")


async def test_clients_are_told_when_there_are_no_trusted_documents(server: Server, seller: User) -> None:
    answer = await ask(server, seller, extensions=named(hash_of(KNOWN)))
    assert (code(answer), answer["errors"][0]["message"]) == (
        "PERSISTED_QUERY_NOT_SUPPORTED",
        "PersistedQueryNotSupported",
    )


@pytest.mark.parametrize(
    "manifest",
    [
        {hash_of(KNOWN): KNOWN},
        {f"sha256:{hash_of(KNOWN)}": KNOWN},
        {digest("sha1", KNOWN): KNOWN},
        {digest("md5", KNOWN): KNOWN},
        {
            "format": "apollo-persisted-query-manifest",
            "version": 1,
            "operations": [{"id": hash_of(KNOWN), "body": KNOWN}],
        },
    ],
)
def test_client_tools_manifests_are_read(manifest: Any, tmp_path: Path) -> None:
    path = tmp_path / "manifest.json"
    path.write_bytes(orjson.dumps(manifest))
    trusted = TrustedDocuments(settings_for("postgresql:///x", tmp_path, trusted_documents=path))
    assert trusted.text(None, named(hash_of(KNOWN))) == KNOWN
    for id in manifest if "operations" not in manifest else [hash_of(KNOWN)]:
        assert trusted.text("", None, id) == KNOWN


def test_a_manifest_with_other_ids_is_refused_by_the_names_of_the_tools_settings(tmp_path: Path) -> None:
    path = tmp_path / "manifest.json"
    path.write_bytes(orjson.dumps({digest("md5", OTHER): KNOWN}))
    with pytest.raises(SettingsError, match=r"`persistedDocuments\.hashAlgorithm`.*`persistConfig\.algorithm`"):
        TrustedDocuments(settings_for("postgresql:///x", tmp_path, trusted_documents=path))


@pytest.mark.parametrize(
    "text", ["{", "[]", '{"abc": "{ viewer }"}', '{"operations": [{"id": "abc", "body": "{ a }"}]}']
)
def test_a_manifest_that_makes_no_sense_keeps_the_server_from_starting(text: str, tmp_path: Path) -> None:
    path = tmp_path / "manifest.json"
    path.write_text(text)
    with pytest.raises(SettingsError, match="STAGEPATH_TRUSTED_DOCUMENTS"):
        TrustedDocuments(settings_for("postgresql:///x", tmp_path, trusted_documents=path))


def test_trusted_documents_only_needs_some(tmp_path: Path) -> None:
    with pytest.raises(SettingsError, match="TRUSTED_DOCUMENTS_ONLY"):
        TrustedDocuments(settings_for("postgresql:///x", tmp_path, trusted_documents_only=True))
