"""A document written into the tables: rows are matched by key and updated in place, so their ids survive.

What the document no longer holds is removed, and with it what deals said about removed criteria and activities.
Whether a stage may be removed is the caller's to ask (`usage`).
"""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any
from uuid import UUID

import orjson

from app.database import Transaction
from app.models.columns import new_id
from app.models.translations import stored
from app.playbooks.documents import PHASES, Document
from app.vocabulary import CriterionCheck

Links = Mapping[str, Sequence[tuple[UUID, int]]]
"""By stage key: contents, each with its place."""

_HEAD = """
UPDATE playbook SET name = $2, industry = $3, description = $4, qualification_framework = $5, review_due_at = $6,
  language = $7, translations = $8::text::jsonb, close_reasons = $9::text::jsonb,
  updated_at = greatest(clock_timestamp(), updated_at + interval '1 microsecond')
WHERE id = $1
"""

_QUESTIONS = """
WITH said AS (
  SELECT * FROM jsonb_to_recordset($2::text::jsonb) AS r(
    id uuid, key text, label text, prompt text, translations jsonb, position int)
), removed AS (
  DELETE FROM qualification_question q WHERE q.playbook_id = $1 AND q.key NOT IN (SELECT key FROM said)
)
INSERT INTO qualification_question (id, playbook_id, key, label, prompt, translations, position)
SELECT id, $1, key, label, prompt, translations, position FROM said
ON CONFLICT (playbook_id, key) DO UPDATE
SET label = excluded.label, prompt = excluded.prompt, translations = excluded.translations, position = excluded.position
"""

_STAGES = """
WITH said AS (
  SELECT * FROM jsonb_to_recordset($2::text::jsonb) AS r(
    id uuid, key text, name text, aliases text[], definition text, position int, kind text, buyer_phase text,
    win_probability float8, forecast_category text, target_days int, auto_advance bool, translations jsonb)
), removed AS (
  DELETE FROM stage s WHERE s.playbook_id = $1 AND s.key NOT IN (SELECT key FROM said)
)
INSERT INTO stage (id, playbook_id, key, name, aliases, definition, position, kind, buyer_phase, win_probability,
  forecast_category, target_days, auto_advance, translations)
SELECT id, $1, key, name, aliases, definition, position, kind, buyer_phase, win_probability, forecast_category,
  target_days, auto_advance, translations FROM said
ON CONFLICT (playbook_id, key) DO UPDATE
SET name = excluded.name, aliases = excluded.aliases, definition = excluded.definition, position = excluded.position,
  kind = excluded.kind, buyer_phase = excluded.buyer_phase, win_probability = excluded.win_probability,
  forecast_category = excluded.forecast_category, target_days = excluded.target_days,
  auto_advance = excluded.auto_advance, translations = excluded.translations
"""

_CRITERIA = """
WITH said AS (
  SELECT r.*, s.id AS stage_id FROM jsonb_to_recordset($2::text::jsonb) AS r(
    id uuid, stage text, phase text, key text, description text, required bool, check_kind text, expression text,
    confirmed_by text, locks text[], reader text, customer_wording text, translations jsonb, position int)
  JOIN stage s ON s.playbook_id = $1 AND s.key = r.stage
), removed AS (
  DELETE FROM criterion c USING stage s WHERE s.id = c.stage_id AND s.playbook_id = $1
    AND (c.stage_id, c.key) NOT IN (SELECT stage_id, key FROM said)
)
INSERT INTO criterion (id, stage_id, phase, key, description, required, check_kind, expression, confirmed_by, locks,
  reader, customer_wording, translations, position)
SELECT id, stage_id, phase, key, description, required, check_kind, expression, confirmed_by, locks, reader,
  customer_wording, translations, position FROM said
ON CONFLICT (stage_id, key) DO UPDATE
SET phase = excluded.phase, description = excluded.description, required = excluded.required,
  check_kind = excluded.check_kind, expression = excluded.expression, confirmed_by = excluded.confirmed_by,
  locks = excluded.locks, reader = excluded.reader, customer_wording = excluded.customer_wording,
  translations = excluded.translations, position = excluded.position
"""

