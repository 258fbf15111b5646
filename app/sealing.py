"""Sealing: texts that clients carry or tables keep, and that nobody without the server's secret can read or make up.

AES-SIV (RFC 5297) under a key of its own for each purpose. While the secret changes, the new one seals and the old ones
still open.
"""

from base64 import urlsafe_b64encode
from contextlib import suppress
from functools import lru_cache
from hashlib import sha512

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESSIV

from app.settings import Settings, settings

CURSORS = "cursors"

_made: tuple[Settings, dict[str, tuple[AESSIV, ...]]] | None = None

SHORTEST = 16
"""In bytes: of what is sealed there is a tag alone, which AES-SIV doesn't take."""


def sealers(purpose: str) -> tuple[AESSIV, ...]:
    """The first seals, all open. Made once for the settings in use: reading a development secret costs more than
    sealing."""
    global _made
    current = settings()
    if _made is None or _made[0] is not current:
        _made = current, {}
    found = _made[1].get(purpose)
    if found is None:
        found = _made[1][purpose] = tuple(_sealer(secret, purpose) for secret in current.secrets_in_use())
    return found


def _sealer(secret: str, purpose: str) -> AESSIV:
    return AESSIV(sha512(f"stagepath {purpose}\0{secret}".encode()).digest())


def sealed(text: bytes, purpose: str, bound_to: bytes) -> bytes:
    """`bound_to`: what it belongs to; nothing else opens it."""
    return sealers(purpose)[0].encrypt(text, [bound_to])


def opened(text: bytes, purpose: str, bound_to: bytes) -> bytes | None:
    """None for what was changed, sealed for something else, or under a secret that is in use no more."""
    if len(text) <= SHORTEST:
        return None
    for sealer in sealers(purpose):
        with suppress(InvalidTag):
            return sealer.decrypt(text, [bound_to])
    return None


def in_letters(text: bytes, purpose: str, scope: str) -> str:
    """Sealed, as clients carry it."""
    return _in_letters(sealers(purpose)[0], text, scope)


@lru_cache(maxsize=4_096)
def _in_letters(sealer: AESSIV, text: bytes, scope: str) -> str:
    """Kept, since the same pages are asked for again and again, and sealing takes as long as a small query."""
    return urlsafe_b64encode(sealer.encrypt(text, [scope.encode()])).rstrip(b"=").decode()
