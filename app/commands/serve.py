"""`stagepath serve`: checks the settings, prepares the database, prints the greeting and serves."""

import asyncio
import os
import sys
from contextlib import suppress
from pathlib import Path
from typing import Annotated

import typer

from app import serving
from app.checks import check
from app.command import FAILED, end_if_told, explained, kept_up
from app.greeting import Pass, greeting, is_administered, passes
from app.settings import Settings
from app.start import database_url, prepared


def serve(
    host: Annotated[str | None, typer.Option(help="Address to listen on.")] = None,
    port: Annotated[int | None, typer.Option(help="Port to listen on; 0 picks a free one.")] = None,
    workers: Annotated[int, typer.Option(min=1, help="Server processes.")] = 1,
) -> None:
    """Serve the API."""
    with explained() as chosen:
        check(chosen)
        listener = _listen(host or chosen.host, chosen.port if port is None else port)
        url = database_url(chosen)
        found, administered = asyncio.run(_prepare(chosen))
        address = serving.address_of(listener)
        server = serving.Serving(chosen, listener, database_url=url, workers=workers)
        end_if_told()
        _greet(greeting(address, found, to_terminal=sys.stdout.isatty(), administered=administered))
        with kept_up():
            if not server.run():
                raise typer.Exit(FAILED)


def _greet(text: str) -> None:
    """A disk that is full, where output is kept, is no reason not to serve."""
    try:
        typer.echo(text)
        sys.stdout.flush()
    except BrokenPipeError:
        raise
    except OSError as error:
        with suppress(OSError):
            typer.echo(f"Can't write to the standard output: {error.strerror}.", err=True)
        sys.stdout = Path(os.devnull).open("w", encoding="utf-8")  # noqa: SIM115 # as long as the process


def _listen(host: str, port: int) -> serving.Listener:
    try:
        return serving.listen(host, port)
    except OSError as error:
        reason = os.strerror(error.errno) if error.errno and error.errno > 0 else error.strerror or error
        way = "--port or STAGEPATH_PORT names another port"
        if not serving.is_ours(error):
            way = "--host or STAGEPATH_HOST names another address, such as 127.0.0.1 or ::1"
        typer.echo(f"Can't listen on {host}:{port}: {reason}. {way}.", err=True)
        raise typer.Exit(FAILED) from None


async def _prepare(chosen: Settings) -> tuple[list[Pass], bool]:
    async with prepared(chosen) as database:
        return await passes(database, chosen), await is_administered(database)
