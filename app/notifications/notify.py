"""Telling people something, in the transaction in which it becomes true: a row in the inbox of each who sees what it is
about, and what leaves by other channels enqueued."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from functools import lru_cache
from uuid import UUID

import asyncpg
import orjson

from app.database import Transaction
from app.database.sql import Slot, Sql, Statement, Value, sql
from app.identity import scopes
from app.identity.scopes import VisibilityScope, scope_of, slots_of
from app.identity.viewer import Viewer
from app.identity.visibility import visible
from app.jobs import defer_missing
from app.models.columns import new_id
from app.notifications.counter import standing_of
from app.notifications.people import Person, people
from app.notifications.schedule import due_at
from app.notifications.wake import announce
from app.settings import settings
from app.vocabulary import NotificationChannel, NotificationKind, NotificationPace

DELIVER = "deliver_notifications"

_ABOUT = ("opportunity_id", "registration_id", "comment_id", "invitation_id", "task_id")

_VIEWERS = Slot("viewers")
_COLUMNS = {
    scopes.ORGANIZATION.name: ("its_organization_id", "uuid"),
    scopes.USER.name: ("its_user_id", "uuid"),
    scopes.TIER.name: ("its_tier", "text"),
    scopes.INDUSTRIES.name: ("its_industries", "text[]"),
    scopes.LANGUAGE.name: ("its_language", "text"),
    scopes.SPOKEN.name: ("its_spoken", "text"),
    scopes.SPOKEN_ANYWHERE.name: ("its_spoken_anywhere", "text"),
    scopes.PROGRAMME_LANGUAGE.name: ("its_programme_language", "text"),
}
"""Of the viewers of a statement: for each of a viewer's slots its column, called as no table's is."""


@dataclass(frozen=True, slots=True)
class Notice:
    """What is told, and to whom it may concern. `key`: nobody is told twice under the same one. `actor_id`: who did it,
    who is not told. `details`: keys and ids for its words (`app.notifications.words`). `title` and `body`: an author's
    own, for AUTOMATION."""

    kind: NotificationKind
    key: str
    to: Collection[UUID]
    actor_id: UUID | None = None
    opportunity_id: UUID | None = None
    registration_id: UUID | None = None
    comment_id: UUID | None = None
    invitation_id: UUID | None = None
    task_id: UUID | None = None
    details: Mapping[str, object] = field(default_factory=dict)
    title: str | None = None
    body: str | None = None


# Numbers are drawn under the inbox's lock: whoever reads a number finds all smaller ones committed. Who has become
# another since their unread ones were counted is counted when they ask.
_TELL = """
WITH given AS (
  SELECT * FROM jsonb_to_recordset($1::text::jsonb) AS g(user_id uuid, organization_id uuid, id uuid,
    shown boolean, standing text)
), counted AS (
  INSERT INTO inbox (id, user_id, unread, last_number, standing)
  SELECT gen_random_uuid(), g.user_id, g.shown::int, 1, g.standing FROM given g ORDER BY g.user_id
  ON CONFLICT (user_id) DO UPDATE SET last_number = inbox.last_number + 1, unread = inbox.unread + excluded.unread,
    standing = CASE WHEN inbox.standing = excluded.standing OR inbox.last_number = 0 THEN excluded.standing END
  WHERE NOT EXISTS (SELECT FROM notification n WHERE n.user_id = inbox.user_id AND n.key = $2)
  RETURNING user_id, last_number
)
INSERT INTO notification (id, user_id, organization_id, number, kind, key, actor_id, opportunity_id, registration_id,
  comment_id, invitation_id, task_id, details, own_title, own_body, at, in_inbox)
SELECT g.id, g.user_id, g.organization_id, c.last_number, $3, $2, $4, $5, $6, $7, $8, $9, $10::text::jsonb, $11, $12,
  $13, g.shown
FROM counted c JOIN given g USING (user_id)
RETURNING id, user_id
"""
_QUEUE = """
INSERT INTO notification_delivery (id, notification_id, user_id, channel, pace, due_at)
SELECT q.* FROM jsonb_to_recordset($1::text::jsonb)
  AS q(id uuid, notification_id uuid, user_id uuid, channel text, pace text, due_at timestamptz)
