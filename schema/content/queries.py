"""Queries for enablement content."""

from typing import Annotated

import strawberry

from schema.connections import root_connection
from schema.content.types import CONTENTS, Content, ContentFilter
from schema.engine.declare import Paged
from schema.pagination import Connection

ContentFilterArgument = Annotated[ContentFilter | None, strawberry.argument(description="Filters the list.")]


@strawberry.type
class ContentQuery:
    contents: Connection[Content] = root_connection(
        Paged(CONTENTS),
        "The enablement content that the viewer can see, by title.",
        filter=ContentFilterArgument,
    )
