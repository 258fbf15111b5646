"""A comment."""

from datetime import datetime
from typing import TYPE_CHECKING, Annotated

import strawberry

from app import nouns
from schema.engine.declare import column, entity, to_one
from schema.enums import CommentAudience
from schema.identity.types import Organization, User
from schema.node import Node

if TYPE_CHECKING:
    from schema.opportunity.types import Opportunity
    from schema.registration.types import DealRegistration


@entity(
    nouns.COMMENT,
    description="A comment on an opportunity or a registration. A removed one stays in its place, without its text.",
)
class Comment(Node):
    author: User | None = to_one("The author; null if the viewer can't see that user.")
    organization: Organization | None = to_one(
        "The organisation that the author wrote for; null if the viewer can't see it."
    )
    body: str = column("The text; empty once it was removed. Untrusted: escape it.")
    audience: CommentAudience = column("The audience.")
    created_at: datetime = column("The date and time of writing.")
    edited_at: datetime | None = column("The date and time of the last change; null if there was none.")
    removed_at: datetime | None = column("The date and time of its removal; null if it is there.")
    opportunity: Annotated["Opportunity", strawberry.lazy("schema.opportunity.types")] | None = to_one(
        "The opportunity that it is on; null if it is on a registration."
    )
    registration: Annotated["DealRegistration", strawberry.lazy("schema.registration.types")] | None = to_one(
        "The registration that it is on; null if it is on an opportunity."
    )
