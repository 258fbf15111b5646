"""The format of mapping files: the field of each column of an export, and the notation of its values.

`docs/import.md` is the reader's account of the same.
"""

import re
from enum import StrEnum
from pathlib import Path
from typing import Annotated, Any, Self

import yaml
from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, ValidationError, field_validator, model_validator

from app.deals.money import minor_units
from app.imports.date_formats import DateFormatError, check_formats
from app.imports.identifiers import Ids

SHIPPED = Path(__file__).parent / "mappings"

KEY = re.compile(r"[a-z0-9]+(-[a-z0-9]+)*")

# role → field → must the mapping name a column for it?
FIELDS: dict[str, dict[str, bool]] = {
    "opportunities": {
        "external_id": True,
        "name": True,
        "stage": True,
        "amount": False,
        "currency": False,
        "expected_close_date": False,
        "account": False,
        "account_name": False,
        "owner": False,
        "product": False,
        "next_step": False,
        "notes": False,
        "close_reason": False,
        "created_at": False,
        "entered_stage_at": False,
    },
    "history": {"opportunity": True, "at": True, "stage": True, "sort": False},
    "changes": {"opportunity": True, "at": True, "field": True, "before": False, "after": True},
    "accounts": {
        "external_id": True,
        "name": True,
        "industry": False,
        "country": False,
        "employees": False,
        "annual_revenue": False,
    },
    "contacts": {
        "external_id": True,
        "account": False,
        "account_name": False,
        "name": False,
        "first_name": False,
        "last_name": False,
        "title": False,
        "email": False,
        "phone": False,
        "language": False,
        "buying_role": False,
    },
    "users": {
        "external_id": True,
        "name": False,
        "first_name": False,
        "last_name": False,
        "email": False,
        "role": False,
        "partner": False,
        "language": False,
        "time_zone": False,
        "active": False,
    },
    "partners": {
        "external_id": False,
        "key": False,
        "name": True,
        "parent": False,
        "tier": False,
        "kind": False,
        "industries": False,
        "region": False,
        "regions": False,
        "status": False,
    },
    "products": {"name": True},
}


_ONE_OF: dict[str, tuple[frozenset[str], ...]] = {
    "contacts": (frozenset({"account", "account_name"}), frozenset({"name", "first_name", "last_name"})),
    "users": (frozenset({"name", "first_name", "last_name"}),),
}
_ALONE = frozenset({"partners", "users", "accounts", "contacts"})
"""Roles of which a mapping may consist, without deals."""
"""Fields of which a role needs one of each."""


class MappingError(Exception):
    """A mapping file that can't be used. The message names the file and every fault in it."""


