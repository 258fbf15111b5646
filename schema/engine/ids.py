"""Global ids: the kind of thing and its UUID, `opp_0198c0de…`. Opaque to clients, readable in a log."""

from collections.abc import Sequence
from uuid import UUID

from app.models.columns import Uuid
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
    if parts is None:
        raise ClientError("This is not an id of this API; pass ids back as you received them.", argument=argument)
    if parts[0] != prefix:
        raise ClientError(
            f"This is the id of another kind of thing; one that begins with `{prefix}_` is needed here.",
            argument=argument,
        )
    return parts[1]


def decode_all(texts: Sequence[str], prefix: str, *argument: str | int) -> list[UUID]:
    return [decode(text, prefix, *argument, n) for n, text in enumerate(texts)]
