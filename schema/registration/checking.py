"""`checkRegistration`: what of the viewer's own is about a customer already, before it is registered."""

from collections.abc import Mapping
from typing import Annotated, Any

import strawberry

from app.database import database
from app.outcomes import Refused
from app.registrations.conflicts.reading import conflicts_with
from app.registrations.values import read
from schema.context import Info
from schema.engine.declare import Made, Requester
from schema.engine.serve.resolvers import root
from schema.errors import ClientError
from schema.registration.conflicts import RegistrationConflict

PRICE = 2_000
"""In rows: a viewer with the usual budget may ask some dozen times a minute."""


@strawberry.input(description="A customer that might be registered. Whatever is known of it helps.")
class CheckedAccountInput:
    name: str = strawberry.field(description="The name, at most 200 characters.")
    domain: str | None = strawberry.field(default=None, description="The domain: `example.com`.")
    registration_number: str | None = strawberry.field(
        default=None, description="The number in the register of companies."
    )
    country: str | None = strawberry.field(default=None, description="The country, preferably as an ISO 3166 code.")
    city: str | None = strawberry.field(default=None, description="The place.")


async def _checked(requester: Requester, arguments: Mapping[str, Any]) -> list[RegistrationConflict]:
    asked = arguments["account"]
    given = {
        "account_name": asked.name,
        "account_domain": asked.domain,
        "account_registration_number": asked.registration_number,
        "account_country": asked.country,
        "account_city": asked.city,
        "products": arguments.get("products"),
        "need": arguments.get("need"),
    }
    values = _read({column: value for column, value in given.items() if value is not None})
    about = {
        "name": values["account_name"],
        "place": values.get("account_city"),
        "country": values.get("account_country"),
        "domain": values.get("account_domain"),
        "registration_number": values.get("account_registration_number"),
        "title": None,
        "products": values.get("products", []),
        "need": values.get("need", ""),
    }
    found = await conflicts_with(database(), requester.viewer, about)
    return [RegistrationConflict.of(one) for one in found]


def _read(given: dict[str, Any]) -> dict[str, Any]:
    """Raises `ClientError` for what nobody could register either."""
    values = read(given)
    if isinstance(values, Refused):
        error = values.errors[0]
        raise ClientError(error.message, argument=error.path)
    if not values.get("account_name"):
        raise ClientError("Name the customer.", argument=("account", "name"))
    return values


@strawberry.type
class RegistrationCheckQuery:
    @root(
        Made(_checked, rows=PRICE),
        "The registrations and open opportunities of your organisation, as far as you see them, that are about this "
        "customer or one that may be the same; the vendor's users see all. It tells nothing of others' registrations. "
        f"Each costs as much as reading {PRICE:,} rows.",
    )
    async def check_registration(
        self,
        info: Info,
        account: Annotated[CheckedAccountInput, strawberry.argument(description="The customer.")],
        products: Annotated[
            list[str] | None, strawberry.argument(description="The products, by which the same opportunity is told.")
        ] = None,
        need: Annotated[
            str | None, strawberry.argument(description="The customer's need, by which the same opportunity is told.")
        ] = None,
    ) -> list[RegistrationConflict]: ...
