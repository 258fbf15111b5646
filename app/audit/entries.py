"""Entries of the audit log, written in the transaction of what they report.

Every change of a deal, playbook or piece of content logs an event (`app.events.log`), and with each event an entry is
written; what leaves no event adds its entry itself. The request that causes them is named once, by `doing`.
"""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass, field
from typing import Protocol
from uuid import UUID

import asyncpg
import orjson

from app.database.sql import Slot, Sql, sql


@dataclass(frozen=True, slots=True)
class Entry:
    """`action`: an event's type, or IMPORT, BACKUP, RESTORE, EXPORT, TOKEN_REFUSED, GUIDANCE_RULE_SAVED,
    GUIDANCE_RULE_REMOVED, PROMPT_CHOSEN, ACCOUNT_SAVED, USER_CREATED, USER_CHANGED, USER_RECOGNIZED, USER_DEACTIVATED,
    USER_ACTIVATED, PARTNER_CREATED, PARTNER_CHANGED, PREFERENCES_CHANGED, LOG_DROPPED, PERSON_EXPORTED, PERSON_ERASED,
    RESEALED, RATES_IMPORTED, REGISTRATION_CONFLICT_DECIDED, REGISTRATION_CONFLICTS_OVERRIDDEN,
    TARGET_SET, TARGET_REMOVED, FORECAST_SUBMITTED. `subject`: a global id.

    `detail` holds keys, ids, figures and salted digests (`app.audit.digests`); never a token, a name, an address, or
    what people wrote.
    """

    action: str
    actor_id: UUID | None = None
    subject: str | None = None
    detail: Mapping[str, object] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Doing:
    mutation: str
    request_id: str


_doing: ContextVar[Doing | None] = ContextVar("the request that is being carried out", default=None)


@contextmanager
def doing(mutation: str, request_id: str) -> Iterator[None]:
    """What is done inside is done by this mutation of this request."""
    token = _doing.set(Doing(mutation, request_id))
    try:
        yield
    finally:
        _doing.reset(token)


class Writer(Protocol):
    """A `Database`, a `Transaction` or a connection."""

    async def fetch(self, sql: str, /, *parameters: object) -> list[asyncpg.Record]: ...


_ENTRY = sql(
    "INSERT INTO audit_entry (actor_id, action, mutation, request_id, subject, detail)"
    " SELECT {}::uuid, {}::text, {}::text, {}::text, {}::text, {}::text::jsonb",
    *(Slot(f"entry.{name}") for name in ("actor_id", "action", "mutation", "request_id", "subject", "detail")),
)
_ADDING = _ENTRY.statement()


def insertion(source: Sql) -> Sql:
    """An entry as `INSERT … SELECT … FROM source`, once for each row of it; its slots: `slots_of_entry`. See
    `app.events.log.insertion`."""
    return _ENTRY + sql(" FROM {}", source)


def slots_of_entry(entry: Entry) -> dict[str, object]:
    mutation, request_id = cause()
    return {
        "entry.actor_id": entry.actor_id,
        "entry.action": entry.action,
        "entry.mutation": mutation,
        "entry.request_id": request_id,
        "entry.subject": entry.subject,
        "entry.detail": orjson.dumps(entry.detail, default=str).decode(),
    }


async def add(db: Writer, entry: Entry) -> None:
    await db.fetch(_ADDING.text, *_ADDING.arguments(slots_of_entry(entry)))


def cause() -> tuple[str | None, str | None]:
    """Mutation and request id, for statements that write entries of their own."""
    now = _doing.get()
    return (now.mutation, now.request_id) if now else (None, None)
