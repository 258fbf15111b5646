"""Registrations and what belongs to them."""

from collections.abc import Callable, Sequence
from datetime import date, datetime
from typing import TYPE_CHECKING, Annotated

import strawberry

from app import nouns
from app.database.sql import Sql, sql
from app.identity.scopes import VisibilityScope
from schema.comment.listings import OF_REGISTRATION as COMMENTS
from schema.comment.listings import CommentFilterArgument, CommentOrderArgument
from schema.comment.types import Comment
from schema.connections import connection
from schema.engine.declare import (
    Key,
    Listing,
    Paged,
    column,
    computed,
    embedded,
    entity,
    expression,
    to_many,
    to_one,
)
from schema.engine.sql.frame import Bindings, Frame
from schema.enums import DealType, ExtensionStatus, RegistrationStatus, RegistrationStepKind, RejectionCode
from schema.identity.types import Partner, User
from schema.money import Money
from schema.node import Node
from schema.pagination import Connection
from schema.registration import states
from schema.registration.conflicts import MOST, RegistrationConflict, conflicts
from schema.registration.policies import RegistrationPolicy
from schema.registration.states import FormAnswer, RegistrationBenefit
from schema.task.listings import OF_REGISTRATION as TASKS
from schema.task.listings import TaskFilterArgument, TaskOrderArgument

if TYPE_CHECKING:
    from schema.opportunity.types import Opportunity
    from schema.task.types import Task

ESCAPE = "Untrusted: escape it."


@strawberry.type(description="The customer, as the partner describes it.")
class RegisteredAccount:
    name: str | None = strawberry.field(description=f"The name; null in an unfinished draft. {ESCAPE}")
    domain: str | None = strawberry.field(description="The domain of the website and e-mail addresses.")
    registration_number: str | None = strawberry.field(description="The number in the register of companies.")
    country: str | None = strawberry.field(description="The country: an ISO 3166 code, or a name.")
    city: str | None = strawberry.field(description=f"The place. {ESCAPE}")
    postal_code: str | None = strawberry.field(description="The postal code.")
    industry: str | None = strawberry.field(description=f"The industry. {ESCAPE}")


@strawberry.type(description="The person at the customer, as the partner describes them.")
class RegisteredContact:
    name: str | None = strawberry.field(description=f"The full name. {ESCAPE}")
    title: str | None = strawberry.field(description=f"The job title. {ESCAPE}")
    email: str | None = strawberry.field(description="The e-mail address.")
    phone: str | None = strawberry.field(description="The telephone number.")


def _by_seq(frame: Frame, _: Bindings) -> Sequence[Key]:
    return [Key(frame.column("seq"), "integer"), Key(frame.column("id"), "uuid")]


def _last_requested_first(frame: Frame, _: Bindings) -> Sequence[Key]:
    return [
        Key(frame.column("requested_at"), "timestamptz", descending=True),
        Key(frame.column("id"), "uuid", descending=True),
    ]


def _last_asked_first(frame: Frame, _: Bindings) -> Sequence[Key]:
    return [
        Key(frame.column("requested_at"), "timestamptz", descending=True),
        Key(frame.column("place"), "smallint"),
        Key(frame.column("id"), "uuid"),
    ]


STEPS = Listing("registration-steps", _by_seq, link="registration_id")
CHANGE_REQUESTS = Listing("change-requests", _last_asked_first, link="registration_id")
EXTENSIONS = Listing("registration-extensions", _last_requested_first, link="registration_id")


def _resolved(frame: Frame) -> Sql:
    return sql("{} IS NOT NULL", frame.column("resolved_at"))


def _for_the_vendor(column: str, type_: str) -> Callable[[Frame], Sql]:
    def build(frame: Frame) -> Sql:
        if frame.builder.scope is VisibilityScope.EVERYTHING:
            return frame.column(column)
        return sql(f"NULL::{type_}")

    return build


