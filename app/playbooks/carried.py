"""Carrying confirmations and statuses of a deal over to another version or playbook, in the tables."""

from collections.abc import Mapping, Sequence

import orjson

from app.playbooks.carrying import Pair
from app.vocabulary import ConfirmedBy

_RANKS = ", ".join(f"'{who.value}'" for who in ConfirmedBy)
_STANDING = f"array_position(ARRAY[{_RANKS}], t.confirmed_as::text)"


def carrying_statement(table: str, reference: str, deals: str) -> str:
    """Of several rows of a deal that come to the same, the surest goes along, then what holds, then the word of who
    may confirm the most, then the last said.
    $1: the pairs, as `dumped` writes them; `deals`: which deals' rows, as a condition on `t`."""
    holds, said = (
        ("t.met", "t.marked_at") if table == "criterion_mark" else ("t.completed_at IS NOT NULL", "t.completed_at")
    )
    preferred = f"{holds} DESC, {_STANDING} DESC, {said} DESC NULLS LAST"
    return f"""
    WITH meant AS (
      SELECT DISTINCT ON (t.opportunity_id, p.new_id) t.id, p.new_id
      FROM jsonb_to_recordset($1::text::jsonb) AS p(old_id uuid, new_id uuid, rank int)
      JOIN {table} t ON t.{reference}_id = p.old_id
      WHERE {deals}
      ORDER BY t.opportunity_id, p.new_id, p.rank, {preferred}, t.id
    )
    UPDATE {table} t SET {reference}_id = meant.new_id FROM meant
    WHERE t.id = meant.id
      AND NOT EXISTS (
        SELECT FROM {table} x WHERE x.opportunity_id = t.opportunity_id AND x.{reference}_id = meant.new_id)
    """  # noqa: S608 (names of tables and columns)


def pairs_as_rows(pairs: Sequence[Pair]) -> str:
    return dumped([{"old_id": pair.old.id, "new_id": pair.new.id, "rank": pair.rank} for pair in pairs])


def dumped(rows: Sequence[Mapping[str, object]]) -> str:
    return orjson.dumps(rows, default=str).decode()
