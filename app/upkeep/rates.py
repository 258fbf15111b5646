"""`stagepath rates`: exchange rates."""

import asyncio
from pathlib import Path
from typing import Annotated

import typer

from app.command import FAILED, explained
from app.currencies.ecb import RatesStopped, Row, read
from app.currencies.importing import RatesTaken, take
from app.database import transaction
from app.settings import Settings
from app.start import opened

rates = typer.Typer(help="Exchange rates.", no_args_is_help=True)


@rates.callback()
def exchange_rates() -> None:
    """Exchange rates."""


@rates.command(name="import")
def import_rates(
    file: Annotated[
        Path, typer.Argument(metavar="FILE", help="The European Central Bank's eurofxref-hist.csv or .zip.")
    ],
) -> None:
    """Read the rates of a file. Repeating it changes nothing."""
    with explained() as chosen:
        try:
            taken = asyncio.run(_take(chosen, read(file)))
        except RatesStopped as stopped:
            typer.echo(str(stopped), err=True)
            raise typer.Exit(FAILED) from None
    typer.echo(f"{taken.added:,} rates are new, {taken.changed:,} replaced another, {taken.unchanged:,} were here.")


async def _take(chosen: Settings, rows: list[Row]) -> RatesTaken:
    async with opened(chosen), transaction() as tx:
        return await take(tx, rows)
