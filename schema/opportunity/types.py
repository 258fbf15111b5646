"""Deals, their history, and what they may do next."""

from collections.abc import Sequence
from datetime import date, datetime
from typing import Annotated

import strawberry

from app import nouns
from app.database.sql import Sql, all_of, sql
from app.deals import queries
from app.enablement.ranking import OF_DEALS, best_translation, meant_for_deal, rank_for_deal
from app.identity.sight import Sight
from app.identity.visibility import visible
from schema.arguments import After, Before, First, Last
from schema.content.queries import ContentFilterArgument
from schema.content.types import Content, ask_contents, contents_where
from schema.context import Info
from schema.engine.declare import (
    Computed,
    Key,
    Listing,
    Paged,
    Through,
    column,
    computed,
    embedded,
    entity,
    expression,
    to_many,
    to_one,
    with_arguments,
)
from schema.engine.frame import Frame, Given
from schema.enums import ActivityStatus, CriteriaScope, OpportunitySource, OpportunityStatus, TransitionKind
from schema.guidance.answers import next_best_actions
from schema.guidance.types import DEFAULT_ACTIONS, MOST_ACTIONS, NextBestActions
from schema.identity.types import Account, Partner, User
from schema.money import Money
from schema.node import Node
from schema.opportunity import states
from schema.opportunity.handover import HANDOVERS, Handover
from schema.opportunity.states import (
    AllowedTransition,
    CriterionState,
    OpportunityActivity,
    QualificationAnswer,
)
from schema.pagination import MAX_PAGE, Connection
from schema.playbook.types import Playbook, Stage

TRANSITIONS_PAGE = 20


def _days_in_stage(frame: Frame) -> Sql:
    return queries.days_in_stage(frame.alias, frame.now)


def _stalled(frame: Frame) -> Sql:
    return queries.stalled(frame.alias, frame.follow("stage_id").alias, frame.now)


def _win_probability(frame: Frame) -> Sql:
    return frame.follow("stage_id").column("win_probability")


_KEPT = "(SELECT k.text FROM kept_text k WHERE k.subject_id = {} LIMIT 1)"
"""The vendor reads what people said wherever it is kept (`app.deals.kept`)."""


def _reason(frame: Frame) -> Sql:
    reason = frame.column("reason")
    if frame.builder.sight is not Sight.EVERYTHING:
        return reason
    return sql(f"CASE WHEN {{}} THEN {_KEPT} ELSE {{}} END", frame.column("reason_kept"), frame.column("id"), reason)


def _reason_of_correction(frame: Frame) -> Sql:
    reason = frame.column("reason")
    if frame.builder.sight is not Sight.EVERYTHING:
        return reason
    return sql(f"CASE WHEN {{}} = '' THEN coalesce({_KEPT}, '') ELSE {{}} END", reason, frame.column("id"), reason)


def _evidence(frame: Frame) -> Sql:
    evidence = frame.column("evidence")
    if frame.builder.sight is not Sight.EVERYTHING:
        return evidence
    return sql(f"coalesce({{}}, {_KEPT})", evidence, frame.column("id"))


def _newest_first(frame: Frame, _: Given) -> Sequence[Key]:
    return [Key(frame.column("seq"), "integer", descending=True)]


def _last_corrected_first(frame: Frame, _: Given) -> Sequence[Key]:
    last = Key(frame.column("at"), "timestamptz", descending=True)
    return [last, Key(frame.column("id"), "uuid", descending=True)]


def _last_ended_first(frame: Frame, _: Given) -> Sequence[Key]:
    return [
        Key(frame.column("ended_at"), "timestamptz", descending=True),
        Key(frame.column("id"), "uuid", descending=True),
    ]


def _ranked(frame: Frame, _: Given) -> Sequence[Key]:
    ranks = rank_for_deal(frame.alias, frame.link or "", **_chosen_by(frame))
    return [*(Key(rank, "integer") for rank in ranks), Key(frame.column("id"), "uuid")]


def _helpful(frame: Frame, given: Given) -> Sequence[Sql]:
    conditions = [*contents_where(frame, given), meant_for_deal(frame.alias, **_chosen_by(frame))]
    if given.value("language") is not None:
        return conditions  # who asks for a language has chosen the translation
    rivals = all_of([visible(frame.builder.sight, "content", "bc"), meant_for_deal("bc", **_chosen_by(frame))])
    return [*conditions, best_translation(frame.alias, frame.link or "", rivals)]


