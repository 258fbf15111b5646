"""Addresses of chats' incoming webhooks: judged before one is kept, and kept sealed, since whoever knows one may write
there."""

from base64 import urlsafe_b64decode, urlsafe_b64encode
from binascii import Error as NotBase64
from urllib.parse import urlsplit
from uuid import UUID

from app.database import Database
from app.outgoing import BadUrl, Rules, read_url
from app.sealing import opened, sealed
from app.settings import settings

PURPOSE = "chat addresses"

_KEPT = "SELECT user_id, chat_secret_url FROM notification_setting WHERE chat_secret_url IS NOT NULL"
_SEAL = "UPDATE notification_setting SET chat_secret_url = $3 WHERE user_id = $1 AND chat_secret_url = $2"


def problem_of(url: str) -> str | None:
    """None for one that may be kept. Where it leads is judged again whenever something is sent."""
    try:
        read_url(url, Rules.of(settings()))
    except BadUrl as problem:
        return problem.message
    return None


def host_of(url: str) -> str:
    """All of it that is shown again."""
    return urlsplit(url).hostname or ""


def seal_address(url: str, user_id: UUID) -> str:
    return urlsafe_b64encode(sealed(url.encode(), PURPOSE, user_id.bytes)).decode()


def open_address(kept: str, user_id: UUID) -> str | None:
    """None for what is sealed under a key that the server has no more, or for somebody else."""
    try:
        found = opened(urlsafe_b64decode(kept), PURPOSE, user_id.bytes)
    except (NotBase64, ValueError):
        return None
    return None if found is None else found.decode()


async def seal_anew(db: Database) -> int:
    """Have all sealed under the key that seals now; how many were not. The same text is sealed alike under one key."""
    changed = 0
    for row in await db.fetch(_KEPT):
        user_id, kept = row["user_id"], row["chat_secret_url"]
        url = open_address(kept, user_id)
        if url is not None and (again := seal_address(url, user_id)) != kept:
            await db.fetch(_SEAL, user_id, kept, again)
            changed += 1
    return changed
