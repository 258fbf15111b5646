"""Cursors that clients can neither read nor make up: sealed under the server's secret (`app.sealing`).

A cursor holds the ordering values of one row as PostgreSQL's text, and is bound to the list and order it was made for.
"""

from base64 import urlsafe_b64decode
from binascii import Error as NotBase64

import orjson

from app.sealing import CURSORS, in_letters, opened
from schema.errors import ClientError

Place = tuple[str | None, ...]
"""A row's ordering values as text."""


def seal(place: Place, scope: str) -> str:
    return seal_json(orjson.dumps(place), scope)


def seal_json(place: bytes, scope: str) -> str:
    """`place` as orjson, or PostgreSQL, writes it."""
    return in_letters(place, CURSORS, scope)


def unseal(cursor: str, scope: str, *argument: str | int) -> Place:
    """Raises `ClientError` for a cursor that was changed, or made for another list or order."""
    found = _opened(cursor, scope.encode())
    if found is None:
        raise ClientError(
            "This cursor does not belong to this list in this order; start again without one.",
            code="CURSOR_INVALID",
            argument=argument,
        )
    return tuple(orjson.loads(found))


def _opened(cursor: str, scope: bytes) -> bytes | None:
    try:
        sealed = urlsafe_b64decode(cursor + "=" * (-len(cursor) % 4))
    except (NotBase64, ValueError):
        return None
    return opened(sealed, CURSORS, scope)
