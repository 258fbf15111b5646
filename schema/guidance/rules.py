"""Guidance of the vendor's own: rules for a stage, and how a language model is asked about a playbook's deals."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Annotated, Any, Self
from uuid import UUID

import strawberry

from app import nouns
from app.database import database
from app.database.sql import Sql, sql
from app.identity.viewer import Viewer
from app.outcomes import Refused
from app.recommendations import model_choice
from app.recommendations.custom_rules import RuleSaved, remove_rule, upsert_rule
from app.recommendations.model import configured
from app.settings import settings
from guidance.prompts import versions
from guidance.rules.custom import CustomRule
from schema.arguments import After, Before, First, Last
from schema.context import Info
from schema.engine.declare import Key, Listing, ListingArguments, Made, Paged, Requester, column, entity, to_one
from schema.engine.ids import decode
from schema.engine.scans import Look, Scan
from schema.engine.serve.resolvers import root
from schema.engine.sql.frame import Bindings, Frame
from schema.enums import ActionKind, Urgency, Wording
from schema.errors import ClientError
from schema.guidance.model_budget import ModelBudget
from schema.identity.types import User
from schema.mutation import Payload, client_mutation_id, mutation
from schema.node import Node
from schema.pagination import Connection


def _in_force(frame: Frame) -> Sql:
    return sql("NOT {}", frame.column("removed"))


@entity(
    nouns.GUIDANCE_RULE,
    description=(
        "A rule of the vendor that proposes an action for opportunities in a stage that meet a condition. Applies to "
        "the stage in all versions of the playbook."
    ),
    condition=_in_force,
)
class GuidanceRule(Node):
    key: str = column("The machine-readable key, unique within the playbook.")
    playbook_key: str = column("The key of the playbook.")
    stage_key: str = column("The key of the open stage that the rule applies to.")
    condition: str = column("The CEL condition over the opportunity: `deal.amount > 50000.0 && deal.quietDays > 7`.")
    title: str = column("The template of the action's title: `Call {{ deal.account.name }}`.")
    rationale: str = column("The template of the action's rationale.")
    kind: ActionKind = column("The kind of its actions.")
    weight: float = column("The weight of the rule, from 0.1 to 3; normally 1.")
    urgency: Urgency = column("The urgency of its actions.")
    effort_minutes: int = column("The typical effort of its actions in minutes.")
    content_keys: list[str] = column("The keys of content to use.")
    created_at: datetime = column("The date and time of creation.")
    updated_at: datetime = column("The date and time of the last change.")
    updated_by: User | None = to_one("The user who last changed the rule.")


def _ask(arguments: Mapping[str, Any]) -> ListingArguments:
    given = {name: arguments.get(name) for name in ("playbook_key", "stage_key")}
    return ListingArguments({name: value for name, value in given.items() if value is not None})


def _where(frame: Frame, given: Bindings) -> Sequence[Sql]:
    names = [name for name in ("playbook_key", "stage_key") if given.value(name) is not None]
    return [_in_force(frame), *(sql("{} = {}", frame.column(name), given.value(name)) for name in names)]


def _by_key(frame: Frame, _: Bindings) -> Sequence[Key]:
    return [Key(frame.column(name), "text") for name in ("playbook_key", "key")]


RULES = Listing(
    "guidance-rules",
    _by_key,
    where=_where,
    bind=_ask,
    scan=Scan("guidance_rule", {"playbookKey": Look.FREE, "stageKey": Look.FREE}),
)


@strawberry.type(description="The prompt that a language model gets for a playbook's opportunities.")
class PlaybookPrompt:
    playbook_key: str = strawberry.field(description="The key of the playbook. Applies to all its versions.")
    prompt_version: str = strawberry.field(description="The version of the prompt.")
    wording: Wording = strawberry.field(description="The wording that is shown.")


@strawberry.type(description="The configuration of the language model.")
class GuidanceModel:
    configured: bool = strawberry.field(description="Whether a server, a key and a model are configured.")
    model: str | None = strawberry.field(description="The name of the model.")
    prompt_versions: list[str] = strawberry.field(description="The available versions of the prompt.")
    prompt_version: str = strawberry.field(description="The version of the prompt for all other playbooks.")
    wording: Wording = strawberry.field(description="The wording that is shown for all other playbooks.")
    playbook_prompts: list[PlaybookPrompt] = strawberry.field(description="Playbooks with a prompt of their own.")
    budget: ModelBudget = strawberry.field(description="The budget for today.")


async def _model(requester: Requester, _: Mapping[str, Any]) -> GuidanceModel:
    vendors_own(requester)
    chosen = await model_choice.chosen(database())
    return GuidanceModel(
        budget=await ModelBudget.today(),
        configured=configured(),
        model=settings().llm_model,
        prompt_versions=list(versions()),
        prompt_version=settings().llm_prompt_version,
        wording=settings().llm_wording,
        playbook_prompts=[
            PlaybookPrompt(
                playbook_key=key,
                prompt_version=one.prompt_version or settings().llm_prompt_version,
                wording=one.wording or settings().llm_wording,
            )
            for key, one in chosen.items()
        ],
    )


def vendors_own(requester: Requester) -> None:
    """Raises `ClientError` for a partner's people."""
    if not requester.viewer.is_vendor:
        raise ClientError("Reserved for the vendor.", code="FORBIDDEN")


