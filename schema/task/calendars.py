"""Mutations of the address of a user's calendar."""

from typing import Annotated, Self

import strawberry

from app import nouns
from app.identity.viewer import Viewer
from app.outcomes import Refused
from app.settings import settings
from app.tasks.calendars import FeedCreated, FeedRemoved, create_feed, remove_feed
from schema.mutation import Payload, client_mutation_id, mutation


@strawberry.input(description="Input of `createCalendarFeed`.")
class CreateCalendarFeedInput:
    client_mutation_id: str | None = client_mutation_id()


@strawberry.input(description="Input of `removeCalendarFeed`.")
class RemoveCalendarFeedInput:
    client_mutation_id: str | None = client_mutation_id()


@strawberry.type(description="The result of `createCalendarFeed`.")
class CreateCalendarFeedPayload(Payload):
    url: str | None = strawberry.field(
        default=None,
        description="The address of the viewer's calendar (iCalendar), a secret that is shown this once: a path alone "
        "where the server doesn't know its own address. With `?as=todos` it has to-dos in place of events. Null if "
        "nothing was changed, and on a repetition by `clientMutationId`.",
    )

    @classmethod
    def of(cls, outcome: FeedCreated | Refused) -> Self:
        if isinstance(outcome, Refused) or outcome.secret is None:
            return cls()
        base = str(settings().public_url or "").rstrip("/")
        return cls(url=f"{base}/calendar/{outcome.secret}.ics")


@strawberry.type(description="The result of `removeCalendarFeed`.")
class RemoveCalendarFeedPayload(Payload):
    removed: bool = strawberry.field(default=False, description="Whether there was an address.")

    @classmethod
    def of(cls, outcome: FeedRemoved | Refused) -> Self:
        return cls(removed=not isinstance(outcome, Refused) and outcome.removed)


CreateInput = Annotated[CreateCalendarFeedInput, strawberry.argument(description="Nothing but an id of the change.")]
RemoveInput = Annotated[RemoveCalendarFeedInput, strawberry.argument(description="Nothing but an id of the change.")]


@strawberry.type
class CalendarMutation:
    @mutation(
        payload=CreateCalendarFeedPayload,
        noun=nouns.CALENDAR_FEED,
        description="Gives the viewer's tasks with a due date an address that calendar programs read without signing "
        "in. A former address leads nowhere from then on. It shows what the viewer sees at that time.",
    )
    async def create_calendar_feed(self, viewer: Viewer, input: CreateInput) -> FeedCreated | Refused:
        return await create_feed(viewer)

    @mutation(
        payload=RemoveCalendarFeedPayload,
        noun=nouns.CALENDAR_FEED,
        description="Closes the address of the viewer's calendar.",
    )
    async def remove_calendar_feed(self, viewer: Viewer, input: RemoveInput) -> FeedRemoved | Refused:
        return await remove_feed(viewer)
