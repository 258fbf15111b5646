"""Salted digests, which stand in the audit log in place of what is personal.

Whoever has the value and the person's salt can show that it is the one that an entry speaks of. A person's salt goes
when they are erased; from then on, nothing leads from a digest to a value.
"""

from collections.abc import Mapping
from hashlib import sha256
from secrets import token_bytes
from uuid import UUID

from app.audit.entries import Writer

LENGTH = 16
"""Bytes of a salt, and of the part of a digest that is kept."""
NOBODY = UUID(int=0)
"""Whose salt is that of addresses from which strangers have come."""

_KNOWN = "SELECT salt FROM person_salt WHERE person_id = $1"
_NEW = "INSERT INTO person_salt (person_id, salt) VALUES ($1, $2) ON CONFLICT (person_id) DO NOTHING"


async def salt_of(db: Writer, person_id: UUID) -> bytes:
    rows = await db.fetch(_KNOWN, person_id)
    if not rows:
        await db.fetch(_NEW, person_id, token_bytes(LENGTH))
        rows = await db.fetch(_KNOWN, person_id)
    salt: bytes = rows[0]["salt"]
    return salt


def digest(salt: bytes, name: str, value: str) -> str:
    """Of one field's value, in hexadecimal. `name` keeps equal values of two fields apart."""
    return sha256(b"\0".join((salt, name.encode(), value.encode()))).digest()[:LENGTH].hex()


def digests(salt: bytes, values: Mapping[str, str | None]) -> dict[str, str | None]:
    """By field; None: it was emptied."""
    return {name: None if value is None else digest(salt, name, value) for name, value in values.items()}
