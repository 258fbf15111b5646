"""The `stagepath` command."""

import asyncio
import os
import signal
import sys
from contextlib import suppress
from pathlib import Path
from typing import Annotated

import typer

from app import jobs, serving
from app.checks import check
from app.command import FAILED, explained, files_explained, kept_up
from app.greeting import Pass, greeting, is_administered, passes
from app.identity.people import NoSuchUser, subject_of
from app.identity.tokens import mint
from app.imports.cli import imports
from app.output import output, tolerate_any_terminal
from app.recommendations.check_model import check_model
from app.settings import Settings
from app.start import database_url, opened, prepared
from app.upkeep.audit import audit
from app.upkeep.backup import backup, restore
from app.upkeep.drafts import list_drafts
from app.upkeep.members import admin, partners, users
from guidance.evaluation.command import evaluate

main = typer.Typer(no_args_is_help=True, help="Stagepath: the GraphQL API behind a partner portal.")
main.add_typer(imports, name="import")
main.add_typer(audit, name="audit")
main.add_typer(admin, name="admin")
main.add_typer(users, name="users")
main.add_typer(partners, name="partners")
main.command()(backup)
main.command()(restore)
guidance = typer.Typer(no_args_is_help=True, help="Next best actions.")
guidance.command("eval")(evaluate)
guidance.command("check-model")(check_model)
guidance.command("drafts")(list_drafts)
main.add_typer(guidance, name="guidance")


@main.command()
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
        _greet(greeting(address, found, to_terminal=sys.stdout.isatty(), administered=administered))
        with kept_up():
            if not serving.serve(chosen, listener, database_url=url, workers=workers):
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
            typer.echo(f"Can't write to standard output: {error.strerror}.", err=True)
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


@main.command()
def worker() -> None:
    """Run background jobs, until told to stop."""

    async def run(chosen: Settings) -> None:
        async with opened(chosen) as database:
            typer.echo("Working. Ctrl-C stops it.")
            working = asyncio.create_task(jobs.work(database.url, role=database.session.get("role")))
            for number in (signal.SIGINT, signal.SIGTERM):
                asyncio.get_running_loop().add_signal_handler(number, working.cancel)
            with kept_up(), suppress(asyncio.CancelledError):
                await working

    with explained() as chosen:
        asyncio.run(run(chosen))


@main.command()
def migrate() -> None:
    """Bring the database's tables up to date."""

    async def run(chosen: Settings) -> None:
        async with opened(chosen):
            typer.echo("The tables are up to date.")

    with explained() as chosen:
        asyncio.run(run(chosen))


@main.command()
def schema(
    out: Annotated[Path | None, typer.Option(help="Write it to this file instead.")] = None,
) -> None:
    """Print the GraphQL schema."""
    from schema import printed

    with files_explained(), output(out) as file:
        file.write(printed().encode())


@main.command()
def token(
    user: Annotated[str | None, typer.Option(help="Of this user: name, e-mail address, subject or id.")] = None,
    role: Annotated[str | None, typer.Option(help="Of the first active user with this role.")] = None,
) -> None:
    """Print a development token: `--user EMAIL`, or `--role PARTNER_SELLER`."""

    async def find(chosen: Settings, wanted: str) -> str:
        async with opened(chosen) as database:
            return await subject_of(database, wanted)

    wanted = user or role
    if wanted is None or (user and role):
        raise typer.BadParameter("name either --user or --role")
    with explained() as chosen:
        try:
            typer.echo(mint(asyncio.run(find(chosen, wanted)), settings=chosen))
        except NoSuchUser as missing:
            typer.echo(str(missing), err=True)
            raise typer.Exit(FAILED) from None


def run() -> None:
    tolerate_any_terminal()
    main()


if __name__ == "__main__":
    run()
