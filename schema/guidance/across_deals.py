"""Next best actions over all of the viewer's open deals, as one ranked list."""

from collections.abc import Collection, Mapping
from datetime import UTC, datetime
from typing import Annotated, Any
from uuid import UUID

import strawberry

from app.database import database
from app.recommendations.across_deals import MOST_COUNTED, Place, count_actions, count_pending, ranked_actions
from schema.arguments import After, First
from schema.context import Info
from schema.engine.cursors import seal
from schema.engine.declare import Made, Requester, to_one
from schema.engine.ids import decode_all, decode_given
from schema.engine.scans import Look, Scan
from schema.engine.serve.resolvers import root
from schema.engine.sql.keyset import page_of
from schema.enums import ActionKind, Urgency
from schema.errors import ClientError
from schema.guidance.types import MOST_ACTIONS, NextBestAction
from schema.pagination import PageInfo
from schema.scalars import Cursor

LIST = "next-best-actions"
MOST_VALUES = 1_000
FILTER = "filter"


@strawberry.input(description="Conditions on actions, all of which must hold. Values within a list are alternatives.")
class NextBestActionFilter:
    opportunity_ids: list[strawberry.ID] | None = strawberry.field(default=None, description="Of these opportunities.")
    partner_id: strawberry.ID | None = strawberry.field(default=None, description="Of opportunities of this partner.")
    owner_id: strawberry.ID | None = strawberry.field(default=None, description="Of opportunities owned by this user.")
    account_id: strawberry.ID | None = strawberry.field(default=None, description="Of opportunities with this account.")
    playbook_key: str | None = strawberry.field(
        default=None, description="Of opportunities on this playbook, in any version."
    )
    stage_keys: list[str] | None = strawberry.field(
        default=None, description="Of opportunities in a stage with one of these keys, in any playbook."
    )
    kind: list[ActionKind] | None = strawberry.field(default=None, description="Of one of these kinds.")
    urgency: list[Urgency] | None = strawberry.field(default=None, description="Of one of these urgencies.")
    accepted: bool | None = strawberry.field(
        default=None, description="True: only actions in status `ACCEPTED`; false: only those in status `PROPOSED`."
    )
    due_before: datetime | None = strawberry.field(
        default=None, description="Due before this time. Actions without a due date are excluded."
    )
    per_deal: int | None = strawberry.field(
        default=None,
        description=f"At most this many of each opportunity, the best ones; 1 to {MOST_ACTIONS}. Default: all.",
    )


@strawberry.type(description="An action and its position in the list.")
class NextBestActionEdge:
    action_id: strawberry.Private[UUID]
    cursor: Cursor = strawberry.field(description="The cursor of the action: pass it as `after`.")
    node: NextBestAction = to_one("The action.", column="action_id", essential=True)


@strawberry.type(description="A page of the next best actions of all open opportunities visible to the viewer.")
class NextBestActionConnection:
    action_ids: strawberry.Private[list[UUID]]
    edges: list[NextBestActionEdge] = strawberry.field(description="The actions of the page with their cursors.")
    nodes: list[NextBestAction] = to_one(
        "The actions of the page, best first.",
        column="action_ids",
        rows=1,  # `first` of the field around it has counted them
    )
    page_info: PageInfo = strawberry.field(
        description="Information about the page. An action that is ranked again between two requests may appear on two "
        "pages, or on none."
    )
    total_count: int = strawberry.field(
        description="The number of actions in the whole list. Counted only when selected."
    )
    as_of: datetime | None = strawberry.field(
        description="The time at which the oldest recommendations on this page were computed; null on an empty page. "
        "Recommendations are computed in the background: within seconds after a change of the opportunity, and once a "
        "day in any case."
    )
    pending_deals: int = strawberry.field(
        description="The number of open opportunities, among those selected by the filter, whose recommendations are "
        f"still being computed: they are new, or have changed since. Counted up to {MOST_COUNTED:,}, only when "
        "selected. While it is above 0, the list is about to change; `recommendationsUpdated` without an id reports "
        "each change."
    )


