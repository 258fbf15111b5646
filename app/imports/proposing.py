"""The proposal of a mapping for a file, as a table for a person and as a mapping file."""

from collections.abc import Iterator
from pathlib import Path

import yaml
from rich.console import Console
from rich.table import Table

from app.imports.inspecting import ColumnFacts, FileFacts
from app.imports.mapping import FIELDS, Numbers

_NEEDED = tuple(field for field, needed in FIELDS["opportunities"].items() if needed)
_MOMENTS = ("expected_close_date", "created_at", "entered_stage_at")
_DELIMITERS = {"\t": "tab", ",": "comma", ";": "semicolon", "|": "bar", " ": "blank"}


def show(facts: FileFacts, console: Console) -> None:
    source = facts.source
    said = [f"File: {source.path}"]
    if source.dialect is not None and source.encoding is not None:
        delimiter = _DELIMITERS.get(source.dialect.delimiter, source.dialect.delimiter)
        said += [f"Encoding: {source.encoding.name.removesuffix('-sig')}", f"Delimiter: {delimiter}"]
    else:
        said.append(f"Sheet: {source.workbook.sheet if source.workbook else ''}")
    said.append(f"Rows: {facts.rows}, {facts.unreadable} that can't be read, {source.blank} blank")
    said += source.notices
    said.append(f"Decimal sign: {_numbers(facts.numbers)}")
    for line in said:
        console.print(line, markup=False, highlight=False, soft_wrap=True)
    table = Table("Column", "Filled", "Holds", "For instance", "Field?")
    for column in facts.columns:
        table.add_row(
            column.name, str(column.filled), _holds(column), " · ".join(column.examples)[:60], column.field or ""
        )
    console.print(table, markup=False)
    missing = [field for field in _NEEDED if field not in {column.field for column in facts.columns}]
    if missing:
        console.print(f"No column was recognised for: {', '.join(missing)}.", markup=False, highlight=False)


def _holds(column: ColumnFacts) -> str:
    if column.dates:
        return "dates: " + " or ".join(column.dates)
    if column.numbers:
        return "numbers" if len(column.numbers) == 1 else "numbers, in doubt"
    return "text" if column.filled else "nothing"


def _numbers(found: tuple[Numbers, ...]) -> str:
    if not found:
        return "no numbers were found that tell"
    return " or ".join(_convention(numbers) for numbers in found)


def _convention(numbers: Numbers) -> str:
    between = f", “{numbers.thousands}” between thousands" if numbers.thousands else ""
    return f"“{numbers.decimal}”{between}"


def proposal(facts: FileFacts, system: str) -> str:
    """The YAML of a mapping; what is in doubt is left out, with its readings in a comment."""
    return "".join(f"{line}\n" for line in _lines(facts, system))


def _lines(facts: FileFacts, system: str) -> Iterator[str]:
    source = facts.source
    yield f"system: {_text(system)} # namespace of the ids; must stay the same from import to import"
    yield f"title: {_text(source.path.stem)}"
    if source.encoding is not None and source.dialect is not None:
        if not source.encoding.name.startswith("utf"):
            yield f"encoding: {_text(source.encoding.name)}"
        yield f"delimiter: {_text(source.dialect.delimiter)}"
    elif source.workbook is not None:
        yield f"sheet: {_text(source.workbook.sheet)}"
    dates = facts.dates or (("iso",) if not any(column.dates for column in facts.columns) else ())
    if dates:
        yield f"dates: [{', '.join(map(_text, dates))}]"
    else:
        yield "# dates: the order of day and month is in doubt; see the columns"
    yield from _numbers_of(facts.numbers)
    if not any(column.field == "currency" for column in facts.columns):
        yield "# constants: {currency: EUR} # of amounts whose currency the file doesn't say"
    yield "files:"
    yield "  opportunities:"
    yield "    columns:"
    fields = {column.field: column for column in facts.columns if column.field}
    for field in FIELDS["opportunities"]:
        if field in fields:
            yield from _column(field, fields[field])
        elif field in _NEEDED:
            yield f"      # {field}: which column?"


def _numbers_of(found: tuple[Numbers, ...]) -> Iterator[str]:
    lines = [
        f"numbers: {{decimal: {_text(n.decimal)}, thousands: {_text(n.thousands)}, grouping: {n.grouping.value}}}"
        for n in found
    ]
    if len(lines) == 1:
        yield lines[0]
    else:
        yield from (f"# {line} # one of several readings" for line in lines)


def _column(field: str, column: ColumnFacts) -> Iterator[str]:
    needed = field in _NEEDED
    if field in _MOMENTS and len(column.dates) > 1:
        for format in column.dates:
            yield f"      # {field}: {{column: {_text(column.name)}, dates: [{_text(format)}]}} # or another of these"
    elif field in _MOMENTS and column.dates:
        yield f"      {field}: {{column: {_text(column.name)}, dates: [{_text(column.dates[0])}], optional: true}}"
    else:
        yield f"      {field}: " + (
            _text(column.name) if needed else f"{{column: {_text(column.name)}, optional: true}}"
        )


def _text(value: str) -> str:
    """Quoted as YAML wants it, on one line."""
    return yaml.safe_dump(value, default_style='"', width=float("inf"), allow_unicode=True).strip()


def write(facts: FileFacts, system: str, path: Path) -> None:
    path.write_text(proposal(facts, system), encoding="utf-8")
