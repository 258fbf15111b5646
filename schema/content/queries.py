"""Queries for enablement content."""

from typing import Annotated

import strawberry

from schema.arguments import After, Before, First, Last
from schema.content.types import CONTENTS, Content, ContentFilter
from schema.context import Info
from schema.engine.declare import Paged
from schema.engine.serve.resolvers import root
from schema.pagination import Connection

ContentFilterArgument = Annotated[ContentFilter | None, strawberry.argument(description="Filters the list.")]


@strawberry.type
class ContentQuery:
    @root(Paged(CONTENTS), "The enablement content that the viewer can see, by title.")
    async def contents(
        self,
        info: Info,
        first: First = None,
        after: After = None,
        last: Last = None,
        before: Before = None,
        filter: ContentFilterArgument = None,
    ) -> Connection[Content]: ...
