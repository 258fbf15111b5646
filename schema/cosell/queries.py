"""Queries for invitations."""

from collections.abc import Mapping, Sequence
from typing import Annotated, Any

import strawberry

from app.database.sql import Sql, sql
from app.identity.scopes import ORGANIZATION, VisibilityScope
from schema.connections import root_connection
from schema.cosell.types import DealPartner
from schema.engine.declare import Key, Listing, ListingArguments, Paged
from schema.engine.scans import Look, Scan
from schema.engine.sql.frame import Bindings, Frame
from schema.enums import InvitationStatus
from schema.pagination import Connection


def _ask(arguments: Mapping[str, Any]) -> ListingArguments:
    wanted = arguments.get("status")
    return ListingArguments({} if wanted is None else {"status": [one.value for one in wanted]})


def _where(frame: Frame, given: Bindings) -> Sequence[Sql]:
    conditions = []
    if frame.builder.scope is not VisibilityScope.EVERYTHING:
        conditions.append(sql("{} = {}", frame.column("partner_id"), ORGANIZATION))
    if given.value("status") is not None:
        conditions.append(sql("{} = ANY ({}::text[])", frame.column("status"), given.value("status")))
    return conditions


def _newest_first(frame: Frame, _: Bindings) -> Sequence[Key]:
    return [
        Key(frame.column("invited_at"), "timestamptz", descending=True),
        Key(frame.column("id"), "uuid", descending=True),
    ]


INVITATIONS = Listing(
    "invitations",
    _newest_first,
    where=_where,
    bind=_ask,
    scan=Scan("deal_partner", {"status": Look.PART}, always=Look.SORTED),
)


@strawberry.type
class CosellQuery:
    invitations: Connection[DealPartner] = root_connection(
        Paged(INVITATIONS),
        "The parts in opportunities of other partners or of the vendor that the viewer's organisation was invited to, "
        "newest first. For the vendor, those of all partners.",
        status=Annotated[
            list[InvitationStatus] | None, strawberry.argument(description="Limits the list to these statuses.")
        ],
    )
