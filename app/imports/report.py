"""The report of an import, real or dry: figures, and the tables that the terminal shows."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from itertools import groupby
from pathlib import Path

import asyncpg
from rich.console import Console
from rich.table import Table

from app.imports.accounts import AccountCounts
from app.imports.apply import Applied
from app.imports.contacts import ContactCounts
from app.imports.owners import OwnerCounts

# As the deals stand after the import: also those that it left as they were.
_BY_STAGE = """
SELECT s.id, s.name AS stage, count(*) AS count, o.currency, sum(o.amount) AS amount
FROM import_target t JOIN opportunity o ON o.id = t.opportunity_id JOIN stage s ON s.id = o.stage_id
GROUP BY s.id, o.currency
ORDER BY s.kind <> 'OPEN', s.position, s.id, o.currency
"""


@dataclass(frozen=True, slots=True)
class FileCounts:
    role: str
    path: Path
    rows: int


@dataclass(frozen=True, slots=True)
class StageTotals:
    """`amounts`: currency → sum, of the deals that have an amount."""

    stage: str
    count: int
    amounts: Mapping[str, Decimal]


@dataclass(frozen=True, slots=True)
class Report:
    system: str
    dry_run: bool
    playbook: str
    playbook_created: bool
    vendor_created: str | None
    files: Sequence[FileCounts]
    opportunities: int
    applied: Applied
    advanced: int
    accounts: AccountCounts
    owners: OwnerCounts
    contacts: ContactCounts | None
    stages: Sequence[StageTotals]
    rejected: int
    reasons: Mapping[tuple[str, str], int]
    rejects_path: Path
    held_back: int
    placeholder: str
    rejected_opportunities: int
    notices: Sequence[str] = field(default=())

    @property
    def unchanged(self) -> int:
        return self.opportunities - self.rejected_opportunities - self.applied.created - self.applied.updated

    def headline(self) -> str:
        counts = f"{self.applied.created} created, {self.applied.updated} updated, {self.unchanged} unchanged"
        text = (
            f"Opportunities: {counts}, {self.rejected_opportunities} rejected; {self.applied.transitions} transitions."
        )
        return f"Dry run, nothing was written. {text}" if self.dry_run else text


async def totals(connection: asyncpg.Connection) -> list[StageTotals]:
    rows = await connection.fetch(_BY_STAGE)
    found: list[StageTotals] = []
    for _, of_stage in groupby(rows, key=lambda row: row["id"]):
        same = list(of_stage)
        amounts = {row["currency"]: row["amount"] for row in same if row["currency"] is not None}
        found.append(StageTotals(same[0]["stage"], sum(row["count"] for row in same), amounts))
    return found


def show(report: Report, console: Console) -> None:
    console.print(_files(report))
    if report.stages:
        console.print(_stages(report))
    if report.reasons:
        console.print(_rejects(report))
    for sentence in sentences(report):
        console.print(sentence, markup=False, highlight=False, soft_wrap=True)
    console.print(report.headline(), markup=False, highlight=False, soft_wrap=True)


def _files(report: Report) -> Table:
    table = Table(title=f"Import from {report.system} onto {report.playbook}", title_justify="left")
    table.add_column("File")
    table.add_column("Role")
    table.add_column("Rows", justify="right")
    for file in report.files:
        table.add_row(file.path.name, file.role, str(file.rows))
    return table


def _stages(report: Report) -> Table:
    table = Table(title="Opportunities by stage", title_justify="left")
    table.add_column("Stage")
    for heading in ("Opportunities", "Amount", "Currency"):
        table.add_column(heading, justify="right")
    for row in report.stages:
        amounts = [f"{amount:,}" for amount in row.amounts.values()]
        table.add_row(row.stage, str(row.count), "\n".join(amounts), "\n".join(row.amounts))
    return table


def _rejects(report: Report) -> Table:
    table = Table(title=f"{report.rejected} rows rejected: see {report.rejects_path}", title_justify="left")
    table.add_column("File")
    table.add_column("Reason")
    table.add_column("Rows", justify="right")
    for (file, reason), count in report.reasons.items():
        table.add_row(file, reason, str(count))
    return table


def sentences(report: Report) -> list[str]:
    """What the reader has to know and no table says."""
    said = list(report.notices)
    accounts, owners, applied = report.accounts, report.owners, report.applied
    said.append(f"Accounts: {accounts.created} created, {accounts.updated} updated.")
    if report.contacts is not None:
        said.append(f"Contacts: {report.contacts.headline()}.")
    if accounts.deals_without:
        said.append(
            f"{accounts.deals_without} opportunities name no account; new ones stand with “{report.placeholder}”."
        )
    if owners.unmatched:
        said.append(
            f"{owners.unmatched} owners are not users here, so {owners.deals_unmatched} opportunities keep the owner "
            "they have, or none; --create-owners makes inactive users of them."
        )
    if owners.created:
        said.append(f"{owners.created} owners were created as inactive users.")
    if applied.beyond_history:
        said.append(
            f"{applied.beyond_history} histories end in another stage than their opportunity; the opportunity was "
            "believed, and a transition to its stage added."
        )
    if report.advanced:
        said.append(
            f"{report.advanced} opportunities moved on by themselves, since nothing that their stage asks for is open."
        )
    if report.held_back:
        said.append(f"{report.held_back} history rows belong to rejected opportunities and were left out with them.")
    if report.vendor_created:
        said.append(f"There was no vendor organisation, so “{report.vendor_created}” was created.")
    if report.playbook_created:
        said.append(
            f"Created {report.playbook} with figures measured from the export. Partners don't see its stages until an "
            "administrator has reviewed and published it."
        )
    elif report.playbook.endswith("draft)"):
        said.append(f"The {report.playbook} is not published yet: partners don't see its stages.")
    return said
