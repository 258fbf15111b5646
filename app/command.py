"""Shared frame of all commands: settings, logs, and a sentence in place of a traceback."""

import os
import signal
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType

import asyncpg
import typer
from pydantic import ValidationError

from app.database import embedded
from app.database.failures import MAYBE_UNREACHABLE, Cause, cause_of
from app.database.versions import NewerDatabase
from app.logs import configure
from app.settings import Settings, SettingsError, settings

FAILED, MISUSED = 1, 2
"""Exit statuses: what was asked can't be done now; what was asked, or set, is wrong."""

_SAID = {
    Cause.DISK_FULL: "The database's disk is full",
    Cause.READ_ONLY: "The database takes no changes",
    Cause.EXHAUSTED: "The database can't do it now",
    Cause.TOO_MANY_CONNECTIONS: "The database has no connection left",
    Cause.IO_ERROR: "The database can't use its files",
    Cause.SERVER_DISK_FULL: "This machine's disk is full",
}
_REFUSED = (
    asyncpg.InvalidAuthorizationSpecificationError,
    asyncpg.InvalidCatalogNameError,
    asyncpg.InsufficientPrivilegeError,
)


@contextmanager
def explained() -> Iterator[Settings]:
    """The settings, with logs set up as they say. What is wrong with them, with the database or with a file ends
    the command."""
    signal.signal(signal.SIGTERM, _exit)
    try:
        chosen = settings()
        configure(chosen)
        with files_explained():
            yield chosen
    except ValidationError as wrong:
        for error in wrong.errors():
            if error["type"] == "default_factory_not_called":
                continue  # its default rests on another setting, which is listed
            name = ".".join(str(part) for part in error["loc"])
            typer.echo(f"Settings: {name}{': ' if name else ''}{error['msg']}", err=True)
        raise typer.Exit(MISUSED) from None
    except (SettingsError, asyncpg.ClientConfigurationError) as wrong:
        typer.echo(f"Settings: {'' if isinstance(wrong, SettingsError) else 'DATABASE_URL: '}{wrong}", err=True)
        raise typer.Exit(MISUSED) from None
    except embedded.Unstartable as error:
        typer.echo(f"The embedded PostgreSQL can't run: {error}", err=True)
        raise typer.Exit(FAILED) from None
    except NewerDatabase as newer:
        typer.echo(str(newer), err=True)
        raise typer.Exit(FAILED) from None
    except BrokenPipeError:
        raise  # whoever read our output has enough: Typer ends the command without a word
    except (*MAYBE_UNREACHABLE, *_REFUSED) as error:
        cause = cause_of(error)
        if not (cause or isinstance(error, _REFUSED)):
            raise
        said = _SAID.get(cause or Cause.UNREACHABLE, "The database can't be reached")
        typer.echo(f"{said}: {error or type(error).__name__}", err=True)
        raise typer.Exit(FAILED) from None


@contextmanager
def files_explained() -> Iterator[None]:
    """A file that can't be read or written ends the command. Errors of connections name no file, and pass."""
    try:
        yield
    except BrokenPipeError:
        raise
    except OSError as error:
        if error.filename is None:
            raise
        typer.echo(f"Can't use {error.filename}: {error.strerror}.", err=True)
        raise typer.Exit(FAILED) from None


@contextmanager
def kept_up() -> Iterator[None]:
    """Inside, the embedded PostgreSQL is started again when it dies; when it can't be, the command ends with the reason
    in good order, as if it had been told to."""
    with embedded.watched(lambda: os.kill(os.getpid(), signal.SIGTERM)):
        yield


_told = threading.Event()


def _exit(_number: int, _frame: FrameType | None) -> None:
    """So that what was registered to be done at exit is done: the embedded database is stopped there."""
    _told.set()
    sys.exit(0)


def end_if_told() -> None:
    """Ends a command that was told to end in a moment when Python forgets that, as within a destructor."""
    if _told.is_set():
        sys.exit(0)
