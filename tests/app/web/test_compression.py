"""Large answers are compressed for those who take them so; small ones, and all others, go as they are."""

import gzip
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import brotli
import httpx
import orjson
import pytest

from app.demo.people import demo_id
from app.web.compression import coding_of
from tests.schema.world import VENDOR
from tests.serving import Server, running, settings_for

BOARD = (
    "{ opportunities(first: 60) { nodes { id name allowedTransitions { id stage { key } blockers { message } } } } }"
)
SMALL = "{ viewer { user { name } } }"
UNPACK: dict[str, Any] = {"br": brotli.decompress, "gzip": gzip.decompress}


@pytest.fixture
async def server(demo_url: str, tmp_path: Path) -> AsyncIterator[Server]:
    async with running(settings_for(demo_url, tmp_path)) as server:
        yield server


async def asked(server: Server, query: str, accepted: str | None, **headers: str) -> tuple[httpx.Headers, bytes]:
    """The answer's headers, and its body as it came."""
    token = server.token_for(str(demo_id(f"user/{VENDOR}")))
    sent = {"Authorization": f"Bearer {token}", "Accept-Encoding": accepted or "identity", **headers}
    async with server.client.stream("POST", "/graphql", json={"query": query}, headers=sent) as response:
        assert response.status_code == 200
        return response.headers, b"".join([chunk async for chunk in response.aiter_raw()])


def board(body: bytes) -> Any:
    return orjson.loads(body)["data"]["opportunities"]


async def test_a_board_is_compressed_for_those_who_take_it_so(server: Server) -> None:
    headers, plain = await asked(server, BOARD, None)
    assert "content-encoding" not in headers
    for accepted, coding in {"gzip": "gzip", "br": "br", "gzip, deflate, br, zstd": "br"}.items():
        headers, body = await asked(server, BOARD, accepted)
        assert (headers["content-encoding"], headers["vary"]) == (coding, "Accept-Encoding")
        assert int(headers["content-length"]) == len(body) < len(plain) / 5
        assert board(UNPACK[coding](body)) == board(plain)
        assert headers["content-type"] == "application/json; charset=utf-8"
        assert headers["x-request-id"]
    headers, body = await asked(server, BOARD, "gzip", Origin="http://localhost:5173")
    assert headers["access-control-allow-origin"] == "http://localhost:5173"
    assert {one.strip() for one in headers["vary"].split(",")} == {"Accept-Encoding", "Origin"}
    assert board(gzip.decompress(body)) == board(plain)


async def test_small_answers_and_those_by_graphql_core_are_told_apart_by_their_size_alone(server: Server) -> None:
    headers, body = await asked(server, SMALL, "br, gzip")
    assert "content-encoding" not in headers
    assert orjson.loads(body)["data"]
    headers, body = await asked(server, BOARD.replace("{ id name", "@include(if: true) { id name"), "br")
    assert headers["content-encoding"] == "br"
    wrong = "{ opportunities(first: 101) { totalCount } }"
    headers, body = await asked(server, wrong, "br")
    assert "content-encoding" not in headers
    assert orjson.loads(body)["errors"]


async def test_a_proxy_may_do_it_instead(demo_url: str, tmp_path: Path) -> None:
    async with running(settings_for(demo_url, tmp_path, compress_from_bytes=0)) as server:
        headers, _ = await asked(server, BOARD, "gzip")
        assert "content-encoding" not in headers


@pytest.mark.parametrize(
    ("accepted", "coding"),
    [
        *(("", None), ("identity", None), ("gzip;q=0", None), ("*;q=0", None), ("deflate", None), ("gzip;q=x", None)),
        *(
            ("gzip", "gzip"),
            ("GZIP", "gzip"),
            ("br", "br"),
            ("*", "br"),
            ("gzip, br", "br"),
            ("br;q=0.1, gzip", "gzip"),
        ),
        *(("identity;q=1, gzip;q=0.5", None), ("gzip;q=0.5, *;q=0", "gzip"), ("br;q=0, *", "gzip")),
    ],
)
def test_what_the_client_likes_best_is_chosen(accepted: str, coding: str | None) -> None:
    assert coding_of(accepted) == coding
