"""Deals as predictions know them, read from the facts: moves, changes of fields, and what was done and when.

Current rows are read for what is kept without a history alone (`Known.UNDATED`), and for the value that a field has had
since its last change.
"""

from collections.abc import Mapping, Sequence
from datetime import UTC, date, datetime
from typing import Any
from uuid import UUID

import orjson

from app.events.log import Reader
from app.prediction.deal import DAY, Deal, End, Entry
from app.prediction.shape import Shape
from app.vocabulary import StageKind, TransitionKind

_OF = """
SELECT o.id, p.key AS playbook, o.partner_id, g.tier, a.industry, o.source, o.deal_type, o.currency,
  extract(epoch FROM o.created_at)::float8 AS created, o.amount::float8 AS amount, o.expected_close_date AS due,
  (SELECT jsonb_agg(jsonb_build_array(extract(epoch FROM t.at), s.key, s.kind, t.kind) ORDER BY t.seq)
    FROM stage_transition t JOIN stage s ON s.id = t.to_stage_id WHERE t.opportunity_id = o.id)::text AS moves,
  (SELECT jsonb_agg(jsonb_build_array(c.field, extract(epoch FROM c.at), c.known, CASE c.field
      WHEN 'amount' THEN jsonb_build_array(c.before_amount, c.before_currency)
      WHEN 'partner' THEN to_jsonb(c.before_partner_id)
      ELSE to_jsonb(c.before) END) ORDER BY c.at, c.nth)
    FROM field_change c WHERE c.opportunity_id = o.id
      AND c.field IN ('amount', 'currency', 'expectedCloseDate', 'partner'))::text AS changes,
  ARRAY(SELECT extract(epoch FROM d.at)::float8 FROM (
    SELECT m.marked_at AS at FROM criterion_mark m WHERE m.opportunity_id = o.id AND m.met
    UNION ALL SELECT m.marked_at FROM former_mark m WHERE m.opportunity_id = o.id AND m.met
    UNION ALL SELECT d.completed_at FROM opportunity_activity d WHERE d.opportunity_id = o.id
    UNION ALL SELECT q.answered_at FROM qualification_answer q WHERE q.opportunity_id = o.id) d
    WHERE d.at IS NOT NULL ORDER BY 1) AS touches
FROM opportunity o JOIN playbook p ON p.id = o.playbook_id JOIN account a ON a.id = o.account_id
LEFT JOIN organization g ON g.id = o.partner_id
"""
_OF_PLAYBOOK = _OF + "WHERE p.key = $1 ORDER BY o.created_at, o.id"
_OF_DEALS = _OF + "WHERE o.id = ANY ($1::uuid[])"
# Of versions with the same stage, the published one speaks, else the latest.
_STAGES = """
SELECT DISTINCT ON (s.key) s.key, s.kind, s.position, s.win_probability
FROM stage s JOIN playbook p ON p.id = s.playbook_id
WHERE p.key = $1 ORDER BY s.key, p.status = 'PUBLISHED' DESC, p.version DESC
"""
_AMOUNT, _CURRENCY, _DUE, _PARTNER = "amount", "currency", "expectedCloseDate", "partner"


async def of_playbook(db: Reader, playbook_key: str) -> list[Deal]:
    """By creation."""
    return _deals(await db.fetch(_OF_PLAYBOOK, playbook_key))


async def of_deals(db: Reader, ids: Sequence[UUID]) -> dict[UUID, Deal]:
    return {UUID(deal.id): deal for deal in _deals(await db.fetch(_OF_DEALS, list(ids)))}


async def shape_of(db: Reader, playbook_key: str) -> Shape:
    rows = await db.fetch(_STAGES, playbook_key)
    ends = {
        kind: frozenset(row["key"] for row in rows if row["kind"] == kind) for kind in (StageKind.WON, StageKind.LOST)
    }
    return Shape(
        order={row["key"]: row["position"] for row in rows if row["kind"] == StageKind.OPEN},
        of_playbook={row["key"]: row["win_probability"] for row in rows},
        won=ends[StageKind.WON],
        lost=ends[StageKind.LOST],
    )


def _deals(rows: Sequence[Mapping[str, Any]]) -> list[Deal]:
    made = (_deal(row) for row in rows)
    return [deal for deal in made if deal.entries]


def _deal(row: Mapping[str, Any]) -> Deal:
    moves = orjson.loads(row["moves"]) if row["moves"] else []
    entries = tuple(
        Entry(float(at) / DAY, stage, kind == TransitionKind.BACK)
        for at, stage, of_kind, kind in moves
        if of_kind == StageKind.OPEN
    )
    created = min([row["created"] / DAY, *(entry.at for entry in entries[:1])])
    changes = orjson.loads(row["changes"]) if row["changes"] else []
    partner = str(row["partner_id"]) if row["partner_id"] is not None else None
    return Deal(
        id=str(row["id"]),
        playbook=row["playbook"],
        created=created,
        entries=entries,
        end=_end(moves),
        partners=_told(changes, _PARTNER, created, partner, _text),
        tier=row["tier"],
        industry=row["industry"].casefold() if row["industry"] else None,
        source=row["source"],
        currency=row["currency"],
        amounts=_amounts(changes, created, row),
        close_dates=_told(changes, _DUE, created, _day(row["due"]), _day),
        touches=tuple(at / DAY for at in row["touches"]),
    )


def _end(moves: Sequence[Sequence[Any]]) -> End | None:
    """Of a deal that stands closed: its last move."""
    if not moves or moves[-1][2] == StageKind.OPEN:
        return None
    at, stage, kind, _ = moves[-1]
    return End(float(at) / DAY, stage, kind == StageKind.WON)


def _told(
    changes: Sequence[Sequence[Any]], field: str, created: float, now: Any, read: Any
) -> tuple[tuple[float, Any], ...]:
    """What the field was set to and when: a change says what it was before. What isn't known any more is left out."""
    mine = [(float(at) / DAY, known, before) for name, at, known, before in changes if name == field]
    since = [created, *(at for at, _, _ in mine)]
    was = [*((known, read(before)) for _, known, before in mine), (True, now)]
    return tuple((at, value) for at, (known, value) in zip(since, was, strict=True) if known)


def _amounts(
    changes: Sequence[Sequence[Any]], created: float, row: Mapping[str, Any]
) -> tuple[tuple[float, float | None], ...]:
    """Since the amount is in the currency in which it is now: of another, it can't be compared."""
    told = _told(changes, _AMOUNT, created, (row["amount"], row["currency"]), _money)
    of_other = [place for place, (_, (_, currency)) in enumerate(told) if currency not in (None, row["currency"])]
    alike = told[of_other[-1] + 1 if of_other else 0 :]
    since = max((float(at) / DAY for field, at, *_ in changes if field == _CURRENCY), default=created)
    standing = [(since, amount) for at, (amount, _) in alike if at <= since]
    return (*standing[-1:], *((at, amount) for at, (amount, _) in alike if at > since))


def _money(value: Any) -> tuple[float | None, str | None]:
    amount, currency = value
    return None if amount is None else float(amount), currency


def _text(value: Any) -> str | None:
    return None if value is None else str(value)


def _day(value: Any) -> float | None:
    """Days since 1970-01-01, at its beginning in UTC."""
    if value is None:
        return None
    day = value if isinstance(value, date) else date.fromisoformat(str(value))
    return datetime(day.year, day.month, day.day, tzinfo=UTC).timestamp() / DAY
