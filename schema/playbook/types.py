"""Types of playbooks, their stages, criteria and activities."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from typing import TYPE_CHECKING, Annotated, Any
from uuid import UUID

import strawberry

from app import nouns
from app.database import database
from app.database.sql import Sql, sql
from app.deals.close_reasons import close_reasons
from app.enablement.ranking import best_translation, rank_of
from app.identity.visibility import visible
from app.playbooks import reading
from app.vocabulary import Permission
from schema.connections import connection
from schema.content.queries import ContentFilterArgument
from schema.content.types import Content, ask_contents, contents_where
from schema.engine.declare import (
    Key,
    Listing,
    Paged,
    Requester,
    Through,
    column,
    computed,
    entity,
    localised,
    to_many,
    to_one,
)
from schema.engine.sql.frame import Bindings, Frame
from schema.enums import (
    BuyerPhase,
    CloseOutcome,
    ConfirmedBy,
    CriterionCheck,
    ForecastCategory,
    PartnerTier,
    PlaybookIssueCode,
    PlaybookStatus,
    Reader,
    Severity,
    StageKind,
)
from schema.identity.types import Partner
from schema.listing import by_name, by_position
from schema.node import Node
from schema.opportunity.filters import BY_NO_INDEX, OPPORTUNITIES, DealFilterArgument, DealOrderArgument
from schema.pagination import Connection
from schema.playbook.translations import (
    ActivityTranslation,
    CriterionTranslation,
    PlaybookTranslation,
    QuestionTranslation,
    StageTranslation,
    translations_of,
)

if TYPE_CHECKING:
    from schema.opportunity.types import Opportunity


def _of_phase(phase: str) -> Any:
    def where(frame: Frame, _: Bindings) -> Sequence[Sql]:
        return [sql(f"{{}} = '{phase}'", frame.column("phase"))]

    return where


SPOKEN = "In the viewer's language if the playbook is translated into it, otherwise in the playbook's."
WORDING = (
    "The text addressed to the customer, in the second person, for use in drafts; null if there is none. Used only if "
    f"the reader is `CUSTOMER`. {SPOKEN}"
)

ENTRY_CRITERIA = Listing("entry-criteria", by_position, link="stage_id", where=_of_phase("ENTRY"))
EXIT_CRITERIA = Listing("exit-criteria", by_position, link="stage_id", where=_of_phase("EXIT"))
SERVED = Listing(
    "served-criteria",
    by_position,
    link=Through(
        "(SELECT la.id AS activity_id, lc.id AS criterion_id FROM activity la JOIN criterion lc"
        " ON lc.stage_id = la.stage_id AND lc.phase = 'EXIT' AND lc.key = ANY (la.serves))",
        "activity_id",
        "criterion_id",
    ),
)
ACTIVITIES = Listing("stage-activities", by_position, link="stage_id")
STAGES = Listing("playbook-stages", by_position, link="playbook_id")
PARTNERS = Listing(
    "playbook-partners",
    by_name,
    link=Through(
        "(SELECT lp.id AS playbook_id, unnest(lp.available_to_partners) AS partner_id FROM playbook lp)",
        "playbook_id",
        "partner_id",
    ),
)
DEALS_OF_STAGE = replace(OPPORTUNITIES, name="stage-deals", link="stage_id", scan=BY_NO_INDEX)
DEALS_OF_PLAYBOOK = replace(OPPORTUNITIES, name="playbook-deals", link="playbook_id", scan=BY_NO_INDEX)
QUESTIONS = Listing("qualification-questions", by_position, link="playbook_id")


def _ranked(frame: Frame, _: Bindings) -> Sequence[Key]:
    ranks = rank_of(frame.alias, frame.link or "")
    return [*(Key(rank, "integer") for rank in ranks), Key(frame.column("id"), "uuid")]


def _offered(frame: Frame, given: Bindings) -> Sequence[Sql]:
    if given.value("language") is not None:
        return contents_where(frame, given)  # who asks for a language has chosen the translation
    seen = visible(frame.builder.scope, "content", "bc")
    return [*contents_where(frame, given), best_translation(frame.alias, frame.link or "", seen)]


CONTENTS_OF_STAGE = Listing(
    "stage-contents",
    _ranked,
    link=Through("stage_content", "stage_id", "content_id"),
    where=_offered,
    bind=ask_contents,
)


TRANSLATIONS = (
    "The translations, in the order in which they were given. Visible to editors of the playbook (`MANAGE_PLAYBOOKS`); "
    "empty for everybody else."
)


@entity(nouns.CRITERION, description="A condition for entering or leaving a stage.")
class Criterion(Node):
    key: str = column("The machine-readable key, unique within the stage.")
    description: str = localised(f"The condition, in terms that buyer and seller agree on. {SPOKEN}")
    required: bool = column("Whether the criterion blocks a move, as opposed to being good practice.")
    check: CriterionCheck = column("The way in which the criterion is evaluated.", name="check_kind")
    expression: str | None = column(
        "The CEL condition of an `EXPRESSION` criterion, such as `deal.amount > 0 && deal.closeDate != null`."
    )
    confirmed_by: ConfirmedBy = column(
        "The people who may mark the criterion. Not applicable where an expression decides."
    )
    locks: list[str] = column(
        "The names of the opportunity's fields that are locked while the criterion is confirmed, for everybody who "
        "couldn't confirm it."
    )
    reader: Reader = column("The side whose statement meets the criterion.")
    customer_wording: str | None = localised(WORDING)
    translations: list[CriterionTranslation] = computed(
        translations_of("criterion", CriterionTranslation), TRANSLATIONS, personal=False
    )


@entity(nouns.ACTIVITY, description="A next step in a stage of a playbook.")
class Activity(Node):
    key: str = column("The machine-readable key, unique within the stage.")
    name: str = localised(f"The name of the activity. {SPOKEN}")
    description: str = localised(f"Instructions for the activity. {SPOKEN}")
    required: bool = column("Whether the opportunity can leave the stage only once the activity is completed.")
    effort_minutes: int | None = column("The typical effort in minutes.")
    serves: list[Criterion] = to_many(
        SERVED, "The exit criteria of its stage that it is done for, in order. Advice puts it before them."
    )
    confirmed_by: ConfirmedBy = column("The people who may complete, skip or reopen the activity.")
    reader: Reader = column("The audience it addresses.")
    customer_wording: str | None = localised(WORDING)
    translations: list[ActivityTranslation] = computed(
        translations_of("activity", ActivityTranslation), TRANSLATIONS, personal=False
    )


@entity(nouns.QUALIFICATION_QUESTION, description="A question that qualifies opportunities.")
class QualificationQuestion(Node):
    key: str = column("The machine-readable key, unique within the playbook.")
    label: str = localised(f"The subject of the question: “Economic buyer”. {SPOKEN}")
    prompt: str = localised(f"The question. {SPOKEN}")
    translations: list[QuestionTranslation] = computed(
        translations_of("qualification_question", QuestionTranslation), TRANSLATIONS, personal=False
    )


@entity(nouns.STAGE, description="A stage of a playbook, with its definition, criteria, activities and content.")
class Stage(Node):
    key: str = column("The machine-readable key, shared by the same stage in all versions of the playbook.")
    name: str = localised(f"The name. {SPOKEN}")
    aliases: list[str] = column(
        "Other names by which imports and new versions recognise the stage, in any case. Settable by `StageInput`."
    )
    definition: str = localised(
        f"The definition: what must be true of an opportunity in this stage, for partner and vendor alike. {SPOKEN}"
    )
    position: int = column("The position in the playbook, from 0; closed stages come last.")
    kind: StageKind = column("The kind of stage: open, won or lost.")
    buyer_phase: BuyerPhase | None = column("The phase of the buyer's process.")
    win_probability: float = column("The win probability of its opportunities, from 0 to 1.")
    forecast_category: ForecastCategory = column("The forecast category of its opportunities.")
    target_days: int | None = column("The target duration in days.")
    auto_advance: bool = column(
        "Whether an opportunity advances automatically by the change that meets its stage's last requirement, and by "
        "no other."
    )
    entry_criteria: list[Criterion] = to_many(ENTRY_CRITERIA, "The entry criteria, in order.")
    exit_criteria: list[Criterion] = to_many(EXIT_CRITERIA, "The exit criteria, in order.")
    activities: list[Activity] = to_many(ACTIVITIES, "The activities, in order.")
    playbook: "Playbook" = to_one("The version of the playbook it belongs to.")
    translations: list[StageTranslation] = computed(
        translations_of("stage", StageTranslation), TRANSLATIONS, personal=False
    )

    contents: Connection[Content] = connection(
        Paged(CONTENTS_OF_STAGE, rows=10),
        "The enablement content for this stage and the viewer's tier and industry, in playbook order; among "
        "equals, content in their language and specifically for them first. Only the best of several translations "
        "is listed, and only in the viewer's language or the programme's unless the filter names others. The "
        "`contents` of an opportunity also consider its account's industry.",
        filter=ContentFilterArgument,
    )

    opportunities: Connection[Annotated["Opportunity", strawberry.lazy("schema.opportunity.types")]] = connection(
        Paged(DEALS_OF_STAGE),
        "The opportunities in this stage that the viewer can see, most recently changed first by default.",
        filter=DealFilterArgument,
        order_by=DealOrderArgument,
    )


@strawberry.type(description="A finding of the review of a playbook.")
class PlaybookIssue:
    stage_id: strawberry.Private[UUID | None]
    code: PlaybookIssueCode = strawberry.field(description="The kind of finding; stable, for programs.")
    severity: Severity = strawberry.field(description="The severity.")
    message: str = strawberry.field(description="A description of the problem, with the figures it is based on.")
    suggestion: str = strawberry.field(description="A suggestion for a fix.")
    stage: Stage | None = to_one("The stage concerned; null if the finding is about the whole playbook.")


async def _issues(
    requester: Requester, keys: Sequence[UUID], _: Mapping[str, Any]
) -> Mapping[UUID, list[PlaybookIssue]]:
    """For those who may mend what it finds: it counts the deals of all partners."""
    if not requester.viewer.may(Permission.MANAGE_PLAYBOOKS):
        return {key: [] for key in keys}
    found = await reading.issues(database(), keys, requester.at)
    return {
        key: [
            PlaybookIssue(
                stage_id=issue.stage_id,
                code=issue.code,
                severity=issue.severity,
                message=issue.message,
                suggestion=issue.suggestion,
            )
            for issue in found[key]
        ]
        for key in keys
    }


@strawberry.type(description="A reason for closing opportunities, by whose key reports count them.")
class CloseReason:
    key: str = strawberry.field(description="The machine-readable key, unique within the playbook.")
    label: str = strawberry.field(description="The reason in words, in the language of the playbook.")
    outcome: CloseOutcome = strawberry.field(description="The outcome that it is a reason for.")


async def _close_reasons(_: Requester, keys: Sequence[UUID], __: Mapping[str, Any]) -> Mapping[UUID, list[CloseReason]]:
    found = await close_reasons(database(), keys)
    return {
        key: [
            CloseReason(key=one["key"], label=one["label"], outcome=CloseOutcome(one["outcome"]))
            for one in found.get(key, ())
        ]
        for key in keys
    }


@entity(nouns.PLAYBOOK, description="A version of a playbook: the stages that an opportunity goes through.")
class Playbook(Node):
    key: str = column("The machine-readable key, shared by all versions.")
    name: str = localised(f"The name. {SPOKEN}")
    version: int = column("The version, from 1.")
    status: PlaybookStatus = column("The status of this version.")
    industry: str | None = column("The industry it is made for; null for all.")
    description: str = localised(f"The description. {SPOKEN}")
    language: str = column("The language it is written in, as a BCP 47 tag.")
    qualification_framework: str | None = column("The framework of the qualification questions: `MEDDICC`.")
    close_reasons: list[CloseReason] = computed(
        _close_reasons, "The reasons for closing opportunities, in order.", personal=False, rows=10
    )
    stages: list[Stage] = to_many(STAGES, "The stages in order; closed stages last.")
    qualification_questions: list[QualificationQuestion] = to_many(
        QUESTIONS, ("The qualification questions, in order.")
    )
    issues: list[PlaybookIssue] = computed(
        _issues,
        (
            "The findings of a review of the playbook, for editors of playbooks (`MANAGE_PLAYBOOKS`). Empty if there "
            "are none, and for everybody else."
        ),
        personal=False,
    )
    available_to_partners: list[Partner] = to_many(
        PARTNERS,
        ("The partners that it is available to, besides those of `availableToTiers`, and that the viewer can see."),
    )
    available_to_tiers: list[PartnerTier] = column(
        "The tiers that it is available to, besides `availableToPartners`; available to all if both are empty. A "
        "partner that it isn't available to still sees it with existing opportunities."
    )
    review_due_at: datetime | None = column("The date of the next review.")
    translations: list[PlaybookTranslation] = computed(
        translations_of("playbook", PlaybookTranslation), TRANSLATIONS, personal=False
    )
    published_at: datetime | None = column("The date and time when this version was published.")
    created_at: datetime = column("The date and time when this version was created.")
    updated_at: datetime = column("The date and time of the last change of this version.")

    opportunities: Connection[Annotated["Opportunity", strawberry.lazy("schema.opportunity.types")]] = connection(
        Paged(DEALS_OF_PLAYBOOK),
        "The opportunities on this version that the viewer can see, most recently changed first by default.",
        filter=DealFilterArgument,
        order_by=DealOrderArgument,
    )
