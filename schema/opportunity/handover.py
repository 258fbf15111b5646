"""What became of a deal that went to another partner: for the vendor's people."""

from collections.abc import Sequence
from datetime import datetime
from typing import TYPE_CHECKING, Annotated

import strawberry

from app import nouns
from app.database.sql import sql
from schema.engine.declare import Key, Listing, column, entity, to_many, to_one
from schema.engine.frame import Frame, Given
from schema.enums import KeptKind
from schema.identity.types import Partner, User
from schema.node import Node

if TYPE_CHECKING:
    from schema.opportunity.types import Opportunity


def _newest_first(frame: Frame, _: Given) -> Sequence[Key]:
    return [
        Key(frame.column("at"), "timestamptz", descending=True),
        Key(frame.column("id"), "uuid", descending=True),
    ]


def _by_kind(frame: Frame, _: Given) -> Sequence[Key]:
    return [
        Key(frame.column("kind"), "text"),
        Key(sql("coalesce({}, 'infinity')", frame.column("written_at")), "timestamptz"),
        Key(frame.column("id"), "uuid"),
    ]


HANDOVERS = Listing("handovers", _newest_first, link="opportunity_id")
KEPT = Listing("kept-texts", _by_kind, link="handover_id")


@entity(
    nouns.KEPT_TEXT,
    description="A text of a deal that stays with the partner that had the deal when it was "
    "written: by its people, or by the vendor's on marks, activities and moves. Only the vendor's people see it; "
    "it is back in its place once the deal is that partner's again.",
)
class KeptText(Node):
    kind: KeptKind = column("What it was.")
    label: str = column("What it is about, as people call it: the question, the criterion, the activity, the move.")
    text: str = column("The text. Untrusted: escape it.")
    author: User | None = to_one("Who wrote it; null when that isn't known.")
    written_at: datetime | None = column("When; null when that isn't known.")


@entity(
    nouns.HANDOVER,
    description="A deal went from one partner to another, or from or to the vendor. Only the vendor's people see it.",
)
class Handover(Node):
    opportunity: Annotated["Opportunity", strawberry.lazy("schema.opportunity.types")] = to_one("The deal.")
    at: datetime = column("When.")
    by: User | None = to_one("Who gave it.")
    from_partner: Partner | None = to_one("Whose it was; null: the vendor's own.")
    to_partner: Partner | None = to_one("Whose it became; null: the vendor's own.")
    from_owner: User | None = to_one("Who drove it until then.")
    to_owner: User | None = to_one("Who drove it from then on; null: nobody yet.")
    kept: list[KeptText] = to_many(KEPT, "What had been written in it and stays with the former partner.", rows=20)
