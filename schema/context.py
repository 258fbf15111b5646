"""The context of a request, for resolvers."""

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any, Protocol

import strawberry
from graphql import DocumentNode

from app.database.metering import Meter
from app.events.receiver import Receiver
from app.identity.budgets import Spending
from app.identity.viewer import Viewer
from schema.engine.read.priced import Priced


class LiveSubscription(Protocol):
    """A subscription that is ready to be followed. `after`: the number of the event that it begins after."""

    @property
    def after(self) -> int | None: ...

    async def follow(self, receiver: Receiver) -> None:
        """Returns once the receiver has joined those who are told what happens, or has ended.

        Raises `ClientError` when the log doesn't hold the cursor to begin after.
        """


class Handover:
    """The place where a resolver leaves its subscription, for a server that delivers to many at once.

    `variables`: as the client sent them. `resume`: the cursor that its connection resumes after, whatever the document
    says.
    """

    __slots__ = ("prepared", "resume", "variables")

    def __init__(self, variables: Mapping[str, Any] | None, resume: str | None = None) -> None:
        self.variables = variables
        self.resume = resume
        self.prepared: LiveSubscription | None = None


@dataclass(slots=True)
class Context:
    """Made for each operation.

    `handover`: where a subscription is left.
    `at`: the instant that all of the operation sees as the present; None: when it is asked for.
    `spending`: what the operation was found to cost, if it has been measured already; `priced`: what it is; `meter`:
    what its statements take.
    `document`: its document, if it has been found valid already, and its variables with it.
    `began`: when work on it did, as `perf_counter` gave it; 0: nobody said.
    `since`: when its first byte came, by the event loop's clock; None: it has just come.
    `done`: what its mutations gave or raised, by their keys in the answer.
    """

    viewer: Viewer
    request_id: str
    handover: Handover | None = None
    at: datetime | None = None
    spending: Spending | None = None
    priced: Priced | None = None
    document: DocumentNode | None = None
    began: float = 0.0
    since: float | None = None
    meter: Meter | None = None
    done: dict[str, Any] = field(default_factory=dict)

    def now(self) -> datetime:
        return self.at or datetime.now(UTC)

    def by(self, mutation: str) -> str:
        """What the audit log calls a mutation of this request."""
        return mutation

    async def once(self, key: str, act: Callable[[], Awaitable[Any]]) -> Any:
        """The result of `act`, or its error; it is done once, however often this is asked."""
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
