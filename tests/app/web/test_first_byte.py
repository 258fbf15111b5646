"""A request's time is counted from its first byte, however slowly the rest comes."""

import asyncio
import json
from pathlib import Path

import httpx
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse
from starlette.routing import Route

from app.web.wire import began_at
from tests.serving import listening, settings_for
from tests.waiting import PATIENCE


async def told(request: Request) -> JSONResponse:
    loop = asyncio.get_running_loop()
    before_body = began_at(request.scope)
    await request.body()
    return JSONResponse({"began": before_body, "after": began_at(request.scope), "now": loop.time()})


async def test_it_begins_with_the_first_byte_of_the_head(tmp_path: Path) -> None:
    app = Starlette(routes=[Route("/", told, methods=["POST"])])
    async with (
        listening(app, settings_for("postgresql://none", tmp_path)) as base_url,
        httpx.AsyncClient(base_url=base_url, trust_env=False, timeout=PATIENCE) as another,
    ):
        host, _, port = base_url.removeprefix("http://").partition(":")
        reader, writer = await asyncio.open_connection(host, int(port))
        for _ in range(2):  # the second on the same connection has a beginning of its own
            earliest = asyncio.get_running_loop().time()
            writer.write(b"P")
            # Answered when the server has read the first byte.
            meanwhile = (await another.post("/")).json()
            writer.write(b"OST / HTTP/1.1\r\nHost: a\r\nContent-Length: 2\r\n\r\n{")
            later = (await another.post("/")).json()
            writer.write(b"}")
            head = await reader.readuntil(b"\r\n\r\n")
            size = int(head.lower().split(b"content-length: ")[1].split(b"\r\n")[0])
            said = json.loads(await reader.readexactly(size))
            assert earliest <= said["began"] <= meanwhile["now"] <= later["began"] <= said["now"]
            assert said["after"] == said["began"]
        writer.close()


async def test_without_such_a_server_it_begins_now() -> None:
    now = asyncio.get_running_loop().time()
    assert began_at({"type": "http"}) >= now
