"""Types of analytics."""

from datetime import date, datetime
from typing import Annotated
from uuid import UUID

import strawberry

from schema import one_currency
from schema.engine.declare import to_one
from schema.enums import FindingKind
from schema.figures import Rate, Spread
from schema.identity.types import Partner, User
from schema.money import Money
from schema.playbook.types import Stage
from schema.scalars import CurrencyCode

STAGE = "The stage in the published version of its playbook, otherwise in the newest version."


@strawberry.type(
    description=(
        "The outcomes of the opportunities that entered a stage, each counted once. They sum up in two ways: `entered` "
        "= `won` + `lost` + `stillOpen`, and `entered` = `movedOn` + `sentBack` + `lostHere` + `stillHere`."
    )
)
class FunnelStage:
    stage_id: strawberry.Private[UUID]
    stage: Stage = to_one(STAGE)
    entered: int = strawberry.field(description="The number of opportunities that entered the stage.")
    moved_on: int = strawberry.field(description="Of these, those that last left it for a later stage or were won.")
    sent_back: int = strawberry.field(
        description="Of these, those that last left it for an earlier stage, and haven't come back."
    )
    lost_here: int = strawberry.field(description="Of these, those that were lost from this stage.")
    still_here: int = strawberry.field(description="Of these, those that are still in it.")
    went_back: int = strawberry.field(
        description="Of these, those that ever went from it to an earlier stage, back again or not."
    )
    skipped: int = strawberry.field(
        description="The number of opportunities that moved past the stage without ever being in it."
    )
    won: int = strawberry.field(description="Of those that entered, those that were won.")
    lost: int = strawberry.field(description="Of those that entered, those that were lost, here or later.")
    still_open: int = strawberry.field(
        description="Of those that entered, those that are still open, here or elsewhere."
    )
    conversion: Rate = strawberry.field(description="`movedOn` of `entered`: so far, since some are still here.")
    conversion_of_decided: Rate = strawberry.field(
        description="`movedOn` of those that moved on or were lost here: leaves out those that are still on their way."
    )
    reached_win: Rate = strawberry.field(description="`won` of `entered`: so far, since some are still open.")
    win_rate: Rate = strawberry.field(description="`won` of those that are closed.")
    all_partners_win_rate: float | None = strawberry.field(
        description=(
            "`winRate` over all partners, to two digits and measured once a day; null unless at least 50 opportunities "
            "of at least 5 partners stand behind it besides any one partner's."
        )
    )


@strawberry.type(
    description=(
        "The lengths of stays in a stage, in days: Kaplan–Meier estimates, in which stays that aren't over yet "
        "count for as long as they have lasted. Stays end in any direction: onwards, back, won or lost."
    )
)
class StageVelocity:
    stage_id: strawberry.Private[UUID]
    stage: Stage = to_one(STAGE)
    stays: int = strawberry.field(description="The number of stays that are over.")
    open: int = strawberry.field(description="The number of stays that go on.")
    median: float | None = strawberry.field(
        description="The days by which half of the stays are over; null if more than half go on for longer than any."
    )
    p80: float | None = strawberry.field(description="The days by which four fifths of the stays are over; or null.")
    p95: float | None = strawberry.field(description="The days by which 95 % of the stays are over; or null.")
    outlived: int = strawberry.field(description="The number of stays that go on and are longer than any that is over.")
    all_partners_median: float | None = strawberry.field(
        description=(
            "`median` over all partners, to two digits and measured once a day; null unless at least 50 opportunities "
            "of at least 5 partners stand behind it besides any one partner's."
        )
    )


@strawberry.type(description="The price of a stage: the time spent in it, and the opportunities lost from it.")
class Bottleneck:
    stage_id: strawberry.Private[UUID]
    stage: Stage = to_one(STAGE)
    share_of_time: float = strawberry.field(
        description="The share of this stage in all days that the opportunities have spent in open stages, 0 to 1."
    )
    delay_days: float = strawberry.field(
        description="The mean of days by which stays exceed the stage's target days, of all stays; 0 without a target."
    )
    days: float = strawberry.field(description="The days that all opportunities together have spent here.")
    deals_lost: int = strawberry.field(description="The number of opportunities that were lost from this stage.")
    amount_lost: list[Money] = strawberry.field(description="The sum of their amounts, one for each currency.")


@strawberry.type(description="The won amount in the programme's reporting currency, at the rates of the day.")
class WonInOneCurrency:
    currency: CurrencyCode = strawberry.field(description="The ISO 4217 currency code.")
    won_amount: Money | None = strawberry.field(description=f"The sum of amounts won; {one_currency.NULL}.")
    missing: list[CurrencyCode] = strawberry.field(description=one_currency.MISSING)


IN_ONE_CURRENCY = "The won amount in the programme's reporting currency; null if it has none."


