"""No query or mutation runs for ever."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from strawberry.extensions import SchemaExtension
from strawberry.types.graphql import OperationType

from app.settings import settings
from schema.errors import ClientError


@asynccontextmanager
async def deadline() -> AsyncIterator[None]:
    """Gives up the block after the time that settings allow. Raises `ClientError`."""
    seconds = settings().operation_timeout_seconds
    try:
        async with asyncio.timeout(seconds) as timeout:
            yield
    except TimeoutError:
        if not timeout.expired():
            raise
        raise ClientError(
            f"This took longer than {seconds:g} s and was given up. Ask for less; what a mutation wanted may have "
            "happened all the same, so read before you repeat it, or repeat it with the same `clientMutationId`.",
            code="TIMEOUT",
        ) from None


class Deadline(SchemaExtension):
    async def on_execute(self) -> AsyncIterator[None]:
        if self.execution_context.operation_type is OperationType.SUBSCRIPTION:
            yield
            return
        async with deadline():
            yield
