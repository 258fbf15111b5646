"""Options of the command line about an export's notation, which override its mapping's."""

import re

from pydantic import ValidationError

from app.imports.faults import ImportStopped
from app.imports.identifiers import Ids
from app.imports.mapping import Mapping, Numbers

_TAB = {"tab": "\t", "\\t": "\t"}
_DAY_OR_MONTH = re.compile(r"dd|m{2,3}")


def stated(
    mapping: Mapping,
    *,
    month_first: bool = False,
    day_first: bool = False,
    decimal: str | None = None,
    thousands: str | None = None,
    ids: Ids | None = None,
    encoding: str | None = None,
    delimiter: str | None = None,
    sheet: str | None = None,
) -> Mapping:
    """Raises `ImportStopped` for options that exclude each other."""
    if month_first and day_first:
        raise ImportStopped("--month-first and --day-first exclude each other.")
    if month_first or day_first:
        mapping = _ordered(mapping, month_first=month_first)
    if decimal is not None or thousands is not None:
        mapping = mapping.model_copy(update={"numbers": _numbers(mapping.numbers, decimal, thousands)})
    if delimiter is not None and len(delimiter := _TAB.get(delimiter, delimiter)) != 1:
        raise ImportStopped(f"--delimiter {delimiter}: it is a single sign, such as ; or “tab”.")
    said = {"ids": ids, "encoding": encoding, "delimiter": delimiter, "sheet": sheet}
    return mapping.model_copy(update={name: value for name, value in said.items() if value is not None})


def _numbers(mapped: Numbers | None, decimal: str | None, thousands: str | None) -> Numbers:
    """What only one option says: the other sign is the mapping's, as long as it isn't the same."""
    said = {"decimal": decimal, "thousands": thousands}
    kept = {} if mapped is None else mapped.model_dump(exclude_unset=True)
    signs = {name: sign for name, sign in said.items() if sign is not None}
    try:
        return Numbers(**{name: value for name, value in kept.items() if value not in signs.values()} | signs)
    except ValidationError as wrong:
        fault = wrong.errors()[0]["msg"].removeprefix("Value error, ")
        given = " ".join(f"--{name} {sign}" for name, sign in signs.items())
        raise ImportStopped(f"{given}: {fault}.") from None


def _ordered(mapping: Mapping, *, month_first: bool) -> Mapping:
    files = {
        role: file.model_copy(
            update={
                "columns": {
                    name: column.model_copy(update={"dates": _all(column.dates, month_first)})
                    for name, column in file.columns.items()
                }
            }
        )
        for role, file in mapping.files.items()
    }
    return mapping.model_copy(update={"dates": _all(mapping.dates, month_first), "files": files})


def _all(formats: tuple[str, ...], month_first: bool) -> tuple[str, ...]:
    return tuple(_in_order(text, month_first) for text in formats)


def _in_order(text: str, month_first: bool) -> str:
    """The same format with day and month in that order; years that come first stay there."""
    found = _DAY_OR_MONTH.findall(text)
    if len(found) != 2:
        return text
    month = found[0] if found[0] != "dd" else found[1]
    wanted = iter((month, "dd") if month_first else ("dd", month))
    return _DAY_OR_MONTH.sub(lambda _: next(wanted), text)
