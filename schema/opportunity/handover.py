"""Types of a deal's transfers between partners, for the vendor's people."""

from collections.abc import Sequence
from datetime import datetime
from typing import TYPE_CHECKING, Annotated

import strawberry

from app import nouns
from app.database.sql import sql
from schema.engine.declare import Key, Listing, column, entity, to_many, to_one
from schema.engine.sql.frame import Bindings, Frame
from schema.enums import KeptKind
from schema.identity.types import Partner, User
from schema.node import Node

if TYPE_CHECKING:
    from schema.opportunity.types import Opportunity


def _newest_first(frame: Frame, _: Bindings) -> Sequence[Key]:
    return [
        Key(frame.column("at"), "timestamptz", descending=True),
        Key(frame.column("id"), "uuid", descending=True),
    ]


def _by_kind(frame: Frame, _: Bindings) -> Sequence[Key]:
    return [
        Key(frame.column("kind"), "text"),
        Key(sql("coalesce({}, 'infinity')", frame.column("written_at")), "timestamptz"),
        Key(frame.column("id"), "uuid"),
    ]


HANDOVERS = Listing("handovers", _newest_first, link="opportunity_id")
KEPT = Listing("kept-texts", _by_kind, link="handover_id")


@entity(
    nouns.KEPT_TEXT,
    description=(
        "A text that remains with the partner that had the opportunity when it was written: by the partner's people, "
        "or by the vendor on marks, activities and moves. Visible to the vendor only; restored when the opportunity "
        "returns to that partner."
    ),
)
class KeptText(Node):
    kind: KeptKind = column("The kind of text.")
    label: str = column("The display name of its subject: the question, criterion, activity or move.")
    text: str = column("The text. Untrusted: escape it.")
    author: User | None = to_one("The author; null if unknown.")
    written_at: datetime | None = column("The date and time of writing; null if unknown.")


@entity(
    nouns.HANDOVER,
    description=(
        "A transfer of an opportunity between partners, or between a partner and the vendor. Visible to the vendor "
        "only."
    ),
)
class Handover(Node):
    opportunity: Annotated["Opportunity", strawberry.lazy("schema.opportunity.types")] = to_one("The opportunity.")
    at: datetime = column("The date and time.")
    by: User | None = to_one("The user who made the transfer.")
    from_partner: Partner | None = to_one("The partner before the transfer; null for the vendor.")
    to_partner: Partner | None = to_one("The partner after the transfer; null for the vendor.")
    from_owner: User | None = to_one("The owner before the transfer.")
    to_owner: User | None = to_one("The owner after the transfer; null if there is none yet.")
    kept: list[KeptText] = to_many(KEPT, "The texts that remain with the former partner.", rows=20)