def _chosen_by(frame: Frame) -> dict[str, Sql]:
    return {"tier": frame.link_column("tier"), "industry": frame.link_column("industry")}


CONTENTS = Listing(
    "deal-contents",
    _ranked,
    link=Through(OF_DEALS, "opportunity_id", "content_id"),
    where=_helpful,
    ask=ask_contents,
)
TRANSITIONS = Listing("transitions", _newest_first, link="opportunity_id")
CORRECTIONS = Listing("corrections", _last_corrected_first, link="opportunity_id")
FORMER_MARKS = Listing("former-marks", _last_ended_first, link="opportunity_id")


@entity(nouns.OPPORTUNITY, description="A deal that a partner and the vendor work on: an opportunity.")
class Opportunity(Node):
    external_id: str | None = column("Its id in the system it came from.")
    name: str = column("What it is called.")
    version: int = column(
        "Rises with every change of the deal or of anything that belongs to it. Send it as `expectedVersion` to be "
        "refused with `CONFLICT` when somebody else changed the deal meanwhile."
    )
    amount: Money | None = embedded(
        Money, {"amount": "amount", "currency": "currency"}, "amount", "What it is worth; null while unknown."
    )
    expected_close_date: date | None = column("When it is expected to close.")
    status: OpportunityStatus = column("Open, won or lost.")
    account: Account = to_one("The customer.")
    partner: Partner | None = to_one("The partner who sells; null for the vendor's own deals.")
    owner: User | None = to_one("Who drives it; null when nobody does, or the viewer may not know.")
    source: OpportunitySource = column("Who found it.")
    playbook: Playbook = to_one("The version of the playbook that it follows.")
    stage: Stage = to_one("Where it stands.")
    entered_stage_at: datetime = column("When it entered its stage.")
    days_in_stage: int = expression(_days_in_stage, "Whole days since then.")
    stalled: bool = expression(
        _stalled,
        "Whether it is open and has been in its stage longer than deals that moved on: than 80 % of those of all "
        "partners where many stand behind that, else of its own partner's when there are at least 20, else than the "
        "stage's target days. Measured once a day.",
    )
    win_probability: float = expression(_win_probability, "How likely it is won, from 0 to 1: the stage's probability.")
    next_step: str | None = column("What its owner means to do next.")
    notes: str | None = column("Free text of the people working on it. Untrusted: escape it.")
    qualification: list[QualificationAnswer] = computed(
        states.qualification,
        "Every qualification question of its playbook, answered or not, in order.",
        personal=False,
    )
    allowed_transitions: list[AllowedTransition] = computed(
        states.allowed_transitions,
        "Every stage of its playbook, in order, with what the move there would be and all that still blocks it.",
        personal=False,
    )
    created_at: datetime = column("When it was created.")
    updated_at: datetime = column("When it last changed.")
    handovers: list[Handover] = to_many(
        HANDOVERS, "When it went from one partner to another, newest first. Empty but for the vendor's people.", rows=2
    )
    closed_at: datetime | None = column("When it was closed; null while it is open.")
    close_reason: str | None = column("Why it was closed, in the words of who closed it.")

    @with_arguments(
        Computed(states.criteria, personal=False), "Criteria of its playbook, with how this deal stands to each."
    )
    def criteria(
        self,
        info: Info,
        scope: Annotated[
            CriteriaScope | None, strawberry.argument(description="Which criteria; null means the same as nothing.")
        ] = CriteriaScope.EXIT_CURRENT,
    ) -> list[CriterionState]: ...

    @with_arguments(
        Computed(states.activities, personal=False),
        "Activities of its stage, done or not, and those of other stages that somebody has dealt with.",
    )
    def activities(
        self,
        info: Info,
        status: Annotated[ActivityStatus | None, strawberry.argument(description="Only those in this status.")] = None,
    ) -> list[OpportunityActivity]: ...

    @with_arguments(
        Paged(CONTENTS, rows=10),
        "Enablement content for the stage where it stands now: meant for its partner's tier and its account's "
        "industry, in the viewer's language or, where there is no such translation, in the programme's; in the "
        "playbook's order. Other languages are there for the asking, by the filter.",
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

    @with_arguments(Paged(TRANSITIONS, TRANSITIONS_PAGE, rows=20), "Its moves from stage to stage, newest first.")
    def transitions(
        self,
        info: Info,
        first: Annotated[
            int | None, strawberry.argument(description=f"How many from the newest, at most {MAX_PAGE}.")
        ] = TRANSITIONS_PAGE,
        after: After = None,
        last: Last = None,
        before: Before = None,
    ) -> Connection[Annotated["StageTransition", strawberry.lazy("schema.opportunity.types")]]: ...

    @with_arguments(Paged(CORRECTIONS, rows=5), "What was put right of it after it had closed, newest first.")
    def corrections(
        self, info: Info, first: First = None, after: After = None, last: Last = None, before: Before = None
    ) -> Connection[Annotated["Correction", strawberry.lazy("schema.opportunity.types")]]: ...

    @with_arguments(
        Paged(FORMER_MARKS, rows=5),
        "Marks on its criteria that count no more, the last ended first: replaced by others, or asked anew because the "
        "deal was sent back or went to another partner.",
    )
    def former_marks(
        self, info: Info, first: First = None, after: After = None, last: Last = None, before: Before = None
    ) -> Connection[Annotated["FormerMark", strawberry.lazy("schema.opportunity.types")]]: ...

    @with_arguments(
        Computed(next_best_actions, personal=False),
        "What is worth doing next: the rules' answer at once, a language model's once it has landed.",
    )
    def recommendations(
        self,
        info: Info,
        first: Annotated[
            int | None, strawberry.argument(description=f"How many actions, at most {MOST_ACTIONS}.")
        ] = DEFAULT_ACTIONS,
        refresh: Annotated[
            bool | None,
            strawberry.argument(
                description="Work them out anew, and ask the language model again where it failed. Without it, what is "
                "known is served, and it is worked out anew when the deal has changed."
            ),
        ] = False,
    ) -> NextBestActions: ...


@entity(nouns.STAGE_TRANSITION, description="One move of a deal from stage to stage.")
class StageTransition(Node):
    opportunity: Opportunity = to_one("The deal.")
    from_stage: Stage | None = to_one("Where it came from; null when it was created.")
    to_stage: Stage = to_one("Where it went.")
    kind: TransitionKind = column("What the move amounts to.")
    at: datetime = column("When.")
    actor: User | None = to_one("Who moved it; null when it is not known, or the viewer may not know.")
    reason: str | None = expression(
        _reason,
        "Why, in their words; null where nothing was said, or the words are a former partner's. Untrusted: escape it.",
    )
    automatic: bool = column("Whether the deal moved by itself: a change met the last thing that kept it.")
    overridden: bool = column("Whether somebody from the vendor overrode what blocked it.")
    seconds_in_previous_stage: int | None = column("How long it had been in the stage before, in seconds.")


@entity(nouns.FORMER_MARK, description="What somebody said of a deal's criterion, until it counted no more.")
class FormerMark(Node):
    opportunity: Opportunity = to_one("The deal.")
    stage_key: str = column("Key of the criterion's stage.")
    criterion_key: str = column("Key of the criterion, unique within its stage.")
    met: bool = column("Whether they said that it holds.")
    marked_at: datetime = column("When they said it.")
    marked_by: User | None = to_one("Who said it, as far as the viewer may know.")
    evidence: str | None = expression(
        _evidence,
        "What they said to prove it; null where nothing was said, or the deal was a former partner's then. Untrusted: "
        "escape it.",
    )
    ended_at: datetime = column("Until when it counted.")
    ended_by: User | None = to_one(
        "Who replaced it, sent the deal back or gave it to another partner, as far as the viewer may know."
    )
    transition: StageTransition | None = to_one(
        "The move back that ended it; null when somebody replaced it, or the deal went to another partner."
    )


@entity(nouns.CORRECTION, description="A field of a closed deal that the vendor put right.")
class Correction(Node):
    opportunity: Opportunity = to_one("The deal.")
    field: str = column("Which: `amount`, `closedAt`, `expectedCloseDate` or `owner`.")
    before: str | None = column("What it was: an amount with its currency, a day, an instant, a person's id.")
    after: str | None = column("What it became.")
    reason: str = expression(
        _reason_of_correction, "Why, in their words; empty where these are a former partner's. Untrusted: escape it."
    )
    at: datetime = column("When it was put right.")
    actor: User | None = to_one("Who did it, as far as the viewer may know.")
