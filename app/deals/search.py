"""Finding deals by words: which ones match, and in which order.

The words of a deal stand in `opportunity_words` as one folded text, kept by triggers; `search_words` makes of what is
looked for the patterns that all have to occur in it. Partners' people read the words of their own organisation's deals,
in an index that begins with the organisation, and of the few that it sells along: neither time nor number tells of
others' deals. None of the latter is found by its owner's name, which only the owner's colleagues see. For the vendor's
people, the newest deals are tried first; where few of those match, indexes of groups of three ASCII letters and of
pairs of other letters lead to the rest.
"""

from collections.abc import Callable
from typing import NamedTuple

from app.database.sql import TRUE, Slot, Sql, all_of, joined, sql
from app.identity.scopes import VisibilityScope
from app.identity.visibility import parts_of, visible

RANKED = 250
"""So many of the newest matches are ordered by how well they match."""
TRIED = 10_000
"""So many of the newest deals are tried before an index is asked."""
EXACT, BEGINS, WORDS, PARTS, REST = range(5)
"""Ranks: the external id itself; then as `search_rank` gives them, name or customer begins so, whole words, parts; at
last, what matches beyond `RANKED`."""


class Meant(NamedTuple):
    """What else is asked of a deal `o`, and the joins to `w` that this needs."""

    condition: Sql = TRUE
    joins: str = ""


class Rest(NamedTuple):
    """Which matches of the rank `REST` are wanted: a condition on `w.opportunity_id`, and how many of them."""

    within: Sql
    oldest_first: bool
    most: int


_LIKE_WITHOUT_OWNER = (
    "coalesce(array_to_string((string_to_array(w.text, E'\\n'))[:4] || (string_to_array(w.text, E'\\n'))[6:], E'\\n')"
    " LIKE ALL ((SELECT q.likes FROM q)::text[]), FALSE)"
)
_LIKE = "coalesce(w.text LIKE ALL ((SELECT q.likes FROM q)::text[]), FALSE)"
"""Within `coalesce`, PostgreSQL expects that every other text is like that, and reads in order until there are enough.
Else it would expect one in all, and read and sort everything."""
_FEW = f"(SELECT count(*) FROM tried) <= {RANKED}"
_MANY = f"(SELECT count(*) FROM tried) > {RANKED}"
_WAYS = {
    "long": " AND ".join(f"w.text LIKE (SELECT q.{one} FROM q)" for one in ("long1", "long2", "long3")),
    "pairs": "search_pairs(w.text) @> (SELECT q.pairs FROM q) AND octet_length(w.text) <> length(w.text)",
    "all": "TRUE",
}
"""Conditions with an index of their own, by what `search_words` says of the words."""


def matches(scope: VisibilityScope, text: Slot) -> Sql:
    """A subquery of the ids of all deals that match and that the viewer may see, `opportunity_id`."""
    source = "SELECT w.opportunity_id FROM opportunity_words w"
    if scope is not VisibilityScope.EVERYTHING:
        return _with(_asked(text)) + _of_each(scope, Meant(), lambda found: sql(f"{source} WHERE {{}}", found))
    ways = [sql(f"{source} WHERE {_FEW} AND {_way(way)} AND {_LIKE}") for way in _WAYS]
    every = sql(f"{source} WHERE {_MANY} AND {_LIKE}")
    return _with(_asked(text), _tried(Meant())) + joined(" UNION ALL ", [*ways, every])


