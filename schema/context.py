"""What a resolver may know of the request."""

from dataclasses import dataclass
from typing import TYPE_CHECKING, Optional

import strawberry

from app.identity.viewer import Viewer

if TYPE_CHECKING:
    from schema.event.live import Handover


@dataclass(slots=True)
class Context:
    """Made for each operation. `handover`: where a subscription is left, by a server that delivers to many at once."""

    viewer: Viewer
    request_id: str
    handover: Optional["Handover"] = None


Info = strawberry.Info[Context, None]
