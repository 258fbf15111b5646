"""Assistants as they meet a server: by the SDK's own client, and by messages that are written by hand."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any

import httpx
import httpx2
from mcp import Client
from mcp.client.streamable_http import streamable_http_client
from mcp_types import CallToolResult, Implementation, TextContent

from app.demo.people import demo_id
from tests.serving import Server
from tests.waiting import PATIENCE

ERAS = ("legacy", "2026-07-28")
"""Of the protocol: with a handshake first, and without."""
HEADERS = {"Content-Type": "application/json", "Accept": "application/json, text/event-stream"}


@dataclass(frozen=True, slots=True)
class Assistants:
    server: Server

    def token(self, who: str) -> str:
        return self.server.token_for(str(demo_id(f"user/{who}")))

    @asynccontextmanager
    async def client(self, who: str, era: str = "legacy", name: str = "Test Desk") -> AsyncIterator[Client]:
        async with (
            httpx2.AsyncClient(
                headers={"Authorization": f"Bearer {self.token(who)}"}, timeout=PATIENCE, trust_env=False
            ) as http,
            Client(
                streamable_http_client(f"{self.server.base_url}/mcp", http_client=http),
                mode=era,
                client_info=Implementation(name=name, version="1.2"),
            ) as client,
        ):
            yield client

    async def post(self, body: Any, who: str | None = None, **headers: str) -> httpx.Response:
        """`body`: bytes as they are, anything else as JSON."""
        signed = {"Authorization": f"Bearer {self.token(who)}"} if who else {}
        sent = {**HEADERS, **signed, **{name.replace("_", "-"): value for name, value in headers.items()}}
        given: dict[str, Any] = {"content": body} if isinstance(body, bytes) else {"json": body}
        return await self.server.client.post("/mcp", headers=sent, **given)


def message(method: str, id: Any = 1, **params: Any) -> dict[str, Any]:
    return {"jsonrpc": "2.0", "id": id, "method": method, "params": params}


def calling(tool: str, **arguments: Any) -> dict[str, Any]:
    return message("tools/call", name=tool, arguments=arguments)


def text_of(result: CallToolResult) -> str:
    [content] = result.content
    assert isinstance(content, TextContent)
    return content.text
