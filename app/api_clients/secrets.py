"""Secrets of API clients: 256 random bits, of which the SHA-256 is kept.

A slow hash protects what people choose; nobody guesses 256 random bits, however fast the hash.
"""

import secrets
from hashlib import sha256
from hmac import compare_digest

PREFIX = "sps_"
"""By which scanners of source code know a leaked one."""
LONGEST = 200
_NOBODYS = sha256(secrets.token_bytes(32)).digest()


def new_secret() -> str:
    return PREFIX + secrets.token_urlsafe(32)


def digest(secret: str) -> bytes:
    return sha256(secret.encode("utf-8", "surrogatepass")).digest()


def matches(given: bytes, kept: bytes | None) -> bool:
    """In the same time whether there is one or not, and wherever they differ."""
    return compare_digest(given, bytes(kept) if kept is not None else _NOBODYS) and kept is not None
