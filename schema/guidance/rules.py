"""Guidance of the vendor's own: rules for a stage, and how a language model is asked about a playbook's deals."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Annotated, Any, Self
from uuid import UUID

import strawberry

from app import nouns
from app.database import database
from app.database.sql import Sql, sql
from app.outcomes import Refused
from app.recommendations import model_choice
from app.recommendations.custom_rules import RuleSaved, remove_rule, upsert_rule
from app.recommendations.model import configured
from app.settings import settings
from app.vocabulary import Permission
from guidance.prompts import versions
from guidance.rules.custom import CustomRule
from schema.arguments import After, Before, First, Last
from schema.context import Info
from schema.engine.declare import Asked, Asker, Key, Listing, Made, Paged, column, entity, to_one
from schema.engine.frame import Frame, Given
from schema.engine.ids import decode
from schema.engine.run import root
from schema.engine.scans import Look, Scan
from schema.enums import ActionKind, Urgency, Wording
from schema.errors import ClientError, UserError
from schema.identity.types import User
from schema.mutation import client_mutation_id, mutation
from schema.node import Node
from schema.pagination import Connection


def _in_force(frame: Frame) -> Sql:
    return sql("NOT {}", frame.column("removed"))


@entity(
    nouns.GUIDANCE_RULE,
    description="A rule of the vendor's own for a stage: when it holds for a deal, it proposes an action. It applies "
    "to its stage in every version of the playbook.",
    condition=_in_force,
)
class GuidanceRule(Node):
    key: str = column("Short name for programs, unique within the playbook.")
    playbook_key: str = column("The playbook.")
    stage_key: str = column("The open stage of it that the rule is for.")
    condition: str = column("A CEL condition over the deal: `deal.amount > 50000.0 && deal.quietDays > 7`.")
    title: str = column("Template of the action's title: `Call {{ deal.account.name }}`.")
    rationale: str = column("Template of the action's rationale.")
    kind: ActionKind = column("What its actions are about.")
    weight: float = column("How strongly it speaks, from 0.1 to 3; 1 is usual.")
    urgency: Urgency = column("How much its actions press.")
    effort_minutes: int = column("About how long its actions take, in minutes.")
    content_keys: list[str] = column("Keys of content to use.")
    created_at: datetime = column("When it was written.")
    updated_at: datetime = column("When it last changed.")
    updated_by: User | None = to_one("Who last changed it.")


def _ask(arguments: Mapping[str, Any]) -> Asked:
    given = {name: arguments.get(name) for name in ("playbook_key", "stage_key")}
    return Asked({name: value for name, value in given.items() if value is not None})


def _where(frame: Frame, given: Given) -> Sequence[Sql]:
    names = [name for name in ("playbook_key", "stage_key") if given.value(name) is not None]
    return [_in_force(frame), *(sql("{} = {}", frame.column(name), given.value(name)) for name in names)]


def _by_key(frame: Frame, _: Given) -> Sequence[Key]:
    return [Key(frame.column(name), "text") for name in ("playbook_key", "key")]


RULES = Listing(
    "guidance-rules",
    _by_key,
    where=_where,
    ask=_ask,
    scan=Scan("guidance_rule", {"playbookKey": Look.FREE, "stageKey": Look.FREE}),
)


@strawberry.type(description="How a language model is asked about a playbook's deals.")
class PlaybookPrompt:
    playbook_key: str = strawberry.field(description="The playbook, in all its versions.")
    prompt_version: str = strawberry.field(description="The version of the prompt that counts for it.")
    wording: Wording = strawberry.field(description="Whose words are shown.")


@strawberry.type(description="How the language model is set up.")
class GuidanceModel:
    configured: bool = strawberry.field(description="Whether there is a server, a key and a model's name.")
    model: str | None = strawberry.field(description="The model's name.")
    prompt_versions: list[str] = strawberry.field(description="Versions of the prompt that can be chosen.")
    prompt_version: str = strawberry.field(description="The one for playbooks that have chosen none.")
    wording: Wording = strawberry.field(description="Whose words are shown, for playbooks that have not chosen.")
    playbook_prompts: list[PlaybookPrompt] = strawberry.field(description="Playbooks that have chosen for themselves.")


async def _model(asker: Asker, _: Mapping[str, Any]) -> GuidanceModel:
    vendors_own(asker)
    chosen = await model_choice.chosen(database())
    return GuidanceModel(
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


def vendors_own(asker: Asker) -> None:
    """Raises `ClientError` for a partner's people."""
    if not asker.viewer.is_vendor:
        raise ClientError("This is for the vendor's people.", code="FORBIDDEN")


@strawberry.type
class GuidanceRuleQuery:
    @root(Paged(RULES), "The vendor's own rules of guidance, by playbook and key; partners see none.")
    async def guidance_rules(
        self,
        info: Info,
        playbook_key: Annotated[str | None, strawberry.argument(description="Only those of this playbook.")] = None,
        stage_key: Annotated[str | None, strawberry.argument(description="Only those of this stage.")] = None,
        first: First = None,
        after: After = None,
        last: Last = None,
        before: Before = None,
    ) -> Connection[GuidanceRule]: ...

    @root(Made(_model), "How the language model is set up; for the vendor's people.")
    async def guidance_model(self, info: Info) -> GuidanceModel: ...