def _overridden(frame: Frame) -> Sql:
    if frame.builder.scope is VisibilityScope.EVERYTHING:
        return frame.column("overridden")
    return sql("FALSE")


@entity(nouns.CHANGE_REQUEST, description="A field that the reviewer asked the partner to change.")
class ChangeRequest(Node):
    field: str = column("The name of the field, as `editableFields` has it, or `answers.` with the key of a question.")
    message: str = column(f"The requested change. {ESCAPE}")
    resolved: bool = expression(_resolved, "Whether the field has been changed since.")
    requested_at: datetime = column("The date and time.")
    requested_by: User | None = to_one("The reviewer; null if the viewer can't see that user.")


@entity(nouns.REGISTRATION_EXTENSION, description="A request for longer protection, or an extension given unasked.")
class RegistrationExtension(Node):
    status: ExtensionStatus = column("The state.")
    requested_at: datetime = column("The date and time of the request.")
    requested_by: User | None = to_one("The user who asked; null if the viewer can't see that user.")
    reason: str | None = column(f"The reason of the request. {ESCAPE}")
    decided_at: datetime | None = column("The date and time of the decision; null while it is pending.")
    decided_by: User | None = to_one("The user who decided; null if the viewer can't see that user.")
    decision: str | None = column(f"The reason of the decision. {ESCAPE}")
    days: int | None = column("The number of days granted.")


@entity(nouns.REGISTRATION_STEP, description="A step in the history of a registration.")
class RegistrationStep(Node):
    kind: RegistrationStepKind = column("The step.")
    from_status: RegistrationStatus | None = column("The status before it; null for a new registration.")
    to_status: RegistrationStatus = column("The status after it.")
    at: datetime = column("The date and time.")
    actor: User | None = to_one("The user; null for the system, or if the viewer can't see that user.")
    automatic: bool = column("Whether the system did it by itself.")
    overridden: bool = expression(
        _overridden, "Whether it was approved in spite of conflicts; always false for partners, who learn of none."
    )
    fields: list[str] = column("The names of the fields that were changed, or that are to be.", name="changed")
    code: RejectionCode | None = column("The code of a rejection or revocation.")
    reason: str | None = column(f"The reason that both sides see. {ESCAPE}")
    note: str | None = expression(
        _for_the_vendor("note", "text"), f"The vendor's own remark; always null for partners. {ESCAPE}"
    )


