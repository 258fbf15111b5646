"""The context of a request, for resolvers."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, Optional

import strawberry

from app.database.metering import Meter
from app.identity.budgets import Spending
from app.identity.viewer import Viewer

if TYPE_CHECKING:
    from schema.engine.documents import Prepared
    from schema.engine.priced import Priced
    from schema.event.live import Handover


@dataclass(slots=True)
class Context:
    """Made for each operation.

    `handover`: where a subscription is left, by a server that delivers to many at once.
    `at`: the instant that all of the operation sees as the present; None: when it is asked for.
    `spending`: what the operation was found to cost, if it has been measured already; `priced`: what it is; `meter`:
    what its statements take.
    `prepared`: its document, if it has been found valid already, and its variables with it.
    `began`: when work on it did, as `perf_counter` gave it; 0: nobody said.
    `since`: when its first byte came, by the event loop's clock; None: it has just come.
    `done`: what its mutations gave or raised, by their keys in the answer.
    """

    viewer: Viewer
    request_id: str
    handover: Optional["Handover"] = None
    at: datetime | None = None
    spending: Spending | None = None
    priced: Optional["Priced"] = None
    prepared: Optional["Prepared"] = None
    began: float = 0.0
    since: float | None = None
    meter: Meter | None = None
    done: dict[str, Any] = field(default_factory=dict)

    def now(self) -> datetime:
        return self.at or datetime.now(UTC)

    async def once(self, key: str, act: Callable[[], Awaitable[Any]]) -> Any:
        """What `act` gives, or raises; it is done once, however often this is asked."""
        if key not in self.done:
            try:
                self.done[key] = await act()
            except Exception as error:
                self.done[key] = error
                raise
        outcome = self.done[key]
        if isinstance(outcome, Exception):
            raise outcome
        return outcome


Info = strawberry.Info[Context, None]