@strawberry.input(description="A rule for a stage; the one with this key is replaced.")
class UpsertGuidanceRuleInput:
    playbook_key: str = strawberry.field(description="The playbook.")
    stage_key: str = strawberry.field(description="An open stage of it.")
    key: str = strawberry.field(description="The rule's key: lower-case letters, digits and hyphens.")
    condition: str = strawberry.field(
        description="A CEL condition over `deal`: the fields of a playbook's conditions and, among others, "
        "`quietDays`, `targetDays`, `winProbability`, `stalled`, `ready`, `unmetCriteria`, `openActivities`, "
        "`unansweredQuestions`, `usedContents`, `freshContents`, `amountAgainstUsual`, `stayPercentile`."
    )
    title: str = strawberry.field(description="Jinja2 template of the title over the same fields.")
    rationale: str = strawberry.field(description="Jinja2 template of the rationale over the same fields.")
    kind: ActionKind = strawberry.field(default=ActionKind.CUSTOM, description="What its actions are about.")
    weight: float = strawberry.field(default=1.0, description="How strongly it speaks, from 0.1 to 3.")
    urgency: Urgency = strawberry.field(default=Urgency.NORMAL, description="How much its actions press.")
    effort_minutes: int = strawberry.field(default=30, description="About how long its actions take, in minutes.")
    content_keys: list[str] = strawberry.field(default_factory=list, description="Keys of content to use.")
    client_mutation_id: str | None = client_mutation_id()


@strawberry.input(description="A rule to remove.")
class RemoveGuidanceRuleInput:
    rule_id: strawberry.ID = strawberry.field(description="The rule.")
    client_mutation_id: str | None = client_mutation_id()


@strawberry.type(description="A rule after a change.")
class GuidanceRulePayload:
    rule_id: strawberry.Private[UUID | None]
    rule: GuidanceRule | None = to_one("The rule as it stands now; null when it was removed or nothing was changed.")
    user_errors: list[UserError] = strawberry.field(
        default_factory=list, description="What the user can mend; empty when it worked."
    )
    client_mutation_id: str | None = strawberry.field(default=None, description="What the input held.")

    @classmethod
    def of(cls, outcome: RuleSaved | Refused) -> Self:
        return cls(rule_id=None if isinstance(outcome, Refused) else outcome.rule_id)


@strawberry.input(description="How a language model is asked about a playbook's deals.")
class ChoosePromptInput:
    playbook_key: str = strawberry.field(description="The playbook, in all its versions.")
    prompt_version: str | None = strawberry.field(
        default=None, description="One of `guidanceModel.promptVersions`; null: as the settings say."
    )
    wording: Wording | None = strawberry.field(default=None, description="Whose words are shown; null: likewise.")
    client_mutation_id: str | None = client_mutation_id()


@strawberry.type(description="What became of the choice of a prompt.")
class ChoosePromptPayload:
    playbook_key: str | None = strawberry.field(description="The playbook; null when nothing was changed.")
    user_errors: list[UserError] = strawberry.field(
        default_factory=list, description="What the user can mend; empty when it worked."
    )
    client_mutation_id: str | None = strawberry.field(default=None, description="What the input held.")

    @classmethod
    def of(cls, outcome: str | Refused) -> Self:
        return cls(playbook_key=None if isinstance(outcome, Refused) else outcome)


UpsertInput = Annotated[UpsertGuidanceRuleInput, strawberry.argument(description="The rule.")]
RemoveInput = Annotated[RemoveGuidanceRuleInput, strawberry.argument(description="Which rule.")]
ChooseInput = Annotated[ChoosePromptInput, strawberry.argument(description="The choice.")]


@strawberry.type
class GuidanceRuleMutation:
    @mutation(
        permission=Permission.MANAGE_PLAYBOOKS,
        description="Write a rule of guidance for a stage, or replace the one with its key. It is tried out before it "
        "is saved, and at work at once.",
    )
    async def upsert_guidance_rule(self, info: Info, input: UpsertInput) -> GuidanceRulePayload:
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
        return await upsert_rule(info.context.viewer, rule)  # type: ignore[return-value]

    @mutation(
        permission=Permission.MANAGE_PLAYBOOKS,
        description="Remove a rule of guidance. What it has proposed expires.",
    )
    async def remove_guidance_rule(self, info: Info, input: RemoveInput) -> GuidanceRulePayload:
        return await remove_rule(  # type: ignore[return-value]
            info.context.viewer, decode(input.rule_id, "rul", "ruleId")
        )

    @mutation(
        permission=Permission.MANAGE_PLAYBOOKS,
        description="Choose the version of the prompt for a playbook's deals, and whose words are shown. It counts "
        "from the next time on that the language model is asked.",
    )
    async def choose_prompt(self, info: Info, input: ChooseInput) -> ChoosePromptPayload:
        return await model_choice.choose(  # type: ignore[return-value]
            info.context.viewer, input.playbook_key, input.prompt_version, input.wording
        )