@entity(
    nouns.REGISTRATION,
    description="A partner's claim on a customer's project, which the vendor approves or rejects. Approved, it "
    "protects the partner for a time. Managers of the partner see all of theirs, sellers their own and those of "
    "opportunities that they see.",
)
class DealRegistration(Node):
    number: str = column("The number, such as `DR-2026-000123`. Drawn by lot and never reused.")
    status: RegistrationStatus = column("The status.")
    partner: Partner = to_one("The partner.")
    owner: User | None = to_one(
        "The partner's user in charge; null if there is none or the viewer can't see that user."
    )
    submitted_by: User | None = to_one(
        "The user who submitted it last; null before submission, or if the viewer can't see that user."
    )
    external_id: str | None = column("The id in the partner's own system.")
    title: str | None = column(f"The name of the project, which the opportunity gets. {ESCAPE}")
    account: RegisteredAccount = embedded(
        RegisteredAccount,
        {
            "name": "account_name",
            "domain": "account_domain",
            "registration_number": "account_registration_number",
            "country": "account_country",
            "city": "account_city",
            "postal_code": "account_postal_code",
            "industry": "account_industry",
        },
        "id",
        "The customer.",
    )
    contact: RegisteredContact | None = embedded(
        RegisteredContact,
        {"name": "contact_name", "title": "contact_title", "email": "contact_email", "phone": "contact_phone"},
        "contact_name",
        "The person at the customer; null if none was named.",
    )
    deal_type: DealType = column("The kind of purchase.")
    products: list[str] = column(f"The products. {ESCAPE}")
    amount: Money | None = embedded(
        Money, {"amount": "amount", "currency": "currency"}, "amount", "The expected amount; null while unknown."
    )
    expected_close_date: date | None = column("The expected date of the purchase.")
    need: str = column(f"The customer's need and its cause; empty in an unfinished draft. {ESCAPE}")
    next_step: str | None = column(f"The next step. {ESCAPE}")
    answers: list[FormAnswer] = computed(
        states.answers, "All questions of the policy in order, with their answers.", personal=False
    )
    policy: RegistrationPolicy = to_one("The policy.")
    created_at: datetime = column("The date and time of creation.")
    updated_at: datetime = column("The date and time of the last change.")
    submitted_at: datetime | None = column(
        "The date and time of submission, which decides who was first. Naming another customer makes it a new one."
    )
    review_due_at: datetime | None = column(
        "The date and time by which the review is due; null while none is under way, and while the partner is asked."
    )
    reviewer: User | None = to_one("The reviewer; null if there is none or the viewer can't see that user.")
    decided_at: datetime | None = column("The date and time of the last decision.")
    decided_by: User | None = to_one("The user who decided; null for the system, or if the viewer can't see that user.")
    rejection_code: RejectionCode | None = column("The code of the rejection or revocation.")
    reason: str | None = column(f"The reason of the last decision, request for changes or withdrawal. {ESCAPE}")
    opportunity: Annotated["Opportunity", strawberry.lazy("schema.opportunity.types")] | None = to_one(
        "The opportunity; null before approval, unless it was registered for an existing one."
    )
    protected_until: datetime | None = column("The end of protection; null before approval.")
    extensions_left: int = computed(
        states.extensions_left, "The number of extensions that it may still get.", personal=False
    )
    extensions: list[RegistrationExtension] = to_many(
        EXTENSIONS, "The requests for longer protection and extensions, newest first.", rows=2
    )
    history: list[RegistrationStep] = to_many(STEPS, "All steps, oldest first.", rows=8)

    comments: Connection[Comment] = connection(
        Paged(COMMENTS),
        "The comments that the viewer can read, oldest first by default; `last` for the newest.",
        filter=CommentFilterArgument,
        order_by=CommentOrderArgument,
    )

    tasks: Connection[Annotated["Task", strawberry.lazy("schema.task.types")]] = connection(
        Paged(TASKS, rows=5),
        "The tasks of the registration that the viewer can see, by due date by default.",
        filter=TaskFilterArgument,
        order_by=TaskOrderArgument,
    )

    version: int = column(
        "The version, incremented by every change. Send it as `expectedVersion`: the mutation fails with `CONFLICT` if "
        "the registration has changed since."
    )
    allowed_steps: list[RegistrationStepKind] = computed(
        states.allowed_steps,
        "The steps that the viewer may take now. Whether all is filled in is checked on submission; see "
        "`requiredFields`.",
        rows=5,
    )
    editable_fields: list[str] = computed(
        states.editable_fields, "The fields that the viewer may change now with `saveRegistration`.", rows=20
    )
    required_fields: list[str] = computed(
        states.required_fields,
        "The fields that have to be filled in before submission, whether they are or not; `answers.` with the key of a "
        "question for its answer. Empty once it is submitted.",
        rows=10,
    )
    change_requests: list[ChangeRequest] = to_many(
        CHANGE_REQUESTS,
        "The changes that the reviewer asked for: those of the last time first, in the order in which they were asked.",
        rows=3,
    )
    conflicts: list[RegistrationConflict] = computed(
        conflicts,
        f"The conflicts with other live registrations and open opportunities, at most {MOST}: those that block first. "
        "Partners get those among what they see. Empty for drafts and after the end.",
        rows=30,
    )
    benefit: RegistrationBenefit | None = computed(
        states.benefit,
        "The reward once it is approved, by the partner's tier and the kind of purchase; null if there is none.",
        personal=False,
    )
