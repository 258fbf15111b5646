"""Models and predictions in the database."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

import orjson

from app.database import Transaction
from app.events.log import Reader
from app.prediction.codec import read
from app.prediction.model import STAGE, Model
from app.prediction.scoring import Scored, probability
from app.vocabulary import ModelAudience, PredictionBasis, PredictionTrend

KEPT_MODELS = 200
"""Parsed, in one process."""
MOST_TOLD = 3
"""Of the reasons against a deal, in advice."""

_CURRENT = """
SELECT id, playbook_key, audience, partner_id FROM prediction_model WHERE playbook_key = ANY ($1::text[]) AND current
"""
_DESCRIBED = """
SELECT playbook_key AS playbook, version, of_whom, basis, deals, wins, warnings, missing, better_than_baseline,
  backtest::text AS backtest FROM prediction_model WHERE playbook_key = $1 AND current
ORDER BY audience <> 'VENDOR', of_whom
"""
_CONTENT = "SELECT content::text AS content FROM prediction_model WHERE id = $1"
_BEFORE = """
SELECT id, basis, win_probability AS win, usual, trend, reasons::text AS reasons, best_change::text AS change
FROM prediction WHERE id = ANY ($1::uuid[])
"""
_WRITE = """
INSERT INTO prediction (id, opportunity_id, partner_id, model_id, basis, win_probability, low, high, base_rate, reasons,
  expected_close_date, earliest_close_date, latest_close_date, as_of, previous, trend, opportunity_version, usual,
  best_change)
SELECT p.id, p.id, o.partner_id, m.id, p.basis, p.win, p.low, p.high, p.base, p.reasons, p.expected, p.earliest,
  p.latest, $2, p.previous, p.trend, o.version, p.usual, p.change
FROM jsonb_to_recordset($1::text::jsonb) AS p (id uuid, model uuid, partner uuid, basis text, win float8, low float8,
  high float8, base float8, reasons jsonb, expected date, earliest date, latest date, previous float8, trend text,
  usual float8, change jsonb)
JOIN opportunity o ON o.id = p.id AND o.status = 'OPEN' AND o.partner_id IS NOT DISTINCT FROM p.partner
JOIN prediction_model m ON m.id = p.model
ORDER BY p.id FOR SHARE OF o
ON CONFLICT (id) DO UPDATE SET partner_id = excluded.partner_id, model_id = excluded.model_id, basis = excluded.basis,
  win_probability = excluded.win_probability, low = excluded.low, high = excluded.high, base_rate = excluded.base_rate,
  reasons = excluded.reasons, expected_close_date = excluded.expected_close_date,
  earliest_close_date = excluded.earliest_close_date, latest_close_date = excluded.latest_close_date,
  as_of = excluded.as_of, previous = excluded.previous, trend = excluded.trend,
  opportunity_version = excluded.opportunity_version, usual = excluded.usual, best_change = excluded.best_change
WHERE prediction.as_of <= excluded.as_of
"""


@dataclass(frozen=True, slots=True)
class Current:
    """The models in use of a playbook, by whose deals they are for: `VENDOR`, `PARTNERS`, or a partner's id."""

    ids: Mapping[str, UUID]

    def for_deal(self, partner: str | None) -> UUID | None:
        if partner is None:
            return self.ids.get(ModelAudience.VENDOR.value)
        return self.ids.get(ModelAudience.PARTNERS.value) or self.ids.get(partner)


async def described(db: Reader, playbook_key: str) -> list[dict[str, Any]]:
    """The models in use of a playbook, that of all deals first."""
    return [dict(row) for row in await db.fetch(_DESCRIBED, playbook_key)]


async def current(db: Reader, playbooks: Sequence[str]) -> dict[str, Current]:
    found: dict[str, dict[str, UUID]] = {key: {} for key in playbooks}
    for row in await db.fetch(_CURRENT, list(playbooks)):
        whom = str(row["partner_id"]) if row["partner_id"] is not None else row["audience"]
        found[row["playbook_key"]][whom] = row["id"]
    return {key: Current(ids) for key, ids in found.items()}


_read: dict[UUID, Model] = {}


async def model_of(db: Reader, id: UUID) -> Model:
    """A model never changes."""
    known = _read.get(id)
    if known is None:
        row = await db.fetchrow(_CONTENT, id)
        if row is None:
            raise LookupError(f"there is no prediction model {id}")
        if len(_read) >= KEPT_MODELS:
            _read.clear()
        known = _read[id] = read(row["content"])
    return known


async def write(tx: Transaction, given: Sequence[tuple[UUID, UUID, str | None, Scored]], at: datetime) -> list[UUID]:
    """Of each deal: its id, the model, its partner, and what the model says. Deals that have closed or gone to another
    partner meanwhile are left out. Returns those of which advice now says something else."""
    rows = [_row(*one) for one in sorted(given, key=lambda one: one[0])]
    before = {row["id"]: told(row) for row in await tx.fetch(_BEFORE, [row["id"] for row in rows])}
    await tx.execute(_WRITE, orjson.dumps(rows, default=str).decode(), at)
    return [row["id"] for row in rows if before.get(row["id"]) != told(row)]


def told(row: Mapping[str, Any]) -> tuple[Any, ...] | None:
    """As far as advice makes sentences of it, to whole percents."""
    if row["basis"] != PredictionBasis.MODEL.value:
        return None
    reasons, change = _plain(row["reasons"]), _plain(row["change"])
    against = [feature for feature, _, points in reasons if points < 0 and feature != STAGE]
    figures = (round(row["win"], 2), None if row["usual"] is None else round(row["usual"], 2))
    falls = row["trend"] == PredictionTrend.DECLINING.value
    return (*figures, falls, against[:MOST_TOLD], change and (change[0], round(change[1], 2)))


def _plain(kept: Any) -> Any:
    return orjson.loads(kept) if isinstance(kept, str) else kept


def _row(deal: UUID, model: UUID, partner: str | None, said: Scored) -> dict[str, Any]:
    return {
        "id": deal,
        "model": model,
        "partner": partner,
        "basis": said.basis.value,
        "win": probability(said.win),
        "low": probability(said.low),
        "high": probability(said.high),
        "base": probability(said.base),
        "reasons": [[one.feature, one.value, one.points] for one in said.reasons],
        "expected": said.expected,
        "earliest": said.earliest,
        "latest": said.latest,
        "previous": None if said.previous is None else probability(said.previous),
        "trend": said.trend.value,
        "usual": probability(said.usual),
        "change": None if said.change is None else [said.change.lever, probability(said.change.win)],
    }
