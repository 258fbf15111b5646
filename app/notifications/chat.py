"""Messages to people's chats, by the incoming webhooks that they have named."""

from collections.abc import Sequence
from uuid import UUID

from app.notifications.people import Person
from app.notifications.words import Worded


class ChatRefused(Exception):
    """The chat didn't take the message. `reason`: in words that quote nothing of it. `for_good`: there is no use in
    trying again; `pause`: the seconds that it asks to wait."""

    def __init__(self, reason: str, *, for_good: bool = False, pause: float | None = None) -> None:
        super().__init__(reason)
        self.reason = reason
        self.for_good = for_good
        self.pause = pause


async def send_chat(_id: UUID, _to: Person, _items: Sequence[Worded]) -> None:
    """Raises `ChatRefused`."""
    raise ChatRefused("This server doesn't send to chats yet.", pause=3_600)
