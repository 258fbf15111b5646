"""Benchmarks over all partners' responses that partners' advice may rest on: rates and effects, computed daily.

The rule is that of `app.deals.benchmarks.rule`: a cell is released by the deals behind it; in it no partner's answers
weigh more than all others' together. What is ranked with are sums of released cells.
"""

from collections.abc import Mapping
from datetime import date
from typing import Any

import orjson

from app.database import Transaction
from app.deals.benchmarks.rule import CROWD, RELEASED, claim, settled
from app.recommendations.answers import ENDED, WAITED
from guidance.actions import ActionKind
from guidance.ranking import Counts, Effect, Learned, Pace

NAME = "answers"

_WEIGHT = "least(1, (crowd.answers - part.answers)::float8 / part.answers)"
_OUTCOMES = f"""
WITH ended AS ({ENDED}), part AS (
  SELECT kind, stage_key, partner_id, count(DISTINCT opportunity_id) AS deals, count(*) AS answers,
    count(*) FILTER (WHERE became = 'ACCEPTED') AS accepted, count(*) FILTER (WHERE became = 'COMPLETED') AS completed,
    count(*) FILTER (WHERE became = 'DISMISSED') AS dismissed, count(*) FILTER (WHERE became = 'IGNORED') AS ignored
  FROM ended WHERE partner_id IS NOT NULL GROUP BY kind, stage_key, partner_id
), crowd AS (SELECT kind, stage_key, sum(answers) AS answers, {CROWD} FROM part GROUP BY kind, stage_key)
SELECT kind, stage_key, sum(accepted * w) AS accepted, sum(completed * w) AS completed,
  sum(dismissed * w) AS dismissed, sum(ignored * w) AS ignored
FROM part JOIN crowd USING (kind, stage_key), LATERAL (SELECT {_WEIGHT} AS w) weighed
WHERE {RELEASED} GROUP BY kind, stage_key
"""  # noqa: S608 (the texts are constants)
_EFFECTS = f"""
WITH waited AS ({WAITED}), part AS (
  SELECT kind, status, partner_id, count(DISTINCT opportunity_id) AS deals, count(*) AS answers,
    count(*) FILTER (WHERE advanced) AS advanced, sum(days) AS days
  FROM waited WHERE partner_id IS NOT NULL GROUP BY kind, status, partner_id
), crowd AS (SELECT kind, status, sum(answers) AS answers, {CROWD} FROM part GROUP BY kind, status)
SELECT kind, status, sum(advanced * w) AS advanced, sum(days * w) AS days
FROM part JOIN crowd USING (kind, status), LATERAL (SELECT {_WEIGHT} AS w) weighed
WHERE {RELEASED} GROUP BY kind, status
"""  # noqa: S608
_BEFORE = "SELECT kind, stage_key, rate, effect FROM action_benchmark"
_WRITE = """
INSERT INTO action_benchmark (id, kind, stage_key, rate, effect, measured_on)
SELECT gen_random_uuid(), kind, stage_key, rate, effect, $2
FROM jsonb_to_recordset($1::text::jsonb) AS b(kind text, stage_key text, rate float8, effect float8)
"""


async def measure_answers(tx: Transaction, day: date, at: object) -> bool:
    """Replace the figures by those of `day`; False when that was done already. `at`: until when deals have waited."""
    if not await claim(tx, NAME, day):
        return False
    everyone = {
        (ActionKind(row["kind"]), row["stage_key"]): Counts(
            row["accepted"], row["completed"], row["dismissed"], row["ignored"]
        )
        for row in await tx.fetch(_OUTCOMES)
    }
    paces = {(row["kind"], row["status"]): Pace(row["advanced"], row["days"]) for row in await tx.fetch(_EFFECTS, at)}
    effects = {
        kind: Effect(paces[kind, "COMPLETED"], paces[kind, "DISMISSED"])
        for kind in ActionKind
        if {(kind, "COMPLETED"), (kind, "DISMISSED")} <= paces.keys()
    }
    before = {(row["kind"], row["stage_key"]): row for row in await tx.fetch(_BEFORE)}
    rows = _told(Learned(everyone, effects=effects), before)
    await tx.execute("DELETE FROM action_benchmark")
    await tx.execute(_WRITE, orjson.dumps(rows).decode(), day)
    return True


def _told(learned: Learned, before: Mapping[tuple[str, str], Mapping[str, Any]]) -> list[dict[str, object]]:
    """Of every kind, for every stage that answers are known from; nothing where neither answers nor effects are."""
    stages = {"", *(stage for _, stage in learned.everyone)}
    rows: list[dict[str, object]] = []
    for kind in ActionKind if learned.everyone or learned.effects else ():
        for stage in sorted(stages):
            was = before.get((kind, stage))
            effect = None
            if not stage and kind in learned.effects:
                effect = settled(learned.effect(kind), was["effect"] if was else None)
            rate = settled(learned.rate(kind, stage), was["rate"] if was else None)
            rows.append({"kind": kind, "stage_key": stage, "rate": rate, "effect": effect})
    return rows
