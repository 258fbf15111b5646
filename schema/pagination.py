"""Connections as the Relay specification has them, with `nodes` beside `edges` and a count on request."""

from typing import Generic, TypeVar

import strawberry

from schema.engine.declare import DEFAULT_PAGE, MAX_PAGE, placed
from schema.scalars import Cursor

__all__ = ["DEFAULT_PAGE", "MAX_PAGE", "Connection", "Edge", "PageInfo"]

T = TypeVar("T")


@strawberry.type(description="Where a page stands in its list.")
class PageInfo:
    has_next_page: bool = strawberry.field(description="Whether more follow; pass `endCursor` as `after` to get them.")
    has_previous_page: bool = strawberry.field(
        description="Whether some come before; pass `startCursor` as `before` to get them."
    )
    start_cursor: Cursor | None = strawberry.field(description="Cursor of the first one; null on an empty page.")
    end_cursor: Cursor | None = strawberry.field(description="Cursor of the last one; null on an empty page.")


@strawberry.type(description="One of a list, with its place in it.")
class Edge(Generic[T]):
    cursor: Cursor = strawberry.field(description="Its place: pass it as `after` or `before`.")
    node: T = placed("The thing itself.")


@strawberry.type(description="One page of a list.")
class Connection(Generic[T]):
    edges: list[Edge[T]] = placed("The page with a cursor for each.")
    nodes: list[T] = placed("The page without cursors, when you don't need one for each.")
    page_info: PageInfo = strawberry.field(description="Where this page stands in its list.")
    total_count: int = strawberry.field(
        description="How many there are in the whole list. Counted only when you ask for it."
    )
