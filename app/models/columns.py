"""Column shapes that more than one table uses."""

from decimal import Decimal
from enum import StrEnum
from typing import Any, TypeVar
from uuid import UUID

from asyncpg.pgproto import pgproto
from tortoise import fields
from tortoise.contrib.postgres.fields import ArrayField, TSVectorField
from tortoise.fields.base import Field
from uuid_utils.compat import uuid7

E = TypeVar("E", bound=StrEnum)

Uuid: type[UUID] = pgproto.UUID
"""As PostgreSQL's driver makes them, in C: read from text and written in a tenth of the time."""


def new_id() -> UUID:
    """A UUID version 7: unique everywhere, and close to its neighbours in an index because it begins with the time."""
    return uuid7()


def primary_key() -> Any:
    return fields.UUIDField(primary_key=True, default=new_id)


def reference(model: str, *, null: bool = False, on_delete: fields.OnDelete = fields.RESTRICT) -> Any:
    """A foreign key without a reverse accessor: relations are read by the query engine, not by the ORM."""
    options: dict[str, Any] = {"related_name": False, "null": null, "on_delete": on_delete}
    return fields.ForeignKeyField(f"models.{model}", **options)


def word(enum: type[E], **options: Any) -> Any:
    """One of the domain's words, stored as text."""
    return fields.CharEnumField(enum, description=enum.__name__, max_length=40, **options)


def words(**options: Any) -> Any:
    return ArrayField(element_type="text", default=list, db_default=[], **options)


def uuids(**options: Any) -> Any:
    return ArrayField(element_type="uuid", default=list, db_default=[], **options)


def searchable(*source_fields: str) -> Any:
    """The words of other columns, kept by PostgreSQL itself; `simple`, since deals are written in every language."""
    return TSVectorField(source_fields=source_fields, config="simple", null=True)


def translated() -> Any:
    """The row's texts in other languages than they are written in; null: there are none."""
    return fields.JSONField(null=True)


class ExactNumericField(Field[Decimal]):
    """`NUMERIC` without a fixed scale: gives back the very digits that were stored, `1250.50` and not `1250.5000`."""

    field_type = Decimal
    skip_to_python_if_native = True
    SQL_TYPE = "NUMERIC"
