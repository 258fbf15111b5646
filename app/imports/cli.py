"""`stagepath import`: exit status 0 when the import is done (rows may have been rejected), 2 when it was stopped."""

import asyncio
import re
from collections.abc import Awaitable, Callable, Sequence
from datetime import UTC, tzinfo
from pathlib import Path
from typing import Annotated, Any, TypeVar
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

import typer
from rich.console import Console
from rich.progress import BarColumn, Progress, TaskID, TextColumn, TimeElapsedColumn

from app.command import MISUSED, explained, files_explained
from app.database import Database, embedded, use
from app.database.migrate import migrate
from app.imports import account_run, contact_run, directory, inspecting, people, proposing, roles
from app.imports import partners as partners_file
from app.imports.contacts import ROLE
from app.imports.faults import ImportStopped
from app.imports.identifiers import Ids
from app.imports.mapping import KEY, Mapping, MappingError, load
from app.imports.report import show
from app.imports.run import ImportRequest, ProgressCallback, run
from app.imports.sources import ReadOptions, SourceFile
from app.imports.stated import stated
from app.settings import Settings
from app.vocabulary import Role

imports = typer.Typer(help="Import deals, partners, users, accounts or contacts from another system's export.")

PlaybookKey = Annotated[str | None, typer.Option("--playbook", metavar="KEY", help="Playbook for the deals.")]
CreatePlaybook = Annotated[
    bool, typer.Option("--create-playbook", help="Draft the playbook from the export, if there is none by that key.")
]
DryRun = Annotated[bool, typer.Option("--dry-run", help="Do everything, show the result, write nothing.")]
RejectsFile = Annotated[
    Path | None,
    typer.Option("--rejects", metavar="FILE", help="File for rejected rows; SYSTEM-rejects.csv, if not given."),
]
Currency = Annotated[str | None, typer.Option(help="ISO 4217 currency of amounts without one.")]
Partner = Annotated[str | None, typer.Option(metavar="KEY", help="Partner organisation that the deals belong to.")]
Timezone = Annotated[str, typer.Option(help="Time zone of the export's dates and times, such as Europe/Berlin.")]
CreateOwners = Annotated[bool, typer.Option("--create-owners", help="Create inactive users for unknown owners.")]
MonthFirst = Annotated[bool, typer.Option("--month-first", help="All dates have the month before the day.")]
DayFirst = Annotated[bool, typer.Option("--day-first", help="All dates have the day before the month.")]
Decimal = Annotated[str | None, typer.Option(metavar="SIGN", help="Decimal sign: . or ,")]
Thousands = Annotated[str | None, typer.Option(metavar="SIGN", help="Thousands separator, if any.")]
IdsOption = Annotated[
    Ids | None,
    typer.Option("--ids", help="`text`: take ids verbatim, even if they look like a spreadsheet's notation."),
]
EncodingOption = Annotated[
    str | None, typer.Option("--encoding", help="Encoding of text files that aren't UTF-8, such as cp1252.")
]
DelimiterOption = Annotated[
    str | None, typer.Option("--delimiter", metavar="SIGN", help="Delimiter between cells, or `tab`.")
]
SheetOption = Annotated[
    str | None, typer.Option("--sheet", metavar="NAME", help="Sheet of a workbook; the first, if not given.")
]
VendorName = Annotated[str, typer.Option(help="Name of the vendor, if there is none yet.")]
Stages = Annotated[
    list[str] | None,
    typer.Option("--stage", metavar="NAME=KEY", help="Stage for a stage name of the export. May be repeated."),
]


