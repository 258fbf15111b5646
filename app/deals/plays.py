"""The stages of playbooks as the stage machine sees them, read once and kept.

A playbook's `updated_at` changes with it, and a published one never changes: so what was read for one `updated_at`
stays true. Who decides on a deal reads the deal's playbook and its `updated_at` in the deal's own statement.
"""

import asyncio
from collections import OrderedDict, defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any
from uuid import UUID

import orjson

from app.deals.conditions import stored_condition
from app.deals.rules import Activity, Criterion, Stage, in_order
from app.events.log import Reader
from app.languages import tried
from app.models.translations import Stored, spoken
from app.vocabulary import ConfirmedBy, CriterionCheck, CriterionPhase, StageKind

KEPT = 512
MOST_LANGUAGES = 16


@dataclass(frozen=True, slots=True)
class Question:
    key: str
    label: str
    prompt: str
    language: str = "en"
    """That its label is in."""


@dataclass(frozen=True, slots=True)
class Play:
    """A playbook version. `stages` in order, closed ones last; `criteria` and `activities` of all of them by id.

    `conditions`: the distinct texts of its criteria. `price`, `usual_price`: nanoseconds that all of them take at worst
    for one deal, whatever it holds and with texts of usual lengths. `unbounded`: some of them have no price.
    """

    id: UUID
    key: str
    version: int
    stages: tuple[Stage, ...]
    questions: tuple[Question, ...]
    criteria: Mapping[UUID, Criterion]
    activities: Mapping[UUID, Activity]
    stage_of_activity: Mapping[UUID, UUID]
    conditions: tuple[str, ...] = ()
    price: int = 0
    usual_price: int = 0
    unbounded: bool = False
    language: str = "en"
    translations: Mapping[UUID | str, Stored] = field(default_factory=dict)
    """Of stages, criteria and activities by id, of questions by key; those that have none are left out."""
    _spoken: dict[str, "Play"] = field(default_factory=dict, compare=False, repr=False)

    def stage(self, id: UUID) -> Stage:
        return next(stage for stage in self.stages if stage.id == id)

    def spoken(self, language: str) -> "Play":
        """As somebody is told of it who reads this language, a BCP 47 tag: where there are translations, by them."""
        known = self._spoken.get(language)
        if known is None:
            if len(self._spoken) >= MOST_LANGUAGES:
                self._spoken.clear()
            known = self._spoken[language] = in_language(self, language) if self.translations else self
        return known

    def stage_by_key(self, key: str) -> Stage | None:
        return next((stage for stage in self.stages if stage.key == key), None)


Edition = tuple[UUID, datetime]

_kept: OrderedDict[Edition, Play] = OrderedDict()

_READ = """
SELECT p.id, p.key, p.version, p.updated_at, p.language,
  (SELECT jsonb_agg(jsonb_build_array(s.id, s.key, s.name, s.kind, s.position, s.auto_advance,
                                      s.translations) ORDER BY s.position)
   FROM stage s WHERE s.playbook_id = p.id) AS stages,
  (SELECT jsonb_agg(jsonb_build_array(c.stage_id, c.phase, c.id, c.key, c.description, c.required, c.check_kind,
                                      c.expression, c.confirmed_by, c.locks, c.translations)
                    ORDER BY c.position, c.id)
   FROM criterion c JOIN stage s ON s.id = c.stage_id WHERE s.playbook_id = p.id) AS criteria,
  (SELECT jsonb_agg(jsonb_build_array(a.stage_id, a.id, a.key, a.name, a.required, a.confirmed_by, a.translations)
                    ORDER BY a.position, a.id)
   FROM activity a JOIN stage s ON s.id = a.stage_id WHERE s.playbook_id = p.id) AS activities,
  (SELECT jsonb_agg(jsonb_build_array(q.key, q.label, q.prompt, q.translations) ORDER BY q.position, q.id)
   FROM qualification_question q WHERE q.playbook_id = p.id) AS questions
FROM playbook p WHERE p.id = ANY ($1::uuid[])
"""


async def plays(db: Reader, editions: Sequence[Edition]) -> dict[UUID, Play]:
    """The playbooks of these editions by id; at most one statement, none when all are known."""
    missing = [id for id, updated_at in editions if (id, updated_at) not in _kept]
    fresh: dict[UUID, Play] = {}
    if missing:
        for row in await db.fetch(_READ, missing):
            play = await _weighed(_play(row))
            fresh[play.id] = play
            _keep((play.id, row["updated_at"]), play)
    return {id: fresh[id] if id in fresh else _kept[id, updated_at] for id, updated_at in editions}


