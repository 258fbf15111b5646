"""Signed links by which whoever got a mail stops mail of its kinds, without signing in (RFC 8058)."""

import hmac
from base64 import urlsafe_b64decode, urlsafe_b64encode
from binascii import Error as NotBase64
from collections.abc import Collection
from hashlib import sha256
from typing import NamedTuple
from uuid import UUID

from app import audit
from app.database import Database
from app.models.columns import new_id
from app.settings import Mode, settings
from app.vocabulary import NotificationChannel, NotificationKind, NotificationPace

PATH = "/notifications/unsubscribe"
LONGEST_TOKEN = 1_000

_KNOWN = frozenset(NotificationKind)
_STOP = """
INSERT INTO notification_preference (id, user_id, kind, channel, pace) VALUES ($1, $2, $3, $4, $5)
ON CONFLICT (user_id, kind, channel) DO UPDATE SET pace = excluded.pace
"""
_USER = "SELECT language FROM user_account WHERE id = $1"


class Unsubscription(NamedTuple):
    user_id: UUID
    kinds: tuple[NotificationKind, ...]


def token_for(user_id: UUID, kinds: Collection[NotificationKind]) -> str:
    said = f"{user_id} {','.join(sorted(set(kinds)))}".encode()
    signature = _signature(settings().secrets_in_use()[0], said)
    return f"{_letters(said)}.{_letters(signature)}"


def link_for(user_id: UUID, kinds: Collection[NotificationKind]) -> str:
    return f"{base_url()}{PATH}?token={token_for(user_id, kinds)}"


def base_url() -> str:
    """Where this server is reached from outside; in development mode, where it listens."""
    used = settings()
    if used.public_url is not None:
        return str(used.public_url).rstrip("/")
    assert used.mode is Mode.DEVELOPMENT, "settings see to it"
    return f"http://{used.host}:{used.port}"


def read_token(token: str) -> Unsubscription | None:
    """None for one that no secret in use has signed."""
    said, _, signature = token.partition(".")
    if len(token) > LONGEST_TOKEN or not token.isascii():
        return None
    try:
        text, given = _bytes(said), _bytes(signature)
    except (NotBase64, ValueError):
        return None
    if not any(hmac.compare_digest(given, _signature(one, text)) for one in settings().secrets_in_use()):
        return None
    user_id, _, kinds = text.decode().partition(" ")
    known = tuple(NotificationKind(one) for one in kinds.split(",") if one in _KNOWN)
    return Unsubscription(UUID(user_id), known)


async def unsubscribe(db: Database, wanted: Unsubscription) -> bool:
    """False when there is no such user any more. Doing it again changes nothing."""
    async with db.transaction() as tx:
        if await tx.fetchrow(_USER, wanted.user_id) is None:
            return False
        for kind in wanted.kinds:
            channel, pace = NotificationChannel.EMAIL.value, NotificationPace.OFF.value
            await tx.execute(_STOP, new_id(), wanted.user_id, kind.value, channel, pace)
        detail = {"choices": [f"{kind} EMAIL OFF" for kind in wanted.kinds], "by": "link"}
        subject = f"usr_{wanted.user_id}"
        await audit.add(tx, audit.Entry("NOTIFICATION_PREFERENCES_CHANGED", wanted.user_id, subject, detail))
    return True


async def language_of(db: Database, user_id: UUID) -> str:
    row = await db.fetchrow(_USER, user_id)
    return row["language"] if row else settings().default_language


def _signature(secret: str, said: bytes) -> bytes:
    return hmac.new(sha256(b"stagepath unsubscribe\0" + secret.encode()).digest(), said, sha256).digest()


def _letters(text: bytes) -> str:
    return urlsafe_b64encode(text).rstrip(b"=").decode()


def _bytes(letters: str) -> bytes:
    return urlsafe_b64decode(letters + "=" * (-len(letters) % 4))
