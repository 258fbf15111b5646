"""The viewer's inbox as a list: the newest first."""

from collections.abc import Mapping, Sequence
from typing import Annotated, Any

import strawberry

from app.database.sql import Sql, sql
from schema.engine.declare import Key, Listing, ListingArguments
from schema.engine.scans import Look, Scan
from schema.engine.sql.frame import Bindings, Frame
from schema.enums import NotificationKind
from schema.errors import ClientError

MOST_KINDS = len(NotificationKind)

UnreadOnly = Annotated[bool | None, strawberry.argument(description="True: only those that are not read yet.")]
Kinds = Annotated[list[NotificationKind] | None, strawberry.argument(description="Of one of these kinds.")]


def _ask(arguments: Mapping[str, Any]) -> ListingArguments:
    kinds = arguments.get("kinds")
    if kinds is not None and len(kinds) > MOST_KINDS:
        raise ClientError(f"At most {MOST_KINDS} kinds.", argument=("kinds",))
    values = {} if kinds is None else {"kinds": [kind.value for kind in kinds]}
    choices = {"unread": "true"} if arguments.get("unread_only") else {}
    return ListingArguments(values, choices)


def _where(frame: Frame, given: Bindings) -> Sequence[Sql]:
    found = [frame.column("in_inbox")]
    if given.choice("unread"):
        found.append(sql("{} IS NULL", frame.column("read_at")))
    if (kinds := given.value("kinds")) is not None:
        found.append(sql("{} = ANY ({}::text[])", frame.column("kind"), kinds))
    return found


def _order(frame: Frame, _: Bindings) -> Sequence[Key]:
    return [Key(frame.column("number"), "bigint", descending=True), Key(frame.column("id"), "uuid", descending=True)]


# An index leads to one's own: no more than are kept for a while, however many there are of others.
_LOOKS = {"unreadOnly": Look.FREE, "kinds": Look.THROUGH}
INBOX = Listing("notifications", _order, where=_where, bind=_ask, personal=True, scan=Scan("", _LOOKS))