@strawberry.type(description="The opportunities that were closed in a month.")
class WinPoint:
    month: date = strawberry.field(description="The first day of the month, in UTC.")
    won: int = strawberry.field(description="The number of opportunities won.")
    lost: int = strawberry.field(description="The number of opportunities lost.")
    rate: Rate = strawberry.field(description="The share won of those closed.")
    won_amount: list[Money] = strawberry.field(description="The sum of amounts won, one for each currency.")
    in_one_currency: WonInOneCurrency | None = strawberry.field(default=None, description=IN_ONE_CURRENCY)


@strawberry.type(description="A reason and the opportunities that were lost for it.")
class NamedCount:
    playbook_key: str = strawberry.field(description="The key of the playbook whose reason it is.")
    key: str | None = strawberry.field(description="The key of the reason; null for those lost without one.")
    label: str | None = strawberry.field(
        description="The reason in words, as the newest version of the playbook that has it; null if none has."
    )
    count: int = strawberry.field(description="The number of opportunities.")
    share: Rate = strawberry.field(description="The share of all lost opportunities.")
    amount: list[Money] = strawberry.field(description="The sum of their amounts, one for each currency.")


@strawberry.type(description="The opportunities that have an attribute in common.")
class AnalyticsGroup:
    partner_id: strawberry.Private[UUID | None]
    owner_id: strawberry.Private[UUID | None]
    key: str | None = strawberry.field(
        description=(
            "The tier, industry in small letters, region or source; of a size band its currency and lower end, "
            "`EUR 10000` for amounts from 10,000 to below 100,000. Null for opportunities without one, and for groups "
            "by partner or owner."
        )
    )
    partner: Annotated[Partner, strawberry.lazy("schema.identity.types")] | None = to_one(
        "The partner of a group by partner; null for opportunities without one.", column="partner_id"
    )
    owner: Annotated[User, strawberry.lazy("schema.identity.types")] | None = to_one(
        "The owner of a group by owner; null for opportunities without one and if the viewer can't see the person.",
        column="owner_id",
    )
    deals: int = strawberry.field(description="The number of opportunities.")
    open: int = strawberry.field(description="The number of open ones.")
    won: int = strawberry.field(description="The number won.")
    lost: int = strawberry.field(description="The number lost.")
    win_rate: Rate = strawberry.field(description="The share won of those closed.")
    cycle: Spread = strawberry.field(description="The days from creation to the win.")
    won_amount: list[Money] = strawberry.field(description="The sum of amounts won, one for each currency.")
    in_one_currency: WonInOneCurrency | None = strawberry.field(default=None, description=IN_ONE_CURRENCY)


@strawberry.type(
    description=(
        "A stage that costs time or opportunities beyond what chance explains: so large a difference has a probability "
        "below 1 % over all tests made."
    )
)
class AnalyticsFinding:
    stage_id: strawberry.Private[UUID]
    stage: Stage = to_one(STAGE)
    kind: FindingKind = strawberry.field(description="The kind of finding.")
    text: str = strawberry.field(description="The finding in words, with its evidence.")
    count: int = strawberry.field(description="The number of cases found, of `observed.of`.")
    observed: Rate = strawberry.field(description="The share found.")
    expected: float = strawberry.field(description="The share that chance, or the plan, would have.")
    cost_days: float | None = strawberry.field(
        description="The days that it comes to, of all opportunities together; null of findings about lost ones."
    )
    cost_deals: float | None = strawberry.field(
        description="The opportunities that it comes to; null of findings about time."
    )


@strawberry.type(description="Figures over the viewer's opportunities.")
class Analytics:
    as_of: datetime = strawberry.field(
        description=(
            "The moment whose figures these are: the present; over more than 20,000 opportunities, up to a minute "
            "ago for every 100,000 that the viewer sees."
        )
    )
    deals: int = strawberry.field(description="The number of opportunities.")
    open: int = strawberry.field(description="The number of open ones.")
    won: int = strawberry.field(description="The number won.")
    lost: int = strawberry.field(description="The number lost.")
    win_rate: Rate = strawberry.field(description="The share won of those closed.")
    won_amount: list[Money] = strawberry.field(description="The sum of amounts won, one for each currency.")
    funnel: list[FunnelStage] = strawberry.field(description="The open stages by playbook, in order.")
    velocity: list[StageVelocity] = strawberry.field(description="The open stages by playbook, in order.")
    bottlenecks: list[Bottleneck] = strawberry.field(
        description="The open stages by the time spent in them, most first: the first is the bottleneck."
    )
    cycle: Spread = strawberry.field(description="The days from creation to the win.")
    wins: list[WinPoint] = strawberry.field(description="The months in which opportunities were closed, oldest first.")
    loss_reasons: list[NamedCount] = strawberry.field(description="The reasons for losses, most frequent first.")
    groups: list[AnalyticsGroup] = strawberry.field(
        description="The groups by `groupBy`, most opportunities first, at most 1,000."
    )
    findings: list[AnalyticsFinding] = strawberry.field(
        description="Points to accelerate at: stages that cost time or opportunities beyond what chance explains."
    )
    in_one_currency: WonInOneCurrency | None = strawberry.field(default=None, description=IN_ONE_CURRENCY)
