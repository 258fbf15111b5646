"""`stagepath forecast`: snapshots of the forecasts."""

import asyncio
from datetime import UTC, datetime
from typing import Annotated

import typer

from app.command import FAILED, explained
from app.forecast.looking_back import FROM_HISTORY
from app.forecast.snapshots import take_snapshots
from app.start import opened

forecast = typer.Typer(help="Forecasts.", no_args_is_help=True)

Of = Annotated[
    datetime | None,
    typer.Option(
        "--of",
        formats=["%Y-%m-%d"],
        metavar="DATE",
        help="As of the end of that day (UTC), from the history of deals; today by default.",
    ),
]


@forecast.callback()
def forecasts() -> None:
    """Forecasts."""


@forecast.command()
def snapshot(of: Of = None) -> None:
    """Keep the forecasts of every organisation as they stand, as is done each night."""
    now = datetime.now(UTC)
    at = None if of is None or of.date() == now.date() else datetime.combine(of.date(), FROM_HISTORY, UTC)
    if at is not None and at > now:
        typer.echo("That day isn't over yet.", err=True)
        raise typer.Exit(FAILED)

    async def run() -> int:
        async with opened(chosen) as database:
            return await take_snapshots(database, at)

    with explained() as chosen:
        taken = asyncio.run(run())
    typer.echo(f"Kept the forecasts of {taken} {'organisation' if taken == 1 else 'organisations'}.")
