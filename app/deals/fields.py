"""Columns that people fill in, named once: what checks a value, what is written and what changes are called follow."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from app.database import Transaction
from app.database.sql import joined, sql
from app.deals.names import tidy
from app.outcomes import Faults, Refused, refused
from app.vocabulary import ErrorCode

Reader = Callable[[Any, str], Any]
"""From a value and the API's name of its field to what is stored (None: nothing), or to a `Refused`."""


@dataclass(frozen=True, slots=True)
class Field:
    """`name`: in the API. `missing`: what to say where it is left empty, for one that can't be."""

    name: str
    read: Reader
    missing: str | None = None


Fields = Mapping[str, Field]
"""By column."""


def text_problem(value: str | None, most: int, *path: str, least: int = 0) -> Refused | None:
    if value is None:
        return None
    if "\0" in value:
        return refused(ErrorCode.INVALID, "Text can't hold the character NUL.", *path)
    if not least <= len(value.strip()) or len(value) > most:
        return refused(ErrorCode.INVALID, f"Must have {least} to {most} characters.", *path)
    return None


def text(most: int) -> Reader:
    """On one line, of `most` characters."""

    def read(value: str, name: str) -> str | Refused | None:
        tidied = tidy(value) if "\0" not in value else value
        return text_problem(tidied, most, name) or tidied or None

    return read


def checked(fields: Fields, given: Mapping[str, Any]) -> dict[str, Any] | Refused:
    """What `given` has of the columns, as it is stored; or all that is wrong with it."""
    stored: dict[str, Any] = {}
    faults = Faults()
    for column, field in fields.items():
        if column not in given:
            continue
        stored[column] = None if given[column] is None else field.read(given[column], field.name)
        faults.note(stored[column])
        if stored[column] is None and field.missing is not None:
            faults.note(refused(ErrorCode.INVALID, field.missing, field.name))
    return faults.refusal() or stored


def names(fields: Fields, columns: Iterable[str]) -> list[str]:
    """What changes of the columns are called in events and in the audit log."""
    return sorted({fields[column].name for column in columns if column in fields})


async def insert(tx: Transaction, table: str, values: Mapping[str, Any]) -> None:
    places = joined(", ", (sql("{}", value) for value in values.values()))
    statement = sql(f"INSERT INTO {table} ({', '.join(values)}) VALUES ({{}})", places).statement()  # noqa: S608
    await tx.execute(statement.text, *statement.arguments({}))


async def change(tx: Transaction, table: str, id: object, values: Mapping[str, Any], *also: str) -> None:
    """`also`: further terms of the UPDATE."""
    terms = [*(sql(f"{column} = {{}}", value) for column, value in values.items()), *(sql(term) for term in also)]
    if terms:
        statement = sql(f"UPDATE {table} SET {{}} WHERE id = {{}}", joined(", ", terms), id).statement()  # noqa: S608
        await tx.execute(statement.text, *statement.arguments({}))
