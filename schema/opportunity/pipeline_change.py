"""The change of the pipeline between two moments."""

from collections.abc import Collection, Mapping
from datetime import datetime
from decimal import Decimal
from typing import Annotated, Any
from uuid import UUID

import strawberry
from strawberry.utils.str_converters import to_camel_case

from app.analytics import changes
from app.analytics.changes import CLOSING, OPENING, ChangedDeal, Part
from app.database import database
from schema import one_currency
from schema.context import Info
from schema.engine.declare import Made, Requester, to_one
from schema.engine.ids import decode_given
from schema.engine.scans import Look, Scan
from schema.engine.serve.resolvers import root
from schema.enums import OpportunitySource
from schema.errors import ClientError
from schema.figures import DateRange
from schema.money import Money, sums
from schema.opportunity.filters import FILTER
from schema.opportunity.types import Opportunity
from schema.scalars import CurrencyCode

DEFAULT_DEALS, MOST_DEALS = 20, 100


@strawberry.input(
    description="Conditions on the opportunities of a pipeline, all of which must hold. Values within a list are "
    "alternatives. Partner, owner, playbook and expected close date are those at the time."
)
class PipelineChangeFilter:
    playbook_key: str | None = strawberry.field(default=None, description="On this playbook, in any version.")
    partner_id: strawberry.ID | None = strawberry.field(default=None, description="Of this partner.")
    owner_id: strawberry.ID | None = strawberry.field(default=None, description="Owned by this user.")
    expected_close_date: DateRange | None = strawberry.field(
        default=None, description="Expected to close in this range."
    )
    industry: str | None = strawberry.field(default=None, description="Of customers in this industry, in any case.")
    source: list[OpportunitySource] | None = strawberry.field(default=None, description="The origin.")

    def read(self) -> changes.Filter:
        close = self.expected_close_date or DateRange()
        if close.from_ and close.to and close.from_ > close.to:
            raise ClientError("The range is empty: `from` is after `to`.", argument=(FILTER, "expectedCloseDate"))
        return changes.Filter(
            playbook_key=self.playbook_key,
            partner_id=decode_given(self.partner_id, "ptr", FILTER, "partnerId"),
            owner_id=decode_given(self.owner_id, "usr", FILTER, "ownerId"),
            close_from=close.from_,
            close_to=close.to,
            industry=self.industry,
            sources=None if self.source is None else [one.value for one in self.source],
        )


@strawberry.type(description="An opportunity's share of a change of the pipeline.")
class PipelineChangeDeal:
    opportunity_id: strawberry.Private[UUID]
    opportunity: Opportunity = to_one("The opportunity.", essential=True)
    amount: Money | None = strawberry.field(description="The amount that it accounts for; null if it had no amount.")
    at: datetime = strawberry.field(description="The date and time of the last change that counts here.")


def _deals(description: str) -> Any:
    return strawberry.field(default_factory=list, description=description)


@strawberry.type(
    description="The opportunities behind each part of a change of the pipeline that the viewer can see now, largest "
    "amounts first. What the viewer no longer sees counts in the sums and isn't listed. `opening` and `closing` look "
    "through all opportunities: ask for them where they are shown."
)
class PipelineChangeDeals:
    opening: list[PipelineChangeDeal] = _deals("Those open at the start.")
    created: list[PipelineChangeDeal] = _deals("Those created.")
    increased: list[PipelineChangeDeal] = _deals("Those whose amount grew, by how much.")
    decreased: list[PipelineChangeDeal] = _deals("Those whose amount shrank, by how much.")
    moved_in: list[PipelineChangeDeal] = _deals("Those that came from another playbook or expected close date.")
    moved_out: list[PipelineChangeDeal] = _deals("Those that went to another playbook or expected close date.")
    transferred_in: list[PipelineChangeDeal] = _deals("Those that came from another owner or partner.")
    transferred_out: list[PipelineChangeDeal] = _deals("Those that went to another owner or partner.")
    reopened: list[PipelineChangeDeal] = _deals("Those that were closed and are open again.")
    won: list[PipelineChangeDeal] = _deals("Those won.")
    lost: list[PipelineChangeDeal] = _deals("Those lost.")
    removed: list[PipelineChangeDeal] = _deals("Empty: what was deleted can't be read.")
    closing: list[PipelineChangeDeal] = _deals("Those open at the end.")


def _in_one(name: str) -> Any:
    return strawberry.field(description=f"`PipelineChange.{to_camel_case(name)}`; {one_currency.NULL}.")


@strawberry.type(
    description="The parts of a change of the pipeline in the programme's reporting currency, all at the rates of the "
    "day of `to`, each rounded by itself."
)
class PipelineChangeInOneCurrency:
    currency: CurrencyCode = strawberry.field(description="The ISO 4217 currency code.")
    opening: Money | None = _in_one("opening")
    created: Money | None = _in_one("created")
    increased: Money | None = _in_one("increased")
    decreased: Money | None = _in_one("decreased")
    moved_in: Money | None = _in_one("moved_in")
    moved_out: Money | None = _in_one("moved_out")
    transferred_in: Money | None = _in_one("transferred_in")
    transferred_out: Money | None = _in_one("transferred_out")
    reopened: Money | None = _in_one("reopened")
    won: Money | None = _in_one("won")
    lost: Money | None = _in_one("lost")
    removed: Money | None = _in_one("removed")
    closing: Money | None = _in_one("closing")
    missing: list[CurrencyCode] = strawberry.field(description=one_currency.MISSING)


