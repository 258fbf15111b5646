"""Preferences of notifications, as the API shows them and takes them."""

import re
from collections.abc import Mapping
from typing import Annotated, Any, Self

import strawberry

from app import nouns
from app.database import database
from app.identity.viewer import Viewer
from app.notifications.preferences import (
    Change,
    Choice,
    Preferences,
    PreferencesSet,
    defaults_of,
    preferences_of,
    set_notification_preferences,
)
from app.notifications.schedule import DAY_MINUTES
from app.outcomes import Faults, Refused, refused
from app.vocabulary import ErrorCode
from app.vocabulary import Permission as Needed
from app.vocabulary import Role as OfRole
from schema.context import Info
from schema.engine.declare import Made, Requester
from schema.engine.scans import Look, Scan
from schema.engine.serve.resolvers import root
from schema.enums import ChatService, NotificationChannel, NotificationKind, NotificationPace, Role
from schema.errors import ClientError
from schema.mutation import Payload, client_mutation_id, mutation

_TIME = re.compile(r"([01][0-9]|2[0-3]):([0-5][0-9])")
TIME = "a time of day in the viewer's time zone: `22:00`"


@strawberry.type(description="The pace of a kind of notification in a channel.")
class NotificationPreference:
    kind: NotificationKind = strawberry.field(description="The kind of notification.")
    channel: NotificationChannel = strawberry.field(description="The channel.")
    pace: NotificationPace = strawberry.field(description="The pace in force.")
    default_pace: NotificationPace = strawberry.field(description="The pace in force without a choice of one's own.")
    chosen: bool = strawberry.field(description="Whether `pace` was chosen, and doesn't follow the default.")


@strawberry.type(description="Hours in which nothing is sent by e-mail or chat. The inbox doesn't rest.")
class QuietHours:
    start: str | None = strawberry.field(description=f"The beginning, {TIME}; null if there are none.")
    end: str | None = strawberry.field(description="The end, likewise; earlier than the beginning over midnight.")
    weekends: bool = strawberry.field(description="Whether Saturdays and Sundays are quiet, too.")


@strawberry.type(description="The chat that notifications are sent to, by an incoming webhook.")
class NotificationChat:
    service: ChatService = strawberry.field(description="The kind of chat.")
    host: str = strawberry.field(description="The host of the webhook. The rest of its address is a secret.")


@strawberry.type(description="Preferences of what somebody is told by which channel, and at which times.")
class NotificationPreferences:
    preferences: list[NotificationPreference] = strawberry.field(description="One for each kind and channel.")
    quiet_hours: QuietHours = strawberry.field(description="The hours in which nothing is sent.")
    daily_at: str = strawberry.field(description=f"The time at which the daily digest is sent, {TIME}.")
    time_zone: str = strawberry.field(description="The time zone of all times here; `updateViewer` sets it.")
    chat: NotificationChat | None = strawberry.field(description="The chat; null if none is set.")


def _shown(found: Preferences) -> NotificationPreferences:
    hours, chat = found.hours, None
    if found.chat_service is not None:
        chat = NotificationChat(service=ChatService(found.chat_service), host=found.chat_host or "")
    quiet = QuietHours(start=_clock(hours.quiet_from), end=_clock(hours.quiet_until), weekends=hours.quiet_weekends)
    return NotificationPreferences(
        preferences=[
            NotificationPreference(
                kind=one.kind, channel=one.channel, pace=one.pace, default_pace=one.standard, chosen=one.chosen
            )
            for one in found.paces
        ],
        quiet_hours=quiet,
        daily_at=_clock(hours.daily_at) or "",
        time_zone=hours.zone or "UTC",
        chat=chat,
    )


def _clock(minute: int | None) -> str | None:
    return None if minute is None else f"{minute // 60:02}:{minute % 60:02}"


async def _preferences(requester: Requester, arguments: Mapping[str, Any]) -> NotificationPreferences:
    role: OfRole | None = arguments.get("role")
    if role is None:
        return _shown(await preferences_of(database(), requester.viewer))
    if not requester.viewer.may(Needed.MANAGE_PARTNERS):
        raise ClientError("Reserved for the vendor.", code="FORBIDDEN", argument=("role",))
    return _shown(await defaults_of(database(), OfRole(role)))


@strawberry.type
class NotificationPreferencesQuery:
    @root(
        Made(_preferences, rows=1, scan=Scan("", {"role": Look.FEW})),
        "The viewer's preferences of notifications; with `role`, the vendor's defaults for users in that role.",
    )
    async def notification_preferences(
        self,
        info: Info,
        role: Annotated[
            Role | None,
            strawberry.argument(description="The role whose defaults are wanted. Reserved for the vendor."),
        ] = None,
    ) -> NotificationPreferences: ...


