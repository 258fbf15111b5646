"""Next best actions, as clients see them."""

from collections.abc import Callable, Mapping, Sequence
from datetime import date, datetime
from typing import TYPE_CHECKING, Annotated, Any
from uuid import UUID

import strawberry

from app import nouns
from app.database import database
from app.database.sql import Sql, sql
from app.identity.scopes import SPOKEN, SPOKEN_ANYWHERE, VisibilityScope
from app.recommendations.evidence import evidence_of
from app.recommendations.languages import OWN, TO_CONFIRM
from app.vocabulary import ConfirmedBy
from schema.content.types import Content
from schema.engine.declare import (
    Key,
    Listing,
    Requester,
    Through,
    column,
    computed,
    entity,
    expression,
    to_many,
    to_one,
)
from schema.engine.sql.frame import Bindings, Frame
from schema.enums import ActionKind, ActionStatus, EnrichmentState, GuidanceSource, Reader, ReadingKind, Urgency
from schema.identity.types import User
from schema.node import Node
from schema.playbook.types import Activity, Criterion, Stage

if TYPE_CHECKING:
    from schema.opportunity.types import Opportunity
    from schema.task.types import Task

DEFAULT_ACTIONS = 3
MOST_ACTIONS = 20


@strawberry.type(description="A fact that supports a next best action.")
class Evidence:
    fact: str = strawberry.field(description="The name of the fact: “Days in stage”.")
    value: str = strawberry.field(description="The value of the fact: “34 days (target 14)”. Untrusted: escape it.")
    source: str = strawberry.field(
        description=("The place where the fact can be verified: `deal`, `history of the stage`, `notes`.")
    )
    quote: str | None = strawberry.field(
        default=None,
        description=(
            "A verbatim quote of at most 160 characters; `value` names its author and date if they are known. "
            "Untrusted: escape it, and display it as a quote."
        ),
    )


async def _evidence(requester: Requester, keys: Sequence[UUID], __: Mapping[str, Any]) -> Mapping[UUID, list[Evidence]]:
    found = await evidence_of(database(), requester.viewer, keys)
    return {key: [Evidence(**one) for one in found[key]] for key in keys}


def _by_link(frame: Frame, _: Bindings) -> Sequence[Key]:
    return [Key(frame.link_column("position"), "integer"), Key(frame.column("id"), "uuid")]


def _status(frame: Frame) -> Sql:
    """An action of a deal that is closed has expired, though nobody has looked since."""
    status, deal = frame.column("status"), frame.follow("opportunity_id")
    return sql(
        "CASE WHEN {} IN ('PROPOSED', 'ACCEPTED') AND {} <> 'OPEN' THEN 'EXPIRED' ELSE {} END",
        status,
        deal.column("status"),
        status,
    )


def _to_those_asked(frame: Frame) -> str | None:
    """Whether the action asks something of the viewer, who may confirm it; None where viewers never may."""
    asked = f"{frame.alias}.translations -> '{TO_CONFIRM}'"
    match frame.builder.scope:
        case VisibilityScope.EVERYTHING:
            return f"({asked}) IS NOT NULL"
        case VisibilityScope.ORGANIZATION:
            return f"{asked} ->> 'by' = '{ConfirmedBy.PARTNER_MANAGER.value}'"
        case VisibilityScope.OWN_AND_SHARED:
            return None


def _heard(name: str) -> Callable[[Frame], Sql]:
    def heard(frame: Frame) -> Sql:
        said, asked = frame.localised(name), _to_those_asked(frame)
        if asked is None:
            return said
        words = f"{frame.alias}.translations -> '{TO_CONFIRM}'"
        one = f"{words} -> {{}}::text ->> '{name}'"
        theirs = sql(f"coalesce({one}, {one}, {words} -> '{OWN}' ->> '{name}')", SPOKEN, SPOKEN_ANYWHERE)
        return sql(f"CASE WHEN {asked} THEN {{}} ELSE {{}} END", theirs, said)

    return heard


def _of_draft(name: str, absent: str) -> Callable[[Frame], Sql]:
    def of_draft(frame: Frame) -> Sql:
        value, asked = frame.column(name), _to_those_asked(frame)
        if asked is None:
            return value
        none = f"{frame.alias}.translations -> '{TO_CONFIRM}' -> '{OWN}' ->> 'draft' IS NULL"
        return sql(f"CASE WHEN {asked} AND {none} THEN {absent} ELSE {{}} END", value)

    return of_draft


