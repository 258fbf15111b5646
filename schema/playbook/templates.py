"""The shipped starters, as a client sees them."""

from typing import Self

import strawberry

from app.playbooks import spec
from app.playbooks import templates as shipped
from schema.enums import BuyerPhase, ConfirmedBy, ForecastCategory, Reader, StageKind


@strawberry.type(description="A criterion of a starter's stage.")
class TemplateCriterion:
    key: str = strawberry.field(description="Short name for programs, unique within its stage.")
    description: str = strawberry.field(description="What must hold.")
    required: bool = strawberry.field(description="Whether it keeps a deal from moving.")
    expression: str | None = strawberry.field(description="CEL condition that decides it; null: a person marks it.")
    confirmed_by: ConfirmedBy = strawberry.field(description="Who may mark it.")
    locks: list[str] = strawberry.field(
        description="Fields of a deal that those who couldn't confirm it may not change while it is confirmed."
    )
    reader: Reader = strawberry.field(description="Whose word meets it.")
    customer_wording: str | None = strawberry.field(description="What to say to the customer for it; null: nothing.")

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


@strawberry.type(description="A next step of a starter's stage.")
class TemplateActivity:
    key: str = strawberry.field(description="Short name for programs, unique within its stage.")
    name: str = strawberry.field(description="What to do.")
    description: str = strawberry.field(description="How to do it well.")
    required: bool = strawberry.field(description="Whether the deal can move on only once it is done.")
    effort_minutes: int | None = strawberry.field(description="Typical effort in minutes.")
    confirmed_by: ConfirmedBy = strawberry.field(description="Who may say what became of it.")
    reader: Reader = strawberry.field(description="Whom it addresses.")
    customer_wording: str | None = strawberry.field(description="What to say to the customer for it; null: nothing.")

    @classmethod
    def of(cls, activity: spec.ActivitySpec) -> Self:
        return cls(
            key=activity.key,
            name=activity.name,
            description=activity.description,
            required=activity.required,
            effort_minutes=activity.effort_minutes,
            confirmed_by=ConfirmedBy(activity.confirmed_by),
            reader=activity.reader,
            customer_wording=activity.customer_wording,
        )


@strawberry.type(description="A stage of a starter.")
class TemplateStage:
    key: str = strawberry.field(description="Short name for programs.")
    name: str = strawberry.field(description="What it is called.")
    definition: str = strawberry.field(description="What must be true of a deal in this stage.")
    kind: StageKind = strawberry.field(description="Whether deals here are open, won or lost.")
    buyer_phase: BuyerPhase | None = strawberry.field(description="Where the buyer stands.")
    win_probability: float = strawberry.field(description="How likely a deal here is won, from 0 to 1.")
    forecast_category: ForecastCategory = strawberry.field(description="How its deals count in a forecast.")
    target_days: int | None = strawberry.field(description="How many days a healthy deal stays.")
    entry_criteria: list[TemplateCriterion] = strawberry.field(description="What must hold to enter it.")
    exit_criteria: list[TemplateCriterion] = strawberry.field(description="What must hold to leave it.")
    activities: list[TemplateActivity] = strawberry.field(description="The next steps it asks for.")

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


@strawberry.type(description="A starter playbook for one industry.")
class PlaybookTemplate:
    key: str = strawberry.field(description="What `createPlaybook` takes as `templateKey`.")
    name: str = strawberry.field(description="What it is called.")
    industry: str = strawberry.field(description="The industry it is made for.")
    description: str = strawberry.field(description="What it is for.")
    language: str = strawberry.field(description="The language it is written in, as a BCP 47 tag.")
    stages: list[TemplateStage] = strawberry.field(description="Its stages in order; closed stages last.")

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
