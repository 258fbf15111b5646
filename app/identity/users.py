"""Lookup of the viewer, with their organisation, by a token's subject: a user's, or what an API client was granted."""

import asyncio
import time
from collections.abc import Callable, Collection, Mapping
from contextvars import Context
from dataclasses import replace
from typing import Any, NamedTuple, Protocol
from uuid import UUID

import asyncpg

from app.database import Database, database
from app.identity.viewer import ClientIdentity, Viewer
from app.vocabulary import ApiScope, OrganizationKind, PartnerStatus, PartnerTier, Role

CHANNEL = "stagepath_members"
"""Where PostgreSQL tells of a change of a user or organization, by id, once it is committed."""
TTL_SECONDS = 5.0
"""How long a change of a user or organization may go unnoticed by other processes that were not told of it."""
LIMIT = 10_000
MAX_SUBJECT_CHARACTERS = 255
"""As OpenID Connect has it."""

# A user whose own subject it is comes first, also when inactive: nobody else's id may stand in for a known subject.
_FIND = """
SELECT u.id, u.organization_id, u.role, u.language, u.active, o.kind, o.tier, o.industries, o.status
FROM user_account u JOIN organization o ON o.id = u.organization_id
WHERE u.subject = $1 OR (u.subject IS NULL AND u.id = $2)
ORDER BY u.subject NULLS LAST LIMIT 1
"""


# As `_FIND`, for many subjects.
_FIND_ALL = """
SELECT u.subject, u.id, u.organization_id, u.role, u.language, u.active, o.kind, o.tier, o.industries, o.status
FROM user_account u JOIN organization o ON o.id = u.organization_id
WHERE u.subject = ANY ($1::text[]) OR (u.subject IS NULL AND u.id = ANY ($2::uuid[]))
"""


_FIND_CLIENTS = """
SELECT c.id, c.organization_id, c.name, c.scopes, c.secret_number, coalesce(c.former_secret_ends_at > now(), FALSE)
  AS former, u.role, u.language, TRUE AS active, o.kind, o.tier, o.industries, o.status
FROM api_client c JOIN user_account u ON u.id = c.id JOIN organization o ON o.id = c.organization_id
WHERE c.id = ANY ($1::uuid[]) AND c.removed_at IS NULL
"""


class Fetching(Protocol):
    """A `Database` or a `Transaction`."""

    async def fetch(self, sql: str, /, *parameters: object) -> list[asyncpg.Record]: ...


class ClientGrant(NamedTuple):
    """What a token of an API client stands for: the client, which of its secrets the token was had for, and scopes."""

    client_id: UUID
    secret_number: int
    scopes: frozenset[ApiScope]


Subject = str | ClientGrant


_FIND_BY_ID = """
SELECT u.id, u.organization_id, u.role, u.language, u.active OR c.id IS NOT NULL AS active,
  o.kind, o.tier, o.industries, o.status, c.name AS client, c.scopes
FROM user_account u JOIN organization o ON o.id = u.organization_id
LEFT JOIN api_client c ON c.id = u.id AND c.removed_at IS NULL WHERE u.id = $1
"""


def concerns(id: UUID, viewer: Viewer) -> bool:
    return id in (viewer.user_id, viewer.organization_id)


class _Kept(NamedTuple):
    viewer: Viewer
    until: float


