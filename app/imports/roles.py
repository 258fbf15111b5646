"""The role of each file of an export: named by the user (`accounts=file.csv`), or told by its columns."""

from collections.abc import Iterable
from pathlib import Path

from app.imports.faults import ImportStopped
from app.imports.fields import find_column, missing_columns, needed_columns
from app.imports.mapping import Mapping
from app.imports.sources import ReadOptions, SourceFile, open_source

ALONE = frozenset({"partners"})
"""Roles of files that are never among those of deals."""


def assign(mapping: Mapping, files: Iterable[str]) -> dict[str, Path]:
    """Role → path. Raises `ImportStopped` for a file that fits no role, or a role that two files have."""
    assigned: dict[str, Path] = {}
    for given in files:
        named, sign, rest = given.partition("=")
        if sign and named in mapping.files:
            role, path = named, Path(rest)
        else:
            path = Path(given)
            role = _role_of(mapping, open_source(path, reading_of(mapping)))
        if role in assigned:
            raise ImportStopped(
                f"{assigned[role]} and {path} both look like {role}; give one, or name them: {role}=FILE."
            )
        assigned[role] = path
    return assigned


def reading_of(mapping: Mapping, role: str | None = None) -> ReadOptions:
    """How the mapping's files are written; of one of them alone, its own header is looked for."""
    decimal = mapping.numbers.decimal if mapping.numbers else "."
    files = [mapping.files[role]] if role else [file for name, file in mapping.files.items() if name not in ALONE]
    needed = [needed_columns(file) for file in files]
    return ReadOptions(
        mapping.encoding, mapping.delimiter, mapping.quote, mapping.escape, mapping.sheet, decimal, needed
    )


def _role_of(mapping: Mapping, source: SourceFile) -> str:
    """The role most of whose columns the file has, among those for which it lacks none that is needed."""
    missing = {role: missing_columns(file, source) for role, file in mapping.files.items() if role not in ALONE}
    fitting = sorted((_columns_found(mapping, role, source), role) for role in missing if not missing[role])
    if fitting:
        return fitting[-1][1]
    lacks = "\n".join(f"  {role}: lacks {', '.join(columns)}" for role, columns in missing.items())
    found = ", ".join(source.header)
    raise ImportStopped(f"{source.path} is none of the files that the mapping describes. It has {found}.\n{lacks}")


def _columns_found(mapping: Mapping, role: str, source: SourceFile) -> int:
    columns = mapping.files[role].columns.values()
    return sum(find_column(column.column or column.join, source) is not None for column in columns)