@strawberry.type(
    description=(
        "The way from the open pipeline of one moment to that of another, in each currency exactly: `opening` + "
        "`created` + `increased` − `decreased` + `movedIn` − `movedOut` + `transferredIn` − `transferredOut` + "
        "`reopened` − `won` − `lost` − `removed` = `closing`."
    )
)
class PipelineChange:
    opening: list[Money] = strawberry.field(description="The amounts of opportunities open at `from`.")
    created: list[Money] = strawberry.field(description="The first amounts of opportunities created.")
    increased: list[Money] = strawberry.field(
        description="The increases of amounts. A change of currency decreases one by all of it and increases the other."
    )
    decreased: list[Money] = strawberry.field(description="The decreases of amounts.")
    moved_in: list[Money] = strawberry.field(
        description="The amounts of opportunities that came from a playbook or expected close date outside the filter."
    )
    moved_out: list[Money] = strawberry.field(
        description="The amounts of opportunities that went to a playbook or expected close date outside the filter."
    )
    transferred_in: list[Money] = strawberry.field(
        description="The amounts of opportunities that came from an owner or partner outside the filter or the "
        "viewer's view."
    )
    transferred_out: list[Money] = strawberry.field(
        description="The amounts of opportunities that went to an owner or partner outside the filter or the "
        "viewer's view."
    )
    reopened: list[Money] = strawberry.field(description="The amounts of closed opportunities that were reopened.")
    won: list[Money] = strawberry.field(description="The amounts of opportunities won, as they were then.")
    lost: list[Money] = strawberry.field(description="The amounts of opportunities lost, as they were then.")
    removed: list[Money] = strawberry.field(description="The amounts of opportunities deleted.")
    closing: list[Money] = strawberry.field(description="The amounts of opportunities open at `to`.")
    deals: PipelineChangeDeals = strawberry.field(description="The opportunities behind each part.")
    in_one_currency: PipelineChangeInOneCurrency | None = strawberry.field(
        default=None, description="The sums in the programme's reporting currency; null if it has none."
    )


async def _change(requester: Requester, arguments: Mapping[str, Any], selected: Collection[str]) -> PipelineChange:
    begin, end = arguments["from_"], arguments["to"]
    if begin > end:
        raise ClientError("The time is empty: `from` is after `to`.", argument=("from",))
    wanted = (arguments.get("filter") or PipelineChangeFilter()).read()
    most = _most(arguments.get("first_deals"))
    db, viewer = database(), requester.viewer
    found = await changes.pipeline_change(db, viewer, begin, end, wanted)
    parts = {name for name in (OPENING, *Part, CLOSING) if f"deals.{to_camel_case(name)}" in selected}
    listed: Mapping[str, list[ChangedDeal]] = {}
    if parts:
        listed = await changes.changed_deals(db, viewer, begin, end, wanted, parts, most=most)
    amounts = {OPENING: found.opening, **{part.value: one for part, one in found.parts.items()}, CLOSING: found.closing}
    in_one = one_currency.NAME in selected
    return PipelineChange(
        in_one_currency=await _in_one_currency(amounts, min(end, requester.at)) if in_one else None,
        opening=sums(found.opening),
        closing=sums(found.closing),
        deals=PipelineChangeDeals(**{name: _listed(listed.get(name, ())) for name in (OPENING, *Part, CLOSING)}),
        **{part.value: sums(amounts) for part, amounts in found.parts.items()},
    )


async def _in_one_currency(
    amounts: Mapping[str, Mapping[str, Decimal]], at: datetime
) -> PipelineChangeInOneCurrency | None:
    found = await one_currency.together(amounts, at)
    if found is None:
        return None
    return PipelineChangeInOneCurrency(currency=found.currency, missing=found.missing, **found.sums)


def _most(given: int | None) -> int:
    most = DEFAULT_DEALS if given is None else given
    if not 0 <= most <= MOST_DEALS:
        raise ClientError(f"From 0 to {MOST_DEALS}.", argument=("firstDeals",))
    return most


def _listed(deals: Collection[ChangedDeal]) -> list[PipelineChangeDeal]:
    return [
        PipelineChangeDeal(opportunity_id=one.opportunity_id, amount=_money(one.currency, one.amount), at=one.at)
        for one in deals
    ]


def _money(currency: str | None, amount: Decimal) -> Money | None:
    return None if currency is None else sums({currency: amount})[0]


FilterArgument = Annotated[
    PipelineChangeFilter | None, strawberry.argument(description="Limits the opportunities that count.")
]


@strawberry.type
class PipelineChangeQuery:
    @root(
        Made(
            _change,
            rows=MOST_DEALS,
            # Of what is listed in `deals`, and of a range of close dates, no index leads to a part.
            scan=Scan("opportunity", {"partnerId": Look.PART, "ownerId": Look.PART}, always=Look.THROUGH, times=2),
            selects=True,
        ),
        "The change of the viewer's open pipeline between two moments. Partners' figures are of the opportunities "
        "that were theirs at the time, and of those in which they take part now. What has changed just now counts at "
        "once, unless much has: after an import, within minutes.",
    )
    async def pipeline_change(
        self,
        info: Info,
        from_: Annotated[
            datetime,
            strawberry.argument(name="from", description="The start; what happened then belongs to `opening`."),
        ],
        to: Annotated[datetime, strawberry.argument(description="The end, inclusive.")],
        filter: FilterArgument = None,
        first_deals: Annotated[
            int | None,
            strawberry.argument(
                description=f"The number of opportunities of each part in `deals`, at most {MOST_DEALS}."
            ),
        ] = DEFAULT_DEALS,
    ) -> PipelineChange: ...
