"""Importing a file of partners, users or accounts by itself: read, judged row by row, written as a whole or not at all.

Partners and users are written by the use cases of `app.members`, as if somebody gave each row through the API; a row
that these refuse goes to the rejects, and nothing of it stays.
"""

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from pathlib import Path

import asyncpg
from rich.console import Console
from rich.table import Table

from app import audit
from app.database import Transaction
from app.imports import roles
from app.imports.faults import ImportStopped
from app.imports.plan import Export
from app.imports.rejects import Rejects
from app.imports.run import ImportRequest, ProgressCallback, as_a_whole
from app.imports.sources import SourceFile, open_source


@dataclass(frozen=True, slots=True)
class Counts:
    created: int
    updated: int
    unchanged: int

    def headline(self) -> str:
        return f"{self.created} created, {self.updated} updated, {self.unchanged} unchanged"


@dataclass(frozen=True, slots=True)
class DirectoryReport:
    role: str
    system: str
    dry_run: bool
    rows: int
    counts: Counts
    rejected: int
    reasons: Mapping[tuple[str, str], int]
    rejects_path: Path

    def headline(self) -> str:
        text = f"{self.role.capitalize()}: {self.counts.headline()}, {self.rejected} rejected."
        return f"Dry run, nothing was written. {text}" if self.dry_run else text


Write = Callable[[Transaction, ImportRequest, Export, SourceFile], Awaitable[Counts]]


async def run_role(
    order: ImportRequest, role: str, write: Write, watch: ProgressCallback | None = None
) -> DirectoryReport:
    """Raises `ImportStopped`, with nothing written, when the import can't be done."""
    if role not in order.mapping.files:
        raise ImportStopped(f"The mapping of {order.mapping.title} doesn't say how {role} are written: add `{role}`.")
    source = open_source(order.files[role], roles.reading_of(order.mapping, role))
    if order.rejects.resolve() == source.path.resolve():
        raise ImportStopped(f"{order.rejects} is the file to be imported; name another with --rejects.")
    with Rejects(order.rejects) as rejects:

        async def work(tx: Transaction) -> DirectoryReport:
            report = await _import(tx, order, role, write, source, rejects)
            if watch is not None:
                watch(source)
            return report

        return await as_a_whole(work, dry_run=order.dry_run)


async def _import(
    tx: Transaction, order: ImportRequest, role: str, write: Write, source: SourceFile, rejects: Rejects
) -> DirectoryReport:
    connection: asyncpg.Connection = tx.connection
    system = order.mapping.system
    await connection.execute("SELECT pg_advisory_xact_lock(hashtextextended($1, 0))", f"import:{system}")
    export = Export(order.mapping, order.zone, None, rejects)
    counts = await write(tx, order, export, source)
    report = DirectoryReport(
        role, system, order.dry_run, export.read[role], counts, rejects.count, rejects.by_reason, rejects.path
    )
    detail = {"system": system, "rows": {role: report.rows}, "rejected": report.rejected}
    await audit.add(tx, audit.Entry("IMPORT", detail=detail))
    return report


def show(report: DirectoryReport, console: Console) -> None:
    if report.reasons:
        table = Table(title=f"{report.rejected} rows rejected: see {report.rejects_path}", title_justify="left")
        table.add_column("Reason")
        table.add_column("Rows", justify="right")
        for (_, reason), count in report.reasons.items():
            table.add_row(reason, str(count))
        console.print(table)
    console.print(report.headline(), markup=False, highlight=False, soft_wrap=True)
