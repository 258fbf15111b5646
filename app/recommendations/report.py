"""The guidance report for the vendor: actions shown and their outcomes, and the language model's usage."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any
from uuid import UUID

from app.database.sql import Sql, all_of, sql
from app.events.log import Reader
from guidance.actions import ActionKind
from guidance.facts import ReadingKind

MOST_REASONS = 20


@dataclass(frozen=True, slots=True)
class Filter:
    """Days in UTC, both included; None: any. An action counts on the day on which it was first shown."""

    since: date | None = None
    until: date | None = None
    playbook_key: str | None = None
    stage_keys: Sequence[str] | None = None
    kinds: Sequence[ActionKind] | None = None
    partner_id: UUID | None = None
    prompt_version: str | None = None
    model: str | None = None


@dataclass(frozen=True, slots=True)
class Fared:
    """`ignored`: expired without an answer, and without having been done. `median_seconds`: from being shown to being
    taken on or done."""

    shown: int = 0
    accepted: int = 0
    completed: int = 0
    dismissed: int = 0
    ignored: int = 0
    median_seconds: float | None = None


@dataclass(frozen=True, slots=True)
class Usage:
    model: str | None
    prompt_version: str | None
    calls: int
    requests: int
    input_tokens: int
    output_tokens: int
    cost: Decimal
    median_milliseconds: float | None


@dataclass(frozen=True, slots=True)
class Report:
    """Groups by their name; those by prompt version, model and reading leave out what the rules chose."""

    total: Fared
    by_kind: Mapping[ActionKind, Fared]
    by_stage: Mapping[tuple[str, str], Fared]
    by_playbook: Mapping[str, Fared]
    by_prompt_version: Mapping[str, Fared]
    by_model: Mapping[str, Fared]
    by_reading: Mapping[ReadingKind, Fared]
    reasons: Sequence[tuple[str, int]]
    usage_total: Usage
    usage: Sequence[Usage]
    verdicts: Sequence[tuple[str, int]]


_ACTED = "n.accepted_at IS NOT NULL OR n.status = 'COMPLETED' OR n.fulfilled"
_FARED = f"""
SELECT GROUPING(n.kind, n.playbook_key, n.stage_key, n.prompt_version, n.model, n.reading) AS grouped,
  n.kind, n.playbook_key, n.stage_key, n.prompt_version, n.model, n.reading, count(*) AS shown,
  count(*) FILTER (WHERE n.accepted_at IS NOT NULL) AS accepted,
  count(*) FILTER (WHERE n.status = 'COMPLETED' OR n.fulfilled) AS completed,
  count(*) FILTER (WHERE n.status = 'DISMISSED') AS dismissed,
  count(*) FILTER (WHERE n.status = 'EXPIRED' AND n.response IS NULL AND NOT n.fulfilled) AS ignored,
  percentile_cont(0.5) WITHIN GROUP (ORDER BY
    extract(epoch FROM coalesce(n.accepted_at, n.responded_at, n.ended_at) - n.shown_at))
    FILTER (WHERE {_ACTED}) AS median_seconds
FROM next_best_action n WHERE n.shown_at IS NOT NULL AND {{}}
GROUP BY GROUPING SETS
  ((), (n.kind), (n.playbook_key), (n.playbook_key, n.stage_key), (n.prompt_version), (n.model), (n.reading))
ORDER BY shown DESC, 2, 3, 4, 5, 6, 7
"""  # noqa: S608 (the text is constant)
TOTAL, KIND, PLAYBOOK, STAGE, PROMPT, MODEL = 0b111111, 0b011111, 0b101111, 0b100111, 0b111011, 0b111101
READING = 0b111110
"""`GROUPING` sets a bit for each column that a group leaves out."""

_REASONS = f"""
SELECT min(btrim(n.reason)) AS reason, count(*) AS number FROM next_best_action n
WHERE n.shown_at IS NOT NULL AND n.status = 'DISMISSED' AND {{}}
GROUP BY lower(btrim(n.reason)) ORDER BY number DESC, 1 LIMIT {MOST_REASONS}
"""  # noqa: S608
_USAGE = """
SELECT GROUPING(c.model) AS whole, c.model, c.prompt_version, count(*) FILTER (WHERE c.requests > 0) AS calls,
  coalesce(sum(c.requests), 0) AS requests, coalesce(sum(c.input_tokens), 0)::bigint AS input_tokens,
  coalesce(sum(c.output_tokens), 0)::bigint AS output_tokens, coalesce(sum(c.cost), 0) AS cost,
  percentile_cont(0.5) WITHIN GROUP (ORDER BY c.milliseconds) FILTER (WHERE c.requests > 0) AS median_milliseconds
