"""The nouns in an order in which their rows can be written: whatever a row refers to comes before it, but for
rows of its own table, which one statement writes together, and what closes a circle, which is written after both."""

from graphlib import TopologicalSorter

from app.models.tables import references_of
from app.nouns import BY_TABLE

CLOSING_A_CIRCLE = frozenset({("next_best_action", "task_id")})
"""Columns that may be null: a task stands for advice, or advice for a task, and never both."""


def _before(table: str) -> list[str]:
    there = references_of(table).items()
    return sorted({to for key, to in there if (table, key) not in CLOSING_A_CIRCLE} - {table})


WRITING_ORDER: tuple[str, ...] = tuple(TopologicalSorter({table: _before(table) for table in BY_TABLE}).static_order())
"""Tables. The other way round, rows can be deleted."""
