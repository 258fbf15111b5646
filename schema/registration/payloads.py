"""Payloads and inputs that the steps of a registration share."""

from typing import Any, Self
from uuid import UUID

import strawberry

from app.outcomes import Refused, as_it_stands
from app.registrations.recording import Stepped
from schema.engine.declare import to_one
from schema.mutation import Payload, client_mutation_id
from schema.opportunity.types import StageTransition
from schema.registration.types import DealRegistration

VERSION = "The version that the change is based on. Fails with `CONFLICT` if the registration has changed since"


def said(description: str, default: Any = None) -> Any:
    return strawberry.field(default=default, description=description)


@strawberry.type(description="The result of a step of a registration.")
class DealRegistrationPayload(Payload):
    registration_id: strawberry.Private[UUID | None]
    transition_id: strawberry.Private[UUID | None]
    registration: DealRegistration | None = to_one(
        "The registration after the step, or as it stands on a `CONFLICT`; otherwise null if nothing was changed."
    )
    transition: StageTransition | None = to_one(
        "The transition, if the opportunity advanced automatically because of the step."
    )
    created: bool = strawberry.field(default=False, description="Whether the registration was created.")

    @classmethod
    def of(cls, outcome: Stepped | Refused) -> Self:
        if isinstance(outcome, Refused):
            return cls(registration_id=as_it_stands(outcome), transition_id=None)
        return cls(
            registration_id=outcome.registration_id,
            transition_id=outcome.transition_id,
            created=outcome.created,
        )


@strawberry.input(description="Input of `submitRegistration`.")
class SubmitRegistrationInput:
    registration_id: strawberry.ID = strawberry.field(description="The registration.")
    expected_version: int | None = said(f"{VERSION}.")
    client_mutation_id: str | None = client_mutation_id()


@strawberry.input(description="Input of `startReview`.")
class StartReviewInput:
    registration_id: strawberry.ID = strawberry.field(description="The registration.")
    expected_version: int | None = said(f"{VERSION}.")
    client_mutation_id: str | None = client_mutation_id()
