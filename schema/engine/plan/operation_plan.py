"""Plans: the compiled answer to one operation, for one visibility scope and one set of shapes."""

from collections.abc import Callable, Collection, Sequence
from typing import Any

from app.database.sql import sql
from app.identity.scopes import VisibilityScope
from schema.engine.declare import Act, Anything, First, Made, Paged
from schema.engine.plan.assemble import Assembler, sound
from schema.engine.plan.batches import Constant, DoneOnce, FirstOf, GivenOnce, Kinds, MadeOnce, Pages, source_of
from schema.engine.plan.compile import Compiler, is_written
from schema.engine.plan.connection_sql import connection, seal_cursors
from schema.engine.plan.fallback import CannotPlan, Cause
from schema.engine.plan.pieces import Later, Piece, named
from schema.engine.plan.run import Run, Source
from schema.engine.plan.selection_tree import BoundArguments, Branch
from schema.engine.read.selection import TYPE_NAME
from schema.engine.sql.frame import Builder


class Plan:
    """Everything that is known before the request. What PostgreSQL can write of all root fields is one statement.

    `fallback` makes the source of a root field that graphql-core answers; None: there may be none. Raises
    `CannotPlan`, too, when that would be all of them.
    """

    def __init__(
        self,
        type_name: str,
        branches: Sequence[Branch],
        scope: VisibilityScope,
        arguments: Sequence[BoundArguments],
        fallback: Callable[[Branch], Source] | None,
    ) -> None:
        falling_back = [branch for branch in branches if branch.falls_back]
        try:
            made = _made(type_name, branches, scope, arguments, fallback, falling_back)
        except CannotPlan:
            if fallback is None:
                raise
            falling_back = [one for one in branches if one.falls_back or not _holds(type_name, one, scope, arguments)]
            if all(branch in falling_back or branch.name == TYPE_NAME for branch in branches):
                raise
            made = _made(type_name, branches, scope, arguments, fallback, falling_back)
        compiler, builder, pieces = made
        self._rows = Assembler(builder, pieces)
        self._statement = builder.statement(sql("SELECT {}", builder.selected())) if builder.columns else None
        self._purposes = compiler.cursor_scopes

    async def text(self, run: Run) -> str:
        """The `data` of the answer. Raises `FallBack`."""
        rows: Sequence[Any] = [()] if self._statement is None else await run.fetch(self._statement)
        (text,) = await self._rows.write(run, rows)
        return seal_cursors(sound(text), self._purposes) if self._purposes else sound(text)


def _made(
    type_name: str,
    branches: Sequence[Branch],
    scope: VisibilityScope,
    arguments: Sequence[BoundArguments],
    fallback: Callable[[Branch], Source] | None,
    falling_back: Collection[Branch],
) -> tuple[Compiler, Builder, list[Piece]]:
    compiler, builder = _compiler(scope, arguments), Builder(scope)
    values = [
        [Later(fallback(branch), None)]
        if fallback and branch in falling_back
        else _root(compiler, builder, type_name, branch)
        for branch in branches
    ]
    return compiler, builder, named(branches, values)


def _compiler(scope: VisibilityScope, arguments: Sequence[BoundArguments]) -> Compiler:
    return Compiler(scope, arguments, connection, source_of)


def _holds(type_name: str, branch: Branch, scope: VisibilityScope, arguments: Sequence[BoundArguments]) -> bool:
    """Whether a plan can hold this root field."""
    try:
        _root(_compiler(scope, arguments), Builder(scope), type_name, branch)
    except CannotPlan:
        return False
    return True


def _root(compiler: Compiler, builder: Builder, type_name: str, branch: Branch) -> list[Piece]:
    if branch.name == TYPE_NAME:
        return [f'"{type_name}"']
    match branch.selected.read:
        case First(listing) if is_written(branch):
            return compiler.first(builder, branch, listing)
        case First(listing):
            return [Later(FirstOf(compiler, branch, listing), None)]
        case Paged(listing) if is_written(branch):
            return compiler.page(builder, branch, listing, None)
        case Paged(listing):
            return [Later(Pages(compiler, branch, listing, owned=False), None)]
        case Anything() as read:
            return [Later(Kinds(compiler, branch, read), None)]
        case Made() as read:
            source = MadeOnce(compiler, branch, read)
            return [Later(Constant(source, branch) if read.constant else source, None)]
        case Act(act):
            return [Later(DoneOnce(compiler, branch, act), None)]
        case None:
            return [Later(GivenOnce(compiler, branch), None)]
        case read:
            raise CannotPlan(Cause.RESOLVER, f"{branch.name} is read as {read}")
