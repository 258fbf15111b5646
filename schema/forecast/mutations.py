"""Mutations of targets and submissions."""

from typing import Annotated, Any, Self
from uuid import UUID

import strawberry

from app import nouns
from app.forecast.submitting import LONGEST_NOTE, ForecastSubmitted, submit_forecast
from app.forecast.targets import TargetRemoved, TargetSet, remove_target, upsert_target
from app.identity.viewer import Viewer
from app.outcomes import Refused, as_it_stands
from app.periods import read_period
from schema.engine.declare import to_one
from schema.engine.ids import decode, decode_given, encode
from schema.forecast.targets import ForecastSubmission, SalesTarget
from schema.money import MoneyInput
from schema.mutation import Payload, client_mutation_id, mutation
from schema.scalars import ForecastPeriod


def _said(description: str) -> Any:
    return strawberry.field(default=None, description=description)


@strawberry.input(description="A target, which takes the place of the one for the same period, partner and owner.")
class UpsertTargetInput:
    period: ForecastPeriod = strawberry.field(description="The period.")
    amount: MoneyInput = strawberry.field(description="The amount to win in it.")
    partner_id: strawberry.ID | None = _said(
        "The partner. For partner managers always their own. Without it and `ownerId`: the whole programme."
    )
    owner_id: strawberry.ID | None = _said("The person, if it is one person's. Required for partner managers.")
    expected_version: int | None = _said(
        "The version that the change is based on, 0 if there is to be no such target yet. Fails with `CONFLICT` if it "
        "has changed since."
    )
    client_mutation_id: str | None = client_mutation_id()


@strawberry.input(description="Input of `removeTarget`.")
class RemoveTargetInput:
    target_id: strawberry.ID = strawberry.field(description="The target.")
    expected_version: int | None = _said(
        "The version that the change is based on. Fails with `CONFLICT` if it has changed since."
    )
    client_mutation_id: str | None = client_mutation_id()


@strawberry.input(description="Input of `submitForecast`.")
class SubmitForecastInput:
    period: ForecastPeriod = strawberry.field(description="The period.")
    amount: MoneyInput = strawberry.field(description="The amount that is expected to be won in it, all included.")
    note: str | None = _said(f"A note, at most {LONGEST_NOTE:,} characters.")
    partner_id: strawberry.ID | None = _said(
        "The partner whose opportunities it is about. For partner users always their own; for the vendor, all by "
        "default. Sellers submit for themselves."
    )
    client_mutation_id: str | None = client_mutation_id()


@strawberry.type(description="The result of a change to a target.")
class TargetPayload(Payload):
    sales_target_id: strawberry.Private[UUID | None]
    target: SalesTarget | None = to_one(
        "The target after the change, or as it stands on a `CONFLICT`; otherwise null if nothing was changed.",
        column="sales_target_id",
    )
    created: bool = strawberry.field(default=False, description="Whether it was created.")

    @classmethod
    def of(cls, outcome: TargetSet | Refused) -> Self:
        if isinstance(outcome, Refused):
            return cls(sales_target_id=as_it_stands(outcome))
        return cls(sales_target_id=outcome.target_id, created=outcome.created)


@strawberry.type(description="The result of `removeTarget`.")
class RemoveTargetPayload(Payload):
    removed_id: strawberry.ID | None = strawberry.field(
        default=None, description="The id of the target that was removed; null if nothing was changed."
    )

    @classmethod
    def of(cls, outcome: TargetRemoved | Refused) -> Self:
        return (
            cls() if isinstance(outcome, Refused) else cls(removed_id=strawberry.ID(encode("tgt", outcome.target_id)))
        )


@strawberry.type(description="The result of `submitForecast`.")
class SubmitForecastPayload(Payload):
    submission_id: strawberry.Private[UUID | None]
    submission: ForecastSubmission | None = to_one("The submission; null if nothing was changed.")

    @classmethod
    def of(cls, outcome: ForecastSubmitted | Refused) -> Self:
        return cls(submission_id=None if isinstance(outcome, Refused) else outcome.submission_id)


TargetInput = Annotated[UpsertTargetInput, strawberry.argument(description="The target.")]
RemoveInput = Annotated[RemoveTargetInput, strawberry.argument(description="The target to remove.")]
SubmitInput = Annotated[SubmitForecastInput, strawberry.argument(description="The submission.")]


@strawberry.type
class ForecastMutation:
    @mutation(
        payload=TargetPayload,
        noun=nouns.SALES_TARGET,
        description="Sets what is to be won in a period. Reserved for the vendor, and for managers of a partner, for "
        "their own people.",
    )
    async def upsert_target(self, viewer: Viewer, input: TargetInput) -> TargetSet | Refused:
        return await upsert_target(
            viewer,
            read_period(input.period),
            (input.amount.amount, input.amount.currency),
            partner_id=decode_given(input.partner_id, "ptr", "partnerId"),
            owner_id=decode_given(input.owner_id, "usr", "ownerId"),
            expected_version=input.expected_version,
        )

    @mutation(
        payload=RemoveTargetPayload,
        noun=nouns.SALES_TARGET,
        description="Removes a target. Reserved for who may set it.",
    )
    async def remove_target(self, viewer: Viewer, input: RemoveInput) -> TargetRemoved | Refused:
        return await remove_target(
            viewer, decode(input.target_id, "tgt", "targetId"), expected_version=input.expected_version
        )

    @mutation(
        payload=SubmitForecastPayload,
        noun=nouns.FORECAST_SUBMISSION,
        description="Says what is expected to be won in a period, beside what is computed. Sellers submit for "
        "themselves, partner managers for their organisation, the vendor for the programme or for a partner; what the "
        "vendor says about a partner, partners don't see.",
    )
    async def submit_forecast(self, viewer: Viewer, input: SubmitInput) -> ForecastSubmitted | Refused:
        return await submit_forecast(
            viewer,
            read_period(input.period),
            (input.amount.amount, input.amount.currency),
            note=input.note,
            partner_id=decode_given(input.partner_id, "ptr", "partnerId"),
        )
