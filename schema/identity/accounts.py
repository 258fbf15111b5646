"""Registering customers and changing what is known of them."""

from decimal import Decimal
from typing import Annotated, Any, Self
from uuid import UUID

import strawberry

from app import nouns
from app.deals.account_values import FIELDS
from app.deals.accounts import AccountSaved, upsert_account
from app.identity.viewer import Viewer
from app.outcomes import Refused, as_it_stands
from schema.engine.declare import to_one
from schema.engine.ids import decode_given
from schema.identity.types import Account
from schema.mutation import Payload, client_mutation_id, mutation


def _said(description: str) -> Any:
    return strawberry.field(default=None, description=description)


def _may_change(description: str) -> Any:
    return strawberry.field(default=strawberry.UNSET, description=description)


@strawberry.input(description="A customer. Omitted fields stay unchanged; null clears optional ones.")
class UpsertAccountInput:
    account_id: strawberry.ID | None = _said(
        "The account to change. Without it, the account of yours with this `name` is changed, or a new one created."
    )
    expected_version: int | None = _said(
        "The version that the change is based on. Fails with `CONFLICT` if it has changed since; 0 requires it to be "
        "new."
    )
    name: str | None = _may_change("The name, at most 200 characters.")
    industry: str | None = _may_change("The industry, as named by the playbooks.")
    country: str | None = _may_change("The country, as an ISO 3166 code such as `DE` or a name.")
    employees: int | None = _may_change("The number of employees, from 0 to 100 million.")
    annual_revenue: Decimal | None = _may_change("The yearly revenue, at least 0.")
    domain: str | None = _may_change("The domain of the website or e-mail addresses; web addresses are reduced to it.")
    registration_number: str | None = _may_change("The number in the register of companies, at most 100 characters.")
    client_mutation_id: str | None = client_mutation_id()

    def changes(self) -> dict[str, Any]:
        given = {column: getattr(self, column) for column in FIELDS}
        return {column: value for column, value in given.items() if value is not strawberry.UNSET}


@strawberry.type(description="The result of a change to an account.")
class AccountPayload(Payload):
    account_id: strawberry.Private[UUID | None]
    account: Account | None = to_one(
        "The account after the change, or as it stands on a `CONFLICT`; otherwise null if nothing was changed."
    )
    created: bool = strawberry.field(default=False, description="Whether the change created it.")

    @classmethod
    def of(cls, outcome: AccountSaved | Refused) -> Self:
        if isinstance(outcome, Refused):
            return cls(account_id=as_it_stands(outcome))
        return cls(account_id=outcome.account_id, created=outcome.created)


UpsertInput = Annotated[UpsertAccountInput, strawberry.argument(description="The customer.")]


@strawberry.type
class AccountMutation:
    @mutation(
        payload=AccountPayload,
        noun=nouns.ACCOUNT,
        description=(
            "Creates a customer, or changes one that the viewer can see. Partners can change its identity (`name`, "
            "`country`, `domain`, `registrationNumber`) only in their own records; in the vendor's they can fill in "
            "empty fields, and anything else fails with `FORBIDDEN`. Criteria that depend on the account are "
            "re-evaluated, and its opportunities may advance automatically."
        ),
    )
    async def upsert_account(self, viewer: Viewer, input: UpsertInput) -> AccountSaved | Refused:
        return await upsert_account(
            viewer,
            decode_given(input.account_id, "acc", "accountId"),
            input.changes(),
            expected_version=input.expected_version,
        )
