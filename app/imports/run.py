"""Import an export: one transaction from reading its first row to its last event, so it happens as a whole or not."""

from collections.abc import Awaitable, Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, tzinfo
from pathlib import Path
from typing import TypeVar
from uuid import UUID

import asyncpg

from app import audit
from app.database import Transaction, database, transaction
from app.deals.money import minor_units
from app.events import notify, wake
from app.imports import (
    accounts,
    advancing,
    apply,
    chain,
    clock,
    contacts,
    field_changes,
    measured,
    owners,
    playbooks,
    roles,
    rows,
    staging,
    stored_ids,
    targets,
)
from app.imports.faults import ImportStopped
from app.imports.mapping import KEY
from app.imports.mapping import Mapping as ExportMapping
from app.imports.plan import Export
from app.imports.rejects import Rejects
from app.imports.report import FileCounts, Report, totals
from app.imports.sources import SourceFile, open_source
from app.vocabulary import OpportunitySource, Role

R = TypeVar("R")
ProgressCallback = Callable[[SourceFile], None]
Records = Iterable[tuple[object, ...]]

_ROLES: tuple[tuple[str, str, Callable[[Export, SourceFile], Records]], ...] = (
    ("accounts", "import_account", rows.accounts),
    ("users", "import_user", rows.users),
    ("opportunities", "import_deal", rows.opportunities),
    ("history", "import_move", rows.history),
)
_WATCH_EVERY = 5_000


@dataclass(frozen=True, slots=True)
class ImportRequest:
    """What to import and how. `files`: role → path. `partner`: key of the organisation that the new deals
    belong to. `role`: of users whose rows give none."""

    mapping: ExportMapping
    files: Mapping[str, Path]
    rejects: Path
    playbook: str | None = None
    create_playbook: bool = False
    dry_run: bool = False
    currency: str | None = None
    partner: str | None = None
    role: Role | None = None
    zone: tzinfo = UTC
    create_owners: bool = False
    vendor_name: str = "Vendor"
    at: datetime | None = None


class _DryRun(Exception):
    """Unwinds the transaction of an import that was only to be tried."""


async def as_a_whole(work: Callable[[Transaction], Awaitable[R]], *, dry_run: bool) -> R:
    """What `work` reports, in one transaction, of which nothing stays if it was only to be tried."""
    reported: list[R] = []
    try:
        async with transaction() as tx:
            reported.append(await work(tx))
            if dry_run:
                raise _DryRun
    except _DryRun:
        return reported[0]
    wake()
    await notify(database())
    return reported[0]


async def run(order: ImportRequest, watch: ProgressCallback | None = None) -> Report:
    """Raises `ImportStopped`, with nothing written, when the import can't be done. `watch` is called while files are
    read. Readers of the event log get no other events until the import has ended: see `app.events.log`."""
    sources = {role: open_source(path, roles.reading_of(order.mapping)) for role, path in order.files.items()}
    _check(order)
    with Rejects(order.rejects) as rejects:

        async def work(tx: Transaction) -> Report:
            report = await _Import(tx, order, sources, rejects, watch).run()
            await audit.add(tx, _entry(report))
            return report

        return await as_a_whole(work, dry_run=order.dry_run)


def _entry(report: Report) -> audit.Entry:
    detail = {
        "system": report.system,
        "playbookKey": report.playbook,
        "rows": {file.role: file.rows for file in report.files},
        "opportunities": report.opportunities,
        "rejected": report.rejected,
    }
    return audit.Entry("IMPORT", detail=detail)


def _check(order: ImportRequest) -> None:
    if order.currency is not None and minor_units(order.currency) is None:
        raise ImportStopped(f"“{order.currency}” is not an ISO 4217 currency code, such as EUR.")
    if order.create_playbook and order.playbook is not None and not KEY.fullmatch(order.playbook):
        raise ImportStopped(f"--playbook {order.playbook}: a key is of lower-case letters, digits and single hyphens.")
    if "opportunities" not in order.files:
        raise ImportStopped("There is no file of opportunities among the files given.")
    if not order.rejects.parent.is_dir():
        raise ImportStopped(f"{order.rejects}: there is no folder {order.rejects.parent} for the rejected rows.")
    if order.rejects.resolve() in {path.resolve() for path in order.files.values()}:
        raise ImportStopped(f"{order.rejects} is a file to be imported; name another with --rejects.")


