"""`resolveConflict`: the vendor's decision on a conflict."""

from typing import Annotated

import strawberry

from app import nouns
from app.identity.viewer import Viewer
from app.outcomes import Refused
from app.registrations.conflicts.deciding import resolve
from app.registrations.recording import Stepped
from schema.engine.ids import decode, decode_given
from schema.enums import ConflictDecision
from schema.mutation import client_mutation_id, mutation
from schema.registration.payloads import VERSION, DealRegistrationPayload, said


@strawberry.input(description="Input of `resolveConflict`: name the other registration or the other opportunity.")
class ResolveConflictInput:
    registration_id: strawberry.ID = strawberry.field(description="The registration.")
    other_registration_id: strawberry.ID | None = said("The registration that it conflicts with.")
    opportunity_id: strawberry.ID | None = said("The opportunity that it conflicts with, if that has no registration.")
    decision: ConflictDecision = strawberry.field(description="The decision.")
    note: str | None = said("A remark for the vendor's users only, at most 2,000 characters.")
    expected_version: int | None = said(f"{VERSION}.")
    client_mutation_id: str | None = client_mutation_id()


ResolveInput = Annotated[ResolveConflictInput, strawberry.argument(description="The decision.")]


@strawberry.type
class ResolveConflictMutation:
    @mutation(
        noun=nouns.REGISTRATION,
        payload=DealRegistrationPayload,
        description="Decides a conflict of a registration; partners learn nothing of it. It holds until a customer "
        "is described otherwise.",
    )
    async def resolve_conflict(self, viewer: Viewer, input: ResolveInput) -> Stepped | Refused:
        other, deal = input.other_registration_id, input.opportunity_id
        return await resolve(
            viewer,
            decode(input.registration_id, "reg", "registrationId"),
            input.decision,
            other_registration_id=decode_given(other, "reg", "otherRegistrationId"),
            opportunity_id=decode_given(deal, "opp", "opportunityId"),
            note=input.note,
            expected_version=input.expected_version,
        )
