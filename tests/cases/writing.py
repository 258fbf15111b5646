"""Short ways to write members: a file of deals from its columns and rows, in any encoding."""

from collections.abc import Collection, Mapping, Sequence
from typing import Any

from app.imports.mapping import Mapping as ExportMapping
from tests.cases.trial import Expected, Member, mapping

GERMAN = mapping()
ENGLISH = mapping(numbers={"decimal": ".", "thousands": ","})
AMERICAN = mapping(numbers={"decimal": ".", "thousands": ","}, dates=["mm/dd/yyyy", "mm/dd/yyyy HH:MM"])
STAGE = "Qualification"


def text(columns: str, *rows: str, head: str = "", line: str = "\n") -> str:
    """`columns` and `rows` as they stand in the file, after `head`."""
    return head + line.join([columns, *rows]) + line


def _bytes(content: str | bytes) -> bytes:
    return content.encode() if isinstance(content, str) else content


def deals(
    row: str,
    name: str,
    content: str | bytes,
    right: Expected | None = None,
    read: ExportMapping = GERMAN,
    *,
    stops: Sequence[str] | None = None,
    rejected: Collection[int] = (),
    says: Sequence[str] = (),
    accounts: int | None = None,
    history: str | None = None,
    zone: str = "UTC",
    kind: str = "csv",
    **options: Any,
) -> Member:
    """A member of one opportunities file, and perhaps a history. `options`: those of the command."""
    files: Mapping[str, bytes] = {f"opportunities.{kind}": _bytes(content)}
    if history is not None:
        files = {**files, "history.csv": _bytes(history)}
    return Member(
        row,
        name,
        files,
        read,
        right or {},
        rejected,
        tuple(says),
        None if stops is None else tuple(stops),
        accounts,
        zone,
        options,
    )


def amount(row: str, name: str, cell: str, value: str | None, read: ExportMapping = GERMAN, *, code: str = "EUR",
           says: Sequence[str] = (), stops: Sequence[str] | None = None) -> Member:  # fmt: skip
    """One cell beside a plain one: its exact value, or None where its row is to be rejected."""
    content = text("ID;Name;Stage;Amount;Currency", f"1;a;{STAGE};5;{code}", f'2;b;{STAGE};"{cell}";{code}')
    right: Expected = {"1": {"amount": "5"}}
    if value is not None:
        right = {**right, "2": {"amount": value}}
    return deals(row, name, content, right, read, rejected=() if value is not None else (3,), says=says, stops=stops)


def day(row: str, name: str, cell: str, value: str | None, *dates: str, stops: Sequence[str] | None = None,
        says: Sequence[str] = (), **changes: Any) -> Member:  # fmt: skip
    """One date beside an empty one: its ISO day, or None where its row is to be rejected."""
    content = text("ID;Name;Stage;Close", f"1;a;{STAGE};", f"2;b;{STAGE};{cell}")
    right: Expected = {"1": {}} if value is None else {"1": {}, "2": {"expected_close_date": value}}
    read = mapping(dates=list(dates) or ["dd.mm.yyyy"], **changes)
    return deals(row, name, content, right, read, rejected=() if value is not None else (3,), stops=stops, says=says)


def instant(row: str, name: str, cell: str, value: str | None, *dates: str, zone: str = "UTC") -> Member:
    """One creation time beside an empty one: its instant (UTC, to the minute)."""
    content = text("ID;Name;Stage;Created", f"1;a;{STAGE};", f'2;b;{STAGE};"{cell}"')
    right: Expected = {"1": {}} if value is None else {"1": {}, "2": {"path": [f"CREATED {value}"]}}
    read = mapping(dates=list(dates))
    return deals(row, name, content, right, read, rejected=() if value is not None else (3,), zone=zone)


def moved(row: str, name: str, times: Sequence[tuple[str, str]], right: Sequence[str] | None, zone: str,
          rejected: Collection[int] = ()) -> Member:  # fmt: skip
    """A deal with a history; `right`: the instants of its transitions, or None where it has to wait."""
    last = times[-1][1]
    content = text("ID;Name;Stage", f"1;a;{last}")
    history = text("OID;At;Stage", *(f"1;{at};{stage}" for at, stage in times))
    kinds = ["CREATED", *["FORWARD"] * (len(times) - 1)]
    path = None if right is None else [f"{kind} {at}" for kind, at in zip(kinds, right, strict=False)]
    return deals(row, name, content, {"1": {"path": path}} if path else {}, history=history, zone=zone,
                 rejected=rejected)  # fmt: skip
