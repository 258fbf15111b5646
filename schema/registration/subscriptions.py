"""Pushed changes of registrations."""

from collections.abc import AsyncGenerator
from contextlib import aclosing
from datetime import datetime
from typing import Annotated
from uuid import UUID

import strawberry

from app.events.log import LoggedEvent
from app.events.registrations import OfRegistrations
from schema.context import Info
from schema.engine.declare import Requester, to_one
from schema.engine.ids import decode_all, decode_given
from schema.enums import EventType, RegistrationStatus, RejectionCode
from schema.event.cursors import event_cursor
from schema.event.feed import Feed
from schema.event.live import follow
from schema.event.subscriptions import AfterEvent
from schema.registration.types import DealRegistration
from schema.scalars import Cursor


@strawberry.type(description="An event of a registration.")
class DealRegistrationEvent:
    registration_id: strawberry.Private[UUID | None]
    cursor: Cursor = strawberry.field(description="The event's position in the log, for use as `after` to resume.")
    type: EventType = strawberry.field(description="The type of event.")
    at: datetime = strawberry.field(description="The date and time.")
    status: RegistrationStatus | None = strawberry.field(description="The status after the event.")
    code: RejectionCode | None = strawberry.field(description="The code, for a rejection or revocation.")
    fields: list[str] = strawberry.field(description="The names of the fields that were changed, or that are to be.")
    days_left: int | None = strawberry.field(description="The days of protection left, for `REGISTRATION_EXPIRING`.")
    registration: DealRegistration = to_one("The registration in its state at delivery.")


@strawberry.input(
    description="Conditions on events of registrations, all of which must hold. Values within a list are alternatives."
)
class DealRegistrationEventFilter:
    registration_ids: list[strawberry.ID] | None = strawberry.field(
        default=None, description="Events of these registrations."
    )
    partner_id: strawberry.ID | None = strawberry.field(
        default=None, description="Events of this partner's registrations."
    )
    status: list[RegistrationStatus] | None = strawberry.field(
        default=None, description="Events after which the registration is in one of these states."
    )
    types: list[EventType] | None = strawberry.field(default=None, description="Events of these types.")

    def read(self) -> OfRegistrations:
        ids = self.registration_ids
        return OfRegistrations(
            None if ids is None else frozenset(decode_all(ids, "reg", "filter", "registrationIds")),
            decode_given(self.partner_id, "ptr", "filter", "partnerId"),
            None if self.status is None else frozenset(self.status),
            None if self.types is None else frozenset(self.types),
        )


async def _happened(_: Requester, event: LoggedEvent) -> DealRegistrationEvent:
    said = event.payload
    return DealRegistrationEvent(
        cursor=event_cursor(event),
        type=event.type,
        at=event.at,
        status=RegistrationStatus(said["status"]) if "status" in said else None,
        code=RejectionCode(said["code"]) if "code" in said else None,
        fields=[str(name) for name in said.get("fields", [])],
        days_left=said.get("daysLeft"),
        registration_id=event.subject_id,
    )


@strawberry.type
class RegistrationSubscription:
    @strawberry.subscription(description="All events of registrations that the viewer can see.")
    async def registration_updated(
        self,
        info: Info,
        filter: Annotated[
            DealRegistrationEventFilter | None, strawberry.argument(description="Filters the events.")
        ] = None,
        after: AfterEvent = None,
    ) -> AsyncGenerator[DealRegistrationEvent, None]:
        wanted = filter.read() if filter else OfRegistrations()
        async with aclosing(follow(info, Feed(wanted, _happened), after)) as happened:
            async for event in happened:
                yield event
