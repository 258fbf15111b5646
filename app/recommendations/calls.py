"""The record of calls to the language model."""

from datetime import UTC, datetime
from typing import Any

import orjson

from app import metrics
from app.database import Transaction
from app.models.columns import new_id
from app.recommendations.facts import Gathered
from guidance.sharpen import NotSharpened, Sharpened
from guidance.writer import Call

NOT_SENT = "NOT_SENT"
DONE = "DONE"

_RECORD = """
INSERT INTO model_call (id, at, day, opportunity_id, partner_id, playbook_key, stage_key, prompt_version, model,
  requests, input_tokens, output_tokens, cost, milliseconds, outcome, verdict, detail)
SELECT id, at, day, opportunity_id, partner_id, playbook_key, stage_key, prompt_version, model,
  requests, input_tokens, output_tokens, cost, milliseconds, outcome, verdict, detail
FROM jsonb_to_recordset($1::text::jsonb) AS c(id uuid, at timestamptz, day date, opportunity_id uuid, partner_id uuid,
  playbook_key text, stage_key text, prompt_version text, model text, requests int, input_tokens bigint,
  output_tokens bigint, cost numeric, milliseconds int, outcome text, verdict text, detail text)
"""


async def record(
    tx: Transaction, gathered: Gathered, result: Sharpened | NotSharpened, *, model: str, at: datetime
) -> None:
    """One row for each call; one without requests where nothing was sent."""
    verdict, detail = (DONE, None) if isinstance(result, Sharpened) else (result.reason.value, result.detail)
    common = {
        "at": at,
        "day": at.astimezone(UTC).date(),
        "opportunity_id": gathered.deal.id,
        "partner_id": gathered.deal.partner_id,
        "playbook_key": gathered.deal.play.key,
        "stage_key": gathered.deal.stage.key,
        "prompt_version": result.prompt_version,
        "verdict": verdict,
        "detail": detail,
    }
    for call in result.calls:
        metrics.model_called(
            call.outcome, call.seconds, input_tokens=call.usage.input_tokens, output_tokens=call.usage.output_tokens
        )
    rows = [{**common, "id": new_id(), **_taken(call)} for call in result.calls]
    rows = rows or [{**common, "id": new_id(), **_nothing(model)}]
    await tx.execute(_RECORD, orjson.dumps(rows, default=str).decode())


def _taken(call: Call) -> dict[str, Any]:
    return {
        "model": call.model,
        "requests": call.requests,
        "input_tokens": call.usage.input_tokens,
        "output_tokens": call.usage.output_tokens,
        "cost": str(call.usage.cost),
        "milliseconds": int(call.seconds * 1_000),
        "outcome": call.outcome,
    }


def _nothing(model: str) -> dict[str, Any]:
    return {
        "model": model,
        "requests": 0,
        "input_tokens": 0,
        "output_tokens": 0,
        "cost": "0",
        "milliseconds": 0,
        "outcome": NOT_SENT,
    }
