"""No query or mutation runs for ever."""

import asyncio
from collections.abc import AsyncIterator
from types import TracebackType

from strawberry.extensions import SchemaExtension
from strawberry.types.graphql import OperationType

from app.settings import settings
from schema.errors import ClientError


class deadline:  # `async with deadline():`
    """Gives up the block after the time that settings allow. Raises `ClientError`."""

    __slots__ = ("_seconds", "_timeout")

    async def __aenter__(self) -> None:
        self._seconds = settings().operation_timeout_seconds
        self._timeout = asyncio.timeout(self._seconds)
        await self._timeout.__aenter__()

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        try:
            await self._timeout.__aexit__(kind, error, trace)
        except TimeoutError:
            raise ClientError(
                f"This took longer than {self._seconds:g} s and was given up. Ask for less; what a mutation wanted may"
                " have happened all the same, so read before you repeat it, or repeat it with the same"
                " `clientMutationId`.",
                code="TIMEOUT",
            ) from None


class Deadline(SchemaExtension):
    async def on_execute(self) -> AsyncIterator[None]:
        if self.execution_context.operation_type is OperationType.SUBSCRIPTION:
            yield
            return
        async with deadline():
            yield
