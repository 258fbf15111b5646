"""What a resolver may know of the request."""

from dataclasses import dataclass

import strawberry

from app.identity.viewer import Viewer


@dataclass(slots=True)
class Context:
    """Made for each HTTP request and for each WebSocket connection; holds nothing that belongs to one operation."""

    viewer: Viewer
    request_id: str


Info = strawberry.Info[Context, None]
