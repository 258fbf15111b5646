"""The stage mapping of who publishes: old key → new key, checked against the stages that there are."""

from collections.abc import Sequence
from uuid import UUID

from app.events.log import Reader
from app.outcomes import Refused, UserError
from app.vocabulary import ErrorCode

MOST = 500

StageMapping = Sequence[tuple[str, str]]
"""Pairs of old key and new key."""

_KEYS = """
SELECT DISTINCT s.key, s.playbook_id = $2 AS new FROM stage s
WHERE s.kind = 'OPEN' AND (s.playbook_id = ANY ($1::uuid[]) OR s.playbook_id = $2) ORDER BY s.key
"""


async def checked(
    db: Reader, mapping: StageMapping, sources: Sequence[UUID], target_id: UUID
) -> dict[str, str] | Refused:
    if not mapping:
        return {}
    if len(mapping) > MOST:
        return Refused((_error(f"A mapping has at most {MOST} entries.", "stageMapping"),))
    rows = await db.fetch(_KEYS, list(sources), target_id)
    old, new = ([row["key"] for row in rows if row["new"] is flag] for flag in (False, True))
    found: dict[str, str] = {}
    faults: list[UserError] = []
    for place, (before, after) in enumerate(mapping):
        path = ("stageMapping", str(place))
        if before in found:
            faults.append(_error(f"“{_short(before)}” is mapped already: name each old stage once.", *path, "from"))
        elif before not in old:
            message = f"No other version has an open stage “{_short(before)}”; there are: {_listed(old)}."
            faults.append(_error(message, *path, "from"))
        if after not in new:
            message = f"The version to publish has no open stage “{_short(after)}”; it has: {_listed(new)}."
            faults.append(_error(message, *path, "to"))
        found.setdefault(before, after)
    return Refused(tuple(faults)) if faults else found


def _error(message: str, *path: str) -> UserError:
    return UserError(ErrorCode.INVALID, message, path)


def _short(key: str) -> str:
    return key[:80]


def _listed(keys: Sequence[str]) -> str:
    return ", ".join(keys[:50]) or "none"
