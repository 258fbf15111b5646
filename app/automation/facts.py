"""Facts of a deal, its people, its registration and an event, as conditions and texts speak of it."""

from collections.abc import Mapping
from datetime import date, datetime, tzinfo
from typing import Any
from uuid import UUID

import asyncpg
import orjson

from app.automation.language import MAX_ANSWER, MAX_ANSWERS, MAX_FIELDS, MAX_TEXT, MAX_WORD
from app.events.log import LoggedEvent, Reader
from app.vocabulary import EventType

_DEAL = f"""
SELECT o.id, o.name, o.amount, o.currency, o.expected_close_date, o.next_step, o.source, o.status, o.entered_stage_at,
  o.created_at, o.close_reason_key, o.close_reason, o.partner_id, o.owner_id, o.registration_id,
  s.key AS stage, s.name AS stage_name, s.win_probability, s.target_days, p.key AS playbook, p.name AS playbook_name,
  NOT EXISTS (SELECT FROM stage n WHERE n.playbook_id = s.playbook_id AND n.kind = 'OPEN' AND n.position > s.position)
    AS last_stage,
  a.name AS account_name, a.industry, a.country, a.employees,
  g.name AS partner_name, g.tier, g.partner_kind, g.status AS partner_status, g.region,
  (SELECT count(*) FROM (SELECT FROM opportunity w WHERE w.partner_id = o.partner_id AND w.status = 'WON' LIMIT 1000) c)
    AS won_deals,
  (SELECT count(*) FROM (SELECT FROM opportunity w WHERE w.partner_id = o.partner_id LIMIT 1000) c) AS deals,
  u.name AS owner_name, u.role AS owner_role,
  r.number, r.title, r.status AS registration_status, r.deal_type, r.protected_until, r.account_name AS registered,
  coalesce(q.last_at, o.updated_at) AS last_at,
  (SELECT coalesce(jsonb_object_agg(x.question_key, left(x.answer, {MAX_ANSWER})), '{{}}')::text FROM (
    SELECT y.question_key, y.answer FROM qualification_answer y WHERE y.opportunity_id = o.id
    ORDER BY y.question_key LIMIT {MAX_ANSWERS}) x) AS answers
FROM opportunity o JOIN stage s ON s.id = o.stage_id JOIN playbook p ON p.id = o.playbook_id
JOIN account a ON a.id = o.account_id LEFT JOIN organization g ON g.id = o.partner_id
LEFT JOIN user_account u ON u.id = o.owner_id LEFT JOIN deal_registration r ON r.id = o.registration_id
LEFT JOIN deal_pulse q ON q.opportunity_id = o.id
WHERE o.id = ANY ($1::uuid[])
"""  # noqa: S608 (constants)
_REGISTRATION = """
SELECT r.id, r.number, r.title, r.status AS registration_status, r.deal_type, r.protected_until,
  r.account_name AS registered, r.opportunity_id, r.account_industry AS industry, r.account_country AS country,
  g.name AS partner_name, g.tier, g.partner_kind, g.status AS partner_status, g.region,
  (SELECT count(*) FROM (SELECT FROM opportunity w WHERE w.partner_id = g.id AND w.status = 'WON' LIMIT 1000) c)
    AS won_deals,
  (SELECT count(*) FROM (SELECT FROM opportunity w WHERE w.partner_id = g.id LIMIT 1000) c) AS deals,
  u.name AS owner_name, u.role AS owner_role
FROM deal_registration r JOIN organization g ON g.id = r.partner_id LEFT JOIN user_account u ON u.id = r.owner_id
WHERE r.id = $1
"""
_ACTOR = "SELECT g.kind FROM user_account u JOIN organization g ON g.id = u.organization_id WHERE u.id = $1"
NOTHING: Mapping[str, Any] = {
    "event": None,
    "deal": None,
    "partner": None,
    "account": None,
    "owner": None,
    "registration": None,
}


async def deals(db: Reader, ids: list[UUID]) -> dict[UUID, asyncpg.Record]:
    """Rows for `of_deal`, of those that exist."""
    return {row["id"]: row for row in await db.fetch(_DEAL, ids)}


async def registration(db: Reader, id: UUID) -> asyncpg.Record | None:
    """A row for `of_registration`."""
    return await db.fetchrow(_REGISTRATION, id)


