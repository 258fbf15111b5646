"""The `stagepath` command."""

import asyncio
from pathlib import Path
from typing import Annotated

import typer
import uvicorn

from app.demo.programme import demo_users
from app.identity.tokens import mint
from app.imports.cli import imports
from app.settings import Mode, Settings, settings
from app.start import database_url, opened

main = typer.Typer(no_args_is_help=True, help="Stagepath: the GraphQL API behind a partner portal.")
main.add_typer(imports, name="import")

FIRST_QUERY = (
    "{ viewer { user { name } } opportunities(first: 3) { nodes { name stage { name } stalled } totalCount } }"
)


@main.command()
def serve(
    host: Annotated[str | None, typer.Option(help="Address to listen on.")] = None,
    port: Annotated[int | None, typer.Option(help="Port to listen on.")] = None,
    workers: Annotated[int, typer.Option(min=1, help="Server processes.")] = 1,
) -> None:
    """Serve the API."""
    chosen = settings()
    host, port = host or chosen.host, chosen.port if port is None else port
    database_url(chosen)  # started here, so that several server processes find it running
    chosen.secret()
    _greet(chosen, f"http://{host}:{port}")
    uvicorn.run(
        "app.main:create_app",
        factory=True,
        host=host,
        port=port,
        workers=workers,
        loop="uvloop",
        http="httptools",
        ws="websockets-sansio",
        ws_per_message_deflate=False,
        ws_max_size=chosen.max_body_bytes,
        log_level="warning",
        timeout_graceful_shutdown=8,
        server_header=False,
    )


def _greet(chosen: Settings, address: str) -> None:
    typer.echo(f"Stagepath\n  GraphQL  {address}/graphql   (WebSocket: graphql-transport-ws)")
    typer.echo(f"  Health   {address}/healthz   {address}/readyz")
    if chosen.mode is not Mode.DEVELOPMENT or not chosen.demo:
        return
    typer.echo("\nTokens of the demo programme, good for 12 hours:")
    tokens = [(user, mint(user.subject, settings=chosen)) for user in demo_users()]
    for user, token in tokens:
        typer.echo(f"  {user.role}: {user.name}, {user.organization}\n    {token}")
    body = '{"query": "' + FIRST_QUERY + '"}'
    typer.echo(
        f"\nA first query:\n  curl -s {address}/graphql -H 'Content-Type: application/json' \\\n"
        f"    -H 'Authorization: Bearer {tokens[-1][1]}' \\\n    -d '{body}'\n\nCtrl-C stops it."
    )


@main.command()
def migrate() -> None:
    """Bring the database's tables up to date."""

    async def run() -> None:
        async with opened(settings()):
            typer.echo("The tables are up to date.")

    asyncio.run(run())


@main.command()
def schema(
    out: Annotated[Path | None, typer.Option(help="Write it to this file instead.")] = None,
) -> None:
    """Print the GraphQL schema."""
    from schema import printed

    if out is None:
        typer.echo(printed(), nl=False)
    else:
        out.write_text(printed(), encoding="utf-8")


@main.command()
def token(subject: Annotated[str, typer.Argument(help="The user's subject, or id.")]) -> None:
    """Print a development token for a user."""
    typer.echo(mint(subject))


if __name__ == "__main__":
    main()
