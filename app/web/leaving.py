"""Clients that leave before they are answered: their queries need not go on."""

import asyncio
from types import TracebackType

from starlette.requests import ClientDisconnect

from app.web.wire import HttpWire
from schema.context import Context


class while_connected:  # `with while_connected(…):`
    """Gives up a query when its client's connection is lost. Raises `ClientDisconnect` then.

    A mutation goes on: who sent one and left wants it done.
    """

    __slots__ = ("_cancelling", "_context", "_left", "_task", "_wire")

    def __init__(self, wire: HttpWire | None, context: Context) -> None:
        self._wire = wire
        self._context = context
        self._left = False

    def __enter__(self) -> None:
        task = asyncio.current_task()
        assert task is not None
        self._task = task
        self._cancelling = task.cancelling()
        if self._wire is not None:
            self._wire.on_lost = self._leave

    def _leave(self) -> None:
        priced = self._context.priced
        if priced is None or priced.kind == "query":
            self._left = True
            self._task.cancel()

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._wire is not None:
            self._wire.on_lost = None
        if self._left and self._task.uncancel() <= self._cancelling and kind is asyncio.CancelledError:
            raise ClientDisconnect from None
