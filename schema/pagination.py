"""Connections as the Relay specification has them, with `nodes` beside `edges` and a count on request."""

from typing import Generic, TypeVar

import strawberry

from schema.engine.declare import DEFAULT_PAGE, MAX_PAGE, placed
from schema.scalars import Cursor

__all__ = ["DEFAULT_PAGE", "MAX_PAGE", "Connection", "Edge", "PageInfo"]

T = TypeVar("T")


@strawberry.type(description="Information about a page of a list.")
class PageInfo:
    has_next_page: bool = strawberry.field(
        description=("Whether there are more items after the page. Pass `endCursor` as `after` to get them.")
    )
    has_previous_page: bool = strawberry.field(
        description="Whether there are items before the page. Pass `startCursor` as `before` to get them."
    )
    start_cursor: Cursor | None = strawberry.field(description="The cursor of the first item; null on an empty page.")
    end_cursor: Cursor | None = strawberry.field(description="The cursor of the last item; null on an empty page.")


@strawberry.type(description="An item of a list and its cursor.")
class Edge(Generic[T]):
    cursor: Cursor = strawberry.field(description="The item's cursor, for use as `after` or `before`.")
    node: T = placed("The item.")


@strawberry.type(description="A page of a list.")
class Connection(Generic[T]):
    edges: list[Edge[T]] = placed("The items of the page, each with its cursor.")
    nodes: list[T] = placed("The items of the page, without cursors.")
    page_info: PageInfo = strawberry.field(description="Pagination information.")
    total_count: int = strawberry.field(
        description="The number of items in the whole list. Counted only when requested."
    )