_ACTIVITIES = """
WITH said AS (
  SELECT r.*, s.id AS stage_id FROM jsonb_to_recordset($2::text::jsonb) AS r(
    id uuid, stage text, key text, name text, description text, required bool, effort_minutes int,
    serves text[], confirmed_by text, reader text, customer_wording text, translations jsonb, position int)
  JOIN stage s ON s.playbook_id = $1 AND s.key = r.stage
), removed AS (
  DELETE FROM activity a USING stage s WHERE s.id = a.stage_id AND s.playbook_id = $1
    AND (a.stage_id, a.key) NOT IN (SELECT stage_id, key FROM said)
)
INSERT INTO activity (id, stage_id, key, name, description, required, effort_minutes, serves, confirmed_by, reader,
  customer_wording, translations, position)
SELECT id, stage_id, key, name, description, required, effort_minutes, coalesce(serves, '{}'), confirmed_by, reader,
  customer_wording, translations, position FROM said
ON CONFLICT (stage_id, key) DO UPDATE
SET name = excluded.name, description = excluded.description, required = excluded.required,
  effort_minutes = excluded.effort_minutes, serves = excluded.serves, confirmed_by = excluded.confirmed_by,
  reader = excluded.reader,
  customer_wording = excluded.customer_wording, translations = excluded.translations, position = excluded.position
"""

_LINKS = """
WITH said AS (
  SELECT r.*, s.id AS stage_id
  FROM jsonb_to_recordset($2::text::jsonb) AS r(id uuid, stage text, content_id uuid, position int)
  JOIN stage s ON s.playbook_id = $1 AND s.key = r.stage
), removed AS (
  DELETE FROM stage_content l USING stage s WHERE s.id = l.stage_id AND s.playbook_id = $1
    AND (l.stage_id, l.content_id) NOT IN (SELECT stage_id, content_id FROM said)
)
INSERT INTO stage_content (id, stage_id, content_id, position) SELECT id, stage_id, content_id, position FROM said
ON CONFLICT (stage_id, content_id) DO UPDATE SET position = excluded.position
"""


async def write(tx: Transaction, playbook_id: UUID, document: Document, links: Links) -> None:
    """`document` as `documents.read` or the spec's `model_dump` give it; its own `contents` are not looked at."""
    stages: Sequence[Document] = document["stages"]
    parts = ("name", "industry", "description", "qualification_framework", "review_due_at", "language")
    said = (_json(stored(document["translations"])), _json(document["close_reasons"]))
    await tx.execute(_HEAD, playbook_id, *(document[part] for part in parts), *said)
    for statement, rows in (
        (_QUESTIONS, _numbered(document["questions"])),
        (_STAGES, _numbered(stages)),
        (_CRITERIA, [row for stage in stages for row in _criteria(stage)]),
        (_ACTIVITIES, [row for stage in stages for row in _numbered(stage["activities"], stage=stage["key"])]),
        (_LINKS, _links(links)),
    ):
        await tx.execute(statement, playbook_id, _json(rows))


def _json(value: object) -> str | None:
    return None if value is None else orjson.dumps(value, default=str).decode()


def _numbered(entries: Sequence[Document], **more: object) -> list[dict[str, Any]]:
    return [
        {**entry, **more, "id": new_id(), "position": n, "translations": stored(entry["translations"])}
        for n, entry in enumerate(entries)
    ]


def _criteria(stage: Document) -> Iterator[dict[str, Any]]:
    for phase, name in PHASES.items():
        for row in _numbered(stage[name], stage=stage["key"], phase=phase):
            decided = CriterionCheck.MANUAL if row["expression"] is None else CriterionCheck.EXPRESSION
            yield {**row, "check_kind": decided}


def _links(links: Links) -> list[dict[str, Any]]:
    return [
        {"id": new_id(), "stage": stage, "content_id": content_id, "position": position}
        for stage, linked in links.items()
        for content_id, position in linked
    ]