@strawberry.type
class GuidanceRuleQuery:
    @root(Paged(RULES), "The vendor's guidance rules, by playbook and key. Empty for partners.")
    async def guidance_rules(
        self,
        info: Info,
        playbook_key: Annotated[
            str | None, strawberry.argument(description=("Limits the list to rules of this playbook."))
        ] = None,
        stage_key: Annotated[
            str | None, strawberry.argument(description="Limits the list to rules of this stage.")
        ] = None,
        first: First = None,
        after: After = None,
        last: Last = None,
        before: Before = None,
    ) -> Connection[GuidanceRule]: ...

    @root(
        Made(_model),
        "The configuration of the language model. Reserved for the vendor; null and `FORBIDDEN` for others.",
    )
    async def guidance_model(self, info: Info) -> GuidanceModel | None: ...


@strawberry.input(description="A rule for a stage. Replaces the one with the same key.")
class UpsertGuidanceRuleInput:
    playbook_key: str = strawberry.field(description="The key of the playbook.")
    stage_key: str = strawberry.field(description="The key of an open stage of the playbook.")
    key: str = strawberry.field(description="The key: lower-case letters, digits and hyphens.")
    condition: str = strawberry.field(
        description=(
            "A CEL condition over `deal`: the fields available to a playbook's conditions and, among others, "
            "`quietDays`, `targetDays`, `winProbability`, `stalled`, `ready`, `unmetCriteria`, `openActivities`, "
            "`unansweredQuestions`, `usedContents`, `freshContents`, `amountAgainstUsual`, `stayPercentile`."
        )
    )
    title: str = strawberry.field(description="A Jinja2 template of the title over the same fields.")
    rationale: str = strawberry.field(description="A Jinja2 template of the rationale over the same fields.")
    kind: ActionKind = strawberry.field(default=ActionKind.CUSTOM, description="The kind of its actions.")
    weight: float = strawberry.field(default=1.0, description="The weight, from 0.1 to 3.")
    urgency: Urgency = strawberry.field(default=Urgency.NORMAL, description="The urgency of its actions.")
    effort_minutes: int = strawberry.field(default=30, description="The typical effort of its actions in minutes.")
    content_keys: list[str] = strawberry.field(default_factory=list, description="The keys of content to use.")
    client_mutation_id: str | None = client_mutation_id()


@strawberry.input(description="Input of `removeGuidanceRule`.")
class RemoveGuidanceRuleInput:
    rule_id: strawberry.ID = strawberry.field(description="The rule.")
    client_mutation_id: str | None = client_mutation_id()


@strawberry.type(description="The result of a change to a rule.")
class GuidanceRulePayload(Payload):
    rule_id: strawberry.Private[UUID | None]
    rule: GuidanceRule | None = to_one("The rule after the change; null if it was removed or nothing was changed.")

    @classmethod
    def of(cls, outcome: RuleSaved | Refused) -> Self:
        return cls(rule_id=None if isinstance(outcome, Refused) else outcome.rule_id)


@strawberry.input(description="The prompt that a language model gets for a playbook's opportunities.")
class ChoosePromptInput:
    playbook_key: str = strawberry.field(description="The key of the playbook. Applies to all its versions.")
    prompt_version: str | None = strawberry.field(
        default=None, description="One of `guidanceModel.promptVersions`. Null means the version of the settings."
    )
    wording: Wording | None = strawberry.field(
        default=None, description=("The wording that is shown. Null means that of the settings.")
    )
    client_mutation_id: str | None = client_mutation_id()


@strawberry.type(description="The result of `choosePrompt`.")
class ChoosePromptPayload(Payload):
    playbook_key: str | None = strawberry.field(description="The key of the playbook; null if nothing was changed.")

    @classmethod
    def of(cls, outcome: str | Refused) -> Self:
        return cls(playbook_key=None if isinstance(outcome, Refused) else outcome)


UpsertInput = Annotated[UpsertGuidanceRuleInput, strawberry.argument(description="The rule.")]
RemoveInput = Annotated[RemoveGuidanceRuleInput, strawberry.argument(description="The rule.")]
ChooseInput = Annotated[ChoosePromptInput, strawberry.argument(description="The choice.")]


@strawberry.type
class GuidanceRuleMutation:
    @mutation(
        payload=GuidanceRulePayload,
        noun=nouns.GUIDANCE_RULE,
        description=(
            "Creates a guidance rule for a stage, or replaces the one with the same key. The rule is validated before "
            "it is saved and takes effect at once."
        ),
    )
    async def upsert_guidance_rule(self, viewer: Viewer, input: UpsertInput) -> RuleSaved | Refused:
        rule = CustomRule(
            id=input.key,
            condition=input.condition,
            title=input.title,
            rationale=input.rationale,
            kind=input.kind,
            weight=input.weight,
            urgency=input.urgency,
            effort_minutes=input.effort_minutes,
            playbook_key=input.playbook_key,
            stage_key=input.stage_key,
            content_ids=tuple(input.content_keys),
        )
        return await upsert_rule(viewer, rule)

    @mutation(
        payload=GuidanceRulePayload,
        noun=nouns.GUIDANCE_RULE,
        description="Removes a guidance rule. Its proposed actions expire.",
    )
    async def remove_guidance_rule(self, viewer: Viewer, input: RemoveInput) -> RuleSaved | Refused:
        return await remove_rule(viewer, decode(input.rule_id, "rul", "ruleId"))

    @mutation(
        payload=ChoosePromptPayload,
        noun=nouns.PLAYBOOK_PROMPT,
        description=(
            "Chooses the version of the prompt and the wording for a playbook's opportunities. Takes effect with the "
            "next request to the language model."
        ),
    )
    async def choose_prompt(self, viewer: Viewer, input: ChooseInput) -> str | Refused:
        return await model_choice.choose(viewer, input.playbook_key, input.prompt_version, input.wording)
