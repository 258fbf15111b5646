"""No answer depends on a host that the client made up, and hosts that aren't served get none."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from tests.raw import Target, recording
from tests.serving import Server

PATHS = ("/graphql/", "/healthz/", "/readyz/", "/metrics/", "//", "/graphql//", "//evil.example/graphql", "/nothing/")


async def test_a_path_with_a_slash_too_many_is_none(server: Server) -> None:
    for path in PATHS:
        for method in ("GET", "POST"):
            url = server.base_url + path
            response = await server.client.request(method, url, headers={"Host": "evil.example"})
            assert response.status_code == 404, path
            assert "location" not in response.headers
            assert "evil" not in response.text
            assert response.json()["graphql"] == "/graphql"


@pytest.fixture
async def target(tmp_path: Path) -> AsyncIterator[Target]:
    async with recording(tmp_path, allowed_hosts=("portal.example", "[::1]")) as target:
        yield target


@pytest.mark.parametrize("host", ["portal.example", "Portal.Example:8443", "[::1]:80"])
async def test_a_host_that_is_listed_is_served_on_any_port(target: Target, host: str) -> None:
    outcome = await target.exchange(f"GET /own HTTP/1.1\r\nHost: {host}\r\nConnection: close\r\n\r\n".encode())
    assert outcome.statuses == [200]


@pytest.mark.parametrize("host", ["evil.example", "portal.example.evil.example", "127.0.0.1", "portal.example."])
async def test_any_other_is_not_served(target: Target, host: str) -> None:
    outcome = await target.exchange(f"GET /own HTTP/1.1\r\nHost: {host}\r\n\r\n".encode())
    assert outcome.statuses == [421]
    assert target.ran == []


async def test_health_is_told_to_whoever_asks_by_address(target: Target) -> None:
    for path in ("/healthz", "/readyz"):
        sent = f"GET {path} HTTP/1.1\r\nHost: 10.0.0.7\r\nConnection: close\r\n\r\n"
        assert (await target.exchange(sent.encode())).statuses == [200]
