"""People's choices of what they are told by which channel, when and where, and the vendor's choices for each role."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from app import audit
from app.database import Transaction
from app.deals.editing import within
from app.events.log import Reader
from app.identity.viewer import Viewer
from app.models.columns import new_id
from app.notifications.addresses import host_of, problem_of, seal_address
from app.notifications.defaults import PACES, default_pace
from app.notifications.people import Choices, choices, person
from app.notifications.schedule import Hours
from app.outcomes import Faults, Refused, UserError, refused
from app.vocabulary import (
    ChatService,
    ErrorCode,
    NotificationChannel,
    NotificationKind,
    NotificationPace,
    Permission,
    Role,
)

MOST_CHOICES = len(NotificationKind) * len(NotificationChannel)

_STANDARD = """
SELECT (jsonb_object_agg(d.kind || ' ' || d.channel, d.pace))::text AS standard
FROM notification_default d WHERE d.role = $1
"""
_CHOOSE = """
INSERT INTO notification_preference (id, user_id, kind, channel, pace) VALUES ($1, $2, $3, $4, $5)
ON CONFLICT (user_id, kind, channel) DO UPDATE SET pace = excluded.pace
"""
_UNCHOOSE = "DELETE FROM notification_preference WHERE user_id = $1 AND kind = $2 AND channel = $3"
_CHOOSE_FOR = """
INSERT INTO notification_default (id, role, kind, channel, pace) VALUES ($1, $2, $3, $4, $5)
ON CONFLICT (role, kind, channel) DO UPDATE SET pace = excluded.pace
"""
_UNCHOOSE_FOR = "DELETE FROM notification_default WHERE role = $1 AND kind = $2 AND channel = $3"
_SETTINGS = "INSERT INTO notification_setting (id, user_id) VALUES ($1, $2) ON CONFLICT (user_id) DO NOTHING"
_SET = "UPDATE notification_setting SET {terms} WHERE user_id = $1"


@dataclass(frozen=True, slots=True)
class Choice:
    """`pace`: None goes back to the default."""

    kind: NotificationKind
    channel: NotificationChannel
    pace: NotificationPace | None


@dataclass(frozen=True, slots=True)
class Change:
    """`settings`: columns of `notification_setting`, as far as they were given."""

    choices: Sequence[Choice] = ()
    settings: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class InForce:
    """The pace of a kind in a channel; `standard` where nothing is chosen, and whether something is."""

    kind: NotificationKind
    channel: NotificationChannel
    pace: NotificationPace
    standard: NotificationPace
    chosen: bool


@dataclass(frozen=True, slots=True)
class Preferences:
    """Of a person or, with neither times nor chat, of a role. `chat_host`: all that is shown of the address."""

    paces: list[InForce]
    hours: Hours
    chat_service: ChatService | None = None
    chat_host: str | None = None


@dataclass(frozen=True, slots=True)
class PreferencesSet:
    """The preferences after it."""

    preferences: Preferences


async def preferences_of(db: Reader, viewer: Viewer) -> Preferences:
    found = await person(db, viewer.user_id)
    if found is None:  # an API client, or somebody who was sent away just now
        return Preferences(_in_force({}, _built_in(viewer.role)), Hours())
    paces = _in_force(found.own, {**_built_in(found.viewer.role), **found.standard})
    address = found.chat_address()
    if found.chat_service is None or address is None:
        return Preferences(paces, found.hours)
    return Preferences(paces, found.hours, ChatService(found.chat_service), host_of(address))


async def defaults_of(db: Reader, role: Role) -> Preferences:
    row = await db.fetchrow(_STANDARD, role.value)
    return Preferences(_in_force(choices(row["standard"] if row else None), _built_in(role)), Hours())


def _in_force(chosen: Choices, standard: Choices) -> list[InForce]:
    places = [(kind, channel) for kind in NotificationKind for channel in NotificationChannel]
    return [
        InForce(*place, chosen.get(place, standard[place]), standard[place], chosen=place in chosen) for place in places
    ]


def _built_in(role: Role) -> dict[tuple[NotificationKind, NotificationChannel], NotificationPace]:
    return {(kind, one): default_pace(role, kind, one) for kind in NotificationKind for one in NotificationChannel}


async def set_notification_preferences(
    viewer: Viewer, change: Change, role: Role | None, *, tx: Transaction | None = None
) -> PreferencesSet | Refused:
    """The viewer's own; with a `role`, the vendor's for everybody in it who has chosen nothing."""
    if problem := _problem(viewer, change, role):
        return problem
    async with within(tx) as own:
        for one in change.choices:
            await _choose(own, viewer, one, role)
        if change.settings:
            await own.execute(_SETTINGS, new_id(), viewer.user_id)
            terms = ", ".join(f"{column} = ${place}" for place, column in enumerate(change.settings, 2))
            await own.execute(_SET.format(terms=terms), viewer.user_id, *_stored(viewer, change.settings))
        detail = {
            "choices": [f"{one.kind} {one.channel} {one.pace or 'DEFAULT'}" for one in change.choices],
            "fields": sorted(change.settings),
            **({"role": role.value} if role else {}),
        }
        entry = audit.Entry("NOTIFICATION_PREFERENCES_CHANGED", viewer.user_id, f"usr_{viewer.user_id}", detail)
        await audit.add(own, entry)
        return PreferencesSet(await (preferences_of(own, viewer) if role is None else defaults_of(own, role)))


def _stored(viewer: Viewer, given: Mapping[str, Any]) -> list[Any]:
    """The values, the address of a chat sealed."""
    address = given.get("chat_secret_url")
    sealed = {} if address is None else {"chat_secret_url": seal_address(address, viewer.user_id)}
    return list({**given, **sealed}.values())


async def _choose(tx: Transaction, viewer: Viewer, one: Choice, role: Role | None) -> None:
    whose = viewer.user_id if role is None else role.value
    said = (one.kind.value, one.channel.value)
    if one.pace is None:
        await tx.execute(_UNCHOOSE if role is None else _UNCHOOSE_FOR, whose, *said)
    else:
        await tx.execute(_CHOOSE if role is None else _CHOOSE_FOR, new_id(), whose, *said, one.pace.value)


def _problem(viewer: Viewer, change: Change, role: Role | None) -> Refused | None:
    faults = Faults()
    if role is not None and not viewer.may(Permission.MANAGE_PARTNERS):
        message = "Defaults for a role are for the vendor's channel managers and administrators; leave the role out."
        faults.note(refused(ErrorCode.FORBIDDEN, message, "role"))
    if role is not None and change.settings:
        message = "Times and chat are a person's own; leave them out beside a role."
        faults.note(refused(ErrorCode.INVALID, message, "role"))
    if len(change.choices) > MOST_CHOICES:
        message = f"At most {MOST_CHOICES} choices, one for each kind and channel."
        faults.note(refused(ErrorCode.INVALID, message, "preferences"))
    for place, one in enumerate(change.choices[:MOST_CHOICES]):
        if one.pace is not None and one.pace not in PACES[one.channel]:
            known = ", ".join(pace for pace in NotificationPace if pace in PACES[one.channel])
            message = f"{one.channel} knows {known}."
            faults.note(Refused((UserError(ErrorCode.INVALID, message, ("preferences", str(place), "pace")),)))
    url = change.settings.get("chat_secret_url")
    if url is not None and (reason := problem_of(url)):
        faults.note(refused(ErrorCode.INVALID, reason, "chat", "url"))
    return faults.refusal()
