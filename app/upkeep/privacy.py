"""`stagepath privacy`: export and erase what is known of a person."""

import asyncio
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Annotated, TypeVar
from uuid import UUID

import orjson
import typer

from app.command import FAILED, explained
from app.database import Transaction
from app.events import notify
from app.output import output
from app.privacy.erase import Kept, erase
from app.privacy.export import export
from app.privacy.owner import as_owner
from app.privacy.person import CONTACT, USER, NoSuchPerson
from app.settings import Settings
from app.start import opened

T = TypeVar("T")

privacy = typer.Typer(help="Export or erase what is known of a person.", no_args_is_help=True)

OfUser = Annotated[str | None, typer.Option("--user", metavar="ID", help="A user, by id.")]
OfContact = Annotated[str | None, typer.Option("--contact", metavar="ID", help="A contact, by id.")]


@privacy.command(name="export")
def export_person(
    user: OfUser = None,
    contact: OfContact = None,
    out: Annotated[Path | None, typer.Option(help="Write to this file instead.")] = None,
) -> None:
    """Write all that is known of a person as JSON. The export is an entry of the audit log."""
    table, id = _named(user, contact)
    document = _run(lambda tx: export(tx, table, id))
    with output(out) as file:
        file.write(orjson.dumps(document, default=str, option=orjson.OPT_INDENT_2) + b"\n")


@privacy.command(name="erase")
def erase_person(
    user: OfUser = None,
    contact: OfContact = None,
    reassign_to: Annotated[
        str | None, typer.Option(metavar="ID", help="User who takes over open deals and partners.")
    ] = None,
) -> None:
    """Empty a person's name, addresses and texts for good. Ids, numbers and history stay."""
    table, id = _named(user, contact)
    heir = _id(reassign_to, "usr", "--reassign-to") if reassign_to else None
    erased = _run(lambda tx: erase(tx, table, id, reassign_to=heir))
    texts = sum(erased.texts.values())
    typer.echo(f"Erased {erased.id}; words about them were taken out of {texts} further rows.")
    if erased.open_deals:
        typer.echo(f"{erased.open_deals} open deals are still theirs: hand them over by `updateOpportunities`.")
    typer.echo("Backups and exports from before still hold them: delete those as your retention says.")


def _named(user: str | None, contact: str | None) -> tuple[str, UUID]:
    if (user is None) == (contact is None):
        raise typer.BadParameter("name one person, by --user or by --contact")
    if user is not None:
        return USER, _id(user, "usr", "--user")
    return CONTACT, _id(contact or "", "con", "--contact")


def _id(text: str, prefix: str, option: str) -> UUID:
    """With or without the prefix that the API gives it."""
    try:
        return UUID(text.removeprefix(f"{prefix}_"))
    except ValueError:
        raise typer.BadParameter(f"{option}: write an id, as the API or `stagepath users list` shows it") from None


def _run(act: Callable[[Transaction], Awaitable[T]]) -> T:
    async def run(chosen: Settings) -> T:
        async with opened(chosen) as database:
            async with as_owner(database) as tx:
                found = await act(tx)
            await notify(database)
            return found

    with explained() as chosen:
        try:
            return asyncio.run(run(chosen))
        except (NoSuchPerson, Kept) as declined:
            typer.echo(str(declined), err=True)
            raise typer.Exit(FAILED) from None
