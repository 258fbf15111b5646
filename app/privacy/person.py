"""A person whose data is asked for: a user or somebody at a customer, and the words by which texts speak of them."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from uuid import UUID

import orjson

from app.database import Transaction

USER, CONTACT = "user_account", "contact"
PREFIXES: Mapping[str, str] = {USER: "usr", CONTACT: "con"}

_IDENTIFYING: Mapping[str, tuple[str, ...]] = {USER: ("email",), CONTACT: ("email", "phone")}
_ROW = "SELECT to_jsonb(t)::text AS row FROM {} t WHERE t.id = $1 FOR UPDATE"


class NoSuchPerson(Exception):
    """Nobody has this id."""


@dataclass(frozen=True, slots=True)
class Person:
    """`table`: whose row they are; `row`: as it stands."""

    table: str
    id: UUID
    row: Mapping[str, Any]

    @property
    def global_id(self) -> str:
        return f"{PREFIXES[self.table]}_{self.id}"

    @property
    def addresses(self) -> list[str]:
        found = (self.row[column] for column in _IDENTIFYING[self.table])
        return [one for one in found if one]

    @property
    def name(self) -> str:
        return str(self.row["name"])

    @property
    def full_name(self) -> str | None:
        """The name, if it is one that texts about nobody else are likely to have: of several words."""
        return self.name if len(self.name.split()) > 1 else None


async def person_of(tx: Transaction, table: str, id: UUID) -> Person:
    """Held until the transaction ends. Raises `NoSuchPerson`."""
    found = await tx.fetchrow(_ROW.format(table), id)
    if found is None:
        raise NoSuchPerson(f"There is no {'user' if table == USER else 'contact'} {id}.")
    return Person(table, id, orjson.loads(found["row"]))
