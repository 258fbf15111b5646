"""One operation of a WebSocket: a query or mutation that is answered once, or a subscription."""

import asyncio
from collections.abc import Mapping, Sequence
from contextlib import aclosing
from typing import TYPE_CHECKING, Any

import orjson
import structlog
from graphql import GraphQLError, OperationType

from app.events.endings import SubscriptionEnded, TailStopped
from app.events.receiver import Receiver
from app.identity.viewer import Viewer
from app.web.frames import frame
from app.web.trusted import NotTrusted
from schema.context import Context, Handover, LiveSubscription
from schema.engine.serve.engine import Question
from schema.event.live import ending, failure

if TYPE_CHECKING:
    from app.web.sockets import SocketConnection

log = structlog.get_logger(__name__)

KINDS = tuple(OperationType)


class SocketOperation(Receiver):
    """`task` runs the operation; there is none any more once a subscription has caught up with the present."""

    __slots__ = ("_began", "_connection", "_head", "_id")

    def __init__(self, connection: "SocketConnection", id: str) -> None:
        super().__init__()
        self._connection = connection
        self._id = id
        self._began = asyncio.get_running_loop().time()
        self._head = b'{"id":%b,"type":"next","payload":' % orjson.dumps(id)

    def ready(self) -> bool:
        return self._connection.wire.has_room

    async def room(self) -> None:
        await self._connection.wire.room()

    def put(self, answer: bytes) -> None:
        self._connection.wire.write(self._connection.sockets.frames.of(self._head, answer))

    def finish(self, ended: SubscriptionEnded) -> None:
        """Whose server stops gets no `complete`, which would end it for good: clients connect again by themselves when
        the connection is closed."""
        if isinstance(ended, TailStopped):
            self._connection.restart()
        else:
            self._fail(ending(ended))

    def stop(self) -> asyncio.Task[None] | None:
        """The client has had enough. The task that still has to come to its end."""
        self.leave()
        if self.task is not None:
            self.task.cancel()
        return self.task

    async def run(self, viewer: Viewer, asked: Mapping[str, Any]) -> None:
        try:
            prepared = await self._execute(viewer, asked)
            if prepared is not None:
                await prepared.follow(self)
        except Exception as error:  # noqa: BLE001 # masked, logged and told
            self._fail(error)
        finally:
            self.task = None

    async def _execute(self, viewer: Viewer, asked: Mapping[str, Any]) -> LiveSubscription | None:
        """A subscription is prepared and given back; anything else is answered and completed."""
        connection = self._connection
        try:
            document = connection.sockets.trusted.text(
                asked.get("query"), asked.get("extensions"), asked.get("documentId") or None
            )
        except NotTrusted as refused:
            extensions = {"code": refused.code, "requestId": connection.request_id}
            await self._refuse([GraphQLError(refused.message, extensions=extensions).formatted])
            return None
        question = Question(document, asked.get("variables"), asked.get("operationName") or None, KINDS)
        handover = Handover(question.variables)
        context = Context(viewer, connection.request_id, handover, since=self._began)
        async with aclosing(connection.sockets.engine.stream(question, context)) as found:
            async for told in found:
                if told.refused is not None:
                    await self._refuse(told.refused)
                    return None
                await self.room()
                self.put(told.payload)
        if handover.prepared is None:
            self._complete()
        return handover.prepared

    async def _refuse(self, errors: Sequence[Mapping[str, Any]]) -> None:
        self._forget()
        await self._connection.send({"id": self._id, "type": "error", "payload": errors})

    def _fail(self, error: Exception) -> None:
        self.put(failure(error, self._connection.request_id))
        self.leave()
        self._complete()

    def _complete(self) -> None:
        self._forget()
        self._connection.wire.write(frame(orjson.dumps({"id": self._id, "type": "complete"})))

    def _forget(self) -> None:
        if self._connection.operations.get(self._id) is self:
            del self._connection.operations[self._id]
