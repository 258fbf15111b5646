"""Playbooks, their stages, and what a stage asks for."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

import strawberry

from app import nouns
from app.database import database
from app.database.sql import Sql, sql
from app.enablement.ranking import best_translation, rank_of
from app.identity.visibility import visible
from app.playbooks import reading
from app.vocabulary import Permission
from schema.arguments import After, Before, First, Last
from schema.content.queries import ContentFilterArgument
from schema.content.types import Content, ask_contents, contents_where
from schema.context import Info
from schema.engine.declare import (
    Asker,
    Key,
    Listing,
    Paged,
    Through,
    column,
    computed,
    entity,
    localised,
    to_many,
    to_one,
    with_arguments,
)
from schema.engine.frame import Frame, Given
from schema.enums import (
    BuyerPhase,
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
from schema.pagination import Connection
from schema.playbook.translations import (
    ActivityTranslation,
    CriterionTranslation,
    PlaybookTranslation,
    QuestionTranslation,
    StageTranslation,
    translations_of,
)


def _of_phase(phase: str) -> Any:
    def where(frame: Frame, _: Given) -> Sequence[Sql]:
        return [sql(f"{{}} = '{phase}'", frame.column("phase"))]

    return where


SPOKEN = "In the viewer's language where the playbook has it, else as it is written."
WORDING = (
    "What to say to the customer for it, in the second person, as drafts use it; null: nothing. Used only where the "
    f"reader is the `CUSTOMER`. {SPOKEN}"
)

ENTRY_CRITERIA = Listing("entry-criteria", by_position, link="stage_id", where=_of_phase("ENTRY"))
EXIT_CRITERIA = Listing("exit-criteria", by_position, link="stage_id", where=_of_phase("EXIT"))
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
QUESTIONS = Listing("qualification-questions", by_position, link="playbook_id")


def _ranked(frame: Frame, _: Given) -> Sequence[Key]:
    ranks = rank_of(frame.alias, frame.link or "")
    return [*(Key(rank, "integer") for rank in ranks), Key(frame.column("id"), "uuid")]


def _offered(frame: Frame, given: Given) -> Sequence[Sql]:
    if given.value("language") is not None:
        return contents_where(frame, given)  # who asks for a language has chosen the translation
    seen = visible(frame.builder.sight, "content", "bc")
    return [*contents_where(frame, given), best_translation(frame.alias, frame.link or "", seen)]


CONTENTS_OF_STAGE = Listing(
    "stage-contents",
    _ranked,
    link=Through("stage_content", "stage_id", "content_id"),
    where=_offered,
    ask=ask_contents,
)


TRANSLATIONS = (
    "What it says in other languages, for those who edit the playbook (`MANAGE_PLAYBOOKS`), in the order in which it "
    "was given; empty for everybody else."
)


@entity(nouns.CRITERION, description="Something that must hold to enter or to leave a stage.")
class Criterion(Node):
    key: str = column("Short name for programs, unique within its stage.")
    description: str = localised(f"What must hold, in words that buyer and seller agree on. {SPOKEN}")
    required: bool = column("Whether it keeps a deal from moving, or is only good practice.")
    check: CriterionCheck = column("Who decides whether it is met.", name="check_kind")
    expression: str | None = column(
        "For `EXPRESSION`: a CEL condition over the deal, such as `deal.amount > 0 && deal.closeDate != null`."
    )
    confirmed_by: ConfirmedBy = column("Who may mark it; of no account where an expression decides.")
    locks: list[str] = column(
        "Fields of the deal, by their names, that those who couldn't confirm it may not change while it is confirmed."
    )
    reader: Reader = column("Whose word meets it.")
    customer_wording: str | None = localised(WORDING)
    translations: list[CriterionTranslation] = computed(
        translations_of("criterion", CriterionTranslation), TRANSLATIONS, personal=False
    )


@entity(nouns.ACTIVITY, description="A next step that a stage asks for.")
class Activity(Node):
    key: str = column("Short name for programs, unique within its stage.")
    name: str = localised(f"What to do. {SPOKEN}")
    description: str = localised(f"How to do it well. {SPOKEN}")
    required: bool = column("Whether the deal can move on only once it is done.")
    effort_minutes: int | None = column("Typical effort in minutes.")
    confirmed_by: ConfirmedBy = column("Who may say that it is done, left out or still to do.")
    reader: Reader = column("Whom it addresses.")
    customer_wording: str | None = localised(WORDING)
    translations: list[ActivityTranslation] = computed(
        translations_of("activity", ActivityTranslation), TRANSLATIONS, personal=False
    )


@entity(nouns.QUALIFICATION_QUESTION, description="A question by which a playbook qualifies deals.")
class QualificationQuestion(Node):
    key: str = column("Short name for programs, unique within the playbook.")
    label: str = localised(f"What it is about: “Economic buyer”. {SPOKEN}")
    prompt: str = localised(f"The question itself. {SPOKEN}")
    translations: list[QuestionTranslation] = computed(
        translations_of("qualification_question", QuestionTranslation), TRANSLATIONS, personal=False
    )


@entity(nouns.STAGE, description="A step of a playbook: what it means, asks for, and offers.")
class Stage(Node):
    key: str = column("Short name for programs; the same stage has it in every version of the playbook.")
    name: str = localised(f"What it is called. {SPOKEN}")
    aliases: list[str] = column(
        "Other names by which imports and new versions know it, whatever the case; `StageInput` takes them back."
    )
    definition: str = localised(f"What must be true of a deal in this stage, for partner and vendor alike. {SPOKEN}")
    position: int = column("Place in the playbook, from 0; closed stages come last.")
    kind: StageKind = column("Whether deals here are open, won or lost.")
    buyer_phase: BuyerPhase | None = column("Where the buyer stands.")
    win_probability: float = column("How likely a deal here is won, from 0 to 1.")
    forecast_category: ForecastCategory = column("How its deals count in a forecast.")
    target_days: int | None = column("How many days a healthy deal stays.")
    auto_advance: bool = column(
        "Whether a deal moves on by itself, with the change that meets the last thing its stage requires and with "
        "no other."
    )
    entry_criteria: list[Criterion] = to_many(ENTRY_CRITERIA, "What must hold to enter it, in order.")
    exit_criteria: list[Criterion] = to_many(EXIT_CRITERIA, "What must hold to leave it, in order.")
    activities: list[Activity] = to_many(ACTIVITIES, "The next steps it asks for, in order.")
    playbook: "Playbook" = to_one("The version of the playbook it belongs to.")
    translations: list[StageTranslation] = computed(
        translations_of("stage", StageTranslation), TRANSLATIONS, personal=False
    )

    @with_arguments(
        Paged(CONTENTS_OF_STAGE, rows=10),
        "Enablement content for this stage that is meant for the viewer's tier and industry, in the playbook's order; "
        "what ties there, in their language and for them in particular first. Of several translations only the best "
        "one is listed; what is neither in their language nor in the programme's is not, unless the filter names its "
        "language. A deal's own `contents` look at its account's industry too.",
    )
    def contents(
        self,
        info: Info,
        first: First = None,
        after: After = None,
        last: Last = None,
        before: Before = None,
        filter: ContentFilterArgument = None,
    ) -> Connection[Content]: ...


@strawberry.type(description="Something a review of a playbook found.")
class PlaybookIssue:
    stage_id: strawberry.Private[UUID | None]
    code: PlaybookIssueCode = strawberry.field(description="What it found; stable, for programs.")
    severity: Severity = strawberry.field(description="How much it matters.")
    message: str = strawberry.field(description="What is wrong, with the figures it rests on.")
    suggestion: str = strawberry.field(description="What to do about it.")
    stage: Stage | None = to_one("The stage it is about; null when it is about the whole playbook.")


async def _issues(asker: Asker, keys: Sequence[UUID], _: Mapping[str, Any]) -> Mapping[UUID, list[PlaybookIssue]]:
    """For those who may mend what it finds: it counts the deals of all partners."""
    if not asker.viewer.may(Permission.MANAGE_PLAYBOOKS):
        return {key: [] for key in keys}
    found = await reading.issues(database(), keys, asker.at)
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


@entity(nouns.PLAYBOOK, description="One version of a playbook: the stages that a deal goes through.")
class Playbook(Node):
    key: str = column("Short name for programs; all versions share it.")
    name: str = localised(f"What it is called. {SPOKEN}")
    version: int = column("Version, from 1.")
    status: PlaybookStatus = column("Where this version stands.")
    industry: str | None = column("The industry it is made for; null: any.")
    description: str = localised(f"What it is for. {SPOKEN}")
    language: str = column("The language it is written in, as a BCP 47 tag.")
    qualification_framework: str | None = column("The framework its qualification questions follow: `MEDDICC`.")
    stages: list[Stage] = to_many(STAGES, "Its stages in order; closed stages last.")
    qualification_questions: list[QualificationQuestion] = to_many(QUESTIONS, "What it asks about each deal, in order.")
    issues: list[PlaybookIssue] = computed(
        _issues,
        "What a review of the playbook finds, for those who may change playbooks (`MANAGE_PLAYBOOKS`). Empty when it "
        "is sound, and for everybody else.",
        personal=False,
    )
    available_to_partners: list[Partner] = to_many(
        PARTNERS, "Partners that it is for, beside those of `availableToTiers`, as far as the viewer may see them."
    )
    available_to_tiers: list[PartnerTier] = column(
        "Tiers whose partners it is for, beside `availableToPartners`; where it names neither, it is for all. "
        "A partner that it isn't for still sees it with the deals that it has on it."
    )
    review_due_at: datetime | None = column("When it should be reviewed next.")
    translations: list[PlaybookTranslation] = computed(
        translations_of("playbook", PlaybookTranslation), TRANSLATIONS, personal=False
    )
    published_at: datetime | None = column("When this version was published.")
    created_at: datetime = column("When this version was begun.")
    updated_at: datetime = column("When this version last changed.")
