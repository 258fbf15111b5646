"""Waking whoever follows an inbox, in any process, once something new in it is committed. A wake-up is never the data,
and may get lost."""

import asyncio
from collections.abc import Collection, Iterator
from contextlib import contextmanager
from uuid import UUID

from app.database import Transaction

CHANNEL = "stagepath_inbox"

_ANNOUNCE = "SELECT pg_notify($1, u::text) FROM unnest($2::uuid[]) u"
_waiting: dict[UUID, set[asyncio.Event]] = {}


async def announce(tx: Transaction, ids: Collection[UUID]) -> None:
    """When the transaction commits, those who follow these people's inboxes look."""
    if ids:
        await tx.fetch(_ANNOUNCE, CHANNEL, list(ids))


def woken(payload: str | None) -> None:
    """What came over `CHANNEL`; None: something may have been missed."""
    if payload is None:
        for each in _waiting.values():
            for one in each:
                one.set()
        return
    for one in _waiting.get(UUID(payload), ()):
        one.set()


@contextmanager
def waiting(user_id: UUID) -> Iterator[asyncio.Event]:
    """Inside, the event is set whenever there is something new for this person."""
    event = asyncio.Event()
    _waiting.setdefault(user_id, set()).add(event)
    try:
        yield event
    finally:
        _waiting[user_id].discard(event)
        if not _waiting[user_id]:
            del _waiting[user_id]
