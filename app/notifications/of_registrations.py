"""Notices of the steps of registrations: those who wait for an answer hear it, those who owe one are asked."""

from app.database import Transaction
from app.events.log import LoggedEvent
from app.notifications.notify import Notice
from app.notifications.recipients import People, of_registration, reviewers
from app.vocabulary import EventType, NotificationKind

_TO_REVIEW = frozenset(
    {
        EventType.REGISTRATION_SUBMITTED,
        EventType.REGISTRATION_EXTENSION_REQUESTED,
        EventType.REGISTRATION_REVIEW_OVERDUE,
    }
)
_TO_SUBMITTER = {
    EventType.REGISTRATION_CHANGES_REQUESTED: NotificationKind.REGISTRATION_UPDATED,
    EventType.REGISTRATION_EXTENDED: NotificationKind.REGISTRATION_UPDATED,
    EventType.REGISTRATION_EXTENSION_DECLINED: NotificationKind.REGISTRATION_UPDATED,
    EventType.REGISTRATION_UNDER_REVIEW_AGAIN: NotificationKind.REGISTRATION_UPDATED,
    EventType.REGISTRATION_REINSTATED: NotificationKind.REGISTRATION_UPDATED,
    EventType.REGISTRATION_APPROVED: NotificationKind.REGISTRATION_DECIDED,
    EventType.REGISTRATION_REJECTED: NotificationKind.REGISTRATION_DECIDED,
    EventType.REGISTRATION_EXPIRING: NotificationKind.PROTECTION_EXPIRING,
    EventType.REGISTRATION_EXPIRED: NotificationKind.PROTECTION_ENDED,
    EventType.REGISTRATION_REVOKED: NotificationKind.PROTECTION_ENDED,
}
_MANAGERS_TOO = frozenset(
    {
        EventType.REGISTRATION_APPROVED,
        EventType.REGISTRATION_REJECTED,
        EventType.REGISTRATION_EXPIRED,
        EventType.REGISTRATION_REVOKED,
    }
)
"""Of a partner's own managers, who are not told of each step."""


async def of_step(tx: Transaction, event: LoggedEvent) -> list[Notice]:
    assert event.subject_id is not None
    people = await of_registration(tx, event.subject_id)
    if event.type in _TO_REVIEW:
        overdue = event.type is EventType.REGISTRATION_REVIEW_OVERDUE
        to = await reviewers(tx, people, all_of_them=overdue)
        kind = NotificationKind.REGISTRATION_TO_REVIEW
    elif event.type is EventType.REGISTRATION_WITHDRAWN:
        to, kind = people.of("reviewer_id"), NotificationKind.REGISTRATION_UPDATED
    else:
        managers = ("managers",) if event.type in _MANAGERS_TOO else ()
        to, kind = people.of("owner_id", "submitted_by_id", *managers), _TO_SUBMITTER[event.type]
    return [
        Notice(
            kind,
            f"event/{event.seq}/step",
            to,
            event.actor_id,
            registration_id=event.subject_id,
            details=_details(event, people),
        )
    ]


def _details(event: LoggedEvent, people: People) -> dict[str, object]:
    return {
        "step": event.type.value.removeprefix("REGISTRATION_"),
        "days": event.payload.get("daysLeft"),
        "partnerId": people.get("partner_id"),
    }


REGISTRATIONS = dict.fromkeys((*_TO_REVIEW, EventType.REGISTRATION_WITHDRAWN, *_TO_SUBMITTER), of_step)