@strawberry.input(description="A choice for a kind of notification and a channel.")
class NotificationPreferenceInput:
    kind: NotificationKind = strawberry.field(description="The kind of notification.")
    channel: NotificationChannel = strawberry.field(description="The channel.")
    pace: NotificationPace | None = strawberry.field(
        default=None, description="The pace; `HOURLY` and `DAILY` for `EMAIL` only. Null goes back to the default."
    )


@strawberry.input(description="Hours in which nothing is sent by e-mail or chat.")
class QuietHoursInput:
    start: str | None = strawberry.field(default=None, description=f"The beginning, {TIME}; null for none.")
    end: str | None = strawberry.field(default=None, description="The end, likewise.")
    weekends: bool = strawberry.field(default=False, description="Whether Saturdays and Sundays are quiet, too.")


@strawberry.input(description="A chat that notifications are sent to.")
class NotificationChatInput:
    service: ChatService = strawberry.field(description="The kind of chat.")
    url: str = strawberry.field(description="The address of its incoming webhook; kept secret, and never shown again.")


@strawberry.input(description="Changes to preferences of notifications. Omitted fields stay unchanged.")
class SetNotificationPreferencesInput:
    preferences: list[NotificationPreferenceInput] | None = strawberry.field(
        default=None, description="Choices; those that aren't named stay."
    )
    quiet_hours: QuietHoursInput | None = strawberry.field(
        default=strawberry.UNSET, description="The hours in which nothing is sent; null for none."
    )
    daily_at: str | None = strawberry.field(
        default=None, description=f"The time at which the daily digest is sent, {TIME}."
    )
    chat: NotificationChatInput | None = strawberry.field(
        default=strawberry.UNSET, description="The chat; null removes it."
    )
    role: Role | None = strawberry.field(
        default=None,
        description="Set the vendor's defaults for users in this role instead, who can still choose otherwise. "
        "Reserved for the vendor's channel managers and administrators.",
    )
    client_mutation_id: str | None = client_mutation_id()


@strawberry.type(description="The result of `setNotificationPreferences`.")
class SetNotificationPreferencesPayload(Payload):
    notification_preferences: NotificationPreferences | None = strawberry.field(
        default=None, description="The preferences after the change; null if nothing was changed."
    )

    @classmethod
    def of(cls, outcome: PreferencesSet | Refused) -> Self:
        if isinstance(outcome, Refused):
            return cls()
        return cls(notification_preferences=_shown(outcome.preferences))


SetInput = Annotated[SetNotificationPreferencesInput, strawberry.argument(description="The changes.")]


def _settings(input: SetNotificationPreferencesInput) -> dict[str, Any] | Refused:
    faults, found = Faults(), dict[str, Any]()
    quiet = input.quiet_hours
    if quiet is None:
        found |= {"quiet_from": None, "quiet_until": None, "quiet_weekends": False}
    elif quiet is not strawberry.UNSET:
        start, end = _minute(quiet.start, faults, "start"), _minute(quiet.end, faults, "end")
        if (quiet.start is None) != (quiet.end is None):
            missing = "start" if quiet.start is None else "end"
            faults.note(refused(ErrorCode.INVALID, "Name the beginning and the end.", "quietHours", missing))
        found |= {"quiet_from": start, "quiet_until": end, "quiet_weekends": quiet.weekends}
    if input.daily_at is not None:
        found["daily_at"] = _minute(input.daily_at, faults, "dailyAt", within=None)
    chat = input.chat
    if chat is None:
        found |= {"chat_service": None, "chat_secret_url": None}
    elif chat is not strawberry.UNSET:
        found |= {"chat_service": chat.service.value, "chat_secret_url": chat.url.strip()}
    return faults.refused() if faults else found


def _minute(text: str | None, faults: Faults, name: str, within: str | None = "quietHours") -> int | None:
    if text is None:
        return None
    read = _TIME.fullmatch(text)
    if read is None:
        path = (name,) if within is None else (within, name)
        faults.note(refused(ErrorCode.INVALID, "Write it in hours and minutes, from 00:00 to 23:59.", *path))
        return None
    minute = int(read[1]) * 60 + int(read[2])
    assert minute < DAY_MINUTES
    return minute


@strawberry.type
class NotificationPreferencesMutation:
    @mutation(
        payload=SetNotificationPreferencesPayload,
        noun=nouns.NOTIFICATION,
        description="Sets what the viewer is told by which channel, and when.",
    )
    async def set_notification_preferences(self, viewer: Viewer, input: SetInput) -> PreferencesSet | Refused:
        given = _settings(input)
        if isinstance(given, Refused):
            return given
        choices = [Choice(one.kind, one.channel, one.pace) for one in input.preferences or ()]
        return await set_notification_preferences(viewer, Change(choices, given), input.role)
