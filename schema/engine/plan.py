"""Plans: the compiled answer to one operation, for one visibility scope and one set of shapes."""

from collections.abc import Callable, Collection, Sequence
from typing import Any

from app.database.sql import sql
from app.identity.scopes import VisibilityScope
from schema.engine.declare import Act, Anything, First, Made, Paged
from schema.engine.fallback import CannotPlan, Cause
from schema.engine.frame import Builder
from schema.engine.outline import Ask, Branch
from schema.engine.pages import seal_cursors
from schema.engine.rows import Assembler, Run, Source, sound
from schema.engine.selection import TYPE_NAME
from schema.engine.shapes import Later, Piece, Shaper, is_written, named
from schema.engine.sources import Constant, DoneOnce, FirstOf, GivenOnce, Kinds, MadeOnce, Pages


class Plan:
    """Everything that is known before the request. What PostgreSQL can write of all root fields is one statement.

    `leave` makes the source of a root field that is left to graphql-core; None: there may be none. Raises
    `CannotPlan`, too, when that would be all of them.
    """

    def __init__(
        self,
        type_name: str,
        branches: Sequence[Branch],
        scope: VisibilityScope,
        asks: Sequence[Ask],
        leave: Callable[[Branch], Source] | None,
    ) -> None:
        left = [branch for branch in branches if branch.left]
        try:
            made = _made(type_name, branches, scope, asks, leave, left)
        except CannotPlan:
            if leave is None:
                raise
            left = [branch for branch in branches if branch.left or not _holds(type_name, branch, scope, asks)]
            if all(branch in left or branch.name == TYPE_NAME for branch in branches):
                raise
            made = _made(type_name, branches, scope, asks, leave, left)
        shaper, builder, pieces = made
        self._rows = Assembler(builder, pieces)
        self._statement = builder.statement(sql("SELECT {}", builder.selected())) if builder.columns else None
        self._purposes = shaper.purposes

    async def text(self, run: Run) -> str:
        """The `data` of the answer. Raises `FallBack`."""
        rows: Sequence[Any] = [()] if self._statement is None else await run.fetch(self._statement)
        (text,) = await self._rows.write(run, rows)
        return seal_cursors(sound(text), self._purposes) if self._purposes else sound(text)


def _made(
    type_name: str,
    branches: Sequence[Branch],
    scope: VisibilityScope,
    asks: Sequence[Ask],
    leave: Callable[[Branch], Source] | None,
    left: Collection[Branch],
) -> tuple[Shaper, Builder, list[Piece]]:
    shaper, builder = Shaper(scope, asks), Builder(scope)
    values = [
        [Later(leave(branch), None)] if leave and branch in left else _root(shaper, builder, type_name, branch)
        for branch in branches
    ]
    return shaper, builder, named(branches, values)


def _holds(type_name: str, branch: Branch, scope: VisibilityScope, asks: Sequence[Ask]) -> bool:
    """Whether a plan can hold this root field."""
    try:
        _root(Shaper(scope, asks), Builder(scope), type_name, branch)
    except CannotPlan:
        return False
    return True


def _root(shaper: Shaper, builder: Builder, type_name: str, branch: Branch) -> list[Piece]:
    if branch.name == TYPE_NAME:
        return [f'"{type_name}"']
    match branch.selected.read:
        case First(listing) if is_written(branch):
            return shaper.first(builder, branch, listing)
        case First(listing):
            return [Later(FirstOf(shaper, branch, listing), None)]
        case Paged(listing) if is_written(branch):
            return shaper.page(builder, branch, listing, None)
        case Paged(listing):
            return [Later(Pages(shaper, branch, listing, owned=False), None)]
        case Anything() as read:
            return [Later(Kinds(shaper, branch, read), None)]
        case Made() as read:
            source = MadeOnce(shaper, branch, read)
            return [Later(Constant(source, branch) if read.constant else source, None)]
        case Act(act):
            return [Later(DoneOnce(shaper, branch, act), None)]
        case None:
            return [Later(GivenOnce(shaper, branch), None)]
        case read:
            raise CannotPlan(Cause.RESOLVER, f"{branch.name} is read as {read}")