class _Strict(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


def _as_list(given: object) -> object:
    return [given] if isinstance(given, str) else given


def _as_texts(given: object) -> object:
    """YAML reads `yes`, `0017` and `1.0` as something else than the text in the CSV file; only text is unmistakable."""
    if isinstance(given, dict) and not all(isinstance(x, str) for pair in given.items() for x in pair):
        raise ValueError("put every key and value in quotes")
    return given


Names = Annotated[tuple[str, ...], BeforeValidator(_as_list)]
Texts = Annotated[dict[str, str], BeforeValidator(_as_texts)]


class Column(_Strict):
    """Where a field's value stands: in the first of `column` that the file has, or in all of `join` put together."""

    column: Names = ()
    join: Names = ()
    between: str = " · "
    optional: bool = Field(False, description="The file may lack the column.")
    values: Texts = Field({}, description="Corrections: what stands in the file → what is meant.")
    dates: Names = Field((), description="Date formats of this column, in place of the mapping's.")
    multiply: int = Field(1, ge=1, description="What a number is counted in, for instance 1000000.")

    @model_validator(mode="after")
    def names_something(self) -> Self:
        if bool(self.column) == bool(self.join):
            raise ValueError("give either `column` or `join`")
        return self

    @field_validator("dates")
    @classmethod
    def unambiguous(cls, formats: tuple[str, ...]) -> tuple[str, ...]:
        return _checked(formats)


def _as_column(given: object) -> object:
    return {"column": given} if isinstance(given, str | list) else given


class FileMapping(_Strict):
    columns: dict[str, Annotated[Column, BeforeValidator(_as_column)]]
    reject_when: dict[str, Names] = Field({}, description="Column → values that keep a row out.")


class DatedStage(_Strict):
    """A date column that says when the deal entered a stage: `stage`, or whichever of `stages` it now stands in.

    `unless_dated`: only where no other column dates that stage.
    """

    column: Names
    stage: str | None = None
    stages: Names = ()
    unless_dated: bool = False
    optional: bool = False

    @model_validator(mode="after")
    def names_stages(self) -> Self:
        if (self.stage is None) == (not self.stages):
            raise ValueError("give either `stage` or `stages`")
        return self


class Grouping(StrEnum):
    """Digits between two thousands signs: three everywhere, or three and then twos (12,34,567)."""

    THREE = "three"
    INDIAN = "indian"


_SAME_SIGN = {"’": "'", "‘": "'", "\u00a0": " ", "\u202f": " ", "\u2009": " ", "\u2007": " ", "٫": ".", "٬": ","}


class Numbers(_Strict):
    decimal: str = Field(".", min_length=1, max_length=1)
    thousands: str = Field("", max_length=1)
    grouping: Grouping = Grouping.THREE

    @field_validator("decimal", "thousands")
    @classmethod
    def sign(cls, sign: str) -> str:
        sign = _SAME_SIGN.get(sign, sign)
        if sign and (sign.isalnum() or sign in "+-()"):
            raise ValueError(f"“{sign}” can't stand between digits")
        return sign

    @model_validator(mode="after")
    def differ(self) -> Self:
        if self.decimal == self.thousands:
            raise ValueError("`decimal` and `thousands` are the same sign")
        if self.grouping is Grouping.INDIAN and not self.thousands:
            raise ValueError("`grouping: indian` needs `thousands`")
        return self


class Constants(_Strict):
    currency: str | None = None

    @field_validator("currency")
    @classmethod
    def known(cls, code: str | None) -> str | None:
        if code is not None and minor_units(code) is None:
            raise ValueError(f"“{code}” is not an ISO 4217 currency code, such as EUR")
        return code


class Mapping(_Strict):
    system: str = Field(max_length=40, pattern=rf"^{KEY.pattern}$", description="Namespace of the export's ids.")
    title: str
    encoding: str | None = Field(None, description="Of text files that aren't UTF-8, such as cp1252.")
    delimiter: str | None = Field(None, min_length=1, max_length=1)
    quote: str = Field('"', min_length=1, max_length=1, description="Around cells that hold delimiters or line breaks.")
    escape: str | None = Field(
        None, min_length=1, max_length=1, description="In front of a quote that is part of a cell."
    )
    sheet: str | None = Field(None, description="Of a workbook; the first that isn't hidden, if not given.")
    dates: Names = ("iso",)
    two_digit_years: int = Field(
        1970, ge=1900, le=2100, description="First of the hundred years that `yy` means: 70 is 1970 and 69 is 2069."
    )
    numbers: Numbers | None = Field(None, description="Without it, `.` and no thousands; other forms stop the import.")
    ids: Ids = Ids.CHECKED
    constants: Constants = Constants()
    files: dict[str, FileMapping]
    history_from_columns: tuple[DatedStage, ...] = ()
    stages: Texts = Field({}, description="Stage name in the export → key of a stage of the playbook.")
    won: Names = ("Closed Won", "Won")
    lost: Names = ("Closed Lost", "Lost")
    no_account: str = Field("(no account yet)", description="Name of the account of deals that have none.")

    @field_validator("system")
    @classmethod
    def not_ours(cls, system: str) -> str:
        if system == "api":
            raise ValueError("`api` is Stagepath's own; name the system that the export comes from")
        return system

    @field_validator("stages")
    @classmethod
    def keys(cls, stages: dict[str, str]) -> dict[str, str]:
        for key in stages.values():
            if not KEY.fullmatch(key):
                raise ValueError(f"“{key}” is not a stage's key: lower-case letters, digits and single hyphens")
        return stages

    @field_validator("dates")
    @classmethod
    def unambiguous(cls, formats: tuple[str, ...]) -> tuple[str, ...]:
        return _checked(formats)

    @model_validator(mode="after")
    def roles_and_fields_exist(self) -> Self:
        faults = [fault for role, file in self.files.items() for fault in _faults(role, file)]
        if "opportunities" not in self.files and not (self.files and self.files.keys() <= _ALONE):
            faults.append("`files` has no `opportunities`")
        if self.history_from_columns and "history" in self.files:
            faults.append("a mapping has either a `history` file or `history_from_columns`")
        if faults:
            raise ValueError("; ".join(faults))
        return self


def _checked(formats: tuple[str, ...]) -> tuple[str, ...]:
    try:
        check_formats(formats)
    except DateFormatError as error:
        raise ValueError(str(error)) from None
    return formats


def _faults(role: str, file: FileMapping) -> list[str]:
    fields = FIELDS.get(role)
    if fields is None:
        return [f"`{role}` is not a file's role; roles are {', '.join(FIELDS)}"]
    allowed = ", ".join(fields)
    unknown = [f"{role}: `{name}` is not a field; fields are {allowed}" for name in file.columns if name not in fields]
    missing = [f"{role}: no column for `{name}`" for name in fields if fields[name] and name not in file.columns]
    missing += [
        f"{role}: no column for {' or '.join(sorted(one))}"
        for one in _ONE_OF.get(role, ())
        if one.isdisjoint(file.columns)
    ]
    return unknown + missing


def load(name: str) -> Mapping:
    """A shipped mapping by its name (`maven`), or the file at a path. Raises `MappingError`."""
    shipped = SHIPPED / f"{name}.yaml"
    path = shipped if "/" not in name and shipped.is_file() else Path(name)
    try:
        content: Any = yaml.safe_load(path.read_text(encoding="utf-8-sig"))
    except FileNotFoundError:
        known = ", ".join(sorted(found.stem for found in SHIPPED.glob("*.yaml")))
        raise MappingError(f"{name}: no such mapping file, and none of the shipped ones ({known})") from None
    except (OSError, UnicodeDecodeError, yaml.YAMLError) as error:
        raise MappingError(f"{path}: {error}") from None
    if not isinstance(content, dict):
        raise MappingError(f"{path}: a mapping file is a YAML mapping that begins with `system:`")
    try:
        return Mapping.model_validate(content)
    except ValidationError as error:
        raise MappingError("\n".join([f"{path}:", *map(_fault_line, error.errors())])) from None


def _fault_line(fault: Any) -> str:
    place = ".".join(map(str, fault["loc"])) or "mapping"
    return f"  {place}: {fault['msg'].removeprefix('Value error, ')}"
