"""Arguments that many fields share."""

from typing import Annotated

import strawberry

from schema.pagination import DEFAULT_PAGE, MAX_PAGE
from schema.scalars import Cursor

First = Annotated[
    int | None,
    strawberry.argument(
        description=f"The number of items from the start, at most {MAX_PAGE}. Defaults to {DEFAULT_PAGE}."
    ),
]
After = Annotated[Cursor | None, strawberry.argument(description="Returns the items after this cursor.")]
Last = Annotated[
    int | None,
    strawberry.argument(description=f"The number of items from the end, at most {MAX_PAGE}; used instead of `first`."),
]
Before = Annotated[Cursor | None, strawberry.argument(description="Returns the items before this cursor.")]
