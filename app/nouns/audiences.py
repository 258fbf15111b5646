"""Audiences of a noun's events, derived from its visibility, so that every subject of an event is live.

    statement = AUDIENCES["content"]
    rows = await db.fetch(statement, ids, organization_ids, user_ids)      # id, organization_id, user_id

A row says that the partner's managers see the thing or, with a user, that this seller does. Asked are only those
organisations and users who listen. The vendor's people always hear.
"""

from collections.abc import Mapping

from app.database.sql import Slot, sql
from app.identity import scopes
from app.identity.scopes import VisibilityScope
from app.nouns import BY_TABLE, Noun

_PARTNER = {scopes.ORGANIZATION: "ag.id", scopes.TIER: "ag.tier", scopes.INDUSTRIES: "ag.industries"}
_SELLER = {**_PARTNER, scopes.USER: "au.id"}

_ALL = """
SELECT x.id, ag.id AS organization_id, NULL::uuid AS user_id FROM {table} x
JOIN organization ag ON ag.id = ANY ($2::uuid[]) WHERE x.id = ANY ($1::uuid[]) AND ({managers})
UNION ALL
SELECT x.id, ag.id, au.id FROM {table} x
JOIN user_account au ON au.id = ANY ($3::uuid[]) JOIN organization ag ON ag.id = au.organization_id
WHERE x.id = ANY ($1::uuid[]) AND ({sellers})
"""


class NoAudience(TypeError):
    """The condition depends on more than audiences have in common, as on a person's language."""


def _said_of(noun: Noun, scope: VisibilityScope, columns: Mapping[Slot, str]) -> str:
    """The noun's condition with columns in place of what is known of one viewer. Raises `NoAudience`."""
    if noun.seen_by is None:
        raise NoAudience(f"nobody was said to see {noun.table}")
    said = []
    for part in noun.seen_by(scope, sql("x")).parts:
        if not isinstance(part, str | Slot) or (isinstance(part, Slot) and part not in columns):
            raise NoAudience(f"{noun.table}: {part}")
        said.append(part if isinstance(part, str) else columns[part])
    return "".join(said)


def audiences_statement(noun: Noun) -> str:
    managers, sellers = (
        _said_of(noun, VisibilityScope.ORGANIZATION, _PARTNER),
        _said_of(noun, VisibilityScope.OWN_AND_SHARED, _SELLER),
    )
    return _ALL.format(table=noun.table, managers=managers, sellers=sellers)


BY_SUBJECT: Mapping[str, Noun] = {noun.subject: noun for noun in BY_TABLE.values() if noun.subject is not None}
AUDIENCES: Mapping[str, str] = {name: audiences_statement(noun) for name, noun in BY_SUBJECT.items()}
"""By subject: (ids, organisations, users) to those of them who see each."""
OF_ONE_ORGANIZATION = frozenset(name for name, noun in BY_SUBJECT.items() if noun.seen_by_vendor is not None)
"""Subjects that may be one organisation's own, a partner's or the vendor's."""
