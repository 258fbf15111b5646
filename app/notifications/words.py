"""Titles and bodies of notifications, made when somebody reads them or they are sent: from what the reader sees of what
they are about, in the reader's language, or in the programme's, or in English."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache
from typing import Any
from uuid import UUID

import orjson
from babel.dates import format_date

from app.database.sql import Slot, Statement, sql
from app.events.log import Reader
from app.identity.scopes import VisibilityScope, scope_of, slots_of
from app.identity.viewer import Viewer
from app.identity.visibility import visible
from app.languages import tried
from app.models.translations import spoken
from app.notifications.schedule import zone_of
from app.notifications.templates import language_for, sentences
from app.settings import settings
from app.vocabulary import NotificationKind

LONGEST_TITLE, LONGEST_BODY = 200, 2_000
LONGEST_QUOTE = 500
"""Of a comment, in characters."""

_IDS = Slot("ids")

# What a reader doesn't see any more is null, and its notification is none of the rows.
_FACTS = """
SELECT n.id, n.kind, n.at, n.details::text AS details, n.own_title, n.own_body,
  n.opportunity_id, n.registration_id, n.comment_id, n.invitation_id,
  a.name AS actor, o.name AS deal, c.name AS account,
  ts.name AS stage, ts.translations::text AS stage_translations,
  fs.name AS from_stage, fs.translations::text AS from_stage_translations,
  r.number AS registration, r.account_name AS customer, g.name AS partner, m.body AS comment, i.industry,
  k.title AS task, k.due_at AS due,
  nba.title AS action, nba.rationale, nba.translations::text AS action_translations,
  (SELECT z.time_zone FROM user_account z WHERE z.id = n.user_id) AS time_zone
FROM notification n
LEFT JOIN user_account a ON a.id = n.actor_id AND {}
LEFT JOIN opportunity o ON o.id = n.opportunity_id AND {}
LEFT JOIN account c ON c.id = o.account_id AND {}
LEFT JOIN stage_transition t ON t.id = (n.details ->> 'transitionId')::uuid AND {}
LEFT JOIN stage ts ON ts.id = coalesce(t.to_stage_id, o.stage_id) AND {}
LEFT JOIN stage fs ON fs.id = t.from_stage_id AND {}
LEFT JOIN deal_registration r ON r.id = n.registration_id AND {}
LEFT JOIN organization g ON g.id = (n.details ->> 'partnerId')::uuid AND {}
LEFT JOIN comment m ON m.id = n.comment_id AND {}
LEFT JOIN deal_partner i ON i.id = n.invitation_id AND {}
LEFT JOIN task k ON k.id = n.task_id AND {}
LEFT JOIN LATERAL (
  SELECT nb.title, nb.rationale, nb.translations FROM next_best_action nb
  WHERE nb.opportunity_id = n.opportunity_id AND nb.key = n.details ->> 'actionKey'
    AND nb.status IN ('PROPOSED', 'ACCEPTED') AND {} LIMIT 1) nba ON TRUE