FROM model_call c WHERE {} GROUP BY GROUPING SETS ((), (c.model, c.prompt_version))
ORDER BY whole DESC, calls DESC, 2, 3
"""
_VERDICTS = """
SELECT CASE WHEN c.verdict = 'UNAVAILABLE' AND c.outcome NOT IN ('OK', 'NOT_SENT') THEN c.outcome ELSE c.verdict END
  AS verdict, count(*) AS number
FROM model_call c WHERE {} GROUP BY 1 ORDER BY number DESC, 1
"""


async def guidance_report(db: Reader, wanted: Filter) -> Report:
    """Four statements, whatever is asked for."""
    fared = await _rows(db, _FARED, _of_actions(wanted))
    groups: dict[int, dict[Any, Fared]] = {code: {} for code in (TOTAL, KIND, PLAYBOOK, STAGE, PROMPT, MODEL, READING)}
    for row in fared:
        groups[row["grouped"]][_name(row)] = Fared(
            row["shown"], row["accepted"], row["completed"], row["dismissed"], row["ignored"], row["median_seconds"]
        )
    whole, *usage = [_usage(row) for row in await _rows(db, _USAGE, _of_calls(wanted))]
    return Report(
        total=groups[TOTAL].get(None, Fared()),
        by_kind=groups[KIND],
        by_stage=groups[STAGE],
        by_playbook=groups[PLAYBOOK],
        by_prompt_version={name: one for name, one in groups[PROMPT].items() if name is not None},
        by_model={name: one for name, one in groups[MODEL].items() if name is not None},
        by_reading={kind: one for kind, one in groups[READING].items() if kind is not None},
        reasons=[(row["reason"], row["number"]) for row in await _rows(db, _REASONS, _of_actions(wanted))],
        usage_total=whole,
        usage=usage,
        verdicts=[(row["verdict"], row["number"]) for row in await _rows(db, _VERDICTS, _of_calls(wanted))],
    )


def _name(row: Mapping[str, Any]) -> Any:
    match row["grouped"]:
        case code if code == KIND:
            return ActionKind(row["kind"])
        case code if code == STAGE:
            return row["playbook_key"], row["stage_key"]
        case code if code == PLAYBOOK:
            return row["playbook_key"]
        case code if code == PROMPT:
            return row["prompt_version"]
        case code if code == READING:
            return row["reading"] and ReadingKind(row["reading"])
    return row["model"]


def _usage(row: Mapping[str, Any]) -> Usage:
    return Usage(
        model=row["model"],
        prompt_version=row["prompt_version"],
        calls=row["calls"],
        requests=row["requests"],
        input_tokens=row["input_tokens"],
        output_tokens=row["output_tokens"],
        cost=row["cost"],
        median_milliseconds=row["median_milliseconds"],
    )


def _of_actions(wanted: Filter) -> Sql:
    kinds = None if wanted.kinds is None else [kind.value for kind in wanted.kinds]
    return _given(
        ("n.shown_at >= {}::date::timestamp AT TIME ZONE 'UTC'", wanted.since),
        ("n.shown_at < ({}::date + 1)::timestamp AT TIME ZONE 'UTC'", wanted.until),
        ("n.playbook_key = {}::text", wanted.playbook_key),
        ("n.stage_key = ANY ({}::text[])", wanted.stage_keys),
        ("n.kind = ANY ({}::text[])", kinds),
        ("n.partner_id = {}::uuid", wanted.partner_id),
        ("n.prompt_version = {}::text", wanted.prompt_version),
        ("n.model = {}::text", wanted.model),
    )


def _of_calls(wanted: Filter) -> Sql:
    """Calls are about a whole deal, so that kinds don't narrow them."""
    return _given(
        ("c.day >= {}::date", wanted.since),
        ("c.day <= {}::date", wanted.until),
        ("c.playbook_key = {}::text", wanted.playbook_key),
        ("c.stage_key = ANY ({}::text[])", wanted.stage_keys),
        ("c.partner_id = {}::uuid", wanted.partner_id),
        ("c.prompt_version = {}::text", wanted.prompt_version),
        ("c.model = {}::text", wanted.model),
    )


def _given(*conditions: tuple[str, object]) -> Sql:
    return all_of(sql(template, value) for template, value in conditions if value is not None)


async def _rows(db: Reader, template: str, condition: Sql) -> Sequence[Mapping[str, Any]]:
    statement = sql(template, condition).statement()
    return await db.fetch(statement.text, *statement.arguments({}))
