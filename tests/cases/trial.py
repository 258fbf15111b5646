"""An import of one small input, and whether what came of it is right."""

import csv
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from datetime import UTC
from decimal import Decimal
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from app.database import database
from app.imports import roles
from app.imports.faults import ImportStopped
from app.imports.mapping import Mapping as ExportMapping
from app.imports.mapping import MappingError
from app.imports.run import ImportRequest, run
from app.imports.stated import stated
from tests.app.imports.builders import TODAY, published

PLAYBOOK = "it-software"
STAGES = (
    ("Deal registration", "OPEN"),
    ("Qualification", "OPEN"),
    ("Discovery and solution fit", "OPEN"),
    ("Appointment Scheduled", "OPEN"),
    ("Qualified To Buy", "OPEN"),
    ("Contract Sent", "OPEN"),
    ("Closed Won", "WON"),
    ("Closed Lost", "LOST"),
)
_OPTIONAL = {
    "amount": "Amount",
    "currency": "Currency",
    "account_name": "Account",
    "expected_close_date": "Close",
    "created_at": "Created",
    "notes": "Notes",
}
_COLUMNS = {"external_id": "ID", "name": "Name", "stage": "Stage"} | {
    name: {"column": column, "optional": True} for name, column in _OPTIONAL.items()
}
_HISTORY = {"opportunity": "OID", "at": "At", "stage": "Stage"}
_RUN_BY_SPREADSHEETS = ("=", "+", "-", "@", "\t", "\r", "\N{FULLWIDTH EQUALS SIGN}")
_DEALS = """
SELECT o.external_id, o.name, o.amount, o.currency, o.expected_close_date, o.created_at, o.status, o.notes,
    s.name AS stage, a.name AS account, a.annual_revenue, a.employees, array(SELECT t.kind || ' ' ||
        to_char(t.at AT TIME ZONE 'UTC', 'YYYY-MM-DD HH24:MI') FROM stage_transition t
        WHERE t.opportunity_id = o.id ORDER BY t.seq) AS path
FROM opportunity o JOIN stage s ON s.id = o.stage_id JOIN account a ON a.id = o.account_id ORDER BY o.external_id
"""

Expected = Mapping[str, Mapping[str, Any]]


@dataclass(frozen=True)
class Outcome:
    """`deals`: by external id. `rejects`: (file, line, column, value, reason). `stopped`: the message, if it was."""

    deals: Mapping[str, Mapping[str, Any]]
    rejects: list[tuple[str, str, str, str, str]]
    stopped: str | None = None
    notices: str = ""


@dataclass(frozen=True)
class Member:
    """One input and what is right: the deals that arrive (those fields of them that count), the lines that are
    rejected (all reasons together have to name `says`), or that the import stops, and names all of `stops`."""

    row: str
    name: str
    files: Mapping[str, bytes]
    mapping: ExportMapping
    deals: Expected = field(default_factory=dict)
    rejected: Collection[int] = ()
    says: tuple[str, ...] = ()
    stops: tuple[str, ...] | None = None
    accounts: int | None = None
    zone: str = "UTC"
    options: Mapping[str, Any] = field(default_factory=dict)


def mapping(**changes: Any) -> ExportMapping:
    """A German one, with `changes`."""
    whole = {
        "system": "case",
        "title": "Case",
        "dates": ["dd.mm.yyyy", "dd.mm.yyyy HH:MM", "iso"],
        "numbers": {"decimal": ",", "thousands": "."},
        "constants": {"currency": "EUR"},
        "files": {"opportunities": {"columns": _COLUMNS}, "history": {"columns": _HISTORY}},
    }
    return ExportMapping.model_validate({**whole, **changes})


async def prepare() -> None:
    await published(PLAYBOOK, STAGES)


async def clear() -> None:
    async with database().transaction() as tx:
        await tx.execute(
            "DELETE FROM stage_transition; DELETE FROM opportunity; DELETE FROM account; DELETE FROM event"
        )


