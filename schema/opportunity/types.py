"""Types of opportunities, their history and their possible moves."""

from collections.abc import Sequence
from datetime import date, datetime
from typing import TYPE_CHECKING, Annotated

import strawberry

from app import nouns
from app.database.sql import Sql, all_of, sql
from app.deals import queries
from app.enablement.ranking import OF_DEALS, best_translation, meant_for_deal, rank_for_deal
from app.identity.scopes import TIER, VisibilityScope
from app.identity.visibility import visible
from app.nouns.participation import led_by_viewer
from schema.arguments import After, Before, First, Last
from schema.comment.listings import OF_DEAL as COMMENTS_OF_DEAL
from schema.comment.listings import CommentFilterArgument, CommentOrderArgument
from schema.comment.types import Comment
from schema.connections import connection
from schema.contact.listings import OF_DEAL
from schema.contact.types import Contact
from schema.content.queries import ContentFilterArgument
from schema.content.types import Content, ask_contents, contents_where
from schema.context import Info
from schema.cosell.types import OF_DEAL as PARTNERS
from schema.cosell.types import DealPartner, OfferCandidate, RevenueSplit, TeamMember, offer_candidates, splits, team
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
from schema.engine.sql.frame import Bindings, Frame
from schema.enums import (
    ActivityStatus,
    CriteriaScope,
    DealType,
    EventType,
    ForecastCategory,
    OpportunitySource,
    OpportunityStatus,
    TransitionKind,
)
from schema.event.reading import events_of_deals
from schema.event.types import EventConnection
from schema.guidance.answers import next_best_actions
from schema.guidance.types import DEFAULT_ACTIONS, MOST_ACTIONS, NextBestActions
from schema.identity.types import Account, Partner, User
from schema.money import Money
from schema.node import Node
from schema.opportunity import states
from schema.opportunity.changes import CHANGES, FieldChange, FieldChangeFilterArgument
from schema.opportunity.handover import HANDOVERS, Handover
from schema.opportunity.probability import win_probability
from schema.opportunity.states import (
    AllowedTransition,
    CriterionState,
    OpportunityActivity,
    QualificationAnswer,
)
from schema.pagination import MAX_PAGE, Connection
from schema.playbook.types import Playbook, Stage
from schema.prediction.types import Prediction
from schema.task.listings import OF_DEAL as TASKS_OF_DEAL
from schema.task.listings import TaskFilterArgument, TaskOrderArgument

if TYPE_CHECKING:
    from schema.registration.types import DealRegistration
    from schema.task.types import Task

TRANSITIONS_PAGE = 20


def _days_in_stage(frame: Frame) -> Sql:
    return queries.days_in_stage(frame.alias, frame.now)


def _stalled(frame: Frame) -> Sql:
    return queries.stalled(frame.alias, frame.follow("stage_id").alias, frame.now)


def _forecast_category(frame: Frame) -> Sql:
    return sql(queries.forecast_category(frame.alias, frame.follow("stage_id").alias))


_KEPT = "(SELECT k.text FROM kept_text k WHERE k.subject_id = {} LIMIT 1)"
"""The vendor reads what people said wherever it is kept (`app.deals.kept`)."""


def _reason(frame: Frame) -> Sql:
    reason = frame.column("reason")
    if frame.builder.scope is not VisibilityScope.EVERYTHING:
        led = led_by_viewer(frame.column("opportunity_id"))
        return sql("CASE WHEN {} IS NOT NULL AND {} THEN {} END", reason, led, reason)
    return sql(f"CASE WHEN {{}} THEN {_KEPT} ELSE {{}} END", frame.column("reason_kept"), frame.column("id"), reason)


def _protected_until(frame: Frame) -> Sql:
    """A registration is for the partner whose it is."""
    until = frame.column("protected_until")
    if frame.builder.scope is VisibilityScope.EVERYTHING:
        return until
    return sql("CASE WHEN {} IS NOT NULL AND {} THEN {} END", until, led_by_viewer(frame.column("id")), until)


