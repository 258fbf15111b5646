"""Searches for opportunities: how their matches are joined to a list, and in which order they come."""

from collections.abc import Sequence

from app.database.search import searchable
from app.database.sql import NOTHING, TRUE, Slot, Sql, all_of, sql
from app.deals import search
from app.deals.queries import matching
from schema.engine.declare import Key
from schema.engine.sql.frame import Bindings, Frame
from schema.engine.sql.keyset import Page
from schema.errors import ClientError

LONGEST = 400
RELEVANCE = "RELEVANCE"
"""The order of a search that asks for no other."""
SEARCH = (
    "Words that must all occur in the name, external id, next step or notes of an opportunity, or in the names of its "
    "account, partner or owner. Any part of a word matches, regardless of case and accents (`strasse` finds “Straße”). "
    f"At most {LONGEST} characters, of which the first 20 words count. By default, the best matches come first: equal "
    "external id, then name or account that begins with the search, then whole words, then parts; ties by most recent "
    f"registration. Of more than {search.RANKED} matches, only the newest are ranked, followed by the others."
)

_LAST_ID = "ffffffff-ffff-ffff-ffff-ffffffffffff"


def read_search(text: str | None, *argument: str) -> str | None:
    """None where there is nothing to look for. Raises `ClientError` for too long a text."""
    if text is not None and len(text) > LONGEST:
        raise ClientError(f"Search for at most {LONGEST} characters.", argument=argument)
    return searchable(text or "") or None


def but_search(frame: Frame, given: Bindings, deal: str, stage: str) -> Sql:
    """What is asked of deals beside words, under these aliases."""
    scope = frame.builder.scope
    return matching(scope, deal, stage, frame.now, lambda name: None if name == "search" else given.value(name))


def among_found(frame: Frame, given: Bindings, page: Page | None) -> Sql:
    """Joins what a search finds; for a page in the order of relevance, the best of it that may be on that page."""
    text = given.value("search")
    if text is None:
        return NOTHING
    if page is None or given.choice("field") != RELEVANCE:
        found = search.matches(frame.builder.scope, text)
    else:
        found = search.ranked(frame.builder.scope, text, _meant(frame, given), _rest(page, given.place))
    alias = _found(frame)
    return sql(f" JOIN ({{}}) {alias} ON {alias}.opportunity_id = {frame.alias}.id", found)


def by_relevance(frame: Frame) -> Sequence[Key]:
    return [Key(sql(f"{_found(frame)}.rank"), "integer"), Key(frame.column("id"), "uuid", descending=True)]


def _found(frame: Frame) -> str:
    return f"{frame.alias}f"


def _meant(frame: Frame, given: Bindings) -> search.Meant:
    condition = but_search(frame, given, "o", "s")
    joins = "" if condition is TRUE else " JOIN opportunity o ON o.id = w.opportunity_id"
    if given.value("stalled"):
        joins += " JOIN stage s ON s.id = o.stage_id"
    return search.Meant(condition, joins)


def _rest(page: Page, place: str) -> search.Rest:
    """Matches that come after the ranked ones: as many as fit on the page, beyond its bounds where those lie there."""
    bounds = [
        sql(
            f"w.opportunity_id {operator} CASE WHEN ({{}}::text)::integer < {search.REST} THEN '{_LAST_ID}'"
            " ELSE ({}::text)::uuid END",
            Slot(f"{place}.{side}.0"),
            Slot(f"{place}.{side}.1"),
        )
        for side, operator, bound in (("after", "<", page.after), ("before", ">", page.before))
        if bound is not None
    ]
    # A first page is full before it comes to them.
    needed = page.backward or page.after is not None or page.size >= search.RANKED
    return search.Rest(all_of(bounds), oldest_first=page.backward, most=page.size + 1 if needed else 0)
