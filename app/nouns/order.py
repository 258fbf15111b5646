"""The nouns in an order in which their rows can be written: whatever a row refers to comes before it, but for
rows of its own table, which one statement writes together."""

from graphlib import TopologicalSorter

from app.models.tables import references_of
from app.nouns import BY_TABLE

WRITING_ORDER: tuple[str, ...] = tuple(
    TopologicalSorter({table: sorted({*references_of(table).values()} - {table}) for table in BY_TABLE}).static_order()
)
"""Tables. The other way round, rows can be deleted."""
