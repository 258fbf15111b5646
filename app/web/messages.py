"""The shapes of `graphql-transport-ws` messages."""

from typing import Any

from app.web.trusted import names_document

_WITH_ID = frozenset({"subscribe", "complete"})
_KNOWN = frozenset({"connection_init", "ping", "pong"}) | _WITH_ID


def fault(message: object) -> str | None:
    """What keeps `message` from being one of the protocol's; None: nothing."""
    if not isinstance(message, dict):
        return "A message is an object"
    kind = message.get("type")
    if not isinstance(kind, str):
        return "A message has a `type`"
    if kind not in _KNOWN:
        return f"Unknown message type: {kind[:40]}"
    if kind in _WITH_ID and not (isinstance(message.get("id"), str) and message["id"]):
        return f"A `{kind}` message has an `id`, as text"
    payload = message.get("payload")
    if kind == "subscribe":
        return _subscription_fault(payload)
    return None if isinstance(payload, dict | None) else f"The payload of a `{kind}` message is an object"


def _subscription_fault(payload: Any) -> str | None:
    if not isinstance(payload, dict):
        return "The payload of a `subscribe` message is an object with a `query`"
    for name, type_ in (("variables", dict), ("operationName", str), ("extensions", dict), ("documentId", str)):
        if not isinstance(payload.get(name), type_ | None):
            return f"`{name}` has to be {'text' if type_ is str else 'an object'}, or left out"
    query = payload.get("query")
    named = not query and names_document(payload)
    if not named and not (isinstance(query, str) and query.strip()):
        return "The payload of a `subscribe` message is an object with a `query`"
    return None
