"""`stagepath token`: prints a development token."""

import asyncio
from typing import Annotated

import typer

from app.command import FAILED, explained
from app.identity.people import NoSuchUser, subject_of
from app.identity.tokens import mint
from app.settings import Settings
from app.start import opened


def token(
    user: Annotated[str | None, typer.Option(help="Of this user: name, e-mail address, subject or id.")] = None,
    role: Annotated[str | None, typer.Option(help="Of the first active user with this role.")] = None,
) -> None:
    """Print a development token: `--user EMAIL`, or `--role PARTNER_SELLER`."""
    wanted = user or role
    if wanted is None or (user and role):
        raise typer.BadParameter("name either --user or --role")
    with explained() as chosen:
        try:
            typer.echo(mint(asyncio.run(_subject(chosen, wanted)), settings=chosen))
        except NoSuchUser as missing:
            typer.echo(str(missing), err=True)
            raise typer.Exit(FAILED) from None


async def _subject(chosen: Settings, wanted: str) -> str:
    async with opened(chosen) as database:
        return await subject_of(database, wanted)
