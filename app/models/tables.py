"""The tables as the models define them, readable before any database is connected."""

from collections.abc import Mapping
from functools import lru_cache

from tortoise.fields.relational import ForeignKeyFieldInstance, RelationalField
from tortoise.models import Model

import app.models


@lru_cache(maxsize=1)
def _models() -> Mapping[str, type[Model]]:
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


@lru_cache(maxsize=64)
def references_of(table: str) -> Mapping[str, str]:
    """The tables that a table's foreign keys point at, by column. Raises `LookupError` for an unknown table."""
    for model in _models().values():
        if table_of(model) == table:
            keys = {n: f for n, f in model._meta.fields_map.items() if isinstance(f, ForeignKeyFieldInstance)}
            return {
                f"{name}_id": table_of(_models()[str(key.model_name).rpartition(".")[2]]) for name, key in keys.items()
            }
    raise LookupError(f"no model has the table {table}")
