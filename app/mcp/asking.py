"""The viewer and the program of an assistant's request, for the engine."""

from dataclasses import dataclass

from app.identity.viewer import Viewer
from app.web.wire import HttpWire
from schema.context import Context

ASKING = "mcp"
"""Where `Asking` is in the state of a request's scope."""


@dataclass(slots=True)
class AssistantContext(Context):
    """`client`: what the program calls itself."""

    client: str = ""

    def by(self, mutation: str) -> str:
        return f"{mutation} by MCP client {self.client}"


@dataclass(frozen=True, slots=True)
class Asking:
    """Of one request. `since`: when its first byte came, by the event loop's clock."""

    viewer: Viewer
    request_id: str
    client: str
    since: float
    wire: HttpWire | None

    def context(self) -> AssistantContext:
        return AssistantContext(self.viewer, self.request_id, since=self.since, client=self.client)
