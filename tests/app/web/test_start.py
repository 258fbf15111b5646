from functools import partial
from pathlib import Path

import uvicorn
import uvloop
from starlette.applications import Starlette

from app.web.server import options
from app.web.wire import HttpWire
from tests.serving import Server, settings_for


async def test_it_is_alive_and_ready(server: Server) -> None:
    alive = await server.client.get("/healthz")
    ready = await server.client.get("/readyz")
    assert (alive.status_code, alive.json()) == (200, {"status": "ok"})
    assert (ready.status_code, ready.json()) == (200, {"status": "ready", "reasons": []})


def test_the_loop_and_the_parser_are_the_fast_ones(tmp_path: Path) -> None:
    config = uvicorn.Config(Starlette(), **options(settings_for("postgresql://nowhere", tmp_path)))
    config.load()
    protocol: object = config.http_protocol_class
    assert isinstance(protocol, partial)
    assert protocol.func is HttpWire
    factory = config.get_loop_factory()
    assert factory is not None
    loop = factory()
    assert isinstance(loop, uvloop.Loop)
    loop.close()
