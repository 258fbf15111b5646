"""`stagepath migrate`: applies the migrations that the database lacks."""

import asyncio

import typer

from app.command import explained
from app.settings import Settings
from app.start import opened


def migrate() -> None:
    """Bring the database's tables up to date."""
    with explained() as chosen:
        asyncio.run(_migrate(chosen))


async def _migrate(chosen: Settings) -> None:
    async with opened(chosen):
        typer.echo("The tables are up to date.")