def _reason_of_correction(frame: Frame) -> Sql:
    reason = frame.column("reason")
    if frame.builder.scope is not VisibilityScope.EVERYTHING:
        return reason
    return sql(f"CASE WHEN {{}} = '' THEN coalesce({_KEPT}, '') ELSE {{}} END", reason, frame.column("id"), reason)


def _evidence(frame: Frame) -> Sql:
    evidence = frame.column("evidence")
    if frame.builder.scope is not VisibilityScope.EVERYTHING:
        return evidence
    return sql(f"coalesce({{}}, {_KEPT})", evidence, frame.column("id"))


def _newest_first(frame: Frame, _: Bindings) -> Sequence[Key]:
    return [Key(frame.column("seq"), "integer", descending=True)]


def _last_corrected_first(frame: Frame, _: Bindings) -> Sequence[Key]:
    last = Key(frame.column("at"), "timestamptz", descending=True)
    return [last, Key(frame.column("id"), "uuid", descending=True)]


def _last_ended_first(frame: Frame, _: Bindings) -> Sequence[Key]:
    return [
        Key(frame.column("ended_at"), "timestamptz", descending=True),
        Key(frame.column("id"), "uuid", descending=True),
    ]


def _ranked(frame: Frame, _: Bindings) -> Sequence[Key]:
    ranks = rank_for_deal(frame.alias, frame.link or "", **_chosen_by(frame))
    return [*(Key(rank, "integer") for rank in ranks), Key(frame.column("id"), "uuid")]


def _helpful(frame: Frame, given: Bindings) -> Sequence[Sql]:
    conditions = [*contents_where(frame, given), meant_for_deal(frame.alias, **_chosen_by(frame))]
    if given.value("language") is not None:
        return conditions  # who asks for a language has chosen the translation
    rivals = all_of([visible(frame.builder.scope, "content", "bc"), meant_for_deal("bc", **_chosen_by(frame))])
    return [*conditions, best_translation(frame.alias, frame.link or "", rivals)]


def _chosen_by(frame: Frame) -> dict[str, Sql]:
    """A partner's people read what is meant for their own tier, whoever leads the deal."""
    of_all = frame.builder.scope is VisibilityScope.EVERYTHING
    tier = frame.link_column("tier") if of_all else sql("{}::text", TIER)
    return {"tier": tier, "industry": frame.link_column("industry")}


CONTENTS = Listing(
    "deal-contents",
    _ranked,
    link=Through(OF_DEALS, "opportunity_id", "content_id"),
    where=_helpful,
    bind=ask_contents,
)
TRANSITIONS = Listing("transitions", _newest_first, link="opportunity_id")
CORRECTIONS = Listing("corrections", _last_corrected_first, link="opportunity_id")
FORMER_MARKS = Listing("former-marks", _last_ended_first, link="opportunity_id")


