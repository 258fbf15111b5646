"""Registering people at customers, forgetting them, and saying who takes part in a deal."""

from typing import Annotated, Any, Self
from uuid import UUID

import strawberry

from app import nouns
from app.contacts.of_deals import MOST, set_contacts
from app.contacts.saving import ContactRemoved, ContactSaved, remove_contact, upsert_contact
from app.contacts.values import FIELDS
from app.outcomes import Refused
from schema.contact.types import Contact
from schema.context import Info
from schema.engine.declare import to_one
from schema.engine.ids import decode, decode_all, encode
from schema.enums import BuyingRole
from schema.errors import UserError
from schema.identity.types import Account
from schema.mutation import client_mutation_id, mutation
from schema.opportunity.mutations import OpportunityPayload


def _said(description: str) -> Any:
    return strawberry.field(default=None, description=description)


def _may_change(description: str) -> Any:
    return strawberry.field(default=strawberry.UNSET, description=description)


VERSION = "The version you decided on: refused with `CONFLICT` if it changed since"


@strawberry.input(description="A person at a customer. What is left out stays; null empties what can be empty.")
class UpsertContactInput:
    contact_id: strawberry.ID | None = _said(
        "Whom to change. Without it, it is yours at the customer with this `email`, or somebody new."
    )
    account_id: strawberry.ID | None = _said("The customer they work for; needed without `contactId`.")
    expected_version: int | None = _said(f"{VERSION}; 0: they must be new.")
    name: str | None = _may_change("What they are called; up to 200 characters.")
    title: str | None = _may_change("What they are at the customer; up to 200 characters.")
    email: str | None = _may_change("Their e-mail address.")
    phone: str | None = _may_change("Their telephone number: digits and the signs between them; up to 50 characters.")
    language: str | None = _may_change("The language to write to them in, as a BCP 47 tag.")
    buying_role: BuyingRole | None = _may_change("What they have to do with the purchase.")
    client_mutation_id: str | None = client_mutation_id()


@strawberry.type(description="A person at a customer after a change.")
class ContactPayload:
    contact_id: strawberry.Private[UUID | None]
    contact: Contact | None = to_one("The person as they stand now; null when nothing was changed.")
    created: bool = strawberry.field(default=False, description="Whether they are new.")
    user_errors: list[UserError] = strawberry.field(
        default_factory=list, description="What the user can mend; empty when it worked."
    )
    client_mutation_id: str | None = strawberry.field(default=None, description="What the input held.")

    @classmethod
    def of(cls, outcome: ContactSaved | Refused) -> Self:
        if isinstance(outcome, Refused):
            return cls(contact_id=None)
        return cls(contact_id=outcome.contact_id, created=outcome.created)


@strawberry.input(description="A person to forget.")
class RemoveContactInput:
    contact_id: strawberry.ID = strawberry.field(description="The person.")
    expected_version: int | None = _said(f"{VERSION}.")
    client_mutation_id: str | None = client_mutation_id()


@strawberry.type(description="What is left after a person was forgotten.")
class RemoveContactPayload:
    account_id: strawberry.Private[UUID | None]
    contact_id: strawberry.ID | None = strawberry.field(
        default=None, description="The id that nothing has any more; null when nothing was changed."
    )
    account: Account | None = to_one("The customer they worked for; null when nothing was changed.")
    user_errors: list[UserError] = strawberry.field(
        default_factory=list, description="What the user can mend; empty when it worked."
    )
    client_mutation_id: str | None = strawberry.field(default=None, description="What the input held.")

    @classmethod
    def of(cls, outcome: ContactRemoved | Refused) -> Self:
        if isinstance(outcome, Refused):
            return cls(account_id=None)
        return cls(account_id=outcome.account_id, contact_id=strawberry.ID(encode("con", outcome.contact_id)))


@strawberry.input(description="Who takes part in a deal, of the people at its customer.")
class SetDealContactsInput:
    opportunity_id: strawberry.ID = strawberry.field(description="The deal.")
    contact_ids: list[strawberry.ID] = strawberry.field(
        description=f"All of them, in the order to show them in; at most {MOST}. Whoever isn't named is taken out."
    )
    expected_version: int | None = _said(
        "The version you decided on: refused with `CONFLICT` if the deal changed since."
    )
    client_mutation_id: str | None = client_mutation_id()


UpsertInput = Annotated[UpsertContactInput, strawberry.argument(description="The person.")]
RemoveInput = Annotated[RemoveContactInput, strawberry.argument(description="Whom.")]
SetInput = Annotated[SetDealContactsInput, strawberry.argument(description="Who takes part.")]


@strawberry.type
class ContactMutation:
    @mutation(
        noun=nouns.CONTACT,
        description="Register a person at a customer, or change what is known of one. Partners' people change their "
        "organization's own records; the vendor's are `FORBIDDEN`.",
    )
    async def upsert_contact(self, info: Info, input: UpsertInput) -> ContactPayload:
        given = {column: getattr(input, column) for column in FIELDS}
        return await upsert_contact(  # type: ignore[return-value]
            info.context.viewer,
            None if input.contact_id is None else decode(input.contact_id, "con", "contactId"),
            None if input.account_id is None else decode(input.account_id, "acc", "accountId"),
            {column: value for column, value in given.items() if value is not strawberry.UNSET},
            expected_version=input.expected_version,
        )

    @mutation(
        noun=nouns.CONTACT,
        description="Forget a person at a customer: nothing of what was known of them is left, in no deal either.",
    )
    async def remove_contact(self, info: Info, input: RemoveInput) -> RemoveContactPayload:
        return await remove_contact(  # type: ignore[return-value]
            info.context.viewer,
            decode(input.contact_id, "con", "contactId"),
            expected_version=input.expected_version,
        )

    @mutation(
        noun=nouns.OPPORTUNITY_CONTACT,
        description="Say who takes part in a deal, of the people at its customer whom you see.",
    )
    async def set_deal_contacts(self, info: Info, input: SetInput) -> OpportunityPayload:
        return await set_contacts(  # type: ignore[return-value]
            info.context.viewer,
            decode(input.opportunity_id, "opp", "opportunityId"),
            decode_all(input.contact_ids, "con", "contactIds"),
            expected_version=input.expected_version,
        )