"""


async def notify(tx: Transaction, notice: Notice, at: datetime | None = None) -> list[UUID]:
    """Tell those of `notice.to` who see what it is about and want to know; their ids. The transaction is the system's.

    Of one that commits, everybody is told once: in the inbox by its commit, by other channels at least once after it.
    """
    when = at or datetime.now(UTC)
    found = [one for one in await people(tx, set(notice.to)) if one.id != notice.actor_id]
    seeing = await _seeing(tx, [one.viewer for one in found if _wants(one, notice.kind)], notice)
    wanting = {one.id: one for one in found if one.id in seeing}
    if not wanting:
        return []
    rows = await tx.fetch(_TELL, *_values(notice, wanting.values(), when))
    await _enqueue(tx, rows, notice.kind, wanting, when)
    await announce(tx, [row["user_id"] for row in rows])
    return [row["user_id"] for row in rows]


def _values(notice: Notice, wanting: Collection[Person], when: datetime) -> Sequence[object]:
    shown = [
        {
            "user_id": one.id,
            "organization_id": one.viewer.organization_id,
            "id": new_id(),
            "shown": one.pace(notice.kind, NotificationChannel.INBOX) is not NotificationPace.OFF,
            "standing": standing_of(one.viewer),
        }
        for one in wanting
    ]
    about = [getattr(notice, name) for name in _ABOUT]
    details = orjson.dumps(notice.details, default=str).decode()
    given = orjson.dumps(shown, default=str).decode()
    return (
        given,
        notice.key,
        notice.kind.value,
        notice.actor_id,
        *about,
        details,
        notice.title,
        notice.body,
        when,
    )


def _wants(one: Person, kind: NotificationKind) -> bool:
    return any(one.pace(kind, channel) is not NotificationPace.OFF for channel in NotificationChannel)


async def _seeing(tx: Transaction, viewers: Sequence[Viewer], notice: Notice) -> set[UUID]:
    """Those who would see the notification, as its own visibility says it: a statement for each scope."""
    about = {f"about.{name}": getattr(notice, name) for name in _ABOUT}
    found: set[UUID] = set()
    for scope in VisibilityScope:
        some = [_columns_of(one) for one in viewers if scope_of(one) is scope]
        if some:
            statement = _seen_by(scope)
            given = {_VIEWERS.name: orjson.dumps(some, default=str).decode(), **about}
            found |= {row["user_id"] for row in await tx.fetch(statement.text, *statement.arguments(given))}
    return found


def _columns_of(viewer: Viewer) -> dict[str, object]:
    slots = slots_of(viewer)
    return {column: slots[name] for name, (column, _) in _COLUMNS.items()}


@lru_cache(maxsize=4)
def _seen_by(scope: VisibilityScope) -> Statement:
    """The condition on one viewer, with columns of many in the place of that viewer's slots."""
    columns = ", ".join(f"{{}}::uuid AS {name}" for name in _ABOUT)
    row = sql(columns, *(Slot(f"about.{name}") for name in _ABOUT))
    given = ", ".join(f"{column} {type_}" for column, type_ in _COLUMNS.values())
    seen = Sql(tuple(_column(part) for part in visible(scope, "notification", "n").parts))
    return sql(
        f"SELECT n.user_id FROM jsonb_to_recordset({{}}::text::jsonb) AS viewers({given})"  # noqa: S608 (constants)
        " CROSS JOIN LATERAL (SELECT viewers.its_user_id AS user_id,"
        " viewers.its_organization_id AS organization_id, {}) n WHERE {}",
        *(_VIEWERS, row, seen),
    ).statement()


def _column(part: str | Value | Slot) -> str | Value | Slot:
    return f"viewers.{_COLUMNS[part.name][0]}" if isinstance(part, Slot) else part


async def _enqueue(
    tx: Transaction,
    rows: Sequence[asyncpg.Record],
    kind: NotificationKind,
    wanting: Mapping[UUID, Person],
    when: datetime,
) -> None:
    waiting: list[dict[str, object]] = []
    soon: dict[str, dict[str, object]] = {}
    for row in rows:
        one = wanting[row["user_id"]]
        for channel, pace in _leaving(one, kind):
            due = due_at(pace, one.hours, when)
            said = {"notification_id": row["id"], "user_id": one.id, "channel": channel, "pace": pace, "due_at": due}
            waiting.append({"id": new_id(), **said})
            if due <= when:
                soon[f"{DELIVER}/{one.id}"] = {"user_id": str(one.id)}
    if waiting:
        await tx.execute(_QUEUE, orjson.dumps(waiting, default=str).decode())
        await defer_missing(tx, DELIVER, soon)


def _leaving(one: Person, kind: NotificationKind) -> list[tuple[NotificationChannel, NotificationPace]]:
    """The channels by which it leaves the product, each with its pace."""
    ways = {
        NotificationChannel.EMAIL: one.email is not None and settings().sends_mail,
        NotificationChannel.CHAT: one.chat_sealed is not None,
    }
    found = [(channel, one.pace(kind, channel)) for channel, is_open in ways.items() if is_open]
    return [(channel, pace) for channel, pace in found if pace is not NotificationPace.OFF]
