"""Advice that the demo's partners were given in the past, and what they made of it."""

from collections import defaultdict
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime, time, timedelta
from typing import Any
from uuid import UUID

import orjson

from app.demo.deals import Deal
from app.demo.history import LEFT_FORWARDS, Stay
from app.demo.people import demo_id
from app.vocabulary import ActionResponse, ActionStatus, ContentKind, GuidanceSource
from guidance.actions import ActionKind, Urgency
from guidance.facts import Reader

Row = dict[str, Any]

EACH_STAGE = 2
DISMISSED_BECAUSE = (
    "The customer asked us to wait",
    "We do this later in our own process",
    "Already settled by phone",
    "Not the right contact for it",
    "No time this week",
    "Their holidays, nobody is there until the end of the month",
    "Our engineer does it at the next visit anyway",
    "Would be the third mail this week",
    "The manager of the branch wants to be asked first",
    "Too early, they haven't read the last one",
    "We have this in writing already, only not here",
    "Customer doesn't read attachments; I tell them",
)


def advice_rows(deals: Sequence[Deal], contents: Sequence[Row], links: Sequence[Row]) -> dict[str, list[Row]]:
    """For the stages that deals have left forwards: what was proposed there, and how it was answered."""
    by_id = {row["id"]: row for row in contents}
    shelf: dict[UUID, list[Row]] = defaultdict(list)
    for link in links:
        if by_id[link["content_id"]]["language"] == "en" and not by_id[link["content_id"]]["audience"]:
            shelf[link["stage_id"]].append(by_id[link["content_id"]])
    rows: dict[str, list[Row]] = {"next_best_action": [], "action_content": []}
    for deal in deals:
        for stay in deal.stays:
            if stay.left_by in LEFT_FORWARDS and stay.left > stay.entered and deal.chance.random() < 0.5:
                pieces = [one for one in shelf[_stage_id(deal, stay)] if _fits(one, deal)]
                for table, row in _of_stay(deal, stay, pieces):
                    rows[table].append(row)
    return rows


def _fits(piece: Row, deal: Deal) -> bool:
    return not piece["industries"] or deal.company.industry in piece["industries"]


def _stage_id(deal: Deal, stay: Stay) -> UUID:
    return demo_id(f"{deal.spec.key}/stage/{stay.stage.key}")


def _of_stay(deal: Deal, stay: Stay, pieces: Sequence[Row]) -> Iterator[tuple[str, Row]]:
    some = deal.chance.sample(pieces, min(2, len(pieces)))
    proposed = [*_proposals(deal, stay), *(_piece(one) for one in some)]
    for proposal in deal.chance.sample(proposed, min(EACH_STAGE, len(proposed))):
        row = _row(deal, stay, proposal)
        yield "next_best_action", row
        if piece := proposal["content_id"]:
            yield (
                "action_content",
                {"id": demo_id(f"use/{row['id']}"), "action_id": row["id"], "content_id": piece, "position": 0},
            )


def _proposals(deal: Deal, stay: Stay) -> Iterator[Row]:
    base = f"{deal.spec.key}/stage/{stay.stage.key}"
    blank = {"criterion_id": None, "activity_id": None, "content_id": None}
    for criterion in stay.stage.exit_criteria:
        if criterion.expression is None:
            yield {
                **blank,
                "kind": ActionKind.COMPLETE_CRITERION,
                "title": f"Is this true by now? {criterion.description}",
                "rationale": f"The deal can’t leave “{stay.stage.name}” before this holds: {criterion.description}",
                "effort_minutes": 30,
                "criterion_id": demo_id(f"{base}/criterion/{criterion.key}"),
                "fact": criterion.description,
                "value": "unmet required exit criterion" if criterion.required else "unmet optional exit criterion",
            }
    for activity in stay.stage.activities:
        yield {
            **blank,
            "kind": ActionKind.DO_ACTIVITY,
            "title": activity.name,
            "rationale": f"It is the next step that “{stay.stage.name}” asks for. {activity.description}".strip(),
            "effort_minutes": activity.effort_minutes or 45,
            "activity_id": demo_id(f"{base}/activity/{activity.key}"),
            "fact": activity.name,
            "value": "required, still open" if activity.required else "still open",
        }


