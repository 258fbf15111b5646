"""A client's address and scheme are those that a trusted proxy tells, and nobody else's word counts."""

from pathlib import Path

import httpx
import pytest
from starlette.requests import Request
from starlette.responses import PlainTextResponse
from starlette.routing import Route

from app.main import Application
from app.settings import Settings
from app.web.server import trusted_proxies
from tests.waiting import PATIENCE

PROXY = "192.0.2.10"
FORWARDED = {"X-Forwarded-For": "203.0.113.7", "X-Forwarded-Proto": "https"}


async def told(request: Request) -> PlainTextResponse:
    assert request.client is not None
    return PlainTextResponse(f"{request.url.scheme} {request.client.host}")


async def asked(trusted: list[str] | str, peer: str, headers: dict[str, str]) -> str:
    app = Application(trusted=trusted, routes=[Route("/", told)])
    transport = httpx.ASGITransport(app, client=(peer, 4000))
    async with httpx.AsyncClient(transport=transport, base_url="http://portal.example", timeout=PATIENCE) as client:
        return (await client.get("/", headers=headers)).text


@pytest.mark.parametrize(
    ("peer", "headers", "found"),
    [
        (PROXY, {}, f"http {PROXY}"),
        (PROXY, FORWARDED, "https 203.0.113.7"),
        (PROXY, {"X-Forwarded-For": "203.0.113.7"}, "http 203.0.113.7"),
        (PROXY, {"X-Forwarded-Proto": "https"}, f"https {PROXY}"),
        ("198.51.100.9", FORWARDED, "http 198.51.100.9"),
    ],
)
async def test_only_a_trusted_proxy_is_believed(peer: str, headers: dict[str, str], found: str) -> None:
    assert await asked([PROXY], peer, headers) == found


def test_without_proxies_in_the_settings_the_machine_itself_is_trusted(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("FORWARDED_ALLOW_IPS", raising=False)
    assert trusted_proxies(Settings(state_dir=tmp_path)) == "127.0.0.1"
    assert trusted_proxies(Settings(state_dir=tmp_path, trusted_proxies="192.0.2.10,10.0.0.0/8")) == [
        "192.0.2.10",
        "10.0.0.0/8",
    ]
