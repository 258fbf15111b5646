"""Registering customers and changing what is known of them."""

from decimal import Decimal
from typing import Annotated, Any, Self
from uuid import UUID

import strawberry

from app.deals.account_values import FIELDS
from app.deals.accounts import AccountSaved, upsert_account
from app.outcomes import Refused
from app.vocabulary import Permission
from schema.context import Info
from schema.engine.declare import to_one
from schema.engine.ids import decode
from schema.errors import UserError
from schema.identity.types import Account
from schema.mutation import client_mutation_id, mutation


def _said(description: str) -> Any:
    return strawberry.field(default=None, description=description)


def _may_change(description: str) -> Any:
    return strawberry.field(default=strawberry.UNSET, description=description)


@strawberry.input(description="A customer. What is left out stays as it is; null empties what can be empty.")
class UpsertAccountInput:
    account_id: strawberry.ID | None = _said(
        "The customer to change. Without it, it is yours of this `name`, or a new one."
    )
    expected_version: int | None = _said(
        "The version you decided on: refused with `CONFLICT` if it changed since; 0: it must be a new one."
    )
    name: str | None = _may_change("What it is called; up to 200 characters.")
    industry: str | None = _may_change("What it does, in the words of the playbooks' industries.")
    country: str | None = _may_change("Where it is: an ISO 3166 code such as `DE`, or the country's name.")
    employees: int | None = _may_change("How many people work there, from 0 to 100 million.")
    annual_revenue: Decimal | None = _may_change("Yearly revenue, at least 0.")
    domain: str | None = _may_change("The domain of its website or e-mail addresses; a web address is cut to it.")
    registration_number: str | None = _may_change("Its number in the register of companies; up to 100 characters.")
    client_mutation_id: str | None = client_mutation_id()

    def changes(self) -> dict[str, Any]:
        given = {column: getattr(self, column) for column in FIELDS}
        return {column: value for column, value in given.items() if value is not strawberry.UNSET}


@strawberry.type(description="A customer after a change.")
class AccountPayload:
    account_id: strawberry.Private[UUID | None]
    account: Account | None = to_one("The customer as it stands now; null when nothing was changed.")
    created: bool = strawberry.field(default=False, description="Whether it is a new one.")
    user_errors: list[UserError] = strawberry.field(
        default_factory=list, description="What the user can mend; empty when it worked."
    )
    client_mutation_id: str | None = strawberry.field(default=None, description="What the input held.")

    @classmethod
    def of(cls, outcome: AccountSaved | Refused) -> Self:
        if isinstance(outcome, Refused):
            return cls(account_id=None)
        return cls(account_id=outcome.account_id, created=outcome.created)


UpsertInput = Annotated[UpsertAccountInput, strawberry.argument(description="The customer.")]


@strawberry.type
class AccountMutation:
    @mutation(
        permission=Permission.EDIT_OPPORTUNITY,
        description="Register a customer, or change what is known of one that you see. Who it is (`name`, `country`, "
        "`domain`, `registrationNumber`) partners' people change in their organization's own records alone: in the "
        "vendor's they fill in what is empty, and anything else is `FORBIDDEN`. What its deals ask of it (its "
        "country, its head count) is met or not by what it says afterwards; they may then advance by themselves.",
    )
    async def upsert_account(self, info: Info, input: UpsertInput) -> AccountPayload:
        return await upsert_account(  # type: ignore[return-value]
            info.context.viewer,
            None if input.account_id is None else decode(input.account_id, "acc", "accountId"),
            input.changes(),
            expected_version=input.expected_version,
        )