async def _actions(
    requester: Requester, arguments: Mapping[str, Any], selected: Collection[str]
) -> NextBestActionConnection:
    page = page_of(arguments, LIST)
    after = _place(page.after)
    wanted = _wanted(arguments.get(FILTER) or NextBestActionFilter())
    db, viewer = database(), requester.viewer
    found = await ranked_actions(db, viewer, wanted, first=page.size, after=after, at=requester.at)
    edges = [NextBestActionEdge(action_id=one.id, cursor=Cursor(seal(one.place, LIST))) for one in found.actions]
    info = PageInfo(
        has_next_page=found.has_more,
        has_previous_page=after is not None,
        start_cursor=edges[0].cursor if edges else None,
        end_cursor=edges[-1].cursor if edges else None,
    )
    return NextBestActionConnection(
        action_ids=[one.id for one in found.actions],
        edges=edges,
        page_info=info,
        total_count=await count_actions(db, viewer, wanted) if "totalCount" in selected else 0,
        as_of=found.as_of,
        pending_deals=await count_pending(db, viewer, wanted, requester.at) if "pendingDeals" in selected else 0,
    )


def _place(after: tuple[str | None, ...] | None) -> Place | None:
    if after is None:
        return None
    rank, id = after
    assert rank is not None
    assert id is not None
    return rank, id


def _wanted(given: NextBestActionFilter) -> dict[str, object]:
    """By the names that `app.recommendations.across_deals` knows; what isn't given is left out."""
    for name in ("opportunity_ids", "stage_keys", "kind", "urgency"):
        if len(getattr(given, name) or ()) > MOST_VALUES:
            raise ClientError(f"At most {MOST_VALUES} values.", argument=(FILTER, name))
    if given.per_deal is not None and not 1 <= given.per_deal <= MOST_ACTIONS:
        raise ClientError(f"From 1 to {MOST_ACTIONS}, please.", argument=(FILTER, "perDeal"))
    ids = given.opportunity_ids
    values = {
        "ids": None if ids is None else decode_all(ids, "opp", FILTER, "opportunityIds"),
        "partner_id": decode_given(given.partner_id, "ptr", FILTER, "partnerId"),
        "owner_id": decode_given(given.owner_id, "usr", FILTER, "ownerId"),
        "account_id": decode_given(given.account_id, "acc", FILTER, "accountId"),
        "playbook_key": given.playbook_key,
        "stage_keys": given.stage_keys,
        "kinds": None if given.kind is None else [word.value for word in given.kind],
        "urgencies": None if given.urgency is None else [word.value for word in given.urgency],
        "accepted": given.accepted,
        "due_before": given.due_before and given.due_before.astimezone(UTC),
        "per_deal": given.per_deal,
    }
    return {name: value for name, value in values.items() if value is not None}


LOOKS: Mapping[str, Look] = {
    "opportunityIds": Look.FEW,
    "accountId": Look.FEW,
    "partnerId": Look.PART,
    "ownerId": Look.PART,
    "playbookKey": Look.THROUGH,
    "stageKeys": Look.THROUGH,
    "kind": Look.THROUGH,
    "urgency": Look.THROUGH,
    "accepted": Look.THROUGH,
    "dueBefore": Look.THROUGH,
    "perDeal": Look.FREE,
}


@strawberry.type
class NextBestActionQuery:
    @root(
        Made(_actions, scan=Scan("next_best_action", LOOKS, always=Look.PART), selects=True),
        "The next best actions of all open opportunities visible to the viewer as one ranked list, best first. "
        "Critical actions without which an opportunity stands still come first; then the score counts, the amount of "
        "the opportunity (doubling it adds a little), and how many actions of the same opportunity are above. Actions "
        "of one opportunity keep their order. Actions that were dismissed, snoozed or completed are not listed. "
        "`asOf` and `pendingDeals` tell how current the list is.",
    )
    async def next_best_actions(
        self,
        info: Info,
        first: First = None,
        after: After = None,
        filter: Annotated[NextBestActionFilter | None, strawberry.argument(description="Filters the list.")] = None,
    ) -> NextBestActionConnection: ...
