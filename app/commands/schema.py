"""`stagepath schema`: prints the GraphQL schema."""

from pathlib import Path
from typing import Annotated

import typer

from app.command import files_explained
from app.output import output
from schema import printed


def schema(
    out: Annotated[Path | None, typer.Option(help="Write it to this file instead.")] = None,
) -> None:
    """Print the GraphQL schema."""
    with files_explained(), output(out) as file:
        file.write(printed().encode())
