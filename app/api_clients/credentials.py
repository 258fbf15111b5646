"""Judging the credentials of an API client: which grant they are worth."""

from collections.abc import Collection
from datetime import datetime
from typing import NamedTuple
from uuid import UUID

from app.api_clients.secrets import LONGEST, digest, matches
from app.database import database
from app.database.rls import as_viewer
from app.identity.users import ClientGrant
from app.vocabulary import ApiScope

_FIND = """
SELECT c.secret_hash, c.secret_number, c.scopes,
  CASE WHEN c.former_secret_ends_at > now() THEN c.former_secret_hash END AS former_hash, c.former_secret_ends_at
FROM api_client c WHERE c.id = $1 AND c.removed_at IS NULL
"""
_USED = """
UPDATE api_client SET last_used_at = now()
WHERE id = $1 AND (last_used_at IS NULL OR last_used_at < now() - interval '1 minute')
"""


class ScopeRefused(Exception):
    """The client was not given all scopes that it asks for."""


class Granted(NamedTuple):
    """`ends`: of a secret that is only accepted until then."""

    grant: ClientGrant
    ends: datetime | None


async def judge(client_id: UUID | None, secret: str, wanted: Collection[ApiScope] | None) -> Granted | None:
    """None: no client has these credentials. `wanted` None: all scopes that it has. Raises `ScopeRefused`.

    An unknown client and a wrong secret take the same statement and the same comparisons.
    """
    given = digest(secret[: LONGEST + 1])
    with as_viewer(None):
        row = await database().fetchrow(_FIND, client_id or UUID(int=0))
        current = matches(given, row and row["secret_hash"])
        former = matches(given, row and row["former_hash"])
        if row is None or not (current or former):
            return None
        scopes = frozenset(ApiScope(scope) for scope in row["scopes"])
        if wanted is not None and not scopes.issuperset(wanted):
            raise ScopeRefused
        await database().fetch(_USED, client_id)
    assert client_id is not None
    number = row["secret_number"] - (0 if current else 1)
    grant = ClientGrant(client_id, number, frozenset(wanted) if wanted else scopes)
    return Granted(grant, None if current else row["former_secret_ends_at"])
