"""A noun: a table, and all that the rest of the product has to know of it, said once.

What follows from it is derived: the conditions of statements (`app.identity.visibility`), the wall in PostgreSQL
(`app.identity.rls_policies`), types and `node` (`schema.engine.declare`), who hears of events (`app.nouns.audiences`),
which permission a mutation takes, and what tests put into every table and hunt for.
`docs/adding-a-noun.md` walks through one.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from types import MappingProxyType

from tortoise.models import Model

from app.database.sql import FALSE, Sql
from app.identity.scopes import VisibilityScope
from app.models.tables import columns_of, references_of, table_of
from app.nouns import policies
from app.vocabulary import Permission

Condition = Callable[[VisibilityScope, Sql], Sql]
"""From a partner's scope and the alias of a table to the condition under which a row exists. The vendor sees all."""
Parts = Callable[[VisibilityScope, Sql], Sequence[Sql]]
"""Likewise, to conditions that are never true of one row together: whatever is seen fulfils one of them."""


class Rights(StrEnum):
    """What partners' people may do to rows that they see, whatever the application asks; as PostgreSQL's GRANT."""

    READ = "SELECT"
    APPEND = "SELECT, INSERT"
    CHANGE = "SELECT, INSERT, UPDATE, DELETE"


@dataclass(frozen=True, slots=True)
class OwnColumns:
    """Columns that partners' people may change of rows that they may only read otherwise, and of which rows."""

    columns: str
    condition: str


@dataclass(frozen=True, slots=True)
class RowSecurity:
    """The policy of a table for partners' people (`app.nouns.policies`), `{table}` being its name.

    It says the same as the noun's condition, or is coarser. `public`: it holds nothing of any partner's. `lockable`:
    rows may be locked, never changed. `function`: SQL that makes a function which the policy calls, or by which
    statements read what it lets through.
    """

    policy: str
    rights: Rights = Rights.CHANGE
    public: bool = False
    lockable: bool = False
    own_columns: OwnColumns | None = None
    function: str | None = None


@dataclass(frozen=True, slots=True)
class Rows:
    """How many rows there are to look through, of what is listed: `of_a_deal`: about so many belong to each deal, and
    partners' people look through those of theirs; `shared`: they look through all."""

    of_a_deal: int = 0
    shared: bool = False


INTERNAL = RowSecurity(policies.WRITES)
"""No partner reads of it, but what they change is decided by it."""
CLOSED = RowSecurity("FALSE")
"""Of no use to partners' people, whatever they change."""


def nobody(_: VisibilityScope, __: Sql) -> Sql:
    return FALSE


@dataclass(frozen=True, slots=True, kw_only=True)
class Noun:
    """`seen_by`: who sees its rows; None: nothing that answers a viewer reads it. `row_security`: None: partners'
    people have no rights to it but those that `app.identity.rls_policies` grants by name.

    `prefix`: of its global ids. `subject`: what events and the audit log call it, for good; then whoever sees a row
    hears live of what happens to it.

    `seen_by_vendor`: which rows the vendor's people see, where it isn't all: those of a noun that has rows of one
    organisation's own. Its events that are one partner's alone (`Event.partner_id`) aren't the vendor's then, either.

    `seen_with_it`: foreign keys whose row is seen by whoever sees the row that has them. `seen_with_owner`: foreign
    keys to a row which nobody sees without seeing the rows that name it. No condition is asked along either.

    `parts`: where no one index leads to all that is seen: sets each of which one leads to. A list reads them one after
    the other (`app.identity.visibility.in_parts`); what is seen is for `seen_by` to say nevertheless.

    `rows`: None: no list of it looks through the table.

    `permissions`: what its mutations take, by their names in the API.
    """

    model: type[Model]
    seen_by: Condition | None
    row_security: RowSecurity | None
    prefix: str | None = None
    subject: str | None = None
    seen_by_vendor: Callable[[Sql], Sql] | None = None
    seen_with_it: frozenset[str] = frozenset()
    seen_with_owner: frozenset[str] = frozenset()
    parts: Parts | None = None
    rows: Rows | None = None
    permissions: Mapping[str, Permission] = field(default_factory=lambda: MappingProxyType({}))

    @property
    def table(self) -> str:
        return table_of(self.model)

    def problems(self) -> list[str]:
        """What of it can't be; empty where all fits together."""
        unknown = (self.seen_with_it | self.seen_with_owner) - references_of(self.table).keys()
        found = [f"{self.table} has no foreign key {key}" for key in sorted(unknown)]
        if self.prefix is not None and self.seen_by is None:
            found.append(f"{self.table} has ids, {self.prefix}, but nobody was said to see its rows")
        if self.subject is not None and (self.prefix is None or self.seen_by is nobody):
            found.append(f"{self.table} is the subject of events, but nobody could read it by its id")
        if self.seen_by is not None and self.row_security is None:
            found.append(f"{self.table} is read, but has no wall")
        if self.prefix is not None and "id" not in columns_of(self.model):
            found.append(f"{self.table} has ids, {self.prefix}, but no column id")
        return found