def _piece(piece: Row) -> Row:
    to_customer = piece["reader"] == Reader.CUSTOMER.value
    return {
        "kind": ActionKind.SHARE_CONTENT if to_customer else ActionKind.STUDY_CONTENT,
        "title": f"{'Share' if to_customer else 'Read'} “{piece['title']}”",
        "rationale": piece["summary"],
        "effort_minutes": 15 if piece["kind"] == ContentKind.CASE_STUDY.value else 20,
        "criterion_id": None,
        "activity_id": None,
        "content_id": piece["id"],
        "fact": piece["title"],
        "value": "not used in this deal yet",
    }


def _row(deal: Deal, stay: Stay, proposal: Row) -> Row:
    length = stay.left - stay.entered
    shown = stay.entered + length * deal.chance.uniform(0.0, 0.4)
    answered = min(stay.left, shown + timedelta(hours=deal.chance.lognormvariate(2.5, 1.0)))
    target: UUID = proposal["criterion_id"] or proposal["activity_id"] or proposal["content_id"]
    evidence = {
        "fact": proposal["fact"],
        "value": proposal["value"],
        "source": f"playbook, stage “{stay.stage.name}”",
    }
    at = deal.office.at
    due = deal.office.day_from(at(shown).date() + timedelta(days=7))
    return {
        "id": demo_id(f"advice/{deal.id}/{target}/{stay.stage.key}"),
        "opportunity_id": deal.id,
        "key": demo_id(f"advice/{target}").hex[:24],
        "kind": proposal["kind"].value,
        "position": 0,
        "title": proposal["title"],
        "rationale": proposal["rationale"],
        "score": round(deal.chance.uniform(0.2, 0.8), 3),
        "urgency": deal.chance.choice((Urgency.NORMAL, Urgency.HIGH)).value,
        "due_at": datetime.combine(due, time(16), UTC),
        "effort_minutes": proposal["effort_minutes"],
        "evidence": orjson.dumps([evidence]).decode(),
        "criterion_id": proposal["criterion_id"],
        "activity_id": proposal["activity_id"],
        "source": GuidanceSource.RULES.value,
        "stage_key": stay.stage.key,
        "playbook_key": deal.spec.key,
        "partner_id": demo_id(f"org/{deal.partner.key}"),
        "created_at": at(stay.entered),
        "shown_at": at(shown),
        **_outcome(deal, deal.owner(answered), at(answered), at(stay.left)),
    }


def _outcome(deal: Deal, owner: UUID, answered: datetime, left: datetime) -> Row:
    """Half of it is done, a fifth turned down, the rest runs out; some was taken on before."""
    accepted = answered if deal.chance.random() < 0.4 else None
    chance = deal.chance.random()
    if chance < 0.5:
        return _said(ActionStatus.COMPLETED, ActionResponse.COMPLETE, answered, owner, left, accepted=accepted)
    if chance < 0.7:
        reason = deal.chance.choice(DISMISSED_BECAUSE)
        return _said(ActionStatus.DISMISSED, ActionResponse.DISMISS, answered, owner, answered, reason=reason)
    if accepted is not None:
        return _said(ActionStatus.EXPIRED, ActionResponse.ACCEPT, answered, owner, left, accepted=accepted)
    return _said(ActionStatus.EXPIRED, None, None, None, left)


def _said(
    status: ActionStatus,
    response: ActionResponse | None,
    at: datetime | None,
    by: UUID | None,
    ended: datetime,
    *,
    accepted: datetime | None = None,
    reason: str | None = None,
) -> Row:
    return {
        "status": status.value,
        "accepted_at": accepted,
        "response": response and response.value,
        "responded_at": at,
        "responded_by_id": by,
        "reason": reason,
        "ended_at": ended,
        "fulfilled": False,
    }
