"""Rows by primary key, for whatever points at them."""

from collections.abc import Sequence
from typing import Any

from app.database.sql import Slot
from schema.engine.declare import Entity
from schema.engine.plan.assemble import Assembler
from schema.engine.plan.compile import Compiler
from schema.engine.plan.run import Run, Texts
from schema.engine.plan.selection_tree import Branch
from schema.engine.sql.frame import Builder, Frame
from schema.engine.sql.statement import keyed


class Keyed:
    """Rows by primary key: the texts of those that the viewer may see."""

    def __init__(self, compiler: Compiler, entity: Entity, type_name: str, branches: Sequence[Branch]) -> None:
        builder = Builder(compiler.scope)
        frame = Frame(builder, entity.table)
        self._key = builder.select(frame.column("id"))
        self._rows = Assembler(builder, compiler.row_of(frame, entity, type_name, branches))
        self._statement = keyed(frame, entity, Slot("keys"))

    async def texts(self, run: Run, keys: Sequence[Any]) -> Texts:
        rows = await run.fetch(self._statement, keys=list(keys))
        texts = await self._rows.write(run, rows)
        return {row[self._key]: text for row, text in zip(rows, texts, strict=True)}
