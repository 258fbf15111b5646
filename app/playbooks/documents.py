"""A playbook's content as one document: read from the tables, and checked as a whole.

A document is a mapping in the words of `app.playbooks.spec`, with `review_due_at` beside them. A stage's `contents` are
keys of content, for all its translations, or ids, for just that piece.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import UTC, datetime
from typing import Annotated, Any
from uuid import UUID

import orjson
from pydantic import AwareDatetime, Field, ValidationError

from app.deals.conditions import ConditionError, compile_condition
from app.events.log import Reader
from app.outcomes import UserError
from app.playbooks.spec import PlaybookSpec
from app.playbooks.translations import edited
from app.vocabulary import CriterionPhase, ErrorCode, StageKind

Document = Mapping[str, Any]
Moment = Annotated[AwareDatetime, Field(ge=datetime(2000, 1, 1, tzinfo=UTC), lt=datetime(2200, 1, 1, tzinfo=UTC))]

PHASES = {CriterionPhase.ENTRY: "entry_criteria", CriterionPhase.EXIT: "exit_criteria"}

_READ = """
SELECT p.key, p.name, p.industry, p.description, p.language, p.qualification_framework, p.review_due_at,
  p.close_reasons::text AS close_reasons, p.translations::text AS translations,
  (SELECT jsonb_agg(jsonb_build_object('key', q.key, 'label', q.label, 'prompt', q.prompt,
     'translations', q.translations) ORDER BY q.position, q.id)
   FROM qualification_question q WHERE q.playbook_id = p.id)::text AS questions,
  (SELECT jsonb_agg(jsonb_build_object(
     'key', s.key, 'name', s.name, 'aliases', s.aliases, 'definition', s.definition, 'kind', s.kind,
     'buyer_phase', s.buyer_phase, 'win_probability', s.win_probability, 'forecast_category', s.forecast_category,
     'target_days', s.target_days, 'auto_advance', s.auto_advance, 'translations', s.translations,
     'criteria', (SELECT jsonb_agg(jsonb_build_object(
         'phase', c.phase, 'key', c.key, 'description', c.description, 'required', c.required,
         'expression', c.expression, 'confirmed_by', c.confirmed_by, 'locks', c.locks,
         'reader', c.reader, 'customer_wording', c.customer_wording, 'translations', c.translations)
         ORDER BY c.position, c.id) FROM criterion c WHERE c.stage_id = s.id),
     'activities', (SELECT jsonb_agg(jsonb_build_object(
         'key', a.key, 'name', a.name, 'description', a.description, 'required', a.required,
         'effort_minutes', a.effort_minutes, 'serves', a.serves, 'confirmed_by', a.confirmed_by,
         'reader', a.reader, 'customer_wording', a.customer_wording, 'translations', a.translations)
         ORDER BY a.position, a.id) FROM activity a WHERE a.stage_id = s.id),
     'contents', (SELECT jsonb_agg(l.content_id ORDER BY l.position, l.content_id)
         FROM stage_content l WHERE l.stage_id = s.id)
   ) ORDER BY s.kind <> 'OPEN', s.position, s.id) FROM stage s WHERE s.playbook_id = p.id)::text AS stages
FROM playbook p WHERE p.id = $1
"""


class DraftSpec(PlaybookSpec):
    review_due_at: Moment | None = None


async def read(db: Reader, playbook_id: UUID) -> dict[str, Any] | None:
    """The stored playbook, with its contents' ids. It may be one that the spec refuses: imports measure drafts."""
    row = await db.fetchrow(_READ, playbook_id)
    if row is None:
        return None
    return {
        **row,
        "close_reasons": orjson.loads(row["close_reasons"]),
        "questions": [_edited(one, "qualification_question") for one in orjson.loads(row["questions"] or "[]")],
        "stages": [_stage(stage) for stage in orjson.loads(row["stages"] or "[]")],
        "translations": edited(orjson.loads(row["translations"] or "null"), "playbook"),
    }


def _edited(stored: dict[str, Any], table: str) -> dict[str, Any]:
    return {**stored, "translations": edited(stored["translations"], table)}


