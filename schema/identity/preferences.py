"""The viewer's own preferences."""

from typing import Annotated, Self

import strawberry

from app import nouns
from app.identity.viewer import Viewer
from app.members.preferences import PreferencesSaved, set_preferences
from app.outcomes import Refused
from schema.engine.declare import to_one
from schema.identity.types import User
from schema.mutation import Payload, client_mutation_id, mutation


@strawberry.input(description="Changes to the viewer's preferences. Omitted fields stay unchanged.")
class UpdateViewerInput:
    language: str | None = strawberry.field(
        default=strawberry.UNSET,
        description=(
            "The language, as a BCP 47 tag: `en`, `de-AT`. Used for stages, recommendations and messages that are "
            "translated."
        ),
    )
    time_zone: str | None = strawberry.field(
        default=strawberry.UNSET, description="The time zone, as an IANA name: `Europe/Berlin`; null removes it."
    )
    client_mutation_id: str | None = client_mutation_id()


@strawberry.type(description="The result of `updateViewer`.")
class UpdateViewerPayload(Payload):
    user_id: strawberry.Private[object]
    user: User | None = to_one("The viewer after the change; null if nothing was changed.")

    @classmethod
    def of(cls, outcome: PreferencesSaved | Refused) -> Self:
        return cls(user_id=None if isinstance(outcome, Refused) else outcome.user_id)


UpdateInput = Annotated[UpdateViewerInput, strawberry.argument(description="The changes.")]


@strawberry.type
class PreferencesMutation:
    @mutation(payload=UpdateViewerPayload, noun=nouns.USER, description="Sets the viewer's own language and time zone.")
    async def update_viewer(self, viewer: Viewer, input: UpdateInput) -> PreferencesSaved | Refused:
        given = {
            name: value
            for name, value in (("language", input.language), ("time_zone", input.time_zone))
            if value is not strawberry.UNSET
        }
        return await set_preferences(viewer, given)
