"""`saveRegistration`: filling in a registration."""

from datetime import date
from typing import Annotated, Any

import strawberry

from app import nouns
from app.identity.viewer import Viewer
from app.outcomes import Refused
from app.registrations.recording import Stepped
from app.registrations.saving import Form, save
from app.registrations.values import FIELDS
from schema.engine.ids import decode, decode_given
from schema.enums import DealType
from schema.money import MoneyInput
from schema.mutation import client_mutation_id, mutation
from schema.registration.payloads import VERSION, DealRegistrationPayload, said


def _may_change(description: str) -> Any:
    return strawberry.field(default=strawberry.UNSET, description=description)


@strawberry.input(description="The customer. Omitted fields stay unchanged; null clears them.")
class RegisteredAccountInput:
    name: str | None = _may_change("The name, at most 200 characters.")
    domain: str | None = _may_change("The domain: `example.com`. An address of a page or an e-mail will do.")
    registration_number: str | None = _may_change("The number in the register of companies.")
    country: str | None = _may_change("The country, preferably as an ISO 3166 code.")
    city: str | None = _may_change("The place.")
    postal_code: str | None = _may_change("The postal code.")
    industry: str | None = _may_change("The industry, preferably as named by the playbooks.")


@strawberry.input(description="The person at the customer. Omitted fields stay unchanged; null clears them.")
class RegisteredContactInput:
    name: str | None = _may_change("The full name, at most 200 characters.")
    title: str | None = _may_change("The job title.")
    email: str | None = _may_change("The e-mail address.")
    phone: str | None = _may_change("The telephone number.")


@strawberry.input(description="An answer to a question of the policy.")
class FormAnswerInput:
    question_key: str = strawberry.field(description="The key of the question.")
    answer: str | None = strawberry.field(
        default=None, description="The answer, at most 2,000 characters; null removes it."
    )


@strawberry.input(description="A registration. Omitted fields stay unchanged; null clears optional ones.")
class RegistrationForm:
    registration_id: strawberry.ID | None = said(
        "The registration to change. Without it, yours with this `externalId` is changed, or a new draft begun."
    )
    external_id: str | None = said("The id in your own system, unique among your registrations.")
    expected_version: int | None = said(f"{VERSION}; 0 requires it to be new.")
    partner_id: strawberry.ID | None = said("The partner. For partner users always their own; others have to name it.")
    playbook_key: str | None = said(
        "The key of the playbook; not needed if there is only one, nor for an existing opportunity."
    )
    opportunity_id: strawberry.ID | None = _may_change(
        "The open opportunity of the partner that it is for: what it says is taken over by a new draft. Without one, "
        "approval creates it."
    )
    title: str | None = _may_change("The name of the project. Defaults to the customer's name.")
    account: RegisteredAccountInput | None = said("The customer.")
    contact: RegisteredContactInput | None = said("The person at the customer.")
    deal_type: DealType | None = _may_change("The kind of purchase. Defaults to `NET_NEW`.")
    products: list[str] | None = _may_change("The products, at most 50.")
    amount: MoneyInput | None = _may_change("The expected amount.")
    expected_close_date: date | None = _may_change("The expected date of the purchase.")
    need: str | None = _may_change("The customer's need and its cause, at most 5,000 characters.")
    next_step: str | None = _may_change("The next step, at most 1,000 characters.")
    answers: list[FormAnswerInput] | None = said("Answers to questions of the policy.")

    def form(self) -> Form:
        values: dict[str, Any] = {}
        for column in FIELDS:
            part, _, name = column.partition("_")
            owner = getattr(self, part) if part in ("account", "contact") else self
            value = getattr(owner, name if owner is not self else column, strawberry.UNSET)
            if value is not strawberry.UNSET:
                values[column] = value
        if self.amount is not strawberry.UNSET:
            values["amount"] = self.amount and (self.amount.amount, str(self.amount.currency))
        deal = self.opportunity_id
        return Form(
            values,
            [(one.question_key, one.answer) for one in self.answers or ()],
            opportunity_id=None if deal in (None, strawberry.UNSET) else decode(str(deal), "opp", "opportunityId"),
            clears_deal=deal is None,
            partner_id=decode_given(self.partner_id, "ptr", "partnerId"),
            playbook_key=self.playbook_key,
            external_id=self.external_id,
        )


@strawberry.input(description="A registration. Omitted fields stay unchanged; null clears optional ones.")
class SaveRegistrationInput(RegistrationForm):
    client_mutation_id: str | None = client_mutation_id()


SaveInput = Annotated[SaveRegistrationInput, strawberry.argument(description="The registration.")]


@strawberry.type
class SaveRegistrationMutation:
    @mutation(
        payload=DealRegistrationPayload,
        noun=nouns.REGISTRATION,
        description="Begins a registration or changes it, as long as it is a draft or changes were requested.",
    )
    async def save_registration(self, viewer: Viewer, input: SaveInput) -> Stepped | Refused:
        id = decode_given(input.registration_id, "reg", "registrationId")
        return await save(viewer, id, input.form(), expected_version=input.expected_version)
