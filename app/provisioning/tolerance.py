"""Requests that identity providers send otherwise than the RFC has it, brought into its form before it is read.

Most of it `scim2_models` takes as it comes (operations in capitals, truth values as text, dotted keys, removals by
value). The rest:

- Entra ID sends a manager as bare text, not as an object with a `value`.
- It names members to be removed by all that it knows of them, `"$ref": null` included; their `value` is enough.
- Keys of an operation without a path may be whole paths (`emails[type eq "work"].value`), and its values hold the id
  and the schemas again: each key is made an operation of its own.
- Older Entra ID jobs wrap a single value in a list of objects: `"value": [{"value": "Ada"}]`.
"""

from collections.abc import Iterator
from typing import Any

import orjson

_MANAGER = "urn:ietf:params:scim:schemas:extension:enterprise:2.0:user:manager"
_OURS = frozenset({"id", "schemas", "meta"})
"""What providers repeat in a change, and what changes nothing."""
_MANY = frozenset({"emails", "phonenumbers", "addresses", "members", "groups", "schemas"})


def tolerated(method: str, body: bytes) -> bytes:
    """The body with its operations in the RFC's form; as it is where it can't be read: that is for others to say."""
    if method != "PATCH":
        return body
    try:
        read = orjson.loads(body)
    except orjson.JSONDecodeError:
        return body
    operations = read.pop("Operations", read.pop("operations", None)) if isinstance(read, dict) else None
    if not isinstance(operations, list) or not operations:
        return body
    found: list[Any] = []
    for operation in operations:
        found += _forms(operation) if isinstance(operation, dict) else [operation]
    return orjson.dumps({**read, "Operations": found}) if found else body


def _forms(operation: dict[str, Any]) -> Iterator[dict[str, Any]]:
    path, value = operation.get("path"), operation.get("value")
    named = isinstance(path, str) and bool(path.strip())
    if "value" not in operation:
        yield operation
    elif str(operation.get("op")).lower() == "remove":
        chosen = [_chosen(one) for one in value] if isinstance(value, list) else _chosen(value)
        yield {**operation, "value": chosen} if value is not None else {"op": operation["op"], "path": path}
    elif named:
        yield {**operation, "value": _value(str(path).strip(), value)}
    elif isinstance(value, dict):
        told = {name: one for name, one in value.items() if name.lower() not in _OURS}
        for name, one in told.items():
            yield {"op": operation.get("op"), "path": name, "value": _value(name, one)}
    else:
        yield operation


def _chosen(entry: Any) -> Any:
    """What tells which entry is meant."""
    if not isinstance(entry, dict):
        return {"value": entry} if isinstance(entry, str) else entry
    return {"value": entry["value"]} if entry.get("value") else {k: v for k, v in entry.items() if v is not None}


def _value(path: str, value: Any) -> Any:
    name = path.lower()
    if name == _MANAGER:
        return {"value": value} if isinstance(value, str) else value
    if name.rpartition(":")[2] in _MANY or not isinstance(value, list) or len(value) != 1:
        return value
    (inner,) = value
    if isinstance(inner, dict):
        return inner["value"] if inner.keys() == {"value"} else value
    return value if isinstance(inner, list) else inner