@imports.callback(invoke_without_command=True)
def look(
    context: typer.Context,
    inspect: Annotated[
        Path | None,
        typer.Option("--inspect", metavar="FILE", help="Print what is recognised in a file, without importing."),
    ] = None,
    write_mapping: Annotated[
        Path | None, typer.Option("--write-mapping", metavar="FILE", help="With --inspect: write the proposed mapping.")
    ] = None,
    encoding: EncodingOption = None,
    delimiter: DelimiterOption = None,
    sheet: SheetOption = None,
) -> None:
    """Import deals from another system's export."""
    if inspect is None:
        if context.invoked_subcommand is None:
            typer.echo(context.get_help())
            raise typer.Exit(MISUSED)
        return
    errors = Console(stderr=True)
    with files_explained():
        try:
            facts = inspecting.inspect(inspect, ReadOptions(encoding, delimiter, sheet=sheet))
        except ImportStopped as stopped:
            errors.print(str(stopped), markup=False, highlight=False, soft_wrap=True)
            raise typer.Exit(MISUSED) from None
        proposing.show(facts, Console())
        if write_mapping is not None:
            proposing.write(facts, system_of(inspect), write_mapping)
            typer.echo(f"Wrote {write_mapping}. Read it before you import with --mapping {write_mapping}.")
    raise typer.Exit


def system_of(path: Path) -> str:
    """A name for the system that a file comes from."""
    return "-".join(re.findall(r"[a-z0-9]+", path.stem.lower()))[:40].strip("-") or "my-crm"


@imports.command()
def salesforce(
    opportunities: Annotated[Path, typer.Option(metavar="FILE", help="The Opportunity export.")],
    history: Annotated[Path | None, typer.Option(metavar="FILE", help="The OpportunityHistory export.")] = None,
    changes: Annotated[
        Path | None, typer.Option(metavar="FILE", help="The OpportunityFieldHistory export: former amounts, dates.")
    ] = None,
    accounts: Annotated[
        Path | None, typer.Option(metavar="FILE", help="The Account export: names, industries.")
    ] = None,
    users: Annotated[Path | None, typer.Option(metavar="FILE", help="The User export: names, addresses.")] = None,
    contacts: Annotated[
        Path | None, typer.Option(metavar="FILE", help="The Contact export: people at the accounts.")
    ] = None,
    mapping: Annotated[str, typer.Option(metavar="FILE", help="A mapping of your own.")] = "salesforce",
    playbook: PlaybookKey = None,
    create_playbook: CreatePlaybook = False,
    dry_run: DryRun = False,
    rejects: RejectsFile = None,
    currency: Currency = None,
    partner: Partner = None,
    timezone: Timezone = "UTC",
    create_owners: CreateOwners = False,
    vendor_name: VendorName = "Vendor",
    stage: Stages = None,
    month_first: MonthFirst = False,
    day_first: DayFirst = False,
    decimal: Decimal = None,
    thousands: Thousands = None,
    ids: IdsOption = None,
    encoding: EncodingOption = None,
    delimiter: DelimiterOption = None,
    sheet: SheetOption = None,
) -> None:
    """Import Salesforce opportunities, with the history of their stages."""

    def order() -> ImportRequest:
        given = {"opportunities": opportunities, "history": history, "accounts": accounts, "users": users}
        given |= {"contacts": contacts, "changes": changes}
        read = _with_stages(load(mapping), stage or [])
        read = stated(
            read,
            month_first=month_first,
            day_first=day_first,
            decimal=decimal,
            thousands=thousands,
            ids=ids,
            encoding=encoding,
            delimiter=delimiter,
            sheet=sheet,
        )
        return ImportRequest(
            mapping=read,
            files={role: path for role, path in given.items() if path is not None},
            rejects=rejects or Path(f"{read.system}-rejects.csv"),
            playbook=playbook,
            create_playbook=create_playbook,
            dry_run=dry_run,
            currency=currency,
            partner=partner,
            zone=_zone(timezone),
            create_owners=create_owners,
            vendor_name=vendor_name,
        )

    _carry_out(order, run, show)