def _keep(edition: Edition, play: Play) -> None:
    _kept[edition] = play
    while len(_kept) > KEPT:
        _kept.popitem(last=False)


def _play(row: Mapping[str, Any]) -> Play:
    language = row["language"]
    translations: dict[UUID | str, Stored] = {}
    criteria: dict[tuple[UUID, str], list[Criterion]] = defaultdict(list)
    for stage, phase, id, key, description, required, check, expression, by, locks, said in _rows(row["criteria"]):
        decides = CriterionCheck(check), expression, language, ConfirmedBy(by), tuple(locks)
        criterion = Criterion(UUID(id), key, description, required, *decides)
        criteria[UUID(stage), phase].append(criterion)
        translations[criterion.id] = said
    activities: dict[UUID, list[Activity]] = defaultdict(list)
    for stage, id, key, name, required, by, said in _rows(row["activities"]):
        activities[UUID(stage)].append(Activity(UUID(id), key, name, required, language, ConfirmedBy(by)))
        translations[UUID(id)] = said
    stages = []
    for id, key, name, kind, position, auto_advance, said in _rows(row["stages"]):
        stages.append(
            Stage(
                id=UUID(id),
                key=key,
                name=name,
                kind=StageKind(kind),
                position=position,
                auto_advance=auto_advance,
                entry=tuple(criteria[UUID(id), CriterionPhase.ENTRY]),
                exit=tuple(criteria[UUID(id), CriterionPhase.EXIT]),
                activities=tuple(activities[UUID(id)]),
                language=language,
            )
        )
        translations[UUID(id)] = said
    questions = []
    for key, label, prompt, said in _rows(row["questions"]):
        questions.append(Question(key, label, prompt, language))
        translations[key] = said
    return Play(
        id=row["id"],
        key=row["key"],
        version=row["version"],
        stages=tuple(in_order(stages)),
        questions=tuple(questions),
        criteria={one.id: one for some in criteria.values() for one in some},
        activities={one.id: one for some in activities.values() for one in some},
        stage_of_activity={one.id: stage for stage, some in activities.items() for one in some},
        language=language,
        translations={key: said for key, said in translations.items() if said},
    )


def in_language(play: Play, language: str) -> Play:
    tags = tried(language)

    def said(key: UUID | str, text: str) -> tuple[str, str] | None:
        return spoken(play.translations.get(key), tags, text)

    def criterion(one: Criterion) -> Criterion:
        found = said(one.id, "description")
        return replace(one, description=found[0], language=found[1]) if found else one

    def activity(one: Activity) -> Activity:
        found = said(one.id, "name")
        return replace(one, name=found[0], language=found[1]) if found else one

    def stage(one: Stage) -> Stage:
        found = said(one.id, "name") or (one.name, one.language)
        return replace(
            one,
            name=found[0],
            language=found[1],
            entry=tuple(map(criterion, one.entry)),
            exit=tuple(map(criterion, one.exit)),
            activities=tuple(map(activity, one.activities)),
        )

    def question(one: Question) -> Question:
        label = said(one.key, "label") or (one.label, one.language)
        prompt = said(one.key, "prompt")
        return replace(one, label=label[0], language=label[1], prompt=prompt[0] if prompt else one.prompt)

    return replace(
        play,
        stages=tuple(map(stage, play.stages)),
        questions=tuple(map(question, play.questions)),
        criteria={id: criterion(one) for id, one in play.criteria.items()},
        activities={id: activity(one) for id, one in play.activities.items()},
        _spoken={},
    )


async def _weighed(play: Play) -> Play:
    """With the prices of its conditions. Reading one takes a millisecond, so that others have a turn between them."""
    texts = tuple(dict.fromkeys(one.expression for one in play.criteria.values() if one.expression))
    known = []
    for text in texts:
        known.append(stored_condition(text))
        await asyncio.sleep(0)
    bounded = [condition.expression for condition in known if condition is not None]
    return replace(
        play,
        conditions=texts,
        price=sum(expression.price for expression in bounded),
        usual_price=sum(expression.usual_price for expression in bounded),
        unbounded=len(bounded) < len(known),
    )


def _rows(column: str | None) -> list[list[Any]]:
    return orjson.loads(column) if column else []
