"""A person whose data is asked for: a user or somebody at a customer, and the words by which texts speak of them."""

import re
import unicodedata
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any
from uuid import UUID

import orjson

from app.database import Transaction

USER, CONTACT = "user_account", "contact"
PREFIXES: Mapping[str, str] = {USER: "usr", CONTACT: "con"}
ERASED = "[erased]"
"""What stands in texts in place of a name or an address."""

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
    def is_named_in_full(self) -> bool:
        """Whether the name is one that texts about nobody else are likely to have: of several words."""
        return len(self.name.split()) > 1


async def person_of(tx: Transaction, table: str, id: UUID) -> Person:
    """Held until the transaction ends. Raises `NoSuchPerson`."""
    found = await tx.fetchrow(_ROW.format(table), id)
    if found is None:
        raise NoSuchPerson(f"There is no {'user' if table == USER else 'contact'} {id}.")
    return Person(table, id, orjson.loads(found["row"]))


def pattern_of(words: list[str], *, of_json: bool = False) -> str:
    """A regular expression of PostgreSQL's that finds these words in a text, however they are spaced, accented and
    cased, and as words of their own; `of_json`: in the text of a JSON document."""
    spellings = {spelling for word in words for spelling in _spellings(word)}
    if of_json:
        spellings = {orjson.dumps(one).decode()[1:-1] for one in spellings}
    longest_first = sorted(spellings, key=lambda one: (-len(one), one))
    return rf"(?<!\w)({'|'.join(map(_escaped, longest_first))})(?!\w)"


def _spellings(word: str) -> Iterator[str]:
    """PostgreSQL compares letters beyond ASCII by their case only where its locale knows them."""
    plain = "".join(letter for letter in unicodedata.normalize("NFKD", word) if not unicodedata.combining(letter))
    for one in (word, plain):
        for cased in (one, one.lower(), one.upper(), one.casefold()):
            yield unicodedata.normalize("NFC", cased)
            yield unicodedata.normalize("NFD", cased)


def _escaped(text: str) -> str:
    return r"\s+".join(re.sub(r"([^\w])", r"\\\1", part) for part in text.split())