def of_deal(row: Mapping[str, Any], at: datetime, zone: tzinfo) -> dict[str, Any]:
    """`zone`: whose days are counted to a date, as in `daysToClose`."""
    today = at.astimezone(zone).date()
    close: date | None = row["expected_close_date"]
    return {
        **NOTHING,
        "deal": {
            "name": _text(row["name"]),
            "amount": None if row["amount"] is None else float(row["amount"]),
            "currency": row["currency"],
            "closeDate": close and close.isoformat(),
            "daysToClose": close and (close - today).days,
            "nextStep": _text(row["next_step"]),
            "source": row["source"],
            "status": row["status"],
            "stage": _word(row["stage"]),
            "stageName": _word(row["stage_name"]),
            "playbook": _word(row["playbook"]),
            "playbookName": _word(row["playbook_name"]),
            "daysInStage": _days(row["entered_stage_at"], at),
            "daysSilent": _days(row["last_at"], at),
            "targetDays": row["target_days"],
            "ageDays": _days(row["created_at"], at),
            "winProbability": float(row["win_probability"]),
            "lastStage": row["last_stage"],
            "closeReason": _word(row["close_reason_key"]),
            "closeNote": _text(row["close_reason"]),
            "qualification": orjson.loads(row["answers"]),
        },
        "partner": _partner(row),
        "account": {
            "name": _text(row["account_name"]),
            "industry": _word(row["industry"]),
            "country": _word(row["country"]),
            "employees": row["employees"],
        },
        "owner": _owner(row),
        "registration": _registration(row, at, zone) if row["number"] is not None else None,
    }


def of_registration(row: Mapping[str, Any], at: datetime, zone: tzinfo) -> dict[str, Any]:
    """Of one that has no deal."""
    return {
        **NOTHING,
        "partner": _partner(row),
        "account": {
            "name": _text(row["registered"]),
            "industry": _word(row["industry"]),
            "country": _word(row["country"]),
            "employees": None,
        },
        "owner": _owner(row),
        "registration": _registration(row, at, zone),
    }


async def of_event(db: Reader, event: LoggedEvent, *, by_automation: bool) -> dict[str, Any]:
    said = event.payload
    actor = None if event.actor_id is None else await db.fetchrow(_ACTOR, event.actor_id)
    return {
        "type": event.type.value,
        "at": event.at.isoformat(),
        "byPartner": actor is not None and actor["kind"] == "PARTNER",
        "byAutomation": by_automation,
        "fields": _fields(event),
        **{
            name: _word(said.get(key))
            for name, key in (
                ("kind", "kind"),
                ("fromStage", "fromStageKey"),
                ("toStage", "toStageKey"),
                ("criterion", "criterionKey"),
                ("activity", "activityKey"),
                ("status", "status"),
                ("response", "response"),
                ("code", "code"),
            )
        },
        "met": said.get("met"),
        "daysLeft": said.get("daysLeft"),
    }


def _fields(event: LoggedEvent) -> list[str]:
    if event.type is EventType.OPPORTUNITY_STAGE_CHANGED:
        return ["stage"]
    return [str(name)[:MAX_WORD] for name in event.payload.get("fields", ())][:MAX_FIELDS]


def _partner(row: Mapping[str, Any]) -> dict[str, Any] | None:
    if row["partner_name"] is None:
        return None
    return {
        "name": _text(row["partner_name"]),
        "tier": row["tier"],
        "kind": row["partner_kind"],
        "status": row["partner_status"],
        "region": _word(row["region"]),
        "wonDeals": row["won_deals"],
        "deals": row["deals"],
    }


def _owner(row: Mapping[str, Any]) -> dict[str, Any] | None:
    return None if row["owner_name"] is None else {"name": _text(row["owner_name"]), "role": row["owner_role"]}


def _registration(row: Mapping[str, Any], at: datetime, zone: tzinfo) -> dict[str, Any]:
    until: datetime | None = row["protected_until"]
    return {
        "number": row["number"],
        "title": _text(row["title"]),
        "status": row["registration_status"],
        "dealType": row["deal_type"],
        "daysLeft": until and (until.astimezone(zone).date() - at.astimezone(zone).date()).days,
        "account": _text(row["registered"]),
    }


def _days(since: datetime, at: datetime) -> int:
    return max(0, (at - since).days)


def _text(said: str | None) -> str | None:
    return None if said is None else said[:MAX_TEXT]


def _word(said: str | None) -> str | None:
    return None if said is None else said[:MAX_WORD]
