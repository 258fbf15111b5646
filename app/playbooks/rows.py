"""A playbook's content as rows of its tables."""

from collections.abc import Callable, Mapping
from typing import Any
from uuid import UUID

import orjson

from app.models.translations import stored
from app.playbooks.spec import ActivitySpec, CriterionSpec, PlaybookSpec, QuestionSpec, StageSpec
from app.vocabulary import CriterionCheck, CriterionPhase

Row = dict[str, Any]
MakeId = Callable[[str], UUID]
"""An id for a path that is unique within the playbook, such as `stage/proposal`."""


def rows_of(spec: PlaybookSpec, playbook_id: UUID, make_id: MakeId, *, published: bool) -> Mapping[str, list[Row]]:
    """By table, in the order in which they can be written. Content links are not among them."""
    rows: dict[str, list[Row]] = {"qualification_question": [], "stage": [], "criterion": [], "activity": []}
    rows["qualification_question"] = [
        question_row(question, playbook_id, n, make_id) for n, question in enumerate(spec.questions)
    ]
    for n, stage in enumerate(spec.stages):
        id = make_id(f"stage/{stage.key}")
        rows["stage"].append({**stage_row(stage, n), "id": id, "playbook_id": playbook_id, "published": published})
        for phase, criteria in (
            (CriterionPhase.ENTRY, stage.entry_criteria),
            (CriterionPhase.EXIT, stage.exit_criteria),
        ):
            for m, criterion in enumerate(criteria):
                key = make_id(f"stage/{stage.key}/criterion/{criterion.key}")
                rows["criterion"].append({**criterion_row(criterion, phase, m), "id": key, "stage_id": id})
        for m, activity in enumerate(stage.activities):
            key = make_id(f"stage/{stage.key}/activity/{activity.key}")
            rows["activity"].append({**activity_row(activity, m), "id": key, "stage_id": id})
    return rows


def question_row(question: QuestionSpec, playbook_id: UUID, position: int, make_id: MakeId) -> Row:
    return {
        "id": make_id(f"question/{question.key}"),
        "playbook_id": playbook_id,
        "key": question.key,
        "label": question.label,
        "prompt": question.prompt,
        "translations": translated(question),
        "position": position,
    }


def stage_row(stage: StageSpec, position: int) -> Row:
    return {
        "key": stage.key,
        "name": stage.name,
        "aliases": list(stage.aliases),
        "definition": stage.definition,
        "position": position,
        "kind": stage.kind.value,
        "buyer_phase": stage.buyer_phase and stage.buyer_phase.value,
        "win_probability": stage.win_probability,
        "forecast_category": stage.forecast_category.value,
        "target_days": stage.target_days,
        "stall_after_days": None if stage.target_days is None else float(stage.target_days),
        "auto_advance": stage.auto_advance,
        "translations": translated(stage),
    }


def criterion_row(criterion: CriterionSpec, phase: CriterionPhase, position: int) -> Row:
    check = CriterionCheck.EXPRESSION if criterion.expression else CriterionCheck.MANUAL
    return {
        "phase": phase.value,
        "key": criterion.key,
        "description": criterion.description,
        "required": criterion.required,
        "check_kind": check.value,
        "expression": criterion.expression,
        "confirmed_by": criterion.confirmed_by.value,
        "locks": list(criterion.locks),
        "reader": criterion.reader.value,
        "customer_wording": criterion.customer_wording,
        "translations": translated(criterion),
        "position": position,
    }


def activity_row(activity: ActivitySpec, position: int) -> Row:
    return {
        "key": activity.key,
        "name": activity.name,
        "description": activity.description,
        "required": activity.required,
        "effort_minutes": activity.effort_minutes,
        "serves": list(activity.serves),
        "confirmed_by": activity.confirmed_by.value,
        "reader": activity.reader.value,
        "customer_wording": activity.customer_wording,
        "translations": translated(activity),
        "position": position,
    }


def translated(part: PlaybookSpec | QuestionSpec | StageSpec | CriterionSpec | ActivitySpec) -> str | None:
    found = stored([one.model_dump(mode="json") for one in part.translations])
    return None if found is None else orjson.dumps(found).decode()
