"""Comments of the demo's people on their deals: to everyone on a deal, and among themselves."""

from collections.abc import Iterator, Sequence
from datetime import timedelta
from typing import Any

from app.demo.deals import Deal
from app.demo.handover import receiver
from app.demo.people import VENDOR, demo_id
from app.vocabulary import CommentAudience

EACH = 9
"""One deal in so many is talked about."""
_TALK = (
    (
        False,
        CommentAudience.EVERYONE_ON_IT,
        "Could an engineer of yours join the next call? They ask about operations.",
    ),
    (True, CommentAudience.EVERYONE_ON_IT, "Yes. Send me two dates, and I will bring somebody."),
    (False, CommentAudience.OWN_ORGANIZATION, "Let us keep a day of our own people free for this one."),
    (True, CommentAudience.OWN_ORGANIZATION, "A good reference for the region, if it closes this quarter."),
)
"""Whether the vendor says it, to whom, and what."""


def comment_rows(deals: Sequence[Deal]) -> Iterator[dict[str, Any]]:
    for deal in deals:
        if deal.n % EACH == 4 and receiver(deal.n) is None:
            yield from _talk(deal)


def _talk(deal: Deal) -> Iterator[dict[str, Any]]:
    began = deal.moves[-1].at
    for n, (vendor, audience, body) in enumerate(_TALK):
        yield {
            "id": demo_id(f"comment/{deal.id}/{n}"),
            "opportunity_id": deal.id,
            "author_id": demo_id(f"user/{deal.partner.channel_manager if vendor else deal.seller}"),
            "organization_id": demo_id(f"org/{VENDOR[0] if vendor else deal.partner.key}"),
            "audience": audience.value,
            "body": body,
            "created_at": min(began + timedelta(minutes=7 * (n + 1)), deal.now),
        }
