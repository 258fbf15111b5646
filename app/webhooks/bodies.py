"""Bodies of webhooks: thin ones, which name what happened, and full ones, which answer a document besides.

Answers come from the schema, which this floor doesn't know: whoever runs the product says where (`use_answers`).
"""

from collections.abc import Awaitable, Callable, Mapping
from typing import Any
from uuid import UUID

import orjson

from app.events.cursors import log_cursor
from app.events.log import LoggedEvent
from app.identity.viewer import Viewer
from app.nouns import OPPORTUNITY, WEBHOOK_DELIVERY
from app.nouns.audiences import BY_SUBJECT

Answer = Callable[[Viewer, str, LoggedEvent], Awaitable[bytes | None]]
"""From the owner, the document and the event to the encoded `{"data": …}`; None: the document doesn't ask for such an
event. Raises `Unanswerable` and `FailedHere`."""


class Unanswerable(Exception):
    """The document can't be answered now; the message is for its owner."""


class FailedHere(Exception):
    """It isn't answered for reasons of ours, such as a statement that took too long: nothing is sent, and it is tried
    again. `code`: as errors of an answer have it."""

    def __init__(self, code: str) -> None:
        super().__init__(code)
        self.code = code


_load: Callable[[], Answer] | None = None


def use_answers(load: Callable[[], Answer]) -> None:
    """`load` is called when the first document is to be answered."""
    global _load
    _load = load


def webhook_id(delivery_id: UUID) -> str:
    """The same over all tries of a delivery, and its id in the API."""
    return f"{WEBHOOK_DELIVERY.prefix}_{delivery_id}"


def thin(delivery_id: UUID, event: LoggedEvent) -> dict[str, Any]:
    """The deal stands beside the subject where the event belongs to one."""
    body = {
        "type": event.type.value,
        "timestamp": event.at.isoformat(),
        "id": webhook_id(delivery_id),
        "cursor": log_cursor(event.seq),
        "subject": _subject(event),
    }
    if event.opportunity_id is not None:
        body["opportunity"] = f"{OPPORTUNITY.prefix}_{event.opportunity_id}"
    return body


def _subject(event: LoggedEvent) -> str | None:
    noun = BY_SUBJECT.get(event.subject_type or "")
    return None if noun is None else f"{noun.prefix}_{event.subject_id}"


async def body_of(delivery_id: UUID, event: LoggedEvent, owner: Viewer, document: str | None) -> bytes | None:
    """None: the document doesn't ask for such an event. Raises `Unanswerable` and `FailedHere`."""
    told = orjson.dumps(thin(delivery_id, event))
    if document is None:
        return told
    if _load is None:
        raise Unanswerable("No answers are made here.")
    answer = await _load()(owner, document, event)
    return None if answer is None else b"%b,%b" % (told[:-1], answer[1:])


def body_with(delivery: Mapping[str, Any]) -> bytes:
    """Of what no event says."""
    said = orjson.loads(delivery["payload"]) if delivery["payload"] else {}
    head = {"type": delivery["type"], "timestamp": delivery["at"].isoformat(), "id": webhook_id(delivery["id"])}
    return orjson.dumps({**head, "data": said})
