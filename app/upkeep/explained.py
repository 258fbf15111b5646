"""What ends a command with a sentence rather than a traceback."""

from collections.abc import Iterator
from contextlib import contextmanager

import asyncpg
import typer
from pydantic import ValidationError

from app.database.failures import MAYBE_UNREACHABLE
from app.logs import configure
from app.settings import Settings, SettingsError, settings


@contextmanager
def explained() -> Iterator[Settings]:
    """The settings; what is wrong with them or with the database ends the command with a sentence, not a traceback."""
    try:
        chosen = settings()
        configure(chosen)
        yield chosen
    except ValidationError as wrong:
        for error in wrong.errors():
            name = ".".join(str(part) for part in error["loc"])
            typer.echo(f"Settings: {name}{': ' if name else ''}{error['msg']}", err=True)
        raise typer.Exit(2) from None
    except SettingsError as wrong:
        typer.echo(f"Settings: {wrong}", err=True)
        raise typer.Exit(2) from None
    except (*MAYBE_UNREACHABLE, asyncpg.PostgresError) as error:
        typer.echo(f"The database can't be reached: {error or type(error).__name__}", err=True)
        raise typer.Exit(1) from None
