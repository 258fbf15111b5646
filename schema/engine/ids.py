"""Global ids: the kind of thing and its UUID, `opp_0198c0de…`. Opaque to clients, readable in a log."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from contextvars import ContextVar
from uuid import UUID

from app.models.columns import Uuid, new_id
from schema.errors import ClientError


def encode(prefix: str, key: UUID) -> str:
    return f"{prefix}_{key}"


def split(text: str) -> tuple[str, UUID] | None:
    """Prefix and key; None when the text is no id. Only the spelling that `encode` writes counts."""
    prefix, _, rest = text.rpartition("_")
    if len(rest) != 36:
        return None
    try:
        key = Uuid(rest)
    except ValueError:
        return None
    return (prefix, key) if str(key) == rest else None


def decode(text: str, prefix: str, *argument: str | int) -> UUID:
    """The key in the id of a thing whose kind is known. Raises `ClientError` with the argument's path."""
    parts = split(text)
    if parts is not None and parts[0] == prefix:
        return parts[1]
    message = (
        "This is not an id of this API; pass ids back as you received them."
        if parts is None
        else f"This is the id of another kind of thing; one that begins with `{prefix}_` is needed here."
    )
    collected = _collected.get()
    if collected is None:
        raise ClientError(message, argument=argument)  # no name for it: its traceback would hold it, and the document
    collected.append(ClientError(message, argument=argument))
    return new_id()


def decode_given(text: str | None, prefix: str, *argument: str | int) -> UUID | None:
    """As `decode`; None where nothing is given."""
    return None if text is None else decode(text, prefix, *argument)


_collected: ContextVar[list[ClientError] | None] = ContextVar("wrong ids", default=None)


@contextmanager
def collecting() -> Iterator[list[ClientError]]:
    """Within, ids that are none count as those of nothing, and what is wrong with them is collected."""
    wrong: list[ClientError] = []
    token = _collected.set(wrong)
    try:
        yield wrong
    finally:
        _collected.reset(token)


def decode_all(texts: Sequence[str], prefix: str, *argument: str | int) -> list[UUID]:
    return [decode(text, prefix, *argument, n) for n, text in enumerate(texts)]