@imports.command(name="csv")
def csv_files(
    files: Annotated[
        list[str], typer.Argument(metavar="FILE...", help="CSV files; ROLE=FILE where columns don't tell.")
    ],
    mapping: Annotated[str, typer.Option(metavar="FILE", help="A mapping file, or a shipped one: maven, hubspot.")],
    playbook: PlaybookKey = None,
    create_playbook: CreatePlaybook = False,
    dry_run: DryRun = False,
    rejects: RejectsFile = None,
    currency: Currency = None,
    partner: Partner = None,
    timezone: Timezone = "UTC",
    create_owners: CreateOwners = False,
    vendor_name: VendorName = "Vendor",
    stage: Stages = None,
    month_first: MonthFirst = False,
    day_first: DayFirst = False,
    decimal: Decimal = None,
    thousands: Thousands = None,
    ids: IdsOption = None,
    encoding: EncodingOption = None,
    delimiter: DelimiterOption = None,
    sheet: SheetOption = None,
) -> None:
    """Import any CSV export that a mapping file describes."""

    def order() -> ImportRequest:
        read = _with_stages(load(mapping), stage or [])
        read = stated(
            read,
            month_first=month_first,
            day_first=day_first,
            decimal=decimal,
            thousands=thousands,
            ids=ids,
            encoding=encoding,
            delimiter=delimiter,
            sheet=sheet,
        )
        return ImportRequest(
            mapping=read,
            files=roles.assign(read, files),
            rejects=rejects or Path(f"{read.system}-rejects.csv"),
            playbook=playbook,
            create_playbook=create_playbook,
            dry_run=dry_run,
            currency=currency,
            partner=partner,
            zone=_zone(timezone),
            create_owners=create_owners,
            vendor_name=vendor_name,
        )

    _carry_out(order, run, show)


@imports.command()
def contacts(
    file: Annotated[Path, typer.Argument(metavar="FILE", help="The export of contacts.")],
    mapping: Annotated[
        str, typer.Option(metavar="FILE", help="A mapping file, or a shipped one: hubspot, salesforce.")
    ] = "hubspot",
    dry_run: DryRun = False,
    rejects: RejectsFile = None,
    partner: Annotated[
        str | None, typer.Option(metavar="KEY", help="Partner organisation whose records they are; else the vendor's.")
    ] = None,
    ids: IdsOption = None,
    encoding: EncodingOption = None,
    delimiter: DelimiterOption = None,
    sheet: SheetOption = None,
) -> None:
    """Import the people at customers that are here already."""

    def order() -> ImportRequest:
        read = stated(load(mapping), ids=ids, encoding=encoding, delimiter=delimiter, sheet=sheet)
        return ImportRequest(
            mapping=read,
            files={ROLE: file},
            rejects=rejects or Path(f"{read.system}-contacts-rejects.csv"),
            dry_run=dry_run,
            partner=partner,
        )

    _carry_out(order, contact_run.run_contacts, contact_run.show)


FileArgument = Annotated[Path, typer.Argument(metavar="FILE", help="The export.")]
MappingOption = Annotated[
    str, typer.Option(metavar="FILE", help="A mapping file, or a shipped one: hubspot, salesforce, dynamics.")
]
OfPartner = Annotated[
    str | None, typer.Option("--partner", metavar="KEY", help="Partner of the rows that name none; else the vendor.")
]


@imports.command()
def partners(
    file: FileArgument,
    mapping: MappingOption = "hubspot",
    dry_run: DryRun = False,
    rejects: RejectsFile = None,
    ids: IdsOption = None,
    encoding: EncodingOption = None,
    delimiter: DelimiterOption = None,
    sheet: SheetOption = None,
) -> None:
    """Import channel partners, each under its parent."""
    given = {"ids": ids, "encoding": encoding, "delimiter": delimiter, "sheet": sheet}
    _carry_out_alone("partners", partners_file.write, file, mapping, given, rejects, dry_run=dry_run)


@imports.command()
def users(
    file: FileArgument,
    mapping: MappingOption = "hubspot",
    partner: OfPartner = None,
    role: Annotated[Role | None, typer.Option(help="Role of users whose rows give none.")] = None,
    dry_run: DryRun = False,
    rejects: RejectsFile = None,
    ids: IdsOption = None,
    encoding: EncodingOption = None,
    delimiter: DelimiterOption = None,
    sheet: SheetOption = None,
) -> None:
    """Import the people who sign in."""
    given = {"ids": ids, "encoding": encoding, "delimiter": delimiter, "sheet": sheet}
    _carry_out_alone("users", people.write, file, mapping, given, rejects, dry_run=dry_run, partner=partner, role=role)


