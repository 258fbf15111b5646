"""`stagepath rollups`: the sums that dashboards read, compared with the deals or rebuilt from them, beside running
servers. `check` exits with 1 when they differ."""

import asyncio
from collections.abc import Awaitable, Callable, Sequence

import typer

from app.analytics.rollups.checking import Compared, check
from app.analytics.rollups.nightly import note, of_ledger, put_right
from app.command import FAILED, explained
from app.database import Database
from app.start import opened

rollups = typer.Typer(help="Sums over deals that dashboards read.", no_args_is_help=True)


@rollups.command(name="check")
def compare() -> None:
    """Compare the sums with the deals (exit status 1 when they differ)."""
    found = _run(_check)
    for one in found:
        typer.echo(f"{one.table:<16}  {f'{one.wrong:,} rows differ' if one.wrong else 'equal'}")
        for line in one.shown:
            typer.echo(f"  {line}")
    if any(one.wrong for one in found):
        typer.echo("`stagepath rollups rebuild` puts them right.", err=True)
        raise typer.Exit(FAILED)


@rollups.command(name="rebuild")
def rebuild() -> None:
    """Rebuild the sums from the deals. Servers and workers may run meanwhile."""

    async def run(database: Database) -> Sequence[Compared]:
        mended = await put_right(database)
        await note(database, [Compared(one.table, 0) for one in mended])
        return mended

    for one in _run(run):
        typer.echo(f"{one.table:<16}  {f'{one.wrong:,} rows put right' if one.wrong else 'was right'}")


async def _check(database: Database) -> Sequence[Compared]:
    return [*await check(database), *await of_ledger(database)]


def _run(work: Callable[[Database], Awaitable[Sequence[Compared]]]) -> Sequence[Compared]:
    async def run() -> Sequence[Compared]:
        async with opened(chosen) as database:
            return await work(database)

    with explained() as chosen:
        return asyncio.run(run())
