"""The history of an opportunity's fields."""

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from typing import TYPE_CHECKING, Annotated, Any

import strawberry

from app import nouns
from app.database.sql import Sql, sql
from schema.engine.declare import Key, Listing, ListingArguments, column, embedded, entity, expression, to_one
from schema.engine.sql.frame import Bindings, Frame
from schema.identity.types import Partner, User
from schema.money import Money
from schema.node import Node

if TYPE_CHECKING:
    from schema.opportunity.types import Opportunity

MOST_FIELDS = 20


@strawberry.input(description="Conditions on changes of fields, all of which must hold.")
class FieldChangeFilter:
    fields: list[str] | None = strawberry.field(
        default=None, description="Changes of these fields, such as `amount` or `expectedCloseDate`."
    )


FieldChangeFilterArgument = Annotated[FieldChangeFilter | None, strawberry.argument(description="Filters the list.")]


def _ask(arguments: Mapping[str, Any]) -> ListingArguments:
    wanted: FieldChangeFilter = arguments.get("filter") or FieldChangeFilter()
    return ListingArguments({} if wanted.fields is None else {"fields": wanted.fields[:MOST_FIELDS]}, {})


def _where(frame: Frame, given: Bindings) -> Sequence[Sql]:
    fields = given.value("fields")
    return [] if fields is None else [sql("{} = ANY ({}::text[])", frame.column("field"), fields)]


def _newest_first(frame: Frame, _: Bindings) -> Sequence[Key]:
    return [
        Key(frame.column("at"), "timestamptz", descending=True),
        Key(frame.column("nth"), "integer", descending=True),
        Key(frame.column("id"), "uuid", descending=True),
    ]


CHANGES = Listing("field-changes", _newest_first, link="opportunity_id", where=_where, bind=_ask)


def _value(side: str) -> Callable[[Frame], Sql]:
    """The text, or the id of who the viewer sees."""

    def build(frame: Frame) -> Sql:
        return sql(
            "CASE {} WHEN 'owner' THEN 'usr_' || {}::text WHEN 'partner' THEN 'ptr_' || {}::text ELSE {} END",
            frame.column("field"),
            frame.follow(f"{side}_owner_id").column("id"),
            frame.follow(f"{side}_partner_id").column("id"),
            frame.column(side),
        )

    return build


@entity(nouns.FIELD_CHANGE, description="A change of one field of an opportunity.")
class FieldChange(Node):
    opportunity: Annotated["Opportunity", strawberry.lazy("schema.opportunity.types")] = to_one("The opportunity.")
    field: str = column(
        "The name of the field: `amount`, `currency`, `expectedCloseDate`, `forecastCategory`, `name`, `nextStep`, "
        "`owner`, `partner`, `playbook`, `stage` or `status`."
    )
    from_: str | None = expression(
        _value("before"),
        "The value before: a number, a currency code, a date, a text, a status, the key of a stage or playbook, or the "
        "id of a user or partner. Null if there was none, if it isn't `known`, or if the viewer can't see that user or "
        "partner. Texts are untrusted: escape them.",
        name="from",
    )
    to: str | None = expression(_value("after"), "The value after, written like `from`.")
    from_amount: Money | None = embedded(
        Money,
        {"amount": "before_amount", "currency": "before_currency"},
        "before_amount",
        "Of `amount` and `currency`: the amount of money before; null while unknown.",
    )
    to_amount: Money | None = embedded(
        Money,
        {"amount": "after_amount", "currency": "after_currency"},
        "after_amount",
        "Of `amount` and `currency`: the amount of money after; null while unknown.",
    )
    from_owner: User | None = to_one(
        "Of `owner`: the owner before; null if there was none or the viewer can't see that user.",
        column="before_owner_id",
    )
    to_owner: User | None = to_one(
        "Of `owner`: the owner after; null if there is none or the viewer can't see that user.", column="after_owner_id"
    )
    from_partner: Partner | None = to_one(
        "Of `partner`: the partner before; null for the vendor, or if the viewer can't see that partner.",
        column="before_partner_id",
    )
    to_partner: Partner | None = to_one(
        "Of `partner`: the partner after; null for the vendor, or if the viewer can't see that partner.",
        column="after_partner_id",
    )
    at: datetime = column("The date and time of the change; of a stage, those of the move.")
    actor: User | None = to_one(
        "The user who made the change; null for an import, a directory, or an automatic change, or if the viewer can't "
        "see that user."
    )
    known: bool = column(
        "Whether the values are known. Of changes from before values were kept, often only the field, the time and the "
        "user are."
    )