class Viewers:
    """Finds viewers and keeps them for `ttl` seconds, `limit` of them at most, for one database at a time.

    Concurrent questions about one subject share a statement. Unknown subjects aren't kept, so that a new user is
    let in at once. `clock` is in monotonic seconds.
    """

    def __init__(
        self, *, ttl: float = TTL_SECONDS, limit: int = LIMIT, clock: Callable[[], float] = time.monotonic
    ) -> None:
        self._ttl = ttl
        self._limit = limit
        self._clock = clock
        self._kept: dict[Subject, _Kept] = {}
        self._loading: dict[Subject, asyncio.Task[Viewer | None]] = {}
        self._database: Database | None = None

    def remembered(self, subject: Subject) -> Viewer | None:
        """As `of`, where that is kept; else None."""
        kept = self._kept.get(subject) if database() is self._database else None
        return kept.viewer if kept is not None and kept.until > self._clock() else None

    async def of(self, subject: Subject) -> Viewer | None:
        if isinstance(subject, str) and (not 0 < len(subject) <= MAX_SUBJECT_CHARACTERS or not subject.isprintable()):
            return None
        current = database()
        if current is not self._database:
            self._clear(current)
        kept = self._kept.get(subject)
        if kept is not None and kept.until > self._clock():
            return kept.viewer
        loading = self._loading.get(subject)
        if loading is None:
            # A context of its own: what is found is for all who ask, not for the request that asked first.
            loading = asyncio.create_task(self._load(current, subject), context=Context())
            self._loading[subject] = loading
        return await asyncio.shield(loading)

    def forget(self, id: UUID | None) -> None:
        """Of this user, or of all of this organization; None: all. To be called after commit. What is being read
        meanwhile may be from before, so it isn't kept either."""
        self._loading.clear()
        for subject in [s for s, kept in self._kept.items() if id is None or concerns(id, kept.viewer)]:
            del self._kept[subject]

    def _clear(self, current: Database) -> None:
        self._database = current
        self._kept.clear()
        self._loading.clear()

    async def _load(self, source: Database, subject: Subject) -> Viewer | None:
        asked_at = self._clock()
        try:
            viewer = await _found(source, subject)
        finally:
            current = self._loading.get(subject) is asyncio.current_task()
            if current:
                del self._loading[subject]
        if current and viewer is not None:
            self._keep(subject, _Kept(viewer, asked_at + self._ttl))
        return viewer

    def _keep(self, subject: Subject, kept: _Kept) -> None:
        """The oldest stand first, since each is kept equally long."""
        self._kept.pop(subject, None)
        self._kept[subject] = kept
        while len(self._kept) > self._limit:
            del self._kept[next(iter(self._kept))]


def as_id(subject: str) -> UUID | None:
    """The id that `subject` spells in the one form that tokens use: lower case, with hyphens."""
    try:
        user_id = UUID(subject)
    except ValueError:
        return None
    return user_id if str(user_id) == subject else None


def _viewer(row: Mapping[str, Any] | None) -> Viewer | None:
    if row is None or not row["active"] or row["status"] == PartnerStatus.ENDED:
        return None
    return Viewer(
        user_id=row["id"],
        organization_id=row["organization_id"],
        organization_kind=OrganizationKind(row["kind"]),
        role=Role(row["role"]),
        language=row["language"],
        tier=PartnerTier(row["tier"]) if row["tier"] else None,
        industries=tuple(row["industries"]),
        suspended=row["status"] == PartnerStatus.SUSPENDED,
    )


async def _found(source: Database, subject: Subject) -> Viewer | None:
    if isinstance(subject, ClientGrant):
        return next((_client(row, subject) for row in await source.fetch(_FIND_CLIENTS, [subject.client_id])), None)
    return _viewer(await source.fetchrow(_FIND, subject, as_id(subject)))


def _client(row: asyncpg.Record, grant: ClientGrant) -> Viewer | None:
    """None for what the client may no more: its secret is another by now, or none of the scopes is left to it."""
    scopes = grant.scopes & {ApiScope(scope) for scope in row["scopes"]}
    former = row["former"] and grant.secret_number == row["secret_number"] - 1
    viewer = _viewer(row)
    if viewer is None or not scopes or not (former or grant.secret_number == row["secret_number"]):
        return None
    return replace(viewer, client=ClientIdentity(row["name"], scopes))


_viewers = Viewers()


async def viewer_of(subject: Subject) -> Viewer | None:
    """The active user whose `subject` this is; without one of their own, users are known by their id. The API client,
    as long as what it was granted holds."""
    return await _viewers.of(subject)


def remembered(subject: Subject) -> Viewer | None:
    """As `viewer_of`, where that need ask nobody; else None."""
    return _viewers.remembered(subject)


