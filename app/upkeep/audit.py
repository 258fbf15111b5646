"""`stagepath audit`: list, export and verify. `verify` exits with 1 when the chain is broken, or when a
hash that it is to hold has been dropped."""

import asyncio
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated, Any
from uuid import UUID

import orjson
import typer

from app.audit import Entry, add
from app.audit.chain import Broken, Gone, Head, Verified, verify
from app.audit.reading import EntryFilter, entries
from app.command import explained
from app.output import Output, output
from app.settings import Settings
from app.start import opened

BROKEN = 1

audit = typer.Typer(help="The audit log: who did what.", no_args_is_help=True)

Since = Annotated[datetime | None, typer.Option(help="Only what was done from then on, in UTC.")]
Actor = Annotated[UUID | None, typer.Option(help="Only what this user did, by id.")]
Action = Annotated[str | None, typer.Option(help="Only this, such as IMPORT or OPPORTUNITY_STAGE_CHANGED.")]
Subject = Annotated[str | None, typer.Option(help="Only what was done to this, by global id.")]


@audit.command(name="verify")
def verify_chain(
    head: Annotated[
        str | None,
        typer.Option(
            metavar="NUMBER:HASH", help="A hash that `verify` printed before; shows whether the end was cut off."
        ),
    ] = None,
) -> None:
    """Verify the chain of hashes and print the latest hash, or the first broken link (exit status 1)."""
    try:
        expected = Head.parse(head) if head else None
    except ValueError:
        raise typer.BadParameter("write NUMBER:HASH, as `verify` printed it") from None

    async def run(chosen: Settings) -> Verified:
        async with opened(chosen) as database:
            return await verify(database, expected)

    with explained() as chosen:
        try:
            found = asyncio.run(run(chosen))
        except Broken as broken:
            typer.echo(f"The audit log is broken at {broken}.", err=True)
            raise typer.Exit(BROKEN) from None
        except Gone as gone:
            typer.echo(
                f"That hash is of a link that has been dropped; the chain begins after {gone.since}. Give a newer one.",
                err=True,
            )
            raise typer.Exit(BROKEN) from None
    typer.echo(f"The chain is intact. Latest hash: {found.head}")
    if found.since:
        typer.echo(f"Older entries have been dropped; it was verified from this hash on: {found.since}")
    for one in found.resealed:
        typer.echo(
            f"Sealed again from link {one.number} on at {one.at:%Y-%m-%d %H:%M:%S} UTC: {one.entries} entries lost what"
            f" they held ({one.reason}). A hash kept from before proves what stands before that link."
        )
    if found.head_is_former:
        typer.echo("The hash that you gave is that of the chain before it was sealed again; keep the latest instead.")
    if found.unsealed:
        typer.echo(f"{found.unsealed} entries wait to be sealed (every minute, by a server or worker).")


@audit.command(name="list")
def list_entries(
    since: Since = None,
    actor: Actor = None,
    action: Action = None,
    subject: Subject = None,
    limit: Annotated[int, typer.Option(min=1, help="At most so many, the oldest first.")] = 100,
) -> None:
    """Print entries, one a line."""

    async def run(chosen: Settings) -> None:
        left = limit
        async with opened(chosen) as database:
            async for row in entries(database, _wanted(since, actor, action, subject)):
                cause = f" ({row['mutation']})" if row["mutation"] else ""
                typer.echo(
                    f"{row['seq']:>8}  {row['at']:%Y-%m-%d %H:%M:%S}  {row['actor'] or '-':<24}  {row['action']}{cause}"
                    f"  {row['subject'] or '-'}  {row['detail']}"
                )
                left -= 1
                if left == 0:
                    return

    with explained() as chosen:
        asyncio.run(run(chosen))


@audit.command()
def export(
    out: Annotated[Path | None, typer.Option(help="Write to this file instead.")] = None,
    since: Since = None,
    actor: Actor = None,
    action: Action = None,
    subject: Subject = None,
) -> None:
    """Write entries as JSON, one a line, with their hashes. The export is an entry itself."""

    async def run(chosen: Settings, file: Output) -> None:
        async with opened(chosen) as database:
            try:
                async for row in entries(database, _wanted(since, actor, action, subject)):
                    file.write(orjson.dumps(_document(row), default=str) + b"\n")
            finally:  # whoever stopped reading has read
                await add(database, Entry("EXPORT", detail={"of": "audit log"}))

    with explained() as chosen, output(out) as file:
        asyncio.run(run(chosen, file))


def _document(row: Any) -> dict[str, object]:
    return {**row, "detail": orjson.loads(row["detail"])}


def _wanted(since: datetime | None, actor: UUID | None, action: str | None, subject: str | None) -> EntryFilter:
    return EntryFilter(since.replace(tzinfo=UTC) if since else None, actor, action, subject)
