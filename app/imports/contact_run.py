"""Importing a file of people by itself, at customers that are here already: as a whole or not at all."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import asyncpg
from rich.console import Console
from rich.table import Table

from app import audit
from app.database import Transaction
from app.imports import contacts, roles
from app.imports.contacts import ROLE, ContactCounts
from app.imports.faults import ImportStopped
from app.imports.plan import Export
from app.imports.rejects import Rejects
from app.imports.run import ImportRequest, ProgressCallback, as_a_whole, partner_of
from app.imports.sources import SourceFile, open_source


@dataclass(frozen=True, slots=True)
class ContactReport:
    system: str
    dry_run: bool
    path: Path
    rows: int
    counts: ContactCounts
    rejected: int
    reasons: Mapping[tuple[str, str], int]
    rejects_path: Path

    def headline(self) -> str:
        text = f"Contacts: {self.counts.headline()}, {self.rejected} rejected."
        return f"Dry run, nothing was written. {text}" if self.dry_run else text


async def run_contacts(order: ImportRequest, watch: ProgressCallback | None = None) -> ContactReport:
    """Raises `ImportStopped`, with nothing written, when the import can't be done."""
    if ROLE not in order.mapping.files:
        raise ImportStopped(f"The mapping of {order.mapping.title} doesn't say how contacts are written: add `{ROLE}`.")
    source = open_source(order.files[ROLE], roles.reading_of(order.mapping))
    if order.rejects.resolve() == source.path.resolve():
        raise ImportStopped(f"{order.rejects} is the file to be imported; name another with --rejects.")
    with Rejects(order.rejects) as rejects:

        async def work(tx: Transaction) -> ContactReport:
            report = await _import(tx.connection, order, source, rejects)
            await audit.add(tx, _entry(report))
            if watch is not None:
                watch(source)
            return report

        return await as_a_whole(work, dry_run=order.dry_run)


async def _import(
    connection: asyncpg.Connection, order: ImportRequest, source: SourceFile, rejects: Rejects
) -> ContactReport:
    export = Export(order.mapping, order.zone, None, rejects)
    system = order.mapping.system
    await connection.execute("SELECT pg_advisory_xact_lock(hashtextextended($1, 0))", f"import:{system}")
    partner_id = await partner_of(connection, order.partner)
    await contacts.load(connection, contacts.rows(export, source))
    export.settle()
    counts = await contacts.write(connection, export, source, partner_id)
    return ContactReport(
        order.mapping.title,
        order.dry_run,
        source.path,
        export.read[ROLE],
        counts,
        rejects.count,
        rejects.by_reason,
        rejects.path,
    )


def _entry(report: ContactReport) -> audit.Entry:
    detail = {"system": report.system, "rows": {ROLE: report.rows}, "rejected": report.rejected}
    return audit.Entry("IMPORT", detail=detail)


def show(report: ContactReport, console: Console) -> None:
    if report.reasons:
        table = Table(title=f"{report.rejected} rows rejected: see {report.rejects_path}", title_justify="left")
        table.add_column("Reason")
        table.add_column("Rows", justify="right")
        for (_, reason), count in report.reasons.items():
            table.add_row(reason, str(count))
        console.print(table)
    console.print(report.headline(), markup=False, highlight=False, soft_wrap=True)
