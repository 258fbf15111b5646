"""Next best actions, as clients see them."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import TYPE_CHECKING, Annotated, Any
from uuid import UUID

import strawberry

from app import models
from app.database import database
from app.database.sql import Sql, sql
from app.recommendations.evidence import evidence_of
from schema.content.types import Content
from schema.engine.declare import (
    Asker,
    Key,
    Listing,
    Through,
    column,
    computed,
    entity,
    expression,
    localised,
    to_many,
    to_one,
)
from schema.engine.frame import Frame, Given
from schema.enums import ActionKind, ActionStatus, EnrichmentState, GuidanceSource, Reader, ReadingKind, Urgency
from schema.identity.types import User
from schema.node import Node
from schema.playbook.types import Activity, Criterion, Stage

if TYPE_CHECKING:
    from schema.opportunity.types import Opportunity

DEFAULT_ACTIONS = 3
MOST_ACTIONS = 20


@strawberry.type(description="A fact that a next best action rests on.")
class Evidence:
    fact: str = strawberry.field(description="What it is about: “Days in stage”.")
    value: str = strawberry.field(description="What is the case: “34 days (target 14)”. Untrusted: escape it.")
    source: str = strawberry.field(description="Where it can be looked up: `deal`, `history of the stage`, `notes`.")
    quote: str | None = strawberry.field(
        default=None,
        description="What somebody wrote, word for word, at most 160 characters; `value` says who and when, as far as "
        "that is known. Untrusted: escape it, and show it as a quote.",
    )


async def _evidence(asker: Asker, keys: Sequence[UUID], __: Mapping[str, Any]) -> Mapping[UUID, list[Evidence]]:
    found = await evidence_of(database(), keys, asker.viewer.language)
    return {key: [Evidence(**one) for one in found[key]] for key in keys}


def _by_link(frame: Frame, _: Given) -> Sequence[Key]:
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


CONTENTS_OF_ACTION = Listing("action-contents", _by_link, link=Through("action_content", "action_id", "content_id"))


@entity(
    models.NextBestAction,
    prefix="nba",
    description="Something worth doing next in a deal. The same advice on the same state of a deal is the same action.",
)
class NextBestAction(Node):
    kind: ActionKind = column("What it is about.")
    title: str = localised("What to do, in a line, in the viewer's language. Untrusted: escape it.")
    rationale: str = localised("Why, in a sentence or two, in the viewer's language. Untrusted: escape it.")
    draft: str | None = localised(
        "An e-mail or note, ready to edit; null where none would help. Brackets mark what to fill in. Untrusted: "
        "escape it, and let a person send it."
    )
    draft_reader: Reader | None = column("Whom the draft is written to; null where there is none.")
    check_before_sending: bool = column(
        "Whether words of a language model's own are in the draft: they have passed all checks, and a person should "
        "read them before they are sent."
    )
    score: float = column(
        "How much it is worth doing: how likely it is acted on × its effect × its urgency ÷ its effort. Comparable "
        "within a deal."
    )
    urgency: Urgency = column("How much it presses.")
    due_at: datetime | None = column("By when.")
    effort_minutes: int = column("About how long it takes, in minutes.")
    evidence: list[Evidence] = computed(_evidence, "The facts it rests on; never empty.", personal=False, rows=1)
    contents: list[Content] = to_many(CONTENTS_OF_ACTION, "Content to use for it, best first.", rows=2)
    criterion: Criterion | None = to_one("The criterion it would meet; completing the action marks it.")
    activity: Activity | None = to_one("The activity it would do; completing the action marks it.")
    target_stage: Stage | None = to_one("The stage it is about: where the deal would go, or stands.")
    status: ActionStatus = expression(_status, "What became of it.")
    source: GuidanceSource = column("Who chose it: the rules alone, or a language model among what they proposed.")
    prompt_version: str | None = column("Version of the prompt that a language model chose it by.")
    model: str | None = column("The language model that chose it.")
    reading: ReadingKind | None = column(
        "What a language model read out of a text that it rests on, as `evidence` quotes it; dismiss it if that was "
        "read wrongly."
    )
    opportunity: Annotated["Opportunity", strawberry.lazy("schema.opportunity.types")] = to_one("The deal.")
    created_at: datetime = column("When it was first proposed.")
    responded_at: datetime | None = column("When it was last answered.")
    responded_by: User | None = to_one("Who answered it, as far as the viewer may know.")
    response_reason: str | None = column("What they said about it. Untrusted: escape it.", name="reason")


@strawberry.type(description="What is worth doing next in a deal.")
class NextBestActions:
    action_ids: strawberry.Private[list[UUID]]
    actions: list[NextBestAction] = to_one(
        "The actions that are open, best first; none for a closed deal.",
        column="action_ids",
        rows=1,  # `first` of the field around it has counted them
    )
    generated_at: datetime = strawberry.field(description="When they were last worked out.")
    source: GuidanceSource = strawberry.field(
        description="Who chose and ordered them. `RULES` as long as a language model has changed nothing."
    )
    enrichment: EnrichmentState = strawberry.field(
        description="Whether a language model has worked on them. While it is `PENDING`, you see the rules' answer."
    )