@entity(
    nouns.OPPORTUNITY,
    description=(
        "A deal that a partner and the vendor work on. Called an opportunity throughout the schema, and `deal` in "
        "conditions and templates."
    ),
)
class Opportunity(Node):
    external_id: str | None = column("The id in the system of origin.")
    name: str = column("The name.")
    version: int = column(
        "The version, incremented by every change of the opportunity or of anything that belongs to it. Send it as "
        "`expectedVersion`: the mutation fails with `CONFLICT` if the opportunity has changed since."
    )
    amount: Money | None = embedded(
        Money, {"amount": "amount", "currency": "currency"}, "amount", "The amount; null while unknown."
    )
    expected_close_date: date | None = column("The expected close date.")
    status: OpportunityStatus = column("The status.")
    account: Account = to_one("The customer.")
    partner: Partner | None = to_one("The partner that sells; null for the vendor's own opportunities.")
    owner: User | None = to_one("The owner; null if there is none or the viewer can't see that user.")
    source: OpportunitySource = column("The origin.")
    playbook: Playbook = to_one("The version of the playbook that it follows.")
    stage: Stage = to_one("The current stage.")
    entered_stage_at: datetime = column("The date and time of entry into the current stage.")
    days_in_stage: int = expression(_days_in_stage, "The number of whole days in the current stage.")
    stalled: bool = expression(
        _stalled,
        (
            "Whether it is open and has been in its stage longer than opportunities that moved on: longer than 80 % of "
            "those of all partners if there are enough of them, otherwise of its own partner's if there are at least "
            "20, otherwise longer than the stage's target duration. Updated daily."
        ),
    )
    win_probability: float = expression(
        win_probability,
        "The win probability from 0 to 1: that of the stage or, where the vendor has chosen so, of the prediction, as "
        "far as there is one and the viewer sees it. Filters and orders go by the same; `weightedAmount` of a pipeline "
        "and `weighted` of a forecast always go by the stages'.",
    )
    prediction: Prediction | None = to_one(
        "The prediction of its outcome; null once closed, until the first computation seconds after a change of its "
        "partner or playbook, and for partners that only sell it along.",
        column="id",
    )
    forecast_category: ForecastCategory = expression(
        _forecast_category, "The forecast category: the one set by hand while it is open, otherwise its stage's."
    )
    forecast_category_set_at: datetime | None = column(
        "The date and time at which the forecast category was set by hand; null if it is the stage's. It counts while "
        "the opportunity is open.",
        "forecast_category_at",
    )
    forecast_category_set_by: User | None = to_one(
        "The user who set the forecast category by hand; null if it is the stage's or the viewer can't see that user.",
        column="forecast_category_by_id",
    )
    next_step: str | None = column("The owner's next step.")
    notes: str | None = column("Free text of the people working on it. Untrusted: escape it.")
    qualification: list[QualificationAnswer] = computed(
        states.qualification,
        "All qualification questions of the playbook in order, with their answers.",
        personal=False,
    )
    created_at: datetime = column("The date and time of creation.")
    updated_at: datetime = column("The date and time of the last change.")
    contacts: list[Contact] = to_many(
        OF_DEAL,
        "The contacts that take part and that the viewer can see, in the order of `setDealContacts`.",
        rows=5,
    )
    team: list[TeamMember] = computed(
        team,
        "The people who take part and whom the viewer can see: the owner first, then those who were added.",
        personal=False,
        rows=3,
    )
    partners: list[DealPartner] = to_many(
        PARTNERS,
        "The parts of partners beside the one that leads it, in the order of invitation. Participants see those that "
        "have accepted, the inviting partner all of its own invitations, the vendor everything.",
        rows=2,
    )
    offer_candidates: list[OfferCandidate] = computed(
        offer_candidates,
        "The partners that the opportunity could be offered to by `offerOpportunity`, best first. Visible to the "
        "vendor, while no partner leads the opportunity; empty otherwise.",
        personal=False,
        rows=10,
    )
    handovers: list[Handover] = to_many(
        HANDOVERS,
        ("The transfers between partners, newest first. Visible to the vendor only; empty for everybody else."),
        rows=2,
    )
    deal_type: DealType | None = column("The kind of purchase; null while unknown.")
    registration: Annotated["DealRegistration", strawberry.lazy("schema.registration.types")] | None = to_one(
        "The latest registration; null if there is none or the viewer can't see it."
    )
    protected_until: datetime | None = expression(
        _protected_until,
        "The end of the partner's protection by an approved registration; null without one, and for other partners.",
    )
    closed_at: datetime | None = column("The date and time of closing; null while open.")
    editable_fields: list[str] = computed(
        states.editable_fields,
        "The names of the fields that the viewer can change now: of this type, as `expectedCloseDate`. "
        "`updateOpportunity` refuses what isn't listed. Corrections of a closed opportunity need a `reason`.",
        personal=False,
    )
    required_fields: list[str] = computed(
        states.required_fields,
        "The names of the fields that the required exit criteria of its stage ask for, filled in or not; "
        "`qualification.KEY` is the answer to a question, `account.industry` a field of the account.",
        personal=False,
    )
    close_reason_key: str | None = column(
        "The key of the reason for closing among the playbook's `closeReasons`; null while open, or if none was given."
    )
    close_reason: str | None = column("The reason for closing, as given by the user who closed it.")

    @with_arguments(
        Computed(states.criteria, personal=False),
        ("The criteria of the playbook, each with its state in this opportunity."),
    )
    def criteria(
        self,
        info: Info,
        scope: Annotated[
            CriteriaScope | None,
            strawberry.argument(description=("The criteria to return. Null means `EXIT_CURRENT`.")),
        ] = CriteriaScope.EXIT_CURRENT,
    ) -> list[CriterionState]: ...

    @with_arguments(
        Computed(states.activities, personal=False),
        "The activities of the current stage, and those of other stages that were completed or skipped.",
    )
    def activities(
        self,
        info: Info,
        status: Annotated[
            ActivityStatus | None, strawberry.argument(description=("Limits the activities to this status."))
        ] = None,
    ) -> list[OpportunityActivity]: ...

    @with_arguments(
        Computed(states.allowed_transitions, personal=False),
        "All stages of the playbook in order, with the kind of move and everything that blocks it.",
    )
    def allowed_transitions(
        self,
        info: Info,
        allowed: Annotated[
            bool | None,
            strawberry.argument(description="Limits the list to moves that are allowed now, or to those that aren't."),
        ] = None,
        stage_keys: Annotated[
            list[str] | None, strawberry.argument(description="Limits the list to stages with these keys.")
        ] = None,
    ) -> list[AllowedTransition]: ...

    @with_arguments(
        Computed(splits, personal=False, rows=3),
        "The shares of revenue that count in a month. A partner sees its own, the vendor all.",
    )
    def splits(
        self,
        info: Info,
        on: Annotated[
            date | None, strawberry.argument(description="A day of the month; the current one by default.")
        ] = None,
    ) -> list[RevenueSplit]: ...

    @with_arguments(
        Computed(events_of_deals, personal=False),
        "The events of the opportunity that the viewer can see, oldest first; `last` for the newest.",
    )
    def events(
        self,
        info: Info,
        first: First = None,
        after: After = None,
        last: Last = None,
        before: Before = None,
        types: Annotated[
            list[EventType] | None, strawberry.argument(description="Limits the list to events of these types.")
        ] = None,
    ) -> EventConnection: ...

    contents: Connection[Content] = connection(
        Paged(CONTENTS, rows=10),
        "The enablement content for the current stage: meant for the partner's tier and the account's industry, in "
        "the viewer's language or, without such a translation, in the programme's; in playbook order. Use the "
        "filter for other languages.",
        filter=ContentFilterArgument,
    )

    comments: Connection[Comment] = connection(
        Paged(COMMENTS_OF_DEAL),
        "The comments that the viewer can read, oldest first by default; `last` for the newest.",
        filter=CommentFilterArgument,
        order_by=CommentOrderArgument,
    )

    tasks: Connection[Annotated["Task", strawberry.lazy("schema.task.types")]] = connection(
        Paged(TASKS_OF_DEAL, rows=5),
        "The tasks of the opportunity that the viewer can see, by due date by default.",
        filter=TaskFilterArgument,
        order_by=TaskOrderArgument,
    )

    @with_arguments(Paged(TRANSITIONS, TRANSITIONS_PAGE, rows=20), "The transitions between stages, newest first.")
    def transitions(
        self,
        info: Info,
        first: Annotated[
            int | None, strawberry.argument(description=f"The number of newest transitions, at most {MAX_PAGE}.")
        ] = TRANSITIONS_PAGE,
        after: After = None,
        last: Last = None,
        before: Before = None,
    ) -> Connection[Annotated["StageTransition", strawberry.lazy("schema.opportunity.types")]]: ...

    changes: Connection[FieldChange] = connection(
        Paged(CHANGES, rows=20),
        "The changes of its amount, currency, expected close date, forecast category, owner, partner, stage, status, "
        "name and next step, newest first. A partner sees names, next steps and owners of the time when it led the "
        "opportunity.",
        filter=FieldChangeFilterArgument,
    )

    corrections: Connection[Annotated["Correction", strawberry.lazy("schema.opportunity.types")]] = connection(
        Paged(CORRECTIONS, rows=5),
        "The corrections made after closing, newest first.",
    )

    former_marks: Connection[Annotated["FormerMark", strawberry.lazy("schema.opportunity.types")]] = connection(
        Paged(FORMER_MARKS, rows=5),
        "Marks on criteria that are no longer valid, most recently ended first: replaced by others, or void "
        "because the opportunity was moved back or transferred to another partner.",
    )

    @with_arguments(
        Computed(next_best_actions, personal=False),
        "The recommended next steps: the rules' answer at once, a language model's as soon as it is available.",
    )
    def recommendations(
        self,
        info: Info,
        first: Annotated[
            int | None, strawberry.argument(description=f"The number of actions, at most {MOST_ACTIONS}.")
        ] = DEFAULT_ACTIONS,
        refresh: Annotated[
            bool | None,
            strawberry.argument(
                description=(
                    "Whether to recompute them, and to ask the language model again if it failed. Without it, stored "
                    "recommendations are returned, and recomputed if the opportunity has changed."
                )
            ),
        ] = False,
    ) -> NextBestActions: ...


