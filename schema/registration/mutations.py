"""Steps of a registration: submitted and withdrawn by the partner, reviewed and decided by the vendor."""

from typing import Annotated, Protocol
from uuid import UUID

import strawberry

from app import nouns
from app.identity.viewer import Viewer
from app.outcomes import Refused
from app.registrations.approving import approve
from app.registrations.recording import Stepped
from app.registrations.reviewing import reject, request_changes, start_review
from app.registrations.submitting import submit, withdraw
from schema.engine.ids import decode, decode_given
from schema.enums import RejectionCode
from schema.mutation import client_mutation_id, mutation
from schema.registration.payloads import (
    VERSION,
    DealRegistrationPayload,
    StartReviewInput,
    SubmitRegistrationInput,
    said,
)

_REGISTRATION = "The registration."
_NOTE = "A remark for the vendor's users only, at most 2,000 characters."


@strawberry.input(description="Input of `withdrawRegistration`.")
class WithdrawRegistrationInput:
    registration_id: strawberry.ID = strawberry.field(description=_REGISTRATION)
    reason: str | None = said("The reason, at most 2,000 characters.")
    expected_version: int | None = said(f"{VERSION}.")
    client_mutation_id: str | None = client_mutation_id()


@strawberry.input(description="A field that the partner is asked to change.")
class ChangeRequestInput:
    field: str = strawberry.field(
        description="The name of the field: `account.domain`, `need`, or `answers.` with the key of a question."
    )
    message: str = strawberry.field(description="The requested change, at most 2,000 characters.")


@strawberry.input(description="Input of `requestChanges`.")
class RequestChangesInput:
    registration_id: strawberry.ID = strawberry.field(description=_REGISTRATION)
    requests: list[ChangeRequestInput] = strawberry.field(
        description="The fields in question, at least one and at most 50. Replaces earlier requests that are open."
    )
    reason: str | None = said("A message to the partner, at most 2,000 characters.")
    expected_version: int | None = said(f"{VERSION}.")
    client_mutation_id: str | None = client_mutation_id()


@strawberry.input(description="Input of `approveRegistration`.")
class ApproveRegistrationInput:
    registration_id: strawberry.ID = strawberry.field(description=_REGISTRATION)
    opportunity_id: strawberry.ID | None = said(
        "An existing open opportunity of the partner to attach it to. Defaults to the one that it was registered for; "
        "without one, a new opportunity is created in the playbook's first stage."
    )
    override: bool | None = said("Whether to approve in spite of conflicts. Needs a `note`.", False)
    reason: str | None = said("A message to the partner, at most 2,000 characters.")
    note: str | None = said(_NOTE)
    expected_version: int | None = said(f"{VERSION}.")
    client_mutation_id: str | None = client_mutation_id()


@strawberry.input(description="Input of `rejectRegistration`.")
class RejectRegistrationInput:
    registration_id: strawberry.ID = strawberry.field(description=_REGISTRATION)
    code: RejectionCode = strawberry.field(description="The code, which the partner sees and reports group by.")
    reason: str | None = said(
        "The reason for the partner, at most 2,000 characters. Required for `OTHER`, `NOT_QUALIFIED` and `INCOMPLETE`."
    )
    note: str | None = said(_NOTE)
    expected_version: int | None = said(f"{VERSION}.")
    client_mutation_id: str | None = client_mutation_id()


SubmitInput = Annotated[SubmitRegistrationInput, strawberry.argument(description=_REGISTRATION)]
ReviewInput = Annotated[StartReviewInput, strawberry.argument(description=_REGISTRATION)]
WithdrawInput = Annotated[WithdrawRegistrationInput, strawberry.argument(description="The withdrawal.")]
ChangesInput = Annotated[RequestChangesInput, strawberry.argument(description="The requested changes.")]
ApproveInput = Annotated[ApproveRegistrationInput, strawberry.argument(description="The approval.")]
RejectInput = Annotated[RejectRegistrationInput, strawberry.argument(description="The rejection.")]


class _OfOne(Protocol):
    registration_id: strawberry.ID


def _id(input: _OfOne) -> UUID:
    return decode(input.registration_id, "reg", "registrationId")


@strawberry.type
class RegistrationMutation:
    @mutation(
        payload=DealRegistrationPayload,
        noun=nouns.REGISTRATION,
        description="Submits a registration for review. What is missing is named in `userErrors`. Approved at once if "
        "the policy provides for it.",
    )
    async def submit_registration(self, viewer: Viewer, input: SubmitInput) -> Stepped | Refused:
        return await submit(viewer, _id(input), expected_version=input.expected_version)

    @mutation(
        payload=DealRegistrationPayload,
        noun=nouns.REGISTRATION,
        description="Withdraws a registration that is not decided yet.",
    )
    async def withdraw_registration(self, viewer: Viewer, input: WithdrawInput) -> Stepped | Refused:
        return await withdraw(viewer, _id(input), input.reason, expected_version=input.expected_version)

    @mutation(
        payload=DealRegistrationPayload,
        noun=nouns.REGISTRATION,
        description="Begins the review of a submitted registration, or takes over the review of a colleague.",
    )
    async def start_review(self, viewer: Viewer, input: ReviewInput) -> Stepped | Refused:
        return await start_review(viewer, _id(input), expected_version=input.expected_version)

    @mutation(
        payload=DealRegistrationPayload,
        noun=nouns.REGISTRATION,
        description="Asks the partner to change fields. The time for the review rests until it is submitted again.",
    )
    async def request_changes(self, viewer: Viewer, input: ChangesInput) -> Stepped | Refused:
        return await request_changes(
            viewer,
            _id(input),
            [(one.field, one.message) for one in input.requests],
            reason=input.reason,
            expected_version=input.expected_version,
        )

    @mutation(
        payload=DealRegistrationPayload,
        noun=nouns.REGISTRATION,
        description="Approves a registration: creates its opportunity or attaches it to an existing one, and protects "
        "the partner. Whoever filled it in or submitted it can't approve it. With conflicts, it is `BLOCKED`.",
    )
    async def approve_registration(self, viewer: Viewer, input: ApproveInput) -> Stepped | Refused:
        deal = decode_given(input.opportunity_id, "opp", "opportunityId")
        return await approve(
            viewer,
            _id(input),
            opportunity_id=deal,
            override=bool(input.override),
            reason=input.reason,
            note=input.note,
            expected_version=input.expected_version,
        )

    @mutation(payload=DealRegistrationPayload, noun=nouns.REGISTRATION, description="Rejects a registration.")
    async def reject_registration(self, viewer: Viewer, input: RejectInput) -> Stepped | Refused:
        return await reject(
            viewer,
            _id(input),
            input.code,
            input.reason,
            note=input.note,
            expected_version=input.expected_version,
        )
