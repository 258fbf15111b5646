"""Notices of what happens to deals, their comments and invitations, from events of the log."""

from datetime import timedelta
from uuid import UUID

from app.database import Transaction
from app.events.log import LoggedEvent
from app.notifications.notify import Notice
from app.notifications.recipients import added_since, managers_of, of_deal, of_registration, reviewers, who_talked
from app.vocabulary import EventType, InvitationStatus, NotificationKind, TransitionKind

CLOSING = frozenset({TransitionKind.WON.value, TransitionKind.LOST.value})
URGENT = ("CRITICAL", "HIGH")

_COMMENT = "SELECT opportunity_id, registration_id FROM comment WHERE id = $1 AND removed_at IS NULL"
_INVITATION = """
SELECT d.opportunity_id, d.partner_id, d.status, d.invited_by_id, d.inviter_id, o.owner_id
FROM deal_partner d JOIN opportunity o ON o.id = d.opportunity_id WHERE d.id = $1
"""
_ADVICE = """
SELECT n.key, n.stage_key FROM next_best_action n JOIN opportunity o ON o.id = n.opportunity_id
WHERE n.opportunity_id = $1 AND n.status = 'PROPOSED' AND n.urgency = ANY ($2::text[]) AND o.status = 'OPEN'
  AND n.partner_id IS NOT DISTINCT FROM o.partner_id
ORDER BY n.position, n.id LIMIT 1
"""


def key_of(event: LoggedEvent, part: str) -> str:
    return f"event/{event.seq}/{part}"


async def of_move(tx: Transaction, event: LoggedEvent) -> list[Notice]:
    """Those who work on a deal hear of each move; its partner's managers and channel manager, how it ended."""
    assert event.opportunity_id is not None
    said = event.payload
    people = await of_deal(tx, event.opportunity_id)
    closed = said.get("kind") in CLOSING
    to = people.of("owner_id", "team", *(("managers", "channel_manager_id") if closed else ()))
    details = {"transitionId": event.subject_id, "automatic": bool(said.get("automatic")), "outcome": said.get("kind")}
    kind = NotificationKind.DEAL_CLOSED if closed else NotificationKind.DEAL_STAGE_CHANGED
    return [_of_deal(event, kind, "move", to, details)]


def _of_deal(
    event: LoggedEvent, kind: NotificationKind, part: str, to: set[UUID], details: dict[str, object]
) -> Notice:
    return Notice(kind, key_of(event, part), to, event.actor_id, event.opportunity_id, details=details)


async def of_creation(tx: Transaction, event: LoggedEvent) -> list[Notice]:
    """An owner hears of a deal that somebody else has made for them; of those that an import brings, nobody."""
    assert event.opportunity_id is not None
    if event.actor_id is None:
        return []
    people = await of_deal(tx, event.opportunity_id)
    owner = {"role": "owner"}
    return [_of_deal(event, NotificationKind.DEAL_ASSIGNED, "owner", people.of("owner_id"), {**owner})]


async def of_change(tx: Transaction, event: LoggedEvent) -> list[Notice]:
    """Who has become the owner, and who was put on the team."""
    assert event.opportunity_id is not None
    fields = event.payload.get("fields", [])
    found: list[Notice] = []
    if "owner" in fields:
        people = await of_deal(tx, event.opportunity_id)
        owner: dict[str, object] = {"role": "owner"}
        found.append(_of_deal(event, NotificationKind.DEAL_ASSIGNED, "owner", people.of("owner_id"), owner))
    if "team" in fields:
        # The event is written by the transaction that adds them, at its beginning or a little before.
        added = await added_since(tx, event.opportunity_id, event.at - timedelta(seconds=30))
        found.extend(_joined(event, one) for one in sorted(added))
    return found


def _joined(event: LoggedEvent, user_id: UUID) -> Notice:
    key = f"team/{event.opportunity_id}/{user_id}/{event.at:%Y-%m-%d}"
    details = {"role": "team"}
    return Notice(NotificationKind.DEAL_ASSIGNED, key, {user_id}, event.actor_id, event.opportunity_id, details=details)


async def of_comment(tx: Transaction, event: LoggedEvent) -> list[Notice]:
    """Those who work on what it is on, whoever has talked there, and the partner's channel manager."""
    row = await tx.fetchrow(_COMMENT, event.subject_id)
    if row is None:
        return []
    deal, registration = row["opportunity_id"], row["registration_id"]
    to = await who_talked(tx, deal, registration)
    if deal is not None:
        to |= (await of_deal(tx, deal)).of("owner_id", "team", "channel_manager_id")
    if registration is not None:
        people = await of_registration(tx, registration)
        to |= people.of("owner_id", "submitted_by_id") | await reviewers(tx, people)
    return [
        Notice(
            NotificationKind.COMMENT_ADDED,
            key_of(event, "comment"),
            to,
            event.actor_id,
            deal,
            registration,
            comment_id=event.subject_id,
        )
    ]


async def of_invitation(tx: Transaction, event: LoggedEvent) -> list[Notice]:
    """The managers of whoever is asked; then, what became of it, whoever asked and the deal's owner."""
    row = await tx.fetchrow(_INVITATION, event.subject_id)
    if row is None:
        return []
    status = event.payload.get("status")
    if status == InvitationStatus.INVITED:
        to = await managers_of(tx, row["partner_id"])
        kind = NotificationKind.INVITATION_RECEIVED
        return [Notice(kind, key_of(event, "asked"), to, event.actor_id, invitation_id=event.subject_id)]
    to = {one for one in (row["invited_by_id"], row["owner_id"]) if one is not None}
    if row["inviter_id"] is not None:
        to |= await managers_of(tx, row["inviter_id"])
    details = {"partnerId": row["partner_id"], "status": status}
    return [
        Notice(
            NotificationKind.INVITATION_ANSWERED,
            key_of(event, "answered"),
            to,
            event.actor_id,
            row["opportunity_id"],
            invitation_id=event.subject_id,  # whoever doesn't see it, as one of the vendor's to others, isn't told
            details=details,
        )
    ]


async def of_advice(tx: Transaction, event: LoggedEvent) -> list[Notice]:
    """The owner hears of an urgent action once for each stage, however often it is proposed anew."""
    if event.opportunity_id is None or "response" in event.payload:
        return []
    row = await tx.fetchrow(_ADVICE, event.opportunity_id, URGENT)
    if row is None:
        return []
    people = await of_deal(tx, event.opportunity_id)
    key = f"advice/{event.opportunity_id}/{row['stage_key']}/{row['key']}"
    details = {"actionKey": row["key"]}
    kind = NotificationKind.ADVICE_URGENT
    return [Notice(kind, key, people.of("owner_id"), None, event.opportunity_id, details=details)]


DEALS = {
    EventType.OPPORTUNITY_STAGE_CHANGED: of_move,
    EventType.OPPORTUNITY_CREATED: of_creation,
    EventType.OPPORTUNITY_UPDATED: of_change,
    EventType.COMMENT_ADDED: of_comment,
    EventType.INVITATION_CHANGED: of_invitation,
    EventType.RECOMMENDATIONS_UPDATED: of_advice,
}
