"""Partners' scorecards."""

from collections.abc import Mapping, Sequence
from typing import Annotated, Any
from uuid import UUID

import strawberry

from app.analytics.scorecards import SILENT_DAYS, Scorecard, scorecards
from app.database import database
from schema.engine.declare import Requester
from schema.figures import DateRange, Rate, days_of
from schema.money import Money, sums

PeriodArgument = Annotated[
    DateRange | None,
    strawberry.argument(description="The period, in UTC dates. Defaults to all time."),
]


@strawberry.type(description="The upkeep of open opportunities: shares of all open ones, better low than high.")
class Hygiene:
    no_next_step: Rate = strawberry.field(description="Without a next step.")
    close_date_passed: Rate = strawberry.field(description="With an expected close date in the past.")
    silent: Rate = strawberry.field(description=f"Without any change for more than {SILENT_DAYS} days.")
    no_amount: Rate = strawberry.field(description="Without an amount.")


@strawberry.type(
    description=(
        "Figures of a partner's opportunities and registrations that the viewer can see. Open opportunities count as "
        "they stand now, whatever the period."
    )
)
class PartnerScorecard:
    deals: int = strawberry.field(description="The number of opportunities created in the period.")
    open_deals: int = strawberry.field(description="The number of open opportunities.")
    open_amount: list[Money] = strawberry.field(description="The sum of their amounts, one for each currency.")
    won_amount: list[Money] = strawberry.field(
        description="The sum of amounts won in the period, one for each currency."
    )
    win_rate: Rate = strawberry.field(description="The share won of those closed in the period.")
    median_cycle_days: float | None = strawberry.field(
        description="The median of days from creation to the win, of those won in the period; null if there are none."
    )
    registrations: int = strawberry.field(description="The number of registrations last submitted in the period.")
    approved_share: Rate = strawberry.field(description="The share ever approved of those decided.")
    stalled_share: Rate = strawberry.field(description="The share of open opportunities that are stalled.")
    hygiene: Hygiene = strawberry.field(description="The upkeep of open opportunities.")


async def scorecards_of(
    requester: Requester, keys: Sequence[UUID], arguments: Mapping[str, Any]
) -> Mapping[UUID, PartnerScorecard]:
    days = days_of(arguments.get("period"), "period", "period")
    found = await scorecards(
        database(), requester.viewer, keys, requester.at, days.get("period_from"), days.get("period_before")
    )
    return {key: _scorecard(card) for key, card in found.items()}


def _scorecard(card: Scorecard) -> PartnerScorecard:
    return PartnerScorecard(
        deals=card.deals,
        open_deals=card.open,
        open_amount=sums(card.open_amount),
        won_amount=sums(card.won_amount),
        win_rate=Rate.among(card.won, card.won + card.lost),
        median_cycle_days=card.median_cycle_days,
        registrations=card.registrations,
        approved_share=Rate.among(card.approved, card.decided),
        stalled_share=Rate.among(card.stalled, card.open),
        hygiene=Hygiene(
            no_next_step=Rate.among(card.no_next_step, card.open),
            close_date_passed=Rate.among(card.close_date_passed, card.open),
            silent=Rate.among(card.silent, card.open),
            no_amount=Rate.among(card.no_amount, card.open),
        ),
    )