@entity(nouns.STAGE_TRANSITION, description="A move of an opportunity to a stage.")
class StageTransition(Node):
    opportunity: Opportunity = to_one("The opportunity.")
    from_stage: Stage | None = to_one("The previous stage; null on creation.")
    to_stage: Stage = to_one("The new stage.")
    kind: TransitionKind = column("The kind of transition.")
    at: datetime = column("The date and time.")
    actor: User | None = to_one("The user who made the move; null if unknown or if the viewer can't see that user.")
    reason: str | None = expression(
        _reason,
        (
            "The reason that was given; null if there was none or if it belongs to another partner. Untrusted: escape "
            "it."
        ),
    )
    automatic: bool = column(
        "Whether the opportunity advanced automatically, by a change that met the last requirement."
    )
    overridden: bool = column("Whether the vendor overrode blockers.")
    seconds_in_previous_stage: int | None = column("The time spent in the previous stage, in seconds.")


@entity(nouns.FORMER_MARK, description="A mark on a criterion that is no longer valid.")
class FormerMark(Node):
    opportunity: Opportunity = to_one("The opportunity.")
    stage_key: str = column("The key of the criterion's stage.")
    criterion_key: str = column("The key of the criterion, unique within its stage.")
    met: bool = column("Whether it was marked as met.")
    marked_at: datetime = column("The date and time of the mark.")
    marked_by: User | None = to_one("The user who marked it; null if the viewer can't see that user.")
    evidence: str | None = expression(
        _evidence,
        (
            "The evidence that was given; null if there was none or if it belongs to a former partner. Untrusted: "
            "escape it."
        ),
    )
    ended_at: datetime = column("The date and time when the mark ceased to be valid.")
    ended_by: User | None = to_one(
        "The user who replaced the mark, moved the opportunity back or transferred it to another partner; null if the "
        "viewer can't see that user."
    )
    transition: StageTransition | None = to_one(
        "The move back that ended the mark; null if it was replaced, or if the opportunity was transferred to another "
        "partner."
    )


@entity(nouns.CORRECTION, description="A correction that the vendor made to a field of a closed opportunity.")
class Correction(Node):
    opportunity: Opportunity = to_one("The opportunity.")
    field: str = column("The name of the field: `amount`, `closedAt`, `expectedCloseDate` or `owner`.")
    before: str | None = column(
        "The value before the correction: an amount with its currency, a date, a date and time, or the id of a user."
    )
    after: str | None = column("The value after the correction.")
    reason: str = expression(
        _reason_of_correction, "The reason that was given; empty if a former partner gave it. Untrusted: escape it."
    )
    at: datetime = column("The date and time of the correction.")
    actor: User | None = to_one("The user who made the change; null if the viewer can't see that user.")
