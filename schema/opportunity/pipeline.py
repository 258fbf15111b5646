"""The pipeline summary."""

from collections.abc import Collection, Mapping
from typing import Any
from uuid import UUID

import strawberry

from app.analytics.pipeline import pipeline
from app.database import database
from app.deals.pipeline import Totals
from schema import one_currency
from schema.engine.declare import Requester, to_one
from schema.enums import OpportunityStatus
from schema.money import Money, sums
from schema.opportunity.filters import ask_filter
from schema.playbook.types import Stage
from schema.scalars import CurrencyCode

_SAY_WHICH = frozenset({"status", "stage_keys", "ids", "closed_from", "closed_before"})
"""Filters that may mean closed deals; without any of them the open ones are summed up."""


@strawberry.type(description="A summary of the opportunities in a stage.")
class StageSummary:
    stage_id: strawberry.Private[UUID]
    stage: Stage = to_one(
        "The stage in the published version of its playbook, otherwise in the newest version with opportunities."
    )
    count: int = strawberry.field(description="The number of opportunities.")
    amount: list[Money] = strawberry.field(description="The sum of amounts, one for each currency.")
    weighted_amount: list[Money] = strawberry.field(
        description=(
            "The sum of amounts weighted by the stage's win probability in each opportunity's version of the playbook, "
            "whatever `Opportunity.winProbability` goes by, one for each currency."
        )
    )
    stalled_count: int = strawberry.field(description="The number of stalled opportunities.")
    median_days_in_stage: float | None = strawberry.field(
        description=(
            "The median number of days that open opportunities have been in the stage; null if there are none."
        )
    )


@strawberry.type(description="The totals of a pipeline.")
class StageTotals:
    count: int = strawberry.field(description="The number of opportunities.")
    amount: list[Money] = strawberry.field(description="The sum of amounts, one for each currency.")
    weighted_amount: list[Money] = strawberry.field(
        description="The sum of amounts weighted by the win probabilities of stages, one for each currency."
    )
    stalled_count: int = strawberry.field(description="The number of stalled opportunities.")


@strawberry.type(description="The totals of a pipeline in the programme's reporting currency, at the rates of the day.")
class PipelineInOneCurrency:
    currency: CurrencyCode = strawberry.field(description="The ISO 4217 currency code.")
    amount: Money | None = strawberry.field(description=f"The sum of amounts; {one_currency.NULL}.")
    weighted_amount: Money | None = strawberry.field(
        description=f"The sum of amounts weighted by the win probabilities of stages; {one_currency.NULL}."
    )
    missing: list[CurrencyCode] = strawberry.field(description=one_currency.MISSING)


@strawberry.type(description="The viewer's opportunities, stage by stage.")
class PipelineSummary:
    stages: list[StageSummary] = strawberry.field(
        description=(
            "All stages with matching opportunities, by playbook and position. Versions of a playbook share the stages "
            "of the same key."
        )
    )
    total: StageTotals = strawberry.field(description="The totals over all stages.")
    in_one_currency: PipelineInOneCurrency | None = strawberry.field(
        default=None, description="The totals in the programme's reporting currency; null if it has none."
    )


async def summary(requester: Requester, arguments: Mapping[str, Any], names: Collection[str]) -> PipelineSummary:
    filters = ask_filter(arguments)
    if not filters.keys() & _SAY_WHICH:
        filters["status"] = [OpportunityStatus.OPEN.value]
    found = await pipeline(database(), requester.viewer, filters, requester.at)
    return PipelineSummary(
        stages=[
            StageSummary(
                stage_id=stage_id,
                count=stage.count,
                amount=sums(stage.amount),
                weighted_amount=sums(stage.weighted),
                stalled_count=stage.stalled,
                median_days_in_stage=stage.median_days,
            )
            for stage_id, stage in found.stages.items()
        ],
        total=StageTotals(
            count=found.total.count,
            amount=sums(found.total.amount),
            weighted_amount=sums(found.total.weighted),
            stalled_count=found.total.stalled,
        ),
        in_one_currency=await _in_one_currency(found.total, requester) if one_currency.NAME in names else None,
    )


async def _in_one_currency(total: Totals, requester: Requester) -> PipelineInOneCurrency | None:
    amounts = {"amount": total.amount, "weighted_amount": total.weighted}
    found = await one_currency.together(amounts, requester.at)
    if found is None:
        return None
    return PipelineInOneCurrency(currency=found.currency, missing=found.missing, **found.sums)
