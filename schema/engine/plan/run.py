"""One execution of a plan, and the sources that it reads from."""

from collections.abc import Coroutine, Mapping, Sequence
from typing import Any, Protocol

import asyncpg
from graphql.execution.values import VariableValues

from app.database import database
from app.database.sql import Statement
from app.identity.scopes import slots_of
from schema.engine.context import OperationContext
from schema.engine.declare import Requester
from schema.engine.plan.selection_tree import BoundArguments, slot_prefix
from schema.engine.sql.frame import NOW
from schema.engine.sql.listing import slots_of_arguments

Texts = Mapping[Any, str]
"""JSON texts by key; under the key None where there is but one."""


class Slots(dict[str, object]):
    """Values for statements. Those of the viewer are looked up once a statement takes one."""

    __slots__ = ("_requester",)

    def __init__(self, requester: Requester) -> None:
        self._requester = requester

    def __missing__(self, name: str) -> object:
        self.update({**slots_of(self._requester.viewer), NOW.name: self._requester.at})
        if name not in self:
            raise LookupError(f"nothing was given for {name}")
        return self[name]


class Run:
    """One execution of a plan. `context` is what resolvers get, `given` the value object that is answered with."""

    __slots__ = ("arguments", "context", "given", "requester", "slots", "variables")

    def __init__(
        self, context: OperationContext, arguments: Sequence[BoundArguments], given: Any, variables: VariableValues
    ) -> None:
        self.variables = variables
        self.requester = Requester(context.viewer, context.at or context.now())
        self.arguments = arguments
        self.context = context
        self.given = given
        self.slots = Slots(self.requester)
        for n, bound in enumerate(arguments):
            if bound.listing is not None and bound.listing.values:
                self.slots.update(slots_of_arguments(slot_prefix(n), bound.listing))
            if bound.page is not None:
                self.slots.update(bound.page.slots(slot_prefix(n)))

    def fetch(self, statement: Statement, **more: object) -> Coroutine[Any, Any, list[asyncpg.Record]]:
        self.slots.update(more)
        return database().fetch(statement.text, *statement.arguments(self.slots))


class Source(Protocol):
    """Reads a field of many rows at once."""

    async def texts(self, run: Run, keys: Sequence[Any]) -> Texts: ...
