"""The events that the demo's history left in the log."""

from collections.abc import Iterator
from typing import Any

import orjson

from app.demo.handover import tidings
from app.events import NewEvent, facts
from app.vocabulary import TransitionKind

Rows = dict[str, list[dict[str, Any]]]


def event_rows(rows: Rows) -> list[dict[str, Any]]:
    """One for each move and two for each handover, in the order in which they happened."""
    return sorted([*_of_moves(rows), *_of_handovers(rows)], key=lambda event: (event["at"], str(event["subject_id"])))


def _of_moves(rows: Rows) -> Iterator[dict[str, Any]]:
    stages = {stage["id"]: stage["key"] for stage in rows["stage"]}
    playbooks = {playbook["id"]: playbook["key"] for playbook in rows["playbook"]}
    deals = {deal["id"]: deal for deal in rows["opportunity"]}
    given = {handover["opportunity_id"]: handover["from_partner_id"] for handover in rows["handover"]}
    for move in rows["stage_transition"]:
        deal = deals[move["opportunity_id"]]
        said: dict[str, Any] = {
            "transition_id": move["id"],
            "playbook_key": playbooks[deal["playbook_id"]],
            "partner_id": given.get(deal["id"], deal["partner_id"]),
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
        yield {**_row(event), "at": move["at"], "partner_id": given.get(deal["id"])}


def _of_handovers(rows: Rows) -> Iterator[dict[str, Any]]:
    for handover in rows["handover"]:
        for event in tidings(handover):
            yield {**_row(event), "at": handover["at"]}


def _row(event: NewEvent) -> dict[str, Any]:
    return {
        "type": event.type.value,
        "at": None,
        "actor_id": event.actor_id,
        "subject_type": event.subject.type,
        "subject_id": event.subject.id,
        "opportunity_id": event.opportunity_id,
        "partner_id": event.partner_id,
        "readers": None if event.readers is None else list(event.readers),
        "payload": orjson.dumps(event.payload).decode(),
    }
