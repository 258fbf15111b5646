"""The people who may be told something: who they are, what they see, and what they want to be told how."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

import orjson

from app.events.log import Reader
from app.identity.viewer import Viewer
from app.notifications.addresses import open_address
from app.notifications.defaults import default_pace
from app.notifications.schedule import Hours
from app.vocabulary import (
    NotificationChannel,
    NotificationKind,
    NotificationPace,
    OrganizationKind,
    PartnerTier,
    Role,
)

# Whoever can't sign in is told nothing, and neither is what stands for an API client.
_PEOPLE = """
SELECT u.id, u.organization_id, u.role, u.language, u.time_zone, u.email, u.name, o.kind, o.tier, o.industries,
  o.status = 'SUSPENDED' AS suspended, s.quiet_from, s.quiet_until, coalesce(s.quiet_weekends, FALSE) AS quiet_weekends,
  coalesce(s.daily_at, 480) AS daily_at, s.chat_service, s.chat_secret_url,
  (SELECT jsonb_object_agg(p.kind || ' ' || p.channel, p.pace) FROM notification_preference p
    WHERE p.user_id = u.id)::text AS own,
  (SELECT jsonb_object_agg(d.kind || ' ' || d.channel, d.pace) FROM notification_default d
    WHERE d.role = u.role)::text AS standard
FROM user_account u JOIN organization o ON o.id = u.organization_id
LEFT JOIN notification_setting s ON s.user_id = u.id
WHERE u.id = ANY ($1::uuid[]) AND u.active AND u.placed AND NOT u.api_client AND o.status <> 'ENDED'
ORDER BY u.id
"""

_KINDS, _CHANNELS, _PACES = frozenset(NotificationKind), frozenset(NotificationChannel), frozenset(NotificationPace)

Choices = Mapping[tuple[NotificationKind, NotificationChannel], NotificationPace]


@dataclass(frozen=True, slots=True)
class Person:
    """`own`: their choices; `standard`: the vendor's for their role. `chat_sealed`: their chat's address."""

    viewer: Viewer
    name: str
    email: str | None
    hours: Hours
    chat_service: str | None = None
    chat_sealed: str | None = None
    own: Choices = field(default_factory=dict)
    standard: Choices = field(default_factory=dict)

    @property
    def id(self) -> UUID:
        return self.viewer.user_id

    def chat_address(self) -> str | None:
        """A secret. None for none, and for one that can't be opened any more."""
        return None if self.chat_sealed is None else open_address(self.chat_sealed, self.id)

    def pace(self, kind: NotificationKind, channel: NotificationChannel) -> NotificationPace:
        chosen = self.own.get((kind, channel))
        return chosen if chosen is not None else self.standard_pace(kind, channel)

    def standard_pace(self, kind: NotificationKind, channel: NotificationChannel) -> NotificationPace:
        chosen = self.standard.get((kind, channel))
        return chosen if chosen is not None else default_pace(self.viewer.role, kind, channel)


async def people(db: Reader, ids: Collection[UUID]) -> list[Person]:
    """Those of them who can sign in, by id."""
    return [_person(row) for row in await db.fetch(_PEOPLE, list(ids))] if ids else []


async def person(db: Reader, id: UUID) -> Person | None:
    return next(iter(await people(db, [id])), None)


def _person(row: Mapping[str, Any]) -> Person:
    viewer = Viewer(
        user_id=row["id"],
        organization_id=row["organization_id"],
        organization_kind=OrganizationKind(row["kind"]),
        role=Role(row["role"]),
        language=row["language"],
        tier=PartnerTier(row["tier"]) if row["tier"] else None,
        industries=tuple(row["industries"]),
        suspended=row["suspended"],
    )
    hours = Hours(row["time_zone"], row["quiet_from"], row["quiet_until"], row["quiet_weekends"], row["daily_at"])
    return Person(
        viewer,
        row["name"],
        row["email"],
        hours,
        row["chat_service"],
        row["chat_secret_url"],
        choices(row["own"]),
        choices(row["standard"]),
    )


def choices(stored: str | None) -> Choices:
    """What a newer version of the product may have stored is left out."""
    found: dict[tuple[NotificationKind, NotificationChannel], NotificationPace] = {}
    for name, pace in (orjson.loads(stored) if stored else {}).items():
        kind, channel = name.split(" ")
        if kind in _KINDS and channel in _CHANNELS and pace in _PACES:
            found[NotificationKind(kind), NotificationChannel(channel)] = NotificationPace(pace)
    return found
