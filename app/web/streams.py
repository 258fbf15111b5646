"""GraphQL over server-sent events, distinct connections mode: one operation, one response."""

import asyncio
from collections.abc import AsyncGenerator, AsyncIterator
from contextlib import aclosing, suppress
from typing import Any, Final

import orjson
from graphql import GraphQLError
from strawberry.types.execution import ExecutionResult

from app.web.authentication import Ended

PING_SECONDS = 12.0
"""Proxies drop connections that are silent for longer than 30 to 60 seconds."""

_PING = b":\n\n"
_COMPLETE = b"event: complete\ndata:\n\n"


class _End:
    pass


_END: Final = _End()


async def event_stream(
    results: AsyncGenerator[Any, None], over: asyncio.Task[Ended], request_id: str, *, ping: float = PING_SECONDS
) -> AsyncIterator[bytes]:
    """Results as they come, until there are no more or the session is `over`."""
    waiting: asyncio.Queue[ExecutionResult | _End] = asyncio.Queue(maxsize=1)
    pump = asyncio.create_task(_pump(results, waiting))
    try:
        yield _PING
        while True:
            result = await _next(waiting, pump, over, ping)
            if result is None:
                yield _PING
            elif isinstance(result, _End):
                break
            elif isinstance(result, Ended):
                yield _refused(result, request_id)
                break
            else:
                yield _event(result)
        yield _COMPLETE
    finally:
        over.cancel()
        pump.cancel()
        with suppress(asyncio.CancelledError):
            await pump


async def _pump(results: AsyncGenerator[Any, None], waiting: "asyncio.Queue[ExecutionResult | _End]") -> None:
    """In a task of its own, since a generator has to run in one and the same from beginning to end."""
    async with aclosing(results) as found:
        async for result in found:
            if isinstance(result, ExecutionResult):  # incremental delivery is not offered
                await waiting.put(result)
    await waiting.put(_END)


async def _next(
    waiting: "asyncio.Queue[ExecutionResult | _End]",
    pump: asyncio.Task[None],
    over: asyncio.Task[Ended],
    ping: float,
) -> ExecutionResult | _End | Ended | None:
    """None: nothing came for `ping` seconds."""
    coming = asyncio.create_task(waiting.get())
    try:
        await asyncio.wait({coming, over, pump}, timeout=ping, return_when=asyncio.FIRST_COMPLETED)
        if coming.done():
            return coming.result()
        if over.done():
            return over.result()
        if pump.done():
            pump.result()  # raises what ended it
            return await coming
        return None
    finally:
        coming.cancel()


def _event(result: ExecutionResult) -> bytes:
    body: dict[str, Any] = {"data": result.data}
    if result.errors:
        body["errors"] = [error.formatted for error in result.errors]
    return _next_event(body)


def _refused(ended: Ended, request_id: str) -> bytes:
    error = GraphQLError(str(ended), extensions={"code": "UNAUTHENTICATED", "requestId": request_id})
    return _next_event({"errors": [error.formatted]})


def _next_event(body: dict[str, Any]) -> bytes:
    return b"event: next\ndata: " + orjson.dumps(body, default=str) + b"\n\n"