CONTENTS_OF_ACTION = Listing("action-contents", _by_link, link=Through("action_content", "action_id", "content_id"))


@entity(
    nouns.NEXT_BEST_ACTION,
    description=(
        "A recommended next step for an opportunity. The same recommendation on the same state of an opportunity is "
        "the same action."
    ),
)
class NextBestAction(Node):
    kind: ActionKind = column("The kind of action.")
    title: str = expression(
        _heard("title"),
        (
            "The action in one line, in the viewer's language. Viewers who may confirm what a seller has to ask for "
            "are asked to confirm or refuse it. Untrusted: escape it."
        ),
    )
    rationale: str = expression(
        _heard("rationale"), "The reason in one or two sentences, in the viewer's language. Untrusted: escape it."
    )
    draft: str | None = expression(
        _heard("draft"),
        (
            "The draft of an e-mail or note; null if none would help. Brackets mark blanks to fill in. Untrusted: "
            "escape it, and let a person send it."
        ),
    )
    draft_reader: Reader | None = expression(
        _of_draft("draft_reader", "NULL"), "The audience of the draft; null if there is none."
    )
    check_before_sending: bool = expression(
        _of_draft("check_before_sending", "FALSE"),
        (
            "Whether the draft contains a language model's own words. They have passed all checks, and a person should "
            "read them before sending."
        ),
    )
    score: float = column(
        "The value of the action now: likelihood of being acted on × value × urgency, per hour of effort. Critical "
        "actions that hold the opportunity up come first, whatever their score."
    )
    urgency: Urgency = column("The urgency.")
    due_at: datetime | None = column("The date and time by which it should be done.")
    effort_minutes: int = column("The approximate effort in minutes.")
    evidence: list[Evidence] = computed(
        _evidence, "The facts that support the action; never empty.", personal=False, rows=1
    )
    contents: list[Content] = to_many(CONTENTS_OF_ACTION, "The content to use, best first.", rows=2)
    criterion: Criterion | None = to_one("The criterion that the action would meet. Completing the action marks it.")
    activity: Activity | None = to_one(
        "The activity that the action would complete. Completing the action completes it."
    )
    task: Annotated["Task", strawberry.lazy("schema.task.types")] | None = to_one(
        "The task that the action would complete. Completing either completes both."
    )
    target_stage: Stage | None = to_one(
        "The stage that the action is about: the current one or the target of the move."
    )
    status: ActionStatus = expression(_status, "The status.")
    source: GuidanceSource = column(
        "The source: the rules alone, or a language model that selected among their proposals."
    )
    prompt_version: str | None = column("The version of the prompt by which a language model selected the action.")
    model: str | None = column("The language model that selected the action.")
    reading: ReadingKind | None = column(
        "The kind of statement that a language model read in a text, quoted in `evidence`, on which the action is "
        "based. Dismiss the action if that was read wrongly."
    )
    opportunity: Annotated["Opportunity", strawberry.lazy("schema.opportunity.types")] = to_one("The opportunity.")
    created_at: datetime = column("The date and time when the action was first proposed.")
    responded_at: datetime | None = column("The date and time of the last response.")
    responded_by: User | None = to_one("The user who responded; null if the viewer can't see that user.")
    snoozed_until: date | None = column("The day (UTC) until which the action is put off; null if it was not snoozed.")
    response_reason: str | None = column("The reason that was given. Untrusted: escape it.", name="reason")


@strawberry.type(description="The recommended next steps for an opportunity.")
class NextBestActions:
    action_ids: strawberry.Private[list[UUID]]
    opportunity_id: strawberry.Private[UUID]
    opportunity: Annotated["Opportunity", strawberry.lazy("schema.opportunity.types")] = to_one("The opportunity.")
    actions: list[NextBestAction] = to_one(
        "The open actions, best first; none for a closed opportunity.",
        column="action_ids",
        rows=1,  # `first` of the field around it has counted them
    )
    generated_at: datetime = strawberry.field(description="The date and time of the last computation.")
    source: GuidanceSource = strawberry.field(
        description="The source of selection and order. `RULES` as long as a language model has changed nothing."
    )
    enrichment: EnrichmentState = strawberry.field(
        description=(
            "The state of the language model's work on them. While it is `PENDING`, the rules' answer is shown."
        )
    )
