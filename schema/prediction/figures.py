"""Figures of models as each viewer may see them.

The vendor sees all of them. Of the model of all partners' deals, partners see counts as coarsely as every figure over
several partners (two digits) and nothing of a back-test. A seller, who sees no deals of colleagues, sees no figures of
the model of the organisation's own deals.
"""

from collections.abc import Callable

from app.database.sql import Sql, sql
from app.deals.benchmarks.rule import DIGITS
from app.identity.scopes import VisibilityScope
from app.vocabulary import ModelAudience
from schema.engine.sql.frame import Frame

_OF_ALL = f"{{}} = '{ModelAudience.PARTNERS.value}'"
_ROUNDED = f"round({{}}::numeric, {DIGITS - 1} - floor(log(greatest({{}}, 1)::numeric))::int)::int"


def rounded(name: str) -> Callable[[Frame], Sql]:
    """A count."""

    def build(frame: Frame) -> Sql:
        count, scope = frame.column(name), frame.builder.scope
        if scope is VisibilityScope.EVERYTHING:
            return count
        coarse, own = sql(_ROUNDED, count, count), _own(frame, count)
        return sql("CASE WHEN {} THEN {} ELSE {} END", sql(_OF_ALL, frame.column("audience")), coarse, own)

    return build


def exactly(name: str) -> Callable[[Frame], Sql]:
    def build(frame: Frame) -> Sql:
        value, of_all = frame.column(name), sql(_OF_ALL, frame.column("audience"))
        return sql("CASE WHEN {} THEN {} ELSE {} END", of_all, value, _own(frame, value))

    return build


def warned(frame: Frame) -> Sql:
    match frame.builder.scope:
        case VisibilityScope.EVERYTHING:
            return frame.column("warnings")
        case VisibilityScope.ORGANIZATION:
            of_all, told = sql(_OF_ALL, frame.column("audience")), frame.column("warnings")
            return sql("CASE WHEN {} THEN ARRAY[]::text[] ELSE {} END", of_all, told)
        case VisibilityScope.OWN_AND_SHARED:
            return sql("ARRAY[]::text[]")


def _own(frame: Frame, value: Sql) -> Sql:
    """Of the organisation's own deals, or of all where the vendor asks."""
    return sql("NULL") if frame.builder.scope is VisibilityScope.OWN_AND_SHARED else value
