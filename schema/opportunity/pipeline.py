"""The pipeline summary."""

from collections.abc import Mapping
from typing import Any
from uuid import UUID

import strawberry

from app.database import database
from app.deals.pipeline import pipeline
from schema.engine.declare import Asker, to_one
from schema.enums import OpportunityStatus
from schema.money import Money, sums
from schema.opportunity.filters import ask_filter
from schema.playbook.types import Stage

_SAY_WHICH = frozenset({"status", "stage_keys", "ids", "closed_from", "closed_before"})
"""Filters that may mean closed deals; without any of them the open ones are summed up."""


@strawberry.type(description="What the deals of one stage amount to.")
class StageSummary:
    stage_id: strawberry.Private[UUID]
    stage: Stage = to_one(
        "The stage, as the published version of its playbook has it; else as the newest version that holds deals."
    )
    count: int = strawberry.field(description="How many deals.")
    amount: list[Money] = strawberry.field(description="Sum of their amounts, one for each currency.")
    weighted_amount: list[Money] = strawberry.field(
        description="The same times the stage's win probability, one for each currency; that of each deal's own "
        "version of the playbook."
    )
    stalled_count: int = strawberry.field(description="How many of them are stalled.")
    median_days_in_stage: float | None = strawberry.field(
        description="Median age in the stage in days, of its open deals; null when there are none."
    )


@strawberry.type(description="What all deals of a pipeline amount to.")
class StageTotals:
    count: int = strawberry.field(description="How many deals.")
    amount: list[Money] = strawberry.field(description="Sum of their amounts, one for each currency.")
    weighted_amount: list[Money] = strawberry.field(
        description="Sum of amount times win probability, one for each currency."
    )
    stalled_count: int = strawberry.field(description="How many of them are stalled.")


@strawberry.type(description="The viewer's deals, stage by stage.")
class PipelineSummary:
    stages: list[StageSummary] = strawberry.field(
        description="Every stage that holds deals of those meant, by playbook and position: one for all versions of "
        "the playbook, which share its key."
    )
    total: StageTotals = strawberry.field(description="All of them together.")


async def summary(asker: Asker, arguments: Mapping[str, Any]) -> PipelineSummary:
    filters = ask_filter(arguments)
    if not filters.keys() & _SAY_WHICH:
        filters["status"] = [OpportunityStatus.OPEN.value]
    found = await pipeline(database(), asker.viewer, filters, asker.at)
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
    )
