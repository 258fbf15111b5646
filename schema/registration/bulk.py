"""`saveRegistrations`: many registrations at once, as a CRM sends them."""

from typing import Annotated, Self
from uuid import UUID

import strawberry

from app import nouns
from app.identity.viewer import Viewer
from app.outcomes import Refused
from app.outcomes import UserError as Problem
from app.registrations.bulk import MOST, Row, RowSaved, RowsSaved, save_all
from app.vocabulary import ErrorCode
from schema.engine.declare import to_one
from schema.engine.ids import decode_given
from schema.errors import ClientError, UserError, user_errors
from schema.mutation import Payload, client_mutation_id, mutation
from schema.registration.saving import RegistrationForm
from schema.registration.types import DealRegistration


@strawberry.input(description="One of many registrations, as of `saveRegistration`.")
class RegistrationRowInput(RegistrationForm):
    def row(self) -> Row:
        try:
            id = decode_given(self.registration_id, "reg", "registrationId")
            return Row(id, self.form(), self.expected_version)
        except ClientError as error:
            path = (error.extensions or {}).get("argument", [])
            return Row(wrong=(Problem(ErrorCode.INVALID, error.message, tuple(map(str, path))),))


@strawberry.input(description="Input of `saveRegistrations`.")
class SaveRegistrationsInput:
    registrations: list[RegistrationRowInput] = strawberry.field(
        description=f"The registrations, at most {MOST}. With an `externalId` each, the batch is safe to send again."
    )
    submit: bool | None = strawberry.field(
        default=False, description="Whether to submit them as well. One that can't be submitted is saved nevertheless."
    )
    client_mutation_id: str | None = client_mutation_id()


@strawberry.type(description="The result for one of many registrations.")
class RegistrationSaved:
    registration_id: strawberry.Private[UUID | None]
    registration: DealRegistration | None = to_one("The registration as it is now; null if nothing was saved.")
    created: bool = strawberry.field(description="Whether it was created.")
    user_errors: list[UserError] = strawberry.field(
        description="The problems that kept it from being saved or submitted. Empty if there were none."
    )

    @classmethod
    def of(cls, row: RowSaved) -> "RegistrationSaved":
        return cls(registration_id=row.registration_id, created=row.created, user_errors=user_errors(row.errors))


@strawberry.type(
    description="The result of `saveRegistrations`. `userErrors` are about the input as a whole; those about single "
    "registrations are in `results`."
)
class SaveRegistrationsPayload(Payload):
    results: list[RegistrationSaved] = strawberry.field(
        default_factory=list, description="The result for each registration, in the order of the input."
    )

    @classmethod
    def of(cls, outcome: RowsSaved | Refused) -> Self:
        return cls() if isinstance(outcome, Refused) else cls(results=[RegistrationSaved.of(r) for r in outcome.rows])


BulkInput = Annotated[SaveRegistrationsInput, strawberry.argument(description="The registrations.")]


@strawberry.type
class SaveRegistrationsMutation:
    @mutation(
        payload=SaveRegistrationsPayload,
        noun=nouns.REGISTRATION,
        many="registrations",
        description="Begins or changes many registrations, each on its own: what is wrong with one is told in "
        "`results`, and the others are saved nevertheless.",
    )
    async def save_registrations(self, viewer: Viewer, input: BulkInput) -> RowsSaved | Refused:
        return await save_all(viewer, [row.row() for row in input.registrations], submits=bool(input.submit))
