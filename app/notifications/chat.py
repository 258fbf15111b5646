"""Messages to people's chats, by the incoming webhooks that they have named; `app.outgoing` lets none of them into the
network that we stand in."""

from collections.abc import Sequence
from uuid import UUID

import orjson

from app.notifications.chat_bodies import body_of
from app.notifications.people import Person
from app.notifications.templates import language_for, sentences
from app.notifications.words import Worded
from app.outgoing import BadUrl, NotReached, Outgoing, Rules
from app.settings import settings
from app.vocabulary import ChatService

WITHIN_SECONDS = 15.0
LONGEST_PAUSE = 86_400
FOR_GOOD = frozenset({400, 403, 404, 405, 410})
"""The chat, or its webhook, is no more, or it doesn't take what we say."""


class ChatRefused(Exception):
    """The chat didn't take the message. `reason`: in words that quote nothing of it. `for_good`: there is no use in
    trying again; `pause`: the seconds that it asks to wait; `away`: it isn't reached, so others needn't be tried."""

    def __init__(self, reason: str, *, for_good: bool = False, pause: float | None = None, away: bool = False) -> None:
        super().__init__(reason)
        self.away = away
        self.reason = reason
        self.for_good = for_good
        self.pause = pause


async def send_chat(id: UUID, to: Person, items: Sequence[Worded]) -> None:
    """Raises `ChatRefused`."""
    address = to.chat_address()
    if address is None:
        raise ChatRefused("The address can't be read any more: it has to be named again.", for_good=True)
    assert to.chat_service is not None
    heading = items[0].title
    if len(items) > 1:
        heading = sentences(language_for(to.viewer.language)).digest.render(n=len(items))
    body = orjson.dumps(body_of(ChatService(to.chat_service), id, heading, items))
    outgoing = Outgoing(Rules.of(settings()))
    try:
        headers = {"Content-Type": "application/json"}
        answer = await outgoing.post(address, body, headers, within=WITHIN_SECONDS)
    except BadUrl:
        raise ChatRefused("The address can't be called.", for_good=True) from None
    except NotReached as failed:
        raise ChatRefused(failed.reason, away=True) from None
    finally:
        await outgoing.aclose()
    if not 200 <= answer.status < 300:
        asked = answer.headers.get("retry-after", "")
        pause = float(min(int(asked), LONGEST_PAUSE)) if asked.isascii() and asked.isdigit() else None
        reason = f"The chat answered {answer.status}."
        raise ChatRefused(reason, for_good=answer.status in FOR_GOOD, pause=pause)
