"""What people set for themselves."""

from typing import Annotated, Self

import strawberry

from app.members.preferences import PreferencesSaved, set_preferences
from app.outcomes import Refused
from app.vocabulary import Permission
from schema.context import Info
from schema.engine.declare import to_one
from schema.errors import UserError
from schema.identity.types import User
from schema.mutation import client_mutation_id, mutation


@strawberry.input(description="How you want to work. What is left out stays.")
class UpdateViewerInput:
    language: str | None = strawberry.field(
        default=strawberry.UNSET,
        description="Your language, as a BCP 47 tag: `en`, `de-AT`. Stages, advice and messages come in it where there "
        "is a translation.",
    )
    time_zone: str | None = strawberry.field(
        default=strawberry.UNSET, description="Your time zone, by its IANA name: `Europe/Berlin`; null takes it back."
    )
    client_mutation_id: str | None = client_mutation_id()


@strawberry.type(description="You, after a change.")
class UpdateViewerPayload:
    user_id: strawberry.Private[object]
    user: User | None = to_one("You, as it stands now; null when nothing was changed.")
    user_errors: list[UserError] = strawberry.field(
        default_factory=list, description="What the user can mend; empty when it worked."
    )
    client_mutation_id: str | None = strawberry.field(default=None, description="What the input held.")

    @classmethod
    def of(cls, outcome: PreferencesSaved | Refused) -> Self:
        return cls(user_id=None if isinstance(outcome, Refused) else outcome.user_id)


UpdateInput = Annotated[UpdateViewerInput, strawberry.argument(description="What to change.")]


@strawberry.type
class PreferencesMutation:
    @mutation(permission=Permission.READ, description="Set your own language and time zone.")
    async def update_viewer(self, info: Info, input: UpdateInput) -> UpdateViewerPayload:
        given = {
            name: value
            for name, value in (("language", input.language), ("time_zone", input.time_zone))
            if value is not strawberry.UNSET
        }
        return await set_preferences(info.context.viewer, given)  # type: ignore[return-value]
