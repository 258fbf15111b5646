"""Playbooks as the rules see them, read for many at once."""

import asyncio
from collections import defaultdict
from collections.abc import AsyncIterator, Iterator, Mapping, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

import orjson

from app.deals.conditions import ConditionError, compile_condition
from app.events.log import Reader
from app.playbooks.review import review
from app.playbooks.review_conditions import steps
from app.playbooks.reviewed import (
    ComputedCriterion,
    Issue,
    OutOfBounds,
    ReviewedPlaybook,
    ReviewedRequirement,
    ReviewedStage,
    StrayRule,
)
from app.playbooks.spoken import texts_of
from app.playbooks.translations import TEXTS, edited
from app.vocabulary import BuyerPhase, CriterionPhase, ForecastCategory, StageKind
from guidance import facts as known

# A stage keeps its key through all versions: so does what deals did there.
_STAGES = """
SELECT s.id, s.playbook_id, s.key, s.name, s.definition, s.kind, s.position, s.buyer_phase, s.win_probability,
       s.target_days, s.forecast_category,
       (SELECT count(*) FROM criterion c WHERE c.stage_id = s.id AND c.phase = 'EXIT' AND c.required) AS exit_criteria,
       (SELECT count(*) FROM activity a WHERE a.stage_id = s.id) AS activities,
       (SELECT count(*) FROM stage_content l JOIN content k ON k.id = l.content_id
        WHERE l.stage_id = s.id AND NOT k.archived) AS contents,
       (SELECT jsonb_agg(jsonb_build_array(c.key, c.phase, c.required, c.expression) ORDER BY c.phase, c.position, c.id)
        FROM criterion c WHERE c.stage_id = s.id AND c.expression IS NOT NULL)::text AS conditions,
       (SELECT jsonb_agg(jsonb_build_array(o.key, o.reader, o.customer_wording) ORDER BY o.sort, o.position, o.id)
        FROM (SELECT c.phase AS sort, c.position, c.id, c.key, c.reader, c.customer_wording
              FROM criterion c WHERE c.stage_id = s.id
              UNION ALL SELECT 'X', a.position, a.id, a.key, a.reader, a.customer_wording
              FROM activity a WHERE a.stage_id = s.id) o)::text AS asked,
       coalesce(e.deals, 0) AS deals_entered
FROM stage s JOIN playbook p ON p.id = s.playbook_id
LEFT JOIN (
  SELECT ep.key AS playbook_key, es.key, count(DISTINCT t.opportunity_id) AS deals
  FROM stage_transition t JOIN stage es ON es.id = t.to_stage_id JOIN playbook ep ON ep.id = es.playbook_id
  WHERE ep.key IN (SELECT key FROM playbook WHERE id = ANY ($1::uuid[]))
  GROUP BY ep.key, es.key
) e ON e.playbook_key = p.key AND e.key = s.key
WHERE s.playbook_id = ANY ($1::uuid[])
"""
_PLAYBOOKS = """
SELECT p.id, p.language, p.review_due_at, p.published_at,
       ARRAY(SELECT q.key FROM qualification_question q WHERE q.playbook_id = p.id ORDER BY q.position, q.id) AS asked,
       (SELECT jsonb_agg(jsonb_build_array(r.key, r.stage_key) ORDER BY r.key) FROM guidance_rule r
        WHERE r.playbook_key = p.key AND NOT r.removed AND p.status <> 'ARCHIVED'
          AND NOT EXISTS (SELECT FROM stage rs WHERE rs.playbook_id = p.id AND rs.key = r.stage_key)
       )::text AS stray_rules,
       (SELECT count(*) FROM opportunity o JOIN playbook op ON op.id = o.playbook_id WHERE op.key = p.key) AS deals
FROM playbook p WHERE p.id = ANY ($1::uuid[])
"""


async def issues(db: Reader, playbook_ids: Sequence[UUID], at: datetime) -> Mapping[UUID, list[Issue]]:
    """What `review` finds in each playbook; three statements, however many there are."""
    texts = await texts_of(db, playbook_ids)
    stages: dict[UUID, list[ReviewedStage]] = defaultdict(list)
    for row in await db.fetch(_STAGES, playbook_ids):
        stages[row["playbook_id"]].append(
            ReviewedStage(
                id=row["id"],
                key=row["key"],
                name=row["name"],
                definition=row["definition"],
                kind=StageKind(row["kind"]),
                position=row["position"],
                buyer_phase=BuyerPhase(row["buyer_phase"]) if row["buyer_phase"] else None,
                win_probability=row["win_probability"],
                target_days=row["target_days"],
                exit_criteria=row["exit_criteria"],
                activities=row["activities"],
                contents=row["contents"],
                deals_entered=row["deals_entered"],
                asked=tuple(_asked(row["asked"])),
                forecast_category=ForecastCategory(row["forecast_category"]),
                out_of_bounds=tuple([one async for one in _out_of_bounds(row["conditions"])]),
                conditions=tuple(_decided(row["conditions"])),
                texts=texts.get(row["id"], ()),
            )
        )
    found = {}
    for row in await db.fetch(_PLAYBOOKS, playbook_ids):
        reviewed = ReviewedPlaybook(
            stages=tuple(stages[row["id"]]),
            deals_total=row["deals"],
            review_due_at=row["review_due_at"],
            published_at=row["published_at"],
            language=row["language"],
            questions=tuple(row["asked"]),
            stray_rules=tuple(StrayRule(*rule) for rule in orjson.loads(row["stray_rules"] or "[]")),
            texts=texts.get(row["id"], ()),
        )
        for _ in steps(reviewed):
            await asyncio.sleep(0)
        found[row["id"]] = review(reviewed, at=at)
    return found


async def translations(db: Reader, table: str, ids: Sequence[UUID]) -> Mapping[UUID, list[dict[str, Any]]]:
    """Of the rows of one of the tables of `translations.TEXTS`."""
    assert table in TEXTS
    statement = f"SELECT id, translations::text AS said FROM {table} WHERE id = ANY ($1::uuid[])"  # noqa: S608
    rows = {row["id"]: row["said"] for row in await db.fetch(statement, list(ids))}
    return {id: edited(orjson.loads(rows.get(id) or "null"), table) for id in ids}


def _asked(stored: str | None) -> Iterator[ReviewedRequirement]:
    for key, reader, wording in orjson.loads(stored) if stored else ():
        yield ReviewedRequirement(key, known.Reader(reader), wording)


def _decided(stored: str | None) -> Iterator[ComputedCriterion]:
    for key, phase, required, expression in orjson.loads(stored) if stored else ():
        yield ComputedCriterion(key, CriterionPhase(phase), required, expression)


async def _out_of_bounds(conditions: str | None) -> AsyncIterator[OutOfBounds]:
    """Reading a condition for the first time takes a millisecond, so that others have a turn between them."""
    for key, _, _, text in orjson.loads(conditions) if conditions else ():
        try:
            await asyncio.sleep(0)
            compile_condition(text)
        except ConditionError as problem:
            yield OutOfBounds(key, problem.message)