def _stage(stored: dict[str, Any]) -> dict[str, Any]:
    criteria = stored.pop("criteria") or []
    for phase, name in PHASES.items():
        stored[name] = [
            _edited({part: value for part, value in criterion.items() if part != "phase"}, "criterion")
            for criterion in criteria
            if criterion["phase"] == phase
        ]
    activities = [_edited(one, "activity") for one in stored["activities"] or []]
    return _edited({**stored, "activities": activities, "contents": stored["contents"] or []}, "stage")


def checked(document: Document) -> DraftSpec | tuple[UserError, ...]:
    """The document, or everything that is wrong with it. A null counts as nothing said."""
    said = _said(document)
    found = [*_faults(said), *_expression_faults(said)]
    if found:
        return tuple(UserError(ErrorCode.INVALID, message, path) for path, message in dict.fromkeys(found))
    return DraftSpec.model_validate(said)


Fault = tuple[tuple[str, ...], str]


def camel_path(path: Iterable[str | int]) -> tuple[str, ...]:
    return tuple(_camel(part) if isinstance(part, str) else str(part) for part in path)


def _camel(name: str) -> str:
    first, *rest = name.split("_")
    return first + "".join(word.title() for word in rest)


def _faults(document: Document) -> list[Fault]:
    """Faults of a part hide those of how the parts go together; so outlines without such parts are checked as well."""
    found = _validate(document)
    stages = _list(document.get("stages"))
    if found and all(isinstance(stage, Mapping) for stage in stages):
        head = {"key": "given", "name": "…"}
        questions = _entries(document, "questions", "label")
        found += _validate({**head, "questions": questions, "stages": [_with_keys(stage) for stage in stages]})
        found += _validate({**head, "stages": [_bare(stage) for stage in stages]})
    return found


def _validate(document: Document) -> list[Fault]:
    try:
        DraftSpec.model_validate(document)
    except ValidationError as failure:
        return [(camel_path(error["loc"]), error["msg"]) for error in failure.errors(include_url=False)]
    return []


def _bare(stage: Document) -> dict[str, Any]:
    kept = {name: stage[name] for name in ("key", "name", "kind", "aliases") if name in stage}
    certain = 1 if stage.get("kind") == StageKind.WON else 0
    return {**kept, "win_probability": certain, "forecast_category": "OMITTED"}


def _with_keys(stage: Document) -> dict[str, Any]:
    lists = {**dict.fromkeys(PHASES.values(), "description"), "activities": "name"}
    return {**_bare(stage), **{name: _entries(stage, name, needed) for name, needed in lists.items()}}


def _entries(owner: Document, name: str, needed: str) -> list[dict[str, Any]]:
    return [{"key": one["key"], needed: "…"} for one in _maps(owner.get(name)) if "key" in one]


def conditions_of(document: Document) -> Iterator[tuple[tuple[str, ...], str]]:
    """The expressions of the document's criteria, each with its path."""
    for s, stage in enumerate(_list(document.get("stages"))):
        for name in PHASES.values():
            for c, criterion in enumerate(_list(stage.get(name)) if isinstance(stage, Mapping) else ()):
                expression = criterion.get("expression") if isinstance(criterion, Mapping) else None
                if isinstance(expression, str) and expression.strip():
                    yield camel_path(("stages", s, name, c, "expression")), expression.strip()


def _expression_faults(document: Document) -> Iterator[Fault]:
    for path, expression in conditions_of(document):
        for message in _complaint(expression):
            yield path, message


def _complaint(expression: str) -> Iterator[str]:
    try:
        compile_condition(expression)
    except ConditionError as problem:
        place = "" if problem.position is None else f" (at character {problem.position + 1})"
        yield f"{problem.message}{place}"


def _said(value: Any) -> Any:
    if isinstance(value, Mapping):
        return {name: _said(part) for name, part in value.items() if part is not None}
    return [_said(part) for part in value] if isinstance(value, list | tuple) else value


def _list(value: Any) -> Sequence[Any]:
    return value if isinstance(value, list | tuple) else ()


def _maps(value: Any) -> list[Document]:
    return [part for part in _list(value) if isinstance(part, Mapping)]
