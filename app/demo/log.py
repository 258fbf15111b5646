"""The events that the demo's history left in the log."""

from typing import Any

import orjson

from app.events import facts
from app.vocabulary import TransitionKind

Rows = dict[str, list[dict[str, Any]]]


def event_rows(rows: Rows) -> list[dict[str, Any]]:
    """One for each move, in the order in which they happened."""
    stages = {stage["id"]: stage["key"] for stage in rows["stage"]}
    playbooks = {playbook["id"]: playbook["key"] for playbook in rows["playbook"]}
    deals = {deal["id"]: deal for deal in rows["opportunity"]}
    events = []
    for move in sorted(rows["stage_transition"], key=lambda move: (move["at"], move["id"])):
        deal = deals[move["opportunity_id"]]
        said: dict[str, Any] = {
            "transition_id": move["id"],
            "playbook_key": playbooks[deal["playbook_id"]],
            "partner_id": deal["partner_id"],
            "actor_id": move["actor_id"],
        }
        key = stages[move["to_stage_id"]]
        if move["kind"] == TransitionKind.CREATED:
            event = facts.opportunity_created(deal["id"], stage_key=key, **said)
        else:
            kind, before = TransitionKind(move["kind"]), stages[move["from_stage_id"]]
            event = facts.stage_changed(
                deal["id"],
                kind=kind,
                from_stage_key=before,
                to_stage_key=key,
                automatic=move["automatic"],
                **said,
            )
        events.append(
            {
                "type": event.type.value,
                "at": move["at"],
                "actor_id": event.actor_id,
                "opportunity_id": event.opportunity_id,
                "transition_id": event.transition_id,
                "payload": orjson.dumps(event.payload).decode(),
            }
        )
    return events
