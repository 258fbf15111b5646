"""Filters of forecasts."""

from typing import Annotated

import strawberry

from schema.engine.ids import decode_given
from schema.engine.scans import Look
from schema.enums import OpportunitySource
from schema.errors import ClientError

MOST_SOURCES = 20


@strawberry.input(description="Conditions on opportunities, all of which must hold.")
class ForecastFilter:
    playbook_key: str | None = strawberry.field(
        default=None, description="Opportunities on this playbook, in any version."
    )
    partner_id: strawberry.ID | None = strawberry.field(default=None, description="Opportunities of this partner.")
    owner_id: strawberry.ID | None = strawberry.field(default=None, description="Opportunities owned by this user.")
    my_partners: bool | None = strawberry.field(
        default=None,
        description="Opportunities of partners whose channel manager is the viewer; false: of all others, and those "
        "without a partner.",
    )
    industry: str | None = strawberry.field(
        default=None, description="Opportunities of customers in this industry, in any case."
    )
    source: list[OpportunitySource] | None = strawberry.field(
        default=None, description="Opportunities of one of these origins."
    )

    def read(self) -> dict[str, object]:
        """By the names that `app.deals.queries` knows; absent ones left out."""
        if len(self.source or ()) > MOST_SOURCES:
            raise ClientError(f"At most {MOST_SOURCES} values.", argument=("filter", "source"))
        values = {
            "playbook_key": self.playbook_key,
            "partner_id": decode_given(self.partner_id, "ptr", "filter", "partnerId"),
            "owner_id": decode_given(self.owner_id, "usr", "filter", "ownerId"),
            "my_partners": self.my_partners or None,
            "others": True if self.my_partners is False else None,
            "industry": self.industry,
            "sources": None if self.source is None else [one.value for one in self.source],
        }
        return {name: value for name, value in values.items() if value is not None}


LOOKS = {"partnerId": Look.PART, "ownerId": Look.PART}
FilterArgument = Annotated[ForecastFilter | None, strawberry.argument(description="Filters the opportunities.")]
