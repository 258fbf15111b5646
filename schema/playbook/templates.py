"""The shipped starters, as a client sees them."""

from typing import Self

import strawberry

from app.playbooks import spec
from app.playbooks import templates as shipped
from schema.enums import BuyerPhase, ConfirmedBy, ForecastCategory, Reader, StageKind


@strawberry.type(description="A criterion of a template.")
class TemplateCriterion:
    key: str = strawberry.field(description="The machine-readable key, unique within the stage.")
    description: str = strawberry.field(description="The condition.")
    required: bool = strawberry.field(description="Whether the criterion blocks a move.")
    expression: str | None = strawberry.field(
        description=("The CEL condition; null if the criterion is marked by a person.")
    )
    confirmed_by: ConfirmedBy = strawberry.field(description="The people who may mark the criterion.")
    locks: list[str] = strawberry.field(
        description=(
            "The fields of the opportunity that are locked while the criterion is confirmed, for everybody who "
            "couldn't confirm it."
        )
    )
    reader: Reader = strawberry.field(description="The side whose statement meets the criterion.")
    customer_wording: str | None = strawberry.field(
        description=("The text addressed to the customer; null if there is none.")
    )

    @classmethod
    def of(cls, criterion: spec.CriterionSpec) -> Self:
        return cls(
            key=criterion.key,
            description=criterion.description,
            required=criterion.required,
            expression=criterion.expression,
            confirmed_by=ConfirmedBy(criterion.confirmed_by),
            locks=list(criterion.locks),
            reader=criterion.reader,
            customer_wording=criterion.customer_wording,
        )


@strawberry.type(description="An activity of a template.")
class TemplateActivity:
    key: str = strawberry.field(description="The machine-readable key, unique within the stage.")
    name: str = strawberry.field(description="The name of the activity.")
    description: str = strawberry.field(description="Instructions for the activity.")
    required: bool = strawberry.field(
        description=("Whether the opportunity can leave the stage only once the activity is completed.")
    )
    effort_minutes: int | None = strawberry.field(description="The typical effort in minutes.")
    serves: list[str] = strawberry.field(description="The keys of the stage's exit criteria that it is done for.")
    confirmed_by: ConfirmedBy = strawberry.field(
        description=("The people who may complete, skip or reopen the activity.")
    )
    reader: Reader = strawberry.field(description="The audience it addresses.")
    customer_wording: str | None = strawberry.field(
        description=("The text addressed to the customer; null if there is none.")
    )

    @classmethod
    def of(cls, activity: spec.ActivitySpec) -> Self:
        return cls(
            key=activity.key,
            name=activity.name,
            description=activity.description,
            required=activity.required,
            effort_minutes=activity.effort_minutes,
            serves=list(activity.serves),
            confirmed_by=ConfirmedBy(activity.confirmed_by),
            reader=activity.reader,
            customer_wording=activity.customer_wording,
        )


@strawberry.type(description="A stage of a template.")
class TemplateStage:
    key: str = strawberry.field(description="The machine-readable key.")
    name: str = strawberry.field(description="The name.")
    definition: str = strawberry.field(
        description=("The definition: what must be true of an opportunity in this stage.")
    )
    kind: StageKind = strawberry.field(description="The kind of stage: open, won or lost.")
    buyer_phase: BuyerPhase | None = strawberry.field(description="The phase of the buyer's process.")
    win_probability: float = strawberry.field(description="The win probability of its opportunities, from 0 to 1.")
    forecast_category: ForecastCategory = strawberry.field(description="The forecast category of its opportunities.")
    target_days: int | None = strawberry.field(description="The target duration in days.")
    entry_criteria: list[TemplateCriterion] = strawberry.field(description="The entry criteria.")
    exit_criteria: list[TemplateCriterion] = strawberry.field(description="The exit criteria.")
    activities: list[TemplateActivity] = strawberry.field(description="The activities.")

    @classmethod
    def of(cls, stage: spec.StageSpec) -> Self:
        return cls(
            key=stage.key,
            name=stage.name,
            definition=stage.definition,
            kind=stage.kind,
            buyer_phase=stage.buyer_phase,
            win_probability=stage.win_probability,
            forecast_category=stage.forecast_category,
            target_days=stage.target_days,
            entry_criteria=[TemplateCriterion.of(criterion) for criterion in stage.entry_criteria],
            exit_criteria=[TemplateCriterion.of(criterion) for criterion in stage.exit_criteria],
            activities=[TemplateActivity.of(activity) for activity in stage.activities],
        )


@strawberry.type(description="A template of a playbook for an industry.")
class PlaybookTemplate:
    key: str = strawberry.field(description="The key, for use as `templateKey` in `createPlaybook`.")
    name: str = strawberry.field(description="The name.")
    industry: str = strawberry.field(description="The industry it is made for.")
    description: str = strawberry.field(description="The description.")
    language: str = strawberry.field(description="The language it is written in, as a BCP 47 tag.")
    stages: list[TemplateStage] = strawberry.field(description="The stages in order; closed stages last.")

    @classmethod
    def of(cls, template: shipped.PlaybookTemplate) -> Self:
        return cls(
            key=template.key,
            name=template.name,
            industry=template.industry,
            description=template.description,
            language=template.spec.language,
            stages=[TemplateStage.of(stage) for stage in template.spec.stages],
        )
