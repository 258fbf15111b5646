"""The tables as the models define them, readable before any database is connected."""

from collections.abc import Mapping
from functools import lru_cache
from typing import NamedTuple

from tortoise.fields import BigIntField
from tortoise.fields.relational import ForeignKeyFieldInstance, RelationalField
from tortoise.models import Model

import app.models


@lru_cache(maxsize=1)
def all_models() -> Mapping[str, type[Model]]:
    """By name."""
    found = (thing for thing in vars(app.models).values() if isinstance(thing, type) and issubclass(thing, Model))
    return {model.__name__: model for model in found}


def table_of(model: type[Model]) -> str:
    return str(model._meta.db_table)


def columns_of(model: type[Model]) -> frozenset[str]:
    names = set()
    for name, field in model._meta.fields_map.items():
        if isinstance(field, ForeignKeyFieldInstance):
            names.add(f"{name}_id")
        elif not isinstance(field, RelationalField):
            names.add(field.source_field or name)
    return frozenset(names)


class ColumnFacts(NamedTuple):
    nullable: bool
    big: bool
    """Whether it holds integers of more than 32 bits."""


@lru_cache(maxsize=64)
def facts_of(table: str) -> Mapping[str, ColumnFacts]:
    """What is known of a table's columns, by name. Raises `LookupError` for an unknown table."""
    found = {}
    for name, field in _model_of(table)._meta.fields_map.items():
        column = f"{name}_id" if isinstance(field, ForeignKeyFieldInstance) else field.source_field or name
        found[column] = ColumnFacts(bool(field.null), isinstance(field, BigIntField))
    return found


@lru_cache(maxsize=64)
def references_of(table: str) -> Mapping[str, str]:
    """The tables that a table's foreign keys point at, by column. Raises `LookupError` for an unknown table."""
    keys = {n: f for n, f in _model_of(table)._meta.fields_map.items() if isinstance(f, ForeignKeyFieldInstance)}
    return {f"{name}_id": table_of(all_models()[str(key.model_name).rpartition(".")[2]]) for name, key in keys.items()}


def _model_of(table: str) -> type[Model]:
    for model in all_models().values():
        if table_of(model) == table:
            return model
    raise LookupError(f"no model has the table {table}")
