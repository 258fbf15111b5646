"""Arguments that many fields share."""

from typing import Annotated

import strawberry

from schema.pagination import DEFAULT_PAGE, MAX_PAGE
from schema.scalars import Cursor

First = Annotated[
    int | None,
    strawberry.argument(description=f"How many from the start, at most {MAX_PAGE}; {DEFAULT_PAGE} if nothing is said."),
]
After = Annotated[Cursor | None, strawberry.argument(description="Only what follows this cursor.")]
Last = Annotated[
    int | None, strawberry.argument(description=f"How many from the end, at most {MAX_PAGE}; instead of `first`.")
]
Before = Annotated[Cursor | None, strawberry.argument(description="Only what comes before this cursor.")]