@imports.command(name="accounts")
def accounts_alone(
    file: FileArgument,
    mapping: MappingOption = "hubspot",
    dry_run: DryRun = False,
    rejects: RejectsFile = None,
    ids: IdsOption = None,
    decimal: Decimal = None,
    thousands: Thousands = None,
    encoding: EncodingOption = None,
    delimiter: DelimiterOption = None,
    sheet: SheetOption = None,
) -> None:
    """Import customers."""
    given = {"ids": ids, "encoding": encoding, "delimiter": delimiter, "sheet": sheet}
    given |= {"decimal": decimal, "thousands": thousands}
    _carry_out_alone("accounts", account_run.write, file, mapping, given, rejects, dry_run=dry_run)


def _carry_out_alone(
    what: str,
    write: directory.Write,
    file: Path,
    mapping: str,
    given: dict[str, Any],
    rejects: Path | None,
    **others: Any,
) -> None:
    def order() -> ImportRequest:
        read = stated(load(mapping), **given)
        chosen = rejects or Path(f"{read.system}-{what}-rejects.csv")
        return ImportRequest(mapping=read, files={what: file}, rejects=chosen, **others)

    async def work(order: ImportRequest, watch: ProgressCallback) -> directory.DirectoryReport:
        return await directory.run_role(order, what, write, watch)

    _carry_out(order, work, directory.show)


R = TypeVar("R")


def _carry_out(
    make: Callable[[], ImportRequest],
    work: Callable[[ImportRequest, ProgressCallback], Awaitable[R]],
    tell: Callable[[R, Console], None],
) -> None:
    errors = Console(stderr=True)
    with explained() as given:
        try:
            report = asyncio.run(_imported(make(), given, errors, work))
        except (ImportStopped, MappingError) as stopped:
            errors.print(str(stopped), markup=False, highlight=False, soft_wrap=True)
            raise typer.Exit(MISUSED) from None
    tell(report, Console())


async def _imported(
    order: ImportRequest,
    given: Settings,
    errors: Console,
    work: Callable[[ImportRequest, ProgressCallback], Awaitable[R]],
) -> R:
    url = given.database_url.get_secret_value() if given.database_url else embedded.start(given.state_dir)
    database = await Database.connect(url, size=2)
    use(database)
    try:
        await migrate(database)
        with Progress(
            TextColumn("{task.description}"),
            BarColumn(),
            TextColumn("{task.percentage:>3.0f} %"),
            TimeElapsedColumn(),
            console=errors,
            transient=True,
            disable=not errors.is_terminal,
        ) as progress:
            return await work(order, _bar(progress))
    finally:
        use(None)
        await database.close()


def _bar(progress: Progress) -> ProgressCallback:
    tasks: dict[Path, TaskID] = {}

    def watch(source: SourceFile) -> None:
        if source.path not in tasks:
            tasks[source.path] = progress.add_task(source.path.name, total=source.size)
        progress.update(tasks[source.path], completed=source.read)

    return watch


def _zone(name: str) -> tzinfo:
    if name == "UTC":
        return UTC  # needs no time zone database, which slim images lack
    try:
        return ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        raise ImportStopped(f"“{name}” is not a time zone; they are called like Europe/Berlin or UTC.") from None


def _with_stages(mapping: Mapping, pairs: Sequence[str]) -> Mapping:
    named: dict[str, str] = {}
    for pair in pairs:
        name, sign, key = pair.rpartition("=")
        if not (sign and name.strip() and KEY.fullmatch(key.strip())):
            raise ImportStopped(f"--stage {pair}: write NAME=KEY, such as “Negotiation/Review=negotiation”.")
        named[name.strip()] = key.strip()
    return mapping.model_copy(update={"stages": {**mapping.stages, **named}})