async def viewer_by_id(user_id: UUID | None) -> Viewer | None:
    """The active user with this id, or the API client for which that user stands, with all of its scopes; read anew."""
    rows = await database().fetch(_FIND_BY_ID, user_id)
    viewer = _viewer(rows[0]) if rows else None
    if viewer is None or rows[0]["client"] is None:
        return viewer
    scopes = frozenset(ApiScope(scope) for scope in rows[0]["scopes"])
    return replace(viewer, client=ClientIdentity(rows[0]["client"], scopes))


OF_OWNER = """
u.id AS user_id, u.organization_id AS user_organization_id, u.role, u.language, u.active, o.kind, o.tier, o.industries,
o.status
"""
"""Columns of a user `u` and their organization `o` from which `viewer_of_row` makes a viewer."""


def viewer_of_row(row: Mapping[str, Any]) -> Viewer | None:
    """The user of a row with the columns `OF_OWNER`; None where they may not sign in."""
    return _viewer({**row, "id": row["user_id"], "organization_id": row["user_organization_id"]})


async def person_within(db: Fetching, user_id: UUID) -> Viewer | None:
    """The active user with this id, no API client, as the transaction sees them."""
    rows = await db.fetch(_FIND_BY_ID, user_id)
    return _viewer(rows[0]) if rows and rows[0]["client"] is None and rows[0]["active"] else None


async def viewers_of(subjects: Collection[Subject]) -> dict[Subject, Viewer]:
    """The viewers that these subjects stand for, read anew in a statement for users and one for clients."""
    clients = await _clients_of([subject for subject in subjects if isinstance(subject, ClientGrant)])
    return clients | await _users_of([subject for subject in subjects if isinstance(subject, str)])


async def _clients_of(grants: Collection[ClientGrant]) -> dict[Subject, Viewer]:
    if not grants:
        return {}
    rows = {row["id"]: row for row in await database().fetch(_FIND_CLIENTS, [grant.client_id for grant in grants])}
    found = {grant: _client(row, grant) for grant in grants if (row := rows.get(grant.client_id)) is not None}
    return {grant: viewer for grant, viewer in found.items() if viewer is not None}


async def _users_of(subjects: Collection[str]) -> dict[Subject, Viewer]:
    ids = {subject: key for subject in subjects if (key := as_id(subject)) is not None}
    found: dict[str | UUID, asyncpg.Record] = {}
    for row in await database().fetch(_FIND_ALL, list(subjects), list(ids.values())):
        found[row["id"] if row["subject"] is None else row["subject"]] = row
    viewers = {subject: _viewer(found.get(subject) or found.get(ids.get(subject, subject))) for subject in subjects}
    return {subject: viewer for subject, viewer in viewers.items() if viewer is not None}


def forget(id: UUID) -> None:
    """Read this user, or all of this organization, anew next time. Other processes are told by PostgreSQL, or notice
    within `TTL_SECONDS`."""
    _viewers.forget(id)


LATELY = 1_000
"""So many changes are remembered, for those who come with what was read just before one."""
_lately: dict[UUID, None] = {}
_watching: set[Callable[[UUID | None], None]] = set()


def watch(told: Callable[[UUID | None], None]) -> None:
    """From now on, `told` is called with the id of each user or organization that has changed; None: any may have."""
    _watching.add(told)


def unwatch(told: Callable[[UUID | None], None]) -> None:
    _watching.discard(told)


def changed(payload: str | None) -> None:
    """What came over `CHANNEL`; None: something may have been missed."""
    id = UUID(payload) if payload else None
    _viewers.forget(id)
    if id is not None:
        _lately.pop(id, None)
        _lately[id] = None
        if len(_lately) > LATELY:
            del _lately[next(iter(_lately))]
    for told in tuple(_watching):
        told(id)


def changed_lately(viewer: Viewer) -> bool:
    """Whether the user or their organization is among the last that were changed."""
    return viewer.user_id in _lately or viewer.organization_id in _lately
