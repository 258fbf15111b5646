"""Facts to and from plain JSON or YAML, and a hash of what somebody did to a deal."""

import hashlib
from functools import lru_cache
from typing import Any

from pydantic import TypeAdapter

from guidance.facts import Answer, Facts

DECIDED = (Answer.COMPLETED, Answer.DISMISSED)
OF_OTHER_DEALS: dict[str, Any] = {
    "history": True,
    "last_contact_at": True,
    "last_change_at": True,
    "responses": True,
    "readings": True,
    "changed": True,
    "seen": True,
    "prediction": True,
    "partner": {"usual_amount", "managed"},
}


@lru_cache(maxsize=1)
def _adapter() -> TypeAdapter[Facts]:
    return TypeAdapter(Facts)


def to_plain(facts: Facts) -> dict[str, Any]:
    """Texts, numbers, lists and dicts alone; `from_plain` reads it back to equal facts."""
    plain: dict[str, Any] = _adapter().dump_python(facts, mode="json")
    return plain


def from_plain(plain: object) -> Facts:
    """Raises `pydantic.ValidationError` with every path that doesn't fit, unknown names among them."""
    return _adapter().validate_python(plain, extra="forbid")


def state_hash(facts: Facts) -> str:
    """The same as long as nobody changed the deal or what its playbook asks; passing time, other deals and advice
    merely shown or accepted don't change it."""
    digest = hashlib.sha256(_adapter().dump_json(facts, exclude=OF_OTHER_DEALS))
    for answered in sorted({(r.key, r.answer.value) for r in facts.responses if r.answer in DECIDED}):
        digest.update("\0".join(answered).encode())
    return digest.hexdigest()
