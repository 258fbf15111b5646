"""The filter of analytics."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

import strawberry

from app.analytics.cohort import Cohort
from schema.engine.ids import decode_given
from schema.engine.scans import Look
from schema.enums import AnalyticsGroupBy, OpportunitySource, PartnerTier
from schema.errors import ClientError
from schema.figures import DateRange, days_of
from schema.opportunity.filters import FILTER


@strawberry.input(
    description=(
        "Conditions on the opportunities that figures are of, all of which must hold. Values within a list are "
        "alternatives."
    )
)
class AnalyticsFilter:
    playbook_key: str | None = strawberry.field(
        default=None, description="Opportunities on this playbook, in any version. Defaults to all playbooks."
    )
    partner_id: strawberry.ID | None = strawberry.field(default=None, description="Opportunities of this partner.")
    owner_id: strawberry.ID | None = strawberry.field(default=None, description="Opportunities owned by this user.")
    industry: str | None = strawberry.field(
        default=None, description="Opportunities of customers in this industry, in any case."
    )
    region: str | None = strawberry.field(
        default=None, description="Opportunities of partners in this region, in any case."
    )
    source: list[OpportunitySource] | None = strawberry.field(
        default=None, description="Opportunities of one of these origins."
    )
    tier: list[PartnerTier] | None = strawberry.field(
        default=None, description="Opportunities of partners of one of these tiers."
    )
    created: DateRange | None = strawberry.field(
        default=None, description="The cohort: opportunities created in this range of UTC dates."
    )
    closed: DateRange | None = strawberry.field(
        default=None, description="Opportunities won or lost in this range of UTC dates. Excludes open ones."
    )
    entered: DateRange | None = strawberry.field(
        default=None,
        description=(
            "The cohort of each stage: opportunities that first entered it in this range of UTC dates, whenever they "
            "were created. Narrows `funnel`, `velocity`, `bottlenecks` and `findings`."
        ),
    )
    group_by: AnalyticsGroupBy | None = strawberry.field(
        default=None, description="The attribute for `groups`. Without it there are none."
    )
    as_of: datetime | None = strawberry.field(
        default=None,
        description=(
            "The moment whose figures are asked for; defaults to now. Stages, outcomes, owners, partners and amounts "
            "are those of that moment, and so are the opportunities that the viewer saw; customers, sources and "
            "attributes of partners are today's. Reasons for losses are told of opportunities that have neither moved "
            "nor changed hands since."
        ),
    )


LOOKS: Mapping[str, Look] = {"partnerId": Look.PART, "ownerId": Look.PART}


def cohort_of(wanted: AnalyticsFilter, at: datetime) -> Cohort:
    """`at`: the present."""
    if wanted.as_of is not None and wanted.as_of > at:
        raise ClientError("Nobody knows the future: `asOf` is at most now.", argument=(FILTER, "asOf"))
    values = {
        "playbook_key": wanted.playbook_key,
        "partner_id": decode_given(wanted.partner_id, "ptr", FILTER, "partnerId"),
        "owner_id": decode_given(wanted.owner_id, "usr", FILTER, "ownerId"),
        "industry": wanted.industry,
        "region": wanted.region,
        "sources": None if wanted.source is None else [word.value for word in wanted.source],
        "tiers": None if wanted.tier is None else [word.value for word in wanted.tier],
        **days_of(wanted.created, "created", FILTER, "created"),
        **days_of(wanted.closed, "closed", FILTER, "closed"),
        **days_of(wanted.entered, "entered", FILTER, "entered"),
    }
    filters: dict[str, Any] = {name: value for name, value in values.items() if value is not None}
    return Cohort(filters, wanted.as_of or at, past=wanted.as_of is not None)
