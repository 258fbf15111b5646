"""Texts of playbooks that may be translated, and the languages that they are said in."""

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from uuid import UUID

import orjson

from app.events.log import Reader
from app.models.translations import Stored, in_order
from app.playbooks.reviewed import Spoken
from app.playbooks.translations import TEXTS


def _part(table: str, number: int, owner: str, joins: str = "") -> str:
    texts = ", ".join(f"CASE WHEN t.{name} <> '' THEN '{name}' END" for name in TEXTS[table])
    place = "0" if table == "playbook" else "t.position"
    return (
        f"SELECT {owner} AS owner, '{table}' AS part, t.key, {number} AS number, {place} AS place, "  # noqa: S608
        f"array_remove(ARRAY[{texts}], NULL) AS texts, t.translations::text AS said FROM {table} t {joins}"
    )


_OF_PLAYBOOK = "WHERE t.playbook_id = ANY ($1::uuid[])"
_OF_STAGE = "JOIN stage s ON s.id = t.stage_id WHERE s.playbook_id = ANY ($1::uuid[])"
_READ = " UNION ALL ".join(
    [
        _part("playbook", 0, "t.id", "WHERE t.id = ANY ($1::uuid[])"),
        _part("qualification_question", 1, "t.playbook_id", _OF_PLAYBOOK),
        _part("stage", 2, "t.id", _OF_PLAYBOOK),
        _part("criterion", 3, "t.stage_id", _OF_STAGE),
        _part("activity", 4, "t.stage_id", _OF_STAGE),
    ]
)
_SORTED = f"SELECT * FROM ({_READ}) part ORDER BY number, place, key"  # noqa: S608 (names of tables and columns)


async def texts_of(db: Reader, playbook_ids: Sequence[UUID]) -> Mapping[UUID, tuple[Spoken, ...]]:
    """By stage, and by playbook its own and its questions'; one statement."""
    found: dict[UUID, list[Spoken]] = defaultdict(list)
    for row in await db.fetch(_SORTED, list(playbook_ids)):
        said = orjson.loads(row["said"] or "null")
        found[row["owner"]] += _spoken(row["part"], row["key"], row["texts"], said)
    return {owner: tuple(texts) for owner, texts in found.items()}


def _spoken(table: str, key: str, names: Sequence[str], said: Stored | None) -> Iterator[Spoken]:
    for name in names:
        languages = frozenset(one["language"] for one in in_order(said) if one.get(name))
        tags = frozenset(tag for tag, one in (said or {}).items() if one.get(name))
        yield Spoken(table, key, name, languages, tags)