def ranked(scope: VisibilityScope, text: Slot, meant: Meant, rest: Rest) -> Sql:
    """A subquery of `opportunity_id` and `rank`: all matches that the viewer may see and that are `meant`, but of the
    rank `REST` only those wanted. The order is that of ranks, and of ids from the newest within a rank."""
    seen = all_of([visible(scope, "opportunity_words", "w"), meant.condition])
    source = f"SELECT w.opportunity_id FROM opportunity_words w{meant.joins}"
    exact = sql(f"exact AS MATERIALIZED ({source} WHERE w.code = (SELECT q.whole FROM q) AND {{}})", seen)
    end = f"ORDER BY {{}} {'ASC' if rest.oldest_first else 'DESC'} LIMIT {rest.most}"
    beyond = _of_each(
        scope,
        meant,
        lambda found: sql(
            f"{source} WHERE (SELECT count(*) FROM newest) > {RANKED} AND w.opportunity_id <"
            " (SELECT b.opportunity_id FROM best b ORDER BY b.opportunity_id LIMIT 1)"
            " AND w.opportunity_id NOT IN (SELECT e.opportunity_id FROM exact e) AND {} AND {}"
            f" {end.format('w.opportunity_id')}",
            found,
            rest.within,
        ),
        end,
    )
    best = sql(f"best AS MATERIALIZED (SELECT n.* FROM newest n ORDER BY n.opportunity_id DESC LIMIT {RANKED})")
    tried = [_tried(meant)] if scope is VisibilityScope.EVERYTHING else []
    return _with(_asked(text), *tried, _newest(scope, meant), best, exact) + sql(
        "SELECT b.opportunity_id, search_rank(b.text, q.whole, q.words) AS rank FROM best b, q"
        " WHERE b.opportunity_id NOT IN (SELECT e.opportunity_id FROM exact e)"
        f" UNION ALL SELECT e.opportunity_id, {EXACT} FROM exact e"
        f" UNION ALL SELECT r.opportunity_id, {REST} FROM ({{}}) r",
        beyond,
    )


def _asked(text: Slot) -> Sql:
    return sql("q AS MATERIALIZED (SELECT * FROM search_words({}::text))", text)


def _tried(meant: Meant) -> Sql:
    """The matches among the newest deals, `RANKED` and one at most."""
    window = f"SELECT v.* FROM opportunity_words v ORDER BY v.opportunity_id DESC LIMIT {TRIED}"
    return sql(f"tried AS MATERIALIZED ({_some(f'({window}) w', meant)})", all_of([sql(_LIKE), meant.condition]))


def _newest(scope: VisibilityScope, meant: Meant) -> Sql:
    """The newest matches, `RANKED` and one at most."""
    if scope is not VisibilityScope.EVERYTHING:
        some, most = _some("opportunity_words w", meant), f"ORDER BY {{}} DESC LIMIT {RANKED + 1}"
        return sql("newest AS MATERIALIZED ({})", _of_each(scope, meant, lambda found: sql(some, found), most))
    ways = [
        sql(
            f"({_some('opportunity_words w', meant)})",
            all_of([sql(_FEW), sql(_way(way)), sql(_LIKE), meant.condition]),
        )
        for way in _WAYS
    ]
    tried = sql(f"SELECT t.* FROM tried t WHERE {_MANY}")
    return sql("newest AS MATERIALIZED ({})", joined(" UNION ALL ", [tried, *ways]))


def _some(source: str, meant: Meant) -> str:
    return (
        f"SELECT w.opportunity_id, w.text FROM {source}{meant.joins} WHERE {{}}"
        f" ORDER BY w.opportunity_id DESC LIMIT {RANKED + 1}"
    )


def _of_each(scope: VisibilityScope, meant: Meant, select: Callable[[Sql], Sql], end: str = "") -> Sql:
    """What `select` finds of the deals that the viewer sees, of each part of them by itself; of all, what `end` leaves.

    `select` is given what is asked of the words `w`, `end` has a place for the column of the deal's id.
    """
    seen, parts = visible(scope, "opportunity_words", "w"), parts_of(scope, "opportunity_words", "w")
    if not parts:
        return select(all_of([seen, sql(_LIKE), meant.condition]))
    likes = [_LIKE, *[_LIKE_WITHOUT_OWNER] * (len(parts) - 1)]
    each = [select(all_of([part, seen, sql(like), meant.condition])) for part, like in zip(parts, likes, strict=True)]
    found = joined(" UNION ALL ", (sql("({})", one) for one in each))
    return sql(f"SELECT * FROM ({{}}) each {end.format('each.opportunity_id')}", found) if end else found


def _way(way: str) -> str:
    return f"(SELECT q.way FROM q) = '{way}' AND {_WAYS[way]}"


def _with(*parts: Sql) -> Sql:
    return sql("WITH {} ", joined(", ", parts))