async def partner_of(connection: asyncpg.Connection, key: str | None) -> UUID | None:
    """Raises `ImportStopped` where there is none with this key."""
    if key is None:
        return None
    found: UUID | None = await connection.fetchval(
        "SELECT id FROM organization WHERE key = $1 AND kind = 'PARTNER'", key
    )
    if found is None:
        raise ImportStopped(f"There is no partner organisation with the key “{key}”.")
    return found


class _Import:
    def __init__(
        self,
        tx: Transaction,
        order: ImportRequest,
        sources: Mapping[str, SourceFile],
        rejects: Rejects,
        watch: ProgressCallback | None,
    ) -> None:
        self.tx = tx
        self.connection: asyncpg.Connection = tx.connection
        self.order = order
        self.mapping = order.mapping
        self.sources = sources
        self.watch = watch
        self.at = order.at or datetime.now(UTC)
        self.today = self.at.astimezone(order.zone).replace(hour=0, minute=0, second=0, microsecond=0)
        currency = order.currency or order.mapping.constants.currency
        self.export = Export(order.mapping, order.zone, currency, rejects)

    async def run(self) -> Report:
        system = self.mapping.system
        await self.connection.execute("SELECT pg_advisory_xact_lock(hashtextextended($1, 0))", f"import:{system}")
        partner_id = await partner_of(self.connection, self.order.partner)
        vendor_id, vendor_created = await owners.vendor(self.connection, self.order.vendor_name)
        await self._load()
        playbook, created = await self._place(partner_id)
        were_kept = await advancing.kept(self.tx, system, self.at)
        account_counts = await accounts.write(self.connection, system, self.mapping.no_account, partner_id)
        owner_counts = await owners.match(
            self.connection, system, vendor_id, partner_id, create=self.order.create_owners
        )
        source = OpportunitySource.VENDOR if partner_id is None else OpportunitySource.PARTNER
        applied = await apply.write(self.connection, system, partner_id=partner_id, source=source, at=self.at)
        if field_changes.ROLE in self.sources:
            await field_changes.write(self.connection, system)
        people = None
        if contacts.ROLE in self.sources:
            people = await contacts.write(self.connection, self.export, self.sources[contacts.ROLE], partner_id)
        advanced = await advancing.advance(self.tx, were_kept, self.at)
        await self._write_refused()
        return await self._report(
            playbook, created, vendor_created, applied, advanced, account_counts, owner_counts, people
        )

    async def _report(
        self,
        playbook: playbooks.Playbook,
        playbook_created: bool,
        vendor_created: bool,
        applied: apply.Applied,
        advanced: int,
        account_counts: accounts.AccountCounts,
        owner_counts: owners.OwnerCounts,
        people: contacts.ContactCounts | None,
    ) -> Report:
        taken: int = await self.connection.fetchval("SELECT count(*) FROM import_target")
        read, rejects = self.export.read, self.export.rejects
        return Report(
            system=self.mapping.title,
            dry_run=self.order.dry_run,
            playbook=str(playbook),
            playbook_created=playbook_created,
            vendor_created=self.order.vendor_name if vendor_created else None,
            files=[FileCounts(role, source.path, read[role]) for role, source in self.sources.items()],
            opportunities=read["opportunities"],
            rejected_opportunities=read["opportunities"] - taken,
            applied=applied,
            advanced=advanced,
            accounts=account_counts,
            owners=owner_counts,
            contacts=people,
            stages=await totals(self.connection),
            rejected=rejects.count,
            reasons=rejects.by_reason,
            rejects_path=rejects.path,
            held_back=self.export.held_back,
            placeholder=self.mapping.no_account,
            notices=self._notices(),
        )

    async def _load(self) -> None:
        await staging.create(self.connection)
        await stored_ids.prepare(self.connection, self.export)
        for role, table, read in _ROLES:
            if role in self.sources:
                source = self.sources[role]
                await staging.copy(self.connection, table, self._watched(read(self.export, source), source))
        if contacts.ROLE in self.sources:
            source = self.sources[contacts.ROLE]
            await contacts.load(self.connection, self._watched(contacts.rows(self.export, source), source))
        if field_changes.ROLE in self.sources:
            source = self.sources[field_changes.ROLE]
            await field_changes.load(self.connection, self._watched(field_changes.rows(self.export, source), source))
        self.export.settle()
        await clock.settle(self.connection, self.export)
        await staging.settle(self.connection, columned=bool(self.mapping.history_from_columns))
        self.unlisted = (
            rows.unlisted_products(self.export, self.sources["products"]) if "products" in self.sources else {}
        )

    def _watched(self, records: Records, source: SourceFile) -> Iterator[tuple[object, ...]]:
        for number, record in enumerate(records):
            if self.watch is not None and number % _WATCH_EVERY == 0:
                self.watch(source)
            yield record
        if self.watch is not None:
            self.watch(source)

    async def _place(self, partner_id: UUID | None) -> tuple[playbooks.Playbook, bool]:
        """The playbook, with every deal's chain of transitions that are to be written."""
        order, connection = self.order, self.connection
        found = await playbooks.choose(connection, order.playbook, self.mapping.system, create=order.create_playbook)
        playbook = found or measured.draft(order.playbook or self.mapping.system, self.mapping)
        if found is not None:
            await playbooks.place(connection, found, self.export.stages, self.mapping.stages, self._way_out(found))
        await targets.find(connection, self.mapping.system, playbook.id)
        await targets.refuse_rows(connection, self.export.broken, playbook.key, partner_id)
        if found is None:
            await measured.create(self.tx, playbook, self.mapping, self.export.stages, self.today)
            return playbook, True
        await targets.refuse_new(connection, found.id, partner_id)
        await targets.refuse_stages(connection, found.id)
        await chain.build(connection, self.today)
        await chain.continue_stored(connection, self.today, partial=bool(self.mapping.history_from_columns))
        await targets.drop_refused(connection)
        return found, False

    def _way_out(self, playbook: playbooks.Playbook) -> str:
        return (
            "Name the stages that they mean under `stages:` in the mapping or with --stage NAME=KEY, or give those "
            "stages aliases; or --playbook NEW-KEY --create-playbook makes a draft playbook of the export instead of "
            f"“{playbook.key}”."
        )

    async def _write_refused(self) -> None:
        source = self.sources["opportunities"]
        columns = self.mapping.files["opportunities"].columns
        refused = await self.connection.fetch("SELECT deal, field, value, reason FROM import_reject ORDER BY deal")
        for row in refused:
            column = columns[row["field"]]
            name = next((name for name in column.column if name in source.header), " + ".join(column.join))
            self.export.rejects.add(source.path.name, row["deal"], name, row["value"], row["reason"])

    def _notices(self) -> list[str]:
        said = [notice for source in self.sources.values() for notice in source.notices]
        currency_column = self.mapping.files["opportunities"].columns.get("currency")
        if self.order.currency is None and self.export.currency is not None and currency_column is not None:
            header = self.sources["opportunities"].header
            if not any(name in header for name in currency_column.column):
                said.append(f"The export names no currency; amounts were taken as {self.export.currency} (--currency).")
        if self.export.ids.strange:
            listed = ", ".join(f"“{id}”" for id in self.export.ids.strange)
            said.append(f"Ids of {self.mapping.title} have 15 or 18 characters; these don't, for instance: {listed}.")
        said += [
            f"{count} opportunities have the product “{name}”, which the file of products doesn't list."
            for name, count in self.unlisted.items()
        ]
        return said
