"""`stagepath consumers`: how far what reacts to the event log has come, and what is to become of events that failed."""

import asyncio
from collections.abc import Awaitable, Callable
from typing import Annotated, TypeVar

import typer

from app.command import FAILED, explained
from app.consumer_list import CONSUMERS
from app.consumers.operating import forget, retry_again, skip
from app.consumers.standing import delayed_events, lags
from app.database import Database
from app.events.tail import notify
from app.start import opened

T = TypeVar("T")

MOST_LISTED = 200

consumers = typer.Typer(help="What reacts to the event log.", no_args_is_help=True)

Name = Annotated[str, typer.Argument(metavar="CONSUMER", help="Its name, as `list` has it.")]


@consumers.command(name="list")
def list_consumers(
    limit: Annotated[int, typer.Option(min=1, help="At most so many events.")] = MOST_LISTED,
) -> None:
    """Print how far each consumer is behind the log, and the events that it failed to handle or that wait for these."""

    async def read(database: Database) -> list[str]:
        known = {consumer.name for consumer in CONSUMERS}
        lines = [
            f"{lag.name:<24}  {lag.seconds:>8.1f} s behind  {lag.events:>6} to come  {lag.delayed:>5} delayed"
            f"  {lag.aside:>5} put aside{'' if lag.name in known else '  (unknown to this version)'}"
            for lag in await lags(database)
        ]
        for row in await delayed_events(database, limit):
            put_aside = row["put_aside_at"]
            since = f"put aside at {put_aside:%Y-%m-%d %H:%M:%S}" if put_aside else f"due {row['due_at']:%H:%M:%S}"
            why = row["reason"] or "waits for an earlier event of its deal"
            lines.append(
                f"{row['consumer']:<24}  event {row['seq']}  {row['type'] or '-'}  {row['order_key']}"
                f"  {row['attempts']} attempts  {since}  {why}"
            )
        return lines

    for line in _run(read) or ["No consumer has followed the log yet."]:
        typer.echo(line)


@consumers.command()
def retry(
    name: Name,
    event: Annotated[int | None, typer.Argument(metavar="EVENT", help="Only this one, by number.")] = None,
) -> None:
    """Try events again that were put aside: one, or all of a consumer."""

    async def run(database: Database) -> list[int]:
        found = await retry_again(database, name, event)
        await notify(database)
        return found

    found = _run(run)
    if not found and event is not None:
        _refuse(f"Event {event} was not put aside by {name}.")
    typer.echo(f"{len(found)} {'event' if len(found) == 1 else 'events'} will be tried again.")


@consumers.command(name="skip")
def skip_event(
    name: Name, event: Annotated[int, typer.Argument(metavar="EVENT", help="Its number, as `list` has it.")]
) -> None:
    """Give up an event that a consumer fails to handle: it has no effect, and what waits for it goes on."""

    async def run(database: Database) -> bool:
        found = await skip(database, name, event)
        await notify(database)
        return found

    if not _run(run):
        _refuse(f"Event {event} is not delayed by {name}.")
    typer.echo(f"Event {event} has been skipped.")


@consumers.command(name="forget")
def forget_consumer(name: Name) -> None:
    """Remove the cursor of a consumer that this version no longer has."""
    if any(consumer.name == name for consumer in CONSUMERS):
        _refuse(f"{name} is a consumer of this version; only one that it doesn't have can be forgotten.")

    async def run(database: Database) -> bool:
        return await forget(database, name)

    if not _run(run):
        _refuse(f"There is no consumer {name}.")
    typer.echo(f"{name} has been forgotten.")


def _refuse(why: str) -> None:
    typer.echo(why, err=True)
    raise typer.Exit(FAILED)


def _run(act: Callable[[Database], Awaitable[T]]) -> T:
    async def run() -> T:
        async with opened(chosen) as database:
            return await act(database)

    with explained() as chosen:
        return asyncio.run(run())
