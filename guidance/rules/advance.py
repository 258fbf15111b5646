"""Move the deal on: nothing blocks it any more."""

from collections.abc import Iterator
from datetime import datetime

from guidance.actions import ActionKind, Candidate, Evidence, Target, Urgency
from guidance.facts import Facts, MoveKind
from guidance.rules.reading import age_evidence, clipped, due, is_overdue, ready


def advance(facts: Facts, at: datetime) -> Iterator[Candidate]:
    onward = facts.onward()
    if onward is None or not ready(facts):
        return
    met = [criterion for criterion in facts.criteria if criterion.required]
    wins = onward.kind is MoveKind.WON
    urgency = Urgency.CRITICAL if wins or is_overdue(facts, at) else Urgency.HIGH
    yield Candidate(
        kind=ActionKind.ADVANCE_STAGE,
        title=clipped(f"{'Close the deal as' if wins else 'Move the deal on to'} “{onward.stage_name}”", 120),
        rationale=(
            f"Everything that “{facts.stage.name}” asks for is done"
            + (": the deal is won." if wins else f", so it belongs in “{onward.stage_name}” and its forecast rises.")
        ),
        evidence=(
            Evidence(
                "Required exit criteria",
                f"{len(met)} of {len(met)} met" if met else f"none; all {len(facts.activities)} activities done",
                f"playbook, stage “{facts.stage.name}”",
            ),
            Evidence(f"Move to “{onward.stage_name}”", "nothing blocks it", "deal"),
            age_evidence(facts, at),
        ),
        urgency=urgency,
        due_at=due(facts, at, urgency),
        effort_minutes=5,
        target=Target(stage_id=onward.stage_id),
        occasion=(facts.stage.id,),
    )
