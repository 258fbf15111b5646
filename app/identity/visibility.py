"""The SQL condition under which a row exists for a viewer, of every table. Every read goes through `visible()`.

The vendor's people see everything but what is an organisation's own, as its comments for itself are; who else sees
what, each noun says (`app.nouns`).
"""

from collections.abc import Callable, Collection

from app.database.sql import TRUE, Sql, joined, sql
from app.identity.scopes import VisibilityScope
from app.nouns import BY_TABLE

_CONDITIONS = {table: noun.seen_by for table, noun in BY_TABLE.items() if noun.seen_by is not None}
_OF_THE_VENDOR = {table: noun.seen_by_vendor for table, noun in BY_TABLE.items() if noun.seen_by_vendor is not None}
_PARTS = {table: noun.parts for table, noun in BY_TABLE.items() if noun.parts is not None}
_SEEN_WITH_THE_ROW = frozenset(f"{noun.table}.{key}" for noun in BY_TABLE.values() for key in noun.seen_with_it)
_SEEN_WITH_THE_OWNER = frozenset(f"{noun.table}.{key}" for noun in BY_TABLE.values() for key in noun.seen_with_owner)


class UnknownTable(Exception):
    """A table without a visibility condition must not be read."""


def tables() -> Collection[str]:
    """Those that a viewer may read of."""
    return _CONDITIONS.keys()


_lifted = False


def lift_conditions() -> None:
    """Let every viewer see everything, from before the first statement on. No setting leads here: it is for tests that
    show what the conditions hold, and what the wall in PostgreSQL (`walls`) holds without them."""
    global _lifted
    _lifted = True


def visible(scope: VisibilityScope, table: str, alias: str) -> Sql:
    """The condition under which a row of `table`, called `alias` in the statement, exists for a viewer."""
    condition = condition_of(scope, table, alias)
    return TRUE if _lifted else condition


def condition_of(scope: VisibilityScope, table: str, alias: str) -> Sql:
    """As `visible`, for the wall: it stands whatever the application's statements ask."""
    condition = _CONDITIONS.get(table)
    if condition is None:
        raise UnknownTable(table)
    if scope is VisibilityScope.EVERYTHING:
        own = _OF_THE_VENDOR.get(table)
        return TRUE if own is None else sql("({})", own(sql(alias)))
    # Bracketed, so that it can't fall apart beside another condition.
    return sql("({})", condition(scope, sql(alias)))


def visible_to_one(scope: VisibilityScope, reference: str, table: str, alias: str) -> Sql:
    """`visible` for the row that a visible row's foreign key `reference` (`opportunity.account_id`) points at.

    Where its noun says that it is seen by whoever sees the row that points at it, nothing is left to ask.
    """
    return TRUE if reference in _SEEN_WITH_THE_ROW else visible(scope, table, alias)


def visible_of_one(scope: VisibilityScope, reference: str, table: str, alias: str) -> Sql:
    """`visible` for the rows of `table` whose foreign key `reference` (`stage.playbook_id`) names a visible row."""
    return TRUE if reference in _SEEN_WITH_THE_OWNER else visible(scope, table, alias)


def parts_of(scope: VisibilityScope, table: str, alias: str) -> list[Sql]:
    """Conditions of the sets that an index of its own leads to, where there are several; no row is in two of them, and
    what is seen is for `visible` to say nevertheless."""
    found = _PARTS.get(table)
    if found is None or _lifted or scope is VisibilityScope.EVERYTHING:
        return []
    return list(found(scope, sql(alias)))


def in_parts(scope: VisibilityScope, table: str, alias: str, select: Callable[[Sql], Sql]) -> Sql:
    """`select`, which has to ask for `visible` besides, of each part of what is seen, together by UNION ALL."""
    selected = [select(part) for part in parts_of(scope, table, alias) or [TRUE]]
    return selected[0] if len(selected) == 1 else joined(" UNION ALL ", (sql("({})", one) for one in selected))
