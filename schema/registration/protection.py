"""Steps of a registration after its approval: protection extended, ended early, taken up again."""

from datetime import datetime
from typing import Annotated

import strawberry

from app import nouns
from app.identity.viewer import Viewer
from app.outcomes import Refused
from app.registrations.protecting import extend, reinstate, request_extension
from app.registrations.recording import Stepped
from app.registrations.revoking import revoke
from schema.engine.ids import decode
from schema.enums import RejectionCode, RevokedDeal
from schema.mutation import client_mutation_id, mutation
from schema.registration.payloads import VERSION, DealRegistrationPayload, said

_REGISTRATION = "The registration."


@strawberry.input(description="Input of `requestExtension`.")
class RequestExtensionInput:
    registration_id: strawberry.ID = strawberry.field(description=_REGISTRATION)
    reason: str = strawberry.field(description="The reason, at most 2,000 characters.")
    expected_version: int | None = said(f"{VERSION}.")
    client_mutation_id: str | None = client_mutation_id()


@strawberry.input(description="Input of `extendRegistration`.")
class ExtendRegistrationInput:
    registration_id: strawberry.ID = strawberry.field(description=_REGISTRATION)
    accept: bool | None = said(
        "Whether to extend protection; false declines the request that is pending, with a `reason`.", True
    )
    days: int | None = said("The days to add, from 1 to 1,095. Defaults to the policy's.")
    reason: str | None = said("A message to the partner, at most 2,000 characters.")
    expected_version: int | None = said(f"{VERSION}.")
    client_mutation_id: str | None = client_mutation_id()


@strawberry.input(description="Input of `revokeRegistration`.")
class RevokeRegistrationInput:
    registration_id: strawberry.ID = strawberry.field(description=_REGISTRATION)
    code: RejectionCode = strawberry.field(description="The code, which the partner sees and reports group by.")
    reason: str = strawberry.field(description="The reason for the partner, at most 2,000 characters.")
    note: str | None = said("A remark for the vendor's users only, at most 2,000 characters.")
    deal: RevokedDeal | None = said("The fate of the opportunity, if it is open.", RevokedDeal.KEEP)
    expected_version: int | None = said(f"{VERSION}.")
    client_mutation_id: str | None = client_mutation_id()


@strawberry.input(description="Input of `reinstateRegistration`.")
class ReinstateRegistrationInput:
    registration_id: strawberry.ID = strawberry.field(description=_REGISTRATION)
    reason: str = strawberry.field(description="The reason for the partner, at most 2,000 characters.")
    protected_until: datetime | None = said(
        "The end of protection, for one that was expired or revoked. Defaults to the policy's length of protection "
        "from now."
    )
    expected_version: int | None = said(f"{VERSION}.")
    client_mutation_id: str | None = client_mutation_id()


RequestInput = Annotated[RequestExtensionInput, strawberry.argument(description="The request.")]
ExtendInput = Annotated[ExtendRegistrationInput, strawberry.argument(description="The extension.")]
RevokeInput = Annotated[RevokeRegistrationInput, strawberry.argument(description="The revocation.")]
ReinstateInput = Annotated[ReinstateRegistrationInput, strawberry.argument(description="The reinstatement.")]


@strawberry.type
class ProtectionMutation:
    @mutation(
        payload=DealRegistrationPayload,
        noun=nouns.REGISTRATION,
        description="Asks the vendor for longer protection. One request can be pending at a time.",
    )
    async def request_extension(self, viewer: Viewer, input: RequestInput) -> Stepped | Refused:
        return await request_extension(
            viewer,
            decode(input.registration_id, "reg", "registrationId"),
            input.reason,
            expected_version=input.expected_version,
        )

    @mutation(
        payload=DealRegistrationPayload,
        noun=nouns.REGISTRATION,
        description="Extends protection, whether the partner asked for it or not, or declines the request.",
    )
    async def extend_registration(self, viewer: Viewer, input: ExtendInput) -> Stepped | Refused:
        return await extend(
            viewer,
            decode(input.registration_id, "reg", "registrationId"),
            accept=input.accept is not False,
            days=input.days,
            reason=input.reason,
            expected_version=input.expected_version,
        )

    @mutation(
        payload=DealRegistrationPayload,
        noun=nouns.REGISTRATION,
        description="Ends the protection of an approved registration early, and decides the fate of its opportunity.",
    )
    async def revoke_registration(self, viewer: Viewer, input: RevokeInput) -> Stepped | Refused:
        return await revoke(
            viewer,
            decode(input.registration_id, "reg", "registrationId"),
            input.code,
            input.reason,
            deal=input.deal or RevokedDeal.KEEP,
            note=input.note,
            expected_version=input.expected_version,
        )

    @mutation(
        payload=DealRegistrationPayload,
        noun=nouns.REGISTRATION,
        description="Takes back a rejection, withdrawal, expiry or revocation: what was approved once is approved "
        "again, the rest goes back to review.",
    )
    async def reinstate_registration(self, viewer: Viewer, input: ReinstateInput) -> Stepped | Refused:
        return await reinstate(
            viewer,
            decode(input.registration_id, "reg", "registrationId"),
            input.reason,
            protected_until=input.protected_until,
            expected_version=input.expected_version,
        )
