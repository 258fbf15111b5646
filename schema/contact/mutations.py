"""Mutations on contacts, and on who takes part in a deal."""

from typing import Annotated, Any, Self
from uuid import UUID

import strawberry

from app import nouns
from app.contacts.linking import MOST, set_contacts
from app.contacts.removing import ContactRemoved, remove_contact
from app.contacts.saving import ContactSaved, upsert_contact
from app.contacts.values import FIELDS
from app.deals.editing import Changed
from app.identity.viewer import Viewer
from app.outcomes import Refused, as_it_stands
from schema.contact.types import Contact
from schema.engine.declare import to_one
from schema.engine.ids import decode, decode_all, decode_given, encode
from schema.enums import BuyingRole
from schema.identity.types import Account
from schema.mutation import Payload, client_mutation_id, mutation
from schema.opportunity.mutations import OpportunityPayload


def _said(description: str) -> Any:
    return strawberry.field(default=None, description=description)


def _may_change(description: str) -> Any:
    return strawberry.field(default=strawberry.UNSET, description=description)


VERSION = "The version that the change is based on. Fails with `CONFLICT` if it has changed since"


@strawberry.input(description="A contact. Omitted fields stay unchanged; null clears optional ones.")
class UpsertContactInput:
    contact_id: strawberry.ID | None = _said(
        "The contact to change. Without it, your contact at the account with this `email` is changed, or a new one "
        "created."
    )
    account_id: strawberry.ID | None = _said("The account that the person works for; required without `contactId`.")
    expected_version: int | None = _said(f"{VERSION}; 0 requires it to be new.")
    name: str | None = _may_change("The full name, at most 200 characters.")
    title: str | None = _may_change("The job title, at most 200 characters.")
    email: str | None = _may_change("The e-mail address.")
    phone: str | None = _may_change("The telephone number, at most 50 characters.")
    language: str | None = _may_change("The preferred language as a BCP 47 tag.")
    buying_role: BuyingRole | None = _may_change("The role in the purchase.")
    client_mutation_id: str | None = client_mutation_id()


@strawberry.type(description="The result of a change to a contact.")
class ContactPayload(Payload):
    contact_id: strawberry.Private[UUID | None]
    contact: Contact | None = to_one(
        "The contact after the change, or as it stands on a `CONFLICT`; otherwise null if nothing was changed."
    )
    created: bool = strawberry.field(default=False, description="Whether it was created.")

    @classmethod
    def of(cls, outcome: ContactSaved | Refused) -> Self:
        if isinstance(outcome, Refused):
            return cls(contact_id=as_it_stands(outcome))
        return cls(contact_id=outcome.contact_id, created=outcome.created)


@strawberry.input(description="Input of `removeContact`.")
class RemoveContactInput:
    contact_id: strawberry.ID = strawberry.field(description="The contact to remove.")
    expected_version: int | None = _said(f"{VERSION}.")
    client_mutation_id: str | None = client_mutation_id()


@strawberry.type(description="The result of `removeContact`.")
class RemoveContactPayload(Payload):
    account_id: strawberry.Private[UUID | None]
    contact_id: strawberry.ID | None = strawberry.field(
        default=None, description="The id of the removed contact; null if nothing was changed."
    )
    account: Account | None = to_one("The account that the person worked for; null if nothing was changed.")

    @classmethod
    def of(cls, outcome: ContactRemoved | Refused) -> Self:
        if isinstance(outcome, Refused):
            return cls(account_id=None)
        return cls(account_id=outcome.account_id, contact_id=strawberry.ID(encode("con", outcome.contact_id)))


@strawberry.input(description="Input of `setDealContacts`.")
class SetDealContactsInput:
    opportunity_id: strawberry.ID = strawberry.field(description="The opportunity.")
    contact_ids: list[strawberry.ID] = strawberry.field(
        description=f"All contacts that take part, in the order of display; at most {MOST}. Others are taken out."
    )
    expected_version: int | None = _said(
        "The version of the opportunity that the change is based on. Fails with `CONFLICT` if it has changed since."
    )
    client_mutation_id: str | None = client_mutation_id()


UpsertInput = Annotated[UpsertContactInput, strawberry.argument(description="The contact.")]
RemoveInput = Annotated[RemoveContactInput, strawberry.argument(description="The contact to remove.")]
SetInput = Annotated[SetDealContactsInput, strawberry.argument(description="The contacts that take part.")]


@strawberry.type
class ContactMutation:
    @mutation(
        payload=ContactPayload,
        noun=nouns.CONTACT,
        description="Creates or changes a contact. Partners change their own records; the vendor's are `FORBIDDEN`.",
    )
    async def upsert_contact(self, viewer: Viewer, input: UpsertInput) -> ContactSaved | Refused:
        given = {column: getattr(input, column) for column in FIELDS}
        return await upsert_contact(
            viewer,
            decode_given(input.contact_id, "con", "contactId"),
            decode_given(input.account_id, "acc", "accountId"),
            {column: value for column, value in given.items() if value is not strawberry.UNSET},
            expected_version=input.expected_version,
        )

    @mutation(
        payload=RemoveContactPayload,
        noun=nouns.CONTACT,
        description="Deletes a contact and all that was stored of the person.",
    )
    async def remove_contact(self, viewer: Viewer, input: RemoveInput) -> ContactRemoved | Refused:
        return await remove_contact(
            viewer,
            decode(input.contact_id, "con", "contactId"),
            expected_version=input.expected_version,
        )

    @mutation(
        payload=OpportunityPayload,
        noun=nouns.OPPORTUNITY_CONTACT,
        description="Sets which contacts of an opportunity's account take part in it.",
    )
    async def set_deal_contacts(self, viewer: Viewer, input: SetInput) -> Changed | Refused:
        return await set_contacts(
            viewer,
            decode(input.opportunity_id, "opp", "opportunityId"),
            decode_all(input.contact_ids, "con", "contactIds"),
            expected_version=input.expected_version,
        )
