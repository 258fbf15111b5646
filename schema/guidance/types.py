"""Next best actions, as clients see them."""

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from typing import TYPE_CHECKING, Annotated, Any
from uuid import UUID

import strawberry

from app import nouns
from app.database import database
from app.database.sql import Sql, sql
from app.identity.sight import SPOKEN, SPOKEN_ANYWHERE, Sight
from app.recommendations.evidence import evidence_of
from app.recommendations.languages import OWN, TO_CONFIRM
from app.vocabulary import ConfirmedBy
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


def _to_those_asked(frame: Frame) -> str | None:
    """Whether the action asks something of the viewer, who may confirm it; None where viewers never may."""
    asked = f"{frame.alias}.translations -> '{TO_CONFIRM}'"
    match frame.builder.sight:
        case Sight.EVERYTHING:
            return f"({asked}) IS NOT NULL"
        case Sight.ORGANIZATION:
            return f"{asked} ->> 'by' = '{ConfirmedBy.PARTNER_MANAGER.value}'"
        case Sight.OWN_AND_SHARED:
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
    description="Something worth doing next in a deal. The same advice on the same state of a deal is the same action.",
)
class NextBestAction(Node):
    kind: ActionKind = column("What it is about.")
    title: str = expression(
        _heard("title"),
        "What to do, in a line, in the viewer's language. Those who may confirm what a seller has to ask for read that "
        "it is theirs to confirm or refuse. Untrusted: escape it.",
    )
    rationale: str = expression(
        _heard("rationale"), "Why, in a sentence or two, in the viewer's language. Untrusted: escape it."
    )
    draft: str | None = expression(
        _heard("draft"),
        "An e-mail or note, ready to edit; null where none would help. Brackets mark what to fill in. Untrusted: "
        "escape it, and let a person send it.",
    )
    draft_reader: Reader | None = expression(
        _of_draft("draft_reader", "NULL"), "Whom the draft is written to; null where there is none."
    )
    check_before_sending: bool = expression(
        _of_draft("check_before_sending", "FALSE"),
        "Whether words of a language model's own are in the draft: they have passed all checks, and a person should "
        "read them before they are sent.",
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