async def carried_out(read: ExportMapping, files: Mapping[str, Path], folder: Path, **options: Any) -> Outcome:
    """The import of `files` (by role) with the options of the command, and what it left."""
    rejects = folder / "rejects.csv"
    rejects.unlink(missing_ok=True)
    zone = options.pop("zone", "UTC")
    message, notices = None, ""
    try:
        zoned = UTC if zone == "UTC" else ZoneInfo(zone)
        order = ImportRequest(stated(read, **options), files, rejects, PLAYBOOK, at=TODAY, zone=zoned)
        notices = "\n".join((await run(order)).notices)
    except (ImportStopped, MappingError) as stopped:
        message = str(stopped)
    return Outcome(await stored(), _read(rejects), message, notices)


async def shared(read: ExportMapping, paths: list[Path], folder: Path, **options: Any) -> Outcome:
    """The import of files that lie somewhere, as `stagepath import csv --mapping … FILE …` reads them."""
    zone = options.pop("zone", "UTC")
    try:
        known = stated(read, **options)
        files = roles.assign(known, [str(path) for path in paths])
    except (ImportStopped, MappingError) as stopped:
        return Outcome(await stored(), [], str(stopped))
    return await carried_out(known, files, folder, zone=zone)


async def stored() -> dict[str, dict[str, Any]]:
    return {row["external_id"]: dict(row) for row in await database().fetch(_DEALS)}


def _read(rejects: Path) -> list[tuple[str, str, str, str, str]]:
    if not rejects.exists():
        return []
    with rejects.open(newline="", encoding="utf-8") as lines:
        return [(row[0], row[1], row[2], row[3], row[4]) for row in list(csv.reader(lines))[1:]]


async def judged(member: Member, folder: Path) -> str:
    """Empty when it came right, else what was wrong."""
    await clear()
    paths = {}
    for name, content in member.files.items():
        role = name.partition(".")[0]
        paths[role] = folder / name
        paths[role].write_bytes(content)
    came = await carried_out(member.mapping, paths, folder, zone=member.zone, **member.options)
    return wrong(member, came)


def wrong(member: Member, came: Outcome) -> str:
    if member.stops is not None:
        if came.stopped is None:
            return f"was not stopped: {_brief(came)}"
        unsaid = [said for said in member.stops if said not in came.stopped]
        return f"the message lacks {unsaid}: {came.stopped}" if unsaid or came.deals else ""
    if came.stopped is not None:
        return f"was stopped: {came.stopped}"
    if set(came.deals) != set(member.deals):
        return f"deals {sorted(came.deals)}, not {sorted(member.deals)}: {came.rejects}"
    for id, fields in member.deals.items():
        for name, value in fields.items():
            got = came.deals[id][name]
            if _plain(got) != _plain(value):
                return f"{id}.{name} is {got!r}, not {value!r}"
    lines = {int(line.split("–")[0]) for _, line, *_ in came.rejects}
    if lines != set(member.rejected):
        return f"rejected lines {sorted(lines)}, not {sorted(member.rejected)}: {came.rejects}"
    reasons = "\n".join(" ".join(row) for row in came.rejects) + came.notices
    unsaid = [said for said in member.says if said not in reasons]
    if unsaid:
        return f"the reasons lack {unsaid}: {reasons}"
    return _of_accounts(member, came) or undefused(came)


def _of_accounts(member: Member, came: Outcome) -> str:
    names = {row["account"] for row in came.deals.values()}
    return f"accounts {names}" if member.accounts is not None and len(names) != member.accounts else ""


def undefused(came: Outcome) -> str:
    """Cells of the rejects that a spreadsheet would run; plain numbers are none."""
    cells = [cell for row in came.rejects for cell in row if cell.startswith(_RUN_BY_SPREADSHEETS)]
    bad = [cell for cell in cells if not cell[1:].replace(".", "").replace(",", "").isdigit()]
    return f"would be run: {bad}" if bad else ""


def _plain(value: Any) -> Any:
    if isinstance(value, Decimal):
        return str(value.quantize(Decimal(1)) if value == value.to_integral_value() else value.normalize())
    return str(value) if value is not None and not isinstance(value, list) else value


def _brief(came: Outcome) -> str:
    deals = {id: (row["name"], str(row["amount"])) for id, row in came.deals.items()}
    return f"{deals}, rejected {came.rejects}"
