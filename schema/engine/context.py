"""The context of an operation: what the engine needs to know of a request, and what it notes of it."""

from collections.abc import Awaitable, Callable
from datetime import datetime
from typing import Any, Protocol

from graphql import DocumentNode

from app.database.metering import Meter
from app.identity.budgets import Spending
from app.identity.viewer import Viewer
from schema.engine.read.priced import Priced


class OperationContext(Protocol):
    """Made for each operation by whoever serves it. `schema.context.Context` says what each of these is."""

    at: datetime | None
    spending: Spending | None
    priced: Priced | None
    document: DocumentNode | None
    began: float
    meter: Meter | None

    @property
    def viewer(self) -> Viewer: ...
    @property
    def request_id(self) -> str: ...
    @property
    def since(self) -> float | None: ...
    def now(self) -> datetime: ...
    async def once(self, key: str, act: Callable[[], Awaitable[Any]]) -> Any: ...
