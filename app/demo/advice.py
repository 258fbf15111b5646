"""Advice that the demo's partners were given in the past, and what they made of it."""

from collections.abc import Iterator
from datetime import datetime, timedelta
from random import Random
from typing import Any
from uuid import UUID

import orjson

from app.demo.people import demo_id
from app.playbooks.spec import PlaybookSpec, StageSpec
from app.vocabulary import ActionResponse, ActionStatus, GuidanceSource, TransitionKind
from guidance.actions import ActionKind, Urgency

Row = dict[str, Any]

EACH_STAGE = 2
DISMISSED_BECAUSE = (
    "The customer asked us to wait",
    "We do this later in our own process",
    "Already settled by phone",
    "Not the right contact for it",
    "No time this week",
)
FORWARDS = (TransitionKind.FORWARD, TransitionKind.SKIP, TransitionKind.WON)


def advice_rows(random: Random, specs: list[PlaybookSpec], rows: dict[str, list[Row]]) -> list[Row]:
    """For the stages that deals have left forwards: what was proposed there, and how it was answered."""
    stages = {demo_id(f"{spec.key}/stage/{stage.key}"): (spec, stage) for spec in specs for stage in spec.stages}
    deals = {deal["id"]: deal for deal in rows["opportunity"]}
    made: list[Row] = []
    for move in rows["stage_transition"]:
        if move["kind"] in FORWARDS and random.random() < 0.5:
            spec, stage = stages[move["from_stage_id"]]
            entered = move["at"] - timedelta(seconds=move["seconds_in_previous_stage"])
            proposed = list(_proposals(spec, stage))
            chosen = random.sample(proposed, min(EACH_STAGE, len(proposed)))
            deal, left = deals[move["opportunity_id"]], move["at"]
            made += [_row(random, deal, spec, stage, proposal, entered, left) for proposal in chosen]
    return made


def _proposals(spec: PlaybookSpec, stage: StageSpec) -> Iterator[Row]:
    base = f"{spec.key}/stage/{stage.key}"
    for criterion in stage.exit_criteria:
        if criterion.expression is None:
            yield {
                "kind": ActionKind.COMPLETE_CRITERION,
                "title": f"Make sure: {criterion.description}",
                "rationale": f"The deal can’t leave “{stage.name}” before this holds: {criterion.description}",
                "effort_minutes": 30,
                "criterion_id": demo_id(f"{base}/criterion/{criterion.key}"),
                "activity_id": None,
                "fact": criterion.description,
                "value": "unmet required exit criterion" if criterion.required else "unmet optional exit criterion",
            }
    for activity in stage.activities:
        yield {
            "kind": ActionKind.DO_ACTIVITY,
            "title": activity.name,
            "rationale": f"It is the next step that “{stage.name}” asks for. {activity.description}".strip(),
            "effort_minutes": activity.effort_minutes or 45,
            "criterion_id": None,
            "activity_id": demo_id(f"{base}/activity/{activity.key}"),
            "fact": activity.name,
            "value": "required, still open" if activity.required else "still open",
        }


def _row(
    random: Random, deal: Row, spec: PlaybookSpec, stage: StageSpec, proposal: Row, entered: datetime, left: datetime
) -> Row:
    shown = entered + (left - entered) * random.uniform(0.0, 0.4)
    answered = min(left, shown + timedelta(hours=random.lognormvariate(2.5, 1.0)))
    target: UUID = proposal["criterion_id"] or proposal["activity_id"]
    evidence = {
        "fact": proposal["fact"],
        "value": proposal["value"],
        "source": f"playbook, stage “{stage.name}”",
    }
    return {
        "id": demo_id(f"advice/{deal['id']}/{target}/{left.isoformat()}"),
        "opportunity_id": deal["id"],
        "key": demo_id(f"advice/{target}").hex[:24],
        "kind": proposal["kind"].value,
        "position": 0,
        "title": proposal["title"],
        "rationale": proposal["rationale"],
        "score": round(random.uniform(0.2, 0.8), 3),
        "urgency": random.choice((Urgency.NORMAL, Urgency.HIGH)).value,
        "due_at": shown + timedelta(days=7),
        "effort_minutes": proposal["effort_minutes"],
        "evidence": orjson.dumps([evidence]).decode(),
        "criterion_id": proposal["criterion_id"],
        "activity_id": proposal["activity_id"],
        "source": GuidanceSource.RULES.value,
        "stage_key": stage.key,
        "playbook_key": spec.key,
        "partner_id": deal["partner_id"],
        "created_at": entered,
        "shown_at": shown,
        **_outcome(random, deal["owner_id"], answered, left),
    }


def _outcome(random: Random, owner: UUID, answered: datetime, left: datetime) -> Row:
    """Half of it is done, a fifth turned down, the rest runs out; some was taken on before."""
    accepted = answered if random.random() < 0.4 else None
    chance = random.random()
    if chance < 0.5:
        return _said(ActionStatus.COMPLETED, ActionResponse.COMPLETE, answered, owner, left, accepted=accepted)
    if chance < 0.7:
        reason = random.choice(DISMISSED_BECAUSE)
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