WHERE n.id = ANY ({}::uuid[]) AND {}
"""
_SEEN = (
    ("user_account", "a"),
    ("opportunity", "o"),
    ("account", "c"),
    ("stage_transition", "t"),
    ("stage", "ts"),
    ("stage", "fs"),
    ("deal_registration", "r"),
    ("organization", "g"),
    ("comment", "m"),
    ("deal_partner", "i"),
    ("task", "k"),
    ("next_best_action", "nb"),
)


@dataclass(frozen=True, slots=True)
class Worded:
    """`title`: one line; `body`: plain text. `thread`: what mails about one thing have in common."""

    id: UUID
    kind: NotificationKind
    at: datetime
    title: str
    body: str
    link: str | None
    thread: str


async def worded(db: Reader, viewer: Viewer, ids: Sequence[UUID]) -> Mapping[UUID, Worded]:
    """Those of them that the viewer sees now."""
    statement = _facts(scope_of(viewer))
    rows = await db.fetch(statement.text, *statement.arguments({**slots_of(viewer), _IDS.name: list(ids)}))
    return {row["id"]: _worded(row, viewer.language) for row in rows}


@lru_cache(maxsize=4)
def _facts(scope: VisibilityScope) -> Statement:
    seen = [visible(scope, table, alias) for table, alias in _SEEN]
    return sql(_FACTS, *seen, _IDS, visible(scope, "notification", "n")).statement()


def _worded(row: Mapping[str, Any], language: str) -> Worded:
    kind = NotificationKind(row["kind"])
    told = sentences(language_for(language))
    variables = {**_variables(row, language, language_for(language)), "who": row["actor"] or told.someone}
    said = told.of(kind, variables)
    return Worded(
        row["id"],
        kind,
        row["at"],
        one_line(said.title)[:LONGEST_TITLE],
        said.body.strip()[:LONGEST_BODY],
        link_of(row),
        _thread(row),
    )


def _variables(row: Mapping[str, Any], language: str, written: str) -> dict[str, Any]:
    details: dict[str, Any] = orjson.loads(row["details"])
    comment = row["comment"] or ""
    return {
        **dict.fromkeys(("role", "automatic", "outcome", "days", "step", "status", "endpoint")),
        **{name: details.get(name) for name in ("role", "automatic", "outcome", "days", "step", "status", "endpoint")},
        "deal": row["deal"],
        "account": row["account"],
        "stage": _spoken(row, "stage", "name", row["stage"], language),
        "from_stage": _spoken(row, "from_stage", "name", row["from_stage"], language),
        "registration": row["registration"],
        "customer": row["customer"],
        "partner": row["partner"],
        "industry": row["industry"],
        "comment": comment if len(comment) <= LONGEST_QUOTE else f"{comment[:LONGEST_QUOTE]}…",
        "task": row["task"],
        "due": None if row["due"] is None else _day(row["due"], row["time_zone"], written),
        "thing": row["deal"] or row["registration"],
        "action": _advised(row, "title", row["action"], language),
        "rationale": _advised(row, "rationale", row["rationale"], language),
        "own_title": row["own_title"],
        "own_body": row["own_body"],
    }


def _day(at: datetime, time_zone: str | None, language: str) -> str:
    """The reader's."""
    return format_date(at.astimezone(zone_of(time_zone)).date(), "long", language)


def _spoken(row: Mapping[str, Any], what: str, text: str, otherwise: str | None, language: str) -> str | None:
    kept = row[f"{what}_translations"]
    found = spoken(orjson.loads(kept) if kept else None, tried(language), text)
    return otherwise if found is None else found[0]


def _advised(row: Mapping[str, Any], text: str, otherwise: str | None, language: str) -> str | None:
    """Next best actions keep their words by language alone (`app.models.guidance.NextBestAction`)."""
    kept: Mapping[str, Mapping[str, Any]] = orjson.loads(row["action_translations"] or "null") or {}
    each = (kept.get(tag, {}).get(text) for tag in tried(language))
    return next((said for said in each if said), otherwise)


def one_line(text: str) -> str:
    """Without line breaks and other characters that aren't printed."""
    return " ".join("".join(letter if letter.isprintable() else " " for letter in text).split())


def _thread(row: Mapping[str, Any]) -> str:
    if row["opportunity_id"] is not None:
        return f"opp_{row['opportunity_id']}"
    if row["registration_id"] is not None:
        return f"reg_{row['registration_id']}"
    return f"ntf_{row['id']}"


def link_of(row: Mapping[str, Any]) -> str | None:
    """The page of the portal; None where nothing says how its pages are called."""
    template = settings().portal_link
    if template is None:
        return None
    if row["opportunity_id"] is not None:
        return template.format(kind="opportunity", id=f"opp_{row['opportunity_id']}")
    if row["registration_id"] is not None:
        return template.format(kind="registration", id=f"reg_{row['registration_id']}")
    return template.format(kind="notification", id=f"ntf_{row['id']}")
