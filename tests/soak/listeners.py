"""Subscribers that come back after every cut, with the last cursor they had."""

import asyncio
import json
from contextlib import suppress
from typing import Any

from websockets.asyncio.client import connect
from websockets.exceptions import WebSocketException
from websockets.typing import Subprotocol

from tests.waiting import PATIENCE

CHANGES = """subscription($after: Cursor) { opportunityStageChanged(after: $after) { cursor transition { id } } }"""


class Listener:
    def __init__(self, base_url: str, token: str, after: str) -> None:
        self._url = base_url.replace("http", "ws", 1) + "/graphql"
        self._token = token
        self.after = after
        self.heard: list[str] = []
        self.cuts = 0
        self.faults: list[Any] = []

    async def listen(self) -> None:
        """Until cancelled."""
        while True:
            with suppress(OSError, WebSocketException):
                await self._until_cut()
            self.cuts += 1
            await asyncio.sleep(0.2)

    async def _until_cut(self) -> None:
        async with connect(
            self._url, subprotocols=[Subprotocol("graphql-transport-ws")], compression=None, open_timeout=PATIENCE
        ) as socket:
            await socket.send(json.dumps({"type": "connection_init", "payload": {"token": self._token}}))
            subscribe = {"query": CHANGES, "variables": {"after": self.after}}
            await socket.send(json.dumps({"type": "subscribe", "id": "1", "payload": subscribe}))
            async for text in socket:
                message = json.loads(text)
                if message["type"] == "next" and "errors" not in message["payload"]:
                    event = message["payload"]["data"]["opportunityStageChanged"]
                    self.after = event["cursor"]
                    self.heard.append(event["transition"]["id"])
                elif message["type"] in ("next", "error", "complete"):
                    self._ended(message)
                    return

    def _ended(self, message: Any) -> None:
        payload = message.get("payload")
        errors = payload.get("errors", []) if isinstance(payload, dict) else payload or []
        codes = {error["extensions"]["code"] for error in errors}
        if codes - {"UNAVAILABLE", "OVERLOADED", "SERVER_STOPPING"}:
            self.faults.append(message)
