"""Cursors that clients can neither read nor make up: sealed with AES-SIV (RFC 5297) under the server's secret.

While the secret changes, the new one seals and the old ones still open.

A cursor holds the ordering values of one row as PostgreSQL's text, and is bound to the list and order it was made for.
"""

from base64 import urlsafe_b64decode, urlsafe_b64encode
from binascii import Error as NotBase64
from contextlib import suppress
from functools import lru_cache
from hashlib import sha512

import orjson
from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESSIV

from app.settings import Settings, settings
from schema.errors import ClientError

Place = tuple[str | None, ...]
"""A row's ordering values as text."""


_made: tuple[Settings, tuple[AESSIV, ...]] | None = None


def _sealers() -> tuple[AESSIV, ...]:
    """The first seals, all open. Made once for the settings in use: reading a development secret costs more than
    sealing."""
    global _made
    current = settings()
    if _made is None or _made[0] is not current:
        _made = current, tuple(_sealer(secret) for secret in current.secrets_in_use())
    return _made[1]


def _sealer(secret: str) -> AESSIV:
    return AESSIV(sha512(b"stagepath cursors\0" + secret.encode()).digest())


def seal(place: Place, scope: str) -> str:
    return seal_json(orjson.dumps(place), scope)


def seal_json(place: bytes, scope: str) -> str:
    """`place` as orjson, or PostgreSQL, writes it."""
    return _seal(_sealers()[0], place, scope)


@lru_cache(maxsize=4_096)
def _seal(sealer: AESSIV, place: bytes, scope: str) -> str:
    """Kept, since the same pages are asked for again and again, and sealing takes as long as a small query."""
    return urlsafe_b64encode(sealer.encrypt(place, [scope.encode()])).rstrip(b"=").decode()


def unseal(cursor: str, scope: str, *argument: str | int) -> Place:
    """Raises `ClientError` for a cursor that was changed, or made for another list or order."""
    opened = _opened(cursor, scope.encode())
    if opened is None:
        raise ClientError(
            "This cursor does not belong to this list in this order; start again without one.",
            code="CURSOR_INVALID",
            argument=argument,
        )
    return tuple(orjson.loads(opened))


def _opened(cursor: str, scope: bytes) -> bytes | None:
    try:
        sealed = urlsafe_b64decode(cursor + "=" * (-len(cursor) % 4))
    except (NotBase64, ValueError):
        return None
    if len(sealed) <= 16:  # an empty text decodes to nothing, which AES-SIV doesn't take as a ciphertext
        return None
    for sealer in _sealers():
        with suppress(InvalidTag):
            return sealer.decrypt(sealed, [scope])
    return None
