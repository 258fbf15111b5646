"""A subscriber in the test's own process: what would be written to its connection is taken from a queue.

async with following(engine, text, viewer, variables) as payloads: first = await anext(payloads)
"""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Mapping
from contextlib import aclosing, asynccontextmanager, suppress
from typing import Any

import orjson
from graphql import OperationType

from app.database.rls import continue_as_viewer
from app.events.endings import SubscriptionEnded
from app.events.receiver import Receiver
from app.identity.rls_policies import rls_setting
from app.identity.viewer import Viewer
from schema.context import Context, Handover
from schema.engine.serve.engine import Engine, Question
from schema.event.live import ending, failure

Payload = dict[str, Any]

REQUEST = "test-request"


class Inbox(Receiver):
    """Always has room. `None` in its queue: there will be no more."""

    __slots__ = ("payloads",)

    def __init__(self) -> None:
        super().__init__()
        self.payloads: asyncio.Queue[bytes | None] = asyncio.Queue()

    def ready(self) -> bool:
        return True

    async def room(self) -> None:
        return

    def put(self, answer: bytes) -> None:
        self.payloads.put_nowait(answer)

    def finish(self, ended: SubscriptionEnded) -> None:
        self.fail(ending(ended))

    def fail(self, error: Exception) -> None:
        self.leave()
        self.payloads.put_nowait(failure(error, REQUEST))
        self.payloads.put_nowait(None)

    async def arriving(self) -> AsyncIterator[Payload]:
        while (payload := await self.payloads.get()) is not None:
            yield orjson.loads(payload)


@asynccontextmanager
async def following(
    engine: Engine, text: str, who: Awaitable[Viewer], variables: Mapping[str, Any]
) -> AsyncIterator[AsyncIterator[Payload]]:
    """Entered once the subscriber has joined those who are told what happens, or its past is being told."""
    inbox, viewer = Inbox(), await who
    joined = asyncio.Event()
    running = asyncio.create_task(_run(engine, text, viewer, variables, inbox, joined))
    await joined.wait()
    try:
        yield inbox.arriving()
    finally:
        inbox.leave()
        running.cancel()
        with suppress(asyncio.CancelledError):
            await running


async def _run(
    engine: Engine, text: str, viewer: Viewer, variables: Mapping[str, Any], inbox: Inbox, joined: asyncio.Event
) -> None:
    continue_as_viewer(rls_setting(viewer))
    handover = Handover(variables)
    question = Question(text, variables, None, tuple(OperationType))
    try:
        async with aclosing(engine.stream(question, Context(viewer, REQUEST, handover))) as found:
            async for told in found:
                inbox.put(told.payload)
        if handover.prepared is None:
            inbox.payloads.put_nowait(None)
            return
        if handover.prepared.after is not None:
            joined.set()
        await handover.prepared.follow(inbox)
    except Exception as error:  # noqa: BLE001 # told, as to a client
        inbox.fail(error)
    finally:
        joined.set()
