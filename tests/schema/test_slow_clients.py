"""A client that stops reading is let go by itself, and has everything once it has resumed."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack
from pathlib import Path
from typing import Any

import pytest

from app.demo.people import demo_id
from app.events.tail import tail
from tests.copies import administer, with_database
from tests.schema.subscribers import Line, Payload, over_sse, over_websocket
from tests.schema.test_shared_answers import MOVES, deal_of, joined, move
from tests.schema.world import SELLER, VENDOR
from tests.serving import Server, running, settings_for
from tests.waiting import PATIENCE, until

SIP = 16_384
WAITING = 10
MOST = 100
"""Moves after which a queue of ten that hasn't run over never will: the buffers before it hold far fewer."""

# About 4 kB for each event.
CHANGES = """subscription($after: Cursor) { opportunityStageChanged(after: $after) { cursor
  opportunity { name version playbook { stages { id key name definition activities { id key name } } } }
} }"""


@pytest.fixture
async def server(postgres: str, demo_template: str, tmp_path: Path) -> AsyncIterator[Server]:
    await administer(postgres, f"CREATE DATABASE slow TEMPLATE {demo_template}")
    chosen = settings_for(with_database(postgres, "slow"), tmp_path, max_waiting_events=WAITING)
    async with running(chosen, send_buffer=SIP) as server:
        yield server
    await administer(postgres, "DROP DATABASE slow WITH (FORCE)")


async def event(payloads: AsyncIterator[Payload]) -> dict[str, Any]:
    async with asyncio.timeout(PATIENCE):
        payload = await anext(payloads)
    assert "errors" not in payload, payload
    told: dict[str, Any] = payload["data"]["opportunityStageChanged"]
    return told


@pytest.mark.parametrize("line", [over_websocket, over_sse], ids=["websocket", "sse"])
async def test_who_stops_reading_is_told_so_and_resumes_while_others_get_everything_at_once(
    server: Server, line: Line
) -> None:
    token = server.token_for(str(demo_id(f"user/{VENDOR}")))
    deal = await deal_of(SELLER)
    async with AsyncExitStack() as lines:
        slow = await lines.enter_async_context(line(server.base_url, token, CHANGES, {}, SIP))
        quick = await lines.enter_async_context(line(server.base_url, token, CHANGES, {}))
        await joined(2)
        executions = tail().fanout.executions
        told: list[dict[str, Any]] = []
        while len(tail().fanout) == 2:
            assert len(told) < MOST, "whoever doesn't read is followed for ever"
            await move(server, deal, MOVES[len(told) % 2])
            told.append(await event(quick))
        assert tail().fanout.executions == executions + len(told)

        *heard, last = [payload async for payload in slow]
        got = [one["data"]["opportunityStageChanged"] for one in heard]
        assert got == told[: len(got)]
        assert len(told) - len(got) == WAITING + 1
        assert last["data"] is None
        [error] = last["errors"]
        assert error["extensions"]["code"] == "SUBSCRIPTION_OVERFLOW"
        assert error["extensions"]["cursor"] == got[-1]["cursor"]

        after = {"after": error["extensions"]["cursor"]}
        resumed = await lines.enter_async_context(line(server.base_url, token, CHANGES, after))
        await move(server, deal, MOVES[len(told) % 2])
        told.append(await event(quick))
        missed = [await event(resumed) for _ in range(WAITING + 2)]
    assert [one["cursor"] for one in (*got, *missed)] == [one["cursor"] for one in told]
    await until(nobody_is_left)


async def nobody_is_left() -> bool:
    return len(tail().fanout) == 0
