"""The rules' view of a playbook beyond what the stage machine needs, read once an edition and cached."""

from collections import OrderedDict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

import orjson

from app.deals import rules
from app.deals.plays import Edition, Play
from app.events.log import Reader
from app.vocabulary import StageKind
from guidance import facts
from guidance.rules.recording import question_keys

KEPT = 512

_READ = """
SELECT p.id, p.language,
  (SELECT jsonb_agg(jsonb_build_array(s.id, s.definition, s.buyer_phase, s.win_probability, s.target_days))
   FROM stage s WHERE s.playbook_id = p.id) AS stages,
  (SELECT jsonb_agg(jsonb_build_array(a.id, a.description, a.effort_minutes, a.reader, a.customer_wording, a.serves))
   FROM activity a JOIN stage s ON s.id = a.stage_id WHERE s.playbook_id = p.id) AS activities,
  (SELECT jsonb_agg(jsonb_build_array(c.id, c.reader, c.customer_wording))
   FROM criterion c JOIN stage s ON s.id = c.stage_id WHERE s.playbook_id = p.id) AS criteria
FROM playbook p WHERE p.id = ANY ($1::uuid[])
"""

_kept: OrderedDict[Edition, "Board"] = OrderedDict()


@dataclass(frozen=True, slots=True)
class Board:
    """Ids are keys, so that what is said of a stage stays the same in the next version of its playbook: `stage`,
    `stage/criterion`, `stage/activity`."""

    language: str
    stages: Mapping[UUID, facts.Stage]
    criteria: Mapping[UUID, facts.Criterion]
    """As if unmet."""
    activities: Mapping[UUID, facts.Activity]
    """As if open."""
    questions: Sequence[facts.Question]
    """As if unanswered."""
    coming: Mapping[UUID, rules.Stage | None]
    """The next open stage of each."""
    ahead: Mapping[UUID, tuple[facts.Stage, ...]]
    """All open stages after each."""
    stage_ids: Mapping[str, UUID]
    criterion_ids: Mapping[str, UUID]
    activity_ids: Mapping[str, UUID]


async def boards(db: Reader, editions: Mapping[Edition, Play]) -> dict[UUID, Board]:
    """By playbook; at most one statement, none when all are known."""
    missing = [edition for edition in editions if edition not in _kept]
    fresh: dict[UUID, Board] = {}
    if missing:
        plays = {edition[0]: (edition, editions[edition]) for edition in missing}
        for row in await db.fetch(_READ, list(plays)):
            edition, play = plays[row["id"]]
            fresh[play.id] = _kept[edition] = _board(play, row)
        while len(_kept) > KEPT:
            _kept.popitem(last=False)
    return {id: fresh[id] if id in fresh else _kept[id, at] for id, at in editions}


def _board(play: Play, row: Mapping[str, Any]) -> Board:
    stages = {UUID(id): more for id, *more in orjson.loads(row["stages"] or "[]")}
    addressed = {UUID(id): more for id, *more in orjson.loads(row["criteria"] or "[]")}
    activities = {UUID(id): more for id, *more in orjson.loads(row["activities"] or "[]")}
    criteria = {c.id: f"{s.key}/{c.key}" for s in play.stages for c in (*s.entry, *s.exit)}
    tasks = {a.id: f"{s.key}/{a.key}" for s in play.stages for a in s.activities}
    told = {stage.id: _stage(stage, *stages[stage.id]) for stage in play.stages}
    return Board(
        language=row["language"],
        stages=told,
        criteria={id: _criterion(criteria[id], one, *addressed[id]) for id, one in play.criteria.items()},
        activities={id: _activity(tasks[id], one, *activities[id]) for id, one in play.activities.items()},
        questions=[
            facts.Question(asked.key, asked.label, asked.prompt, None, _due_position(asked.key, play))
            for asked in play.questions
        ],
        coming={stage.id: _next_open(stage, play) for stage in play.stages},
        ahead={stage.id: tuple(told[one.id] for one in _later(stage, play)) for stage in play.stages},
        stage_ids={stage.key: stage.id for stage in play.stages},
        criterion_ids={key: id for id, key in criteria.items()},
        activity_ids={key: id for id, key in tasks.items()},
    )


def _criterion(key: str, one: rules.Criterion, reader: str, wording: str | None) -> facts.Criterion:
    return facts.Criterion(
        key,
        one.key,
        one.description,
        False,
        one.required,
        one.expression,
        facts.Reader(reader),
        wording,
        confirmed_by=facts.ConfirmedBy(one.confirmed_by),
    )


def _activity(
    key: str,
    one: rules.Activity,
    description: str,
    effort_minutes: int | None,
    reader: str,
    wording: str | None,
    serves: Sequence[str],
) -> facts.Activity:
    return facts.Activity(
        key,
        one.key,
        one.name,
        False,
        one.required,
        description,
        effort_minutes,
        facts.Reader(reader),
        wording,
        confirmed_by=facts.ConfirmedBy(one.confirmed_by),
        serves=tuple(serves),
    )


def _stage(
    stage: rules.Stage, definition: str, buyer_phase: str | None, win_probability: float, target_days: int | None
) -> facts.Stage:
    return facts.Stage(
        stage.key,
        stage.key,
        stage.name,
        stage.position,
        facts.StageKind(stage.kind),
        definition,
        buyer_phase,
        float(win_probability),
        target_days,
    )


def _next_open(stage: rules.Stage, play: Play) -> rules.Stage | None:
    return next(_later(stage, play), None)


def _later(stage: rules.Stage, play: Play) -> Iterator[rules.Stage]:
    """None after one that is closed."""
    if stage.kind is StageKind.OPEN:
        yield from (one for one in play.stages if one.kind is StageKind.OPEN and one.position > stage.position)


def _due_position(question: str, play: Play) -> int | None:
    for stage in play.stages:
        asking = (one.expression for one in (*stage.entry, *stage.exit) if one.expression)
        if any(question in question_keys(expression) for expression in asking):
            return stage.position
    return None
