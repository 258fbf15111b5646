"""The base class of our migrations."""

from tortoise import migrations
from tortoise.contrib.postgres.indexes import GinIndex
from tortoise.migrations import operations
from tortoise.migrations.schema_editor.base import BaseSchemaEditor
from tortoise.migrations.schema_generator.state import State

FORWARD_ONLY = (
    operations.CreateModel,
    operations.AddField,
    operations.AddIndex,
    operations.AddConstraint,
    operations.RunPython,
    operations.RunSQL,
)
"""Operations whose statements follow from the state after them alone."""

GIVE_UP_SOON = operations.RunSQL("SET LOCAL lock_timeout = '20s'", operations.RunSQL.noop)
"""First in whatever changes a table that is there already: who reads it would wait behind the migration, while that
waits for a long reader itself. Rather it fails, and is run again."""

_INVALID = """
SELECT 1 FROM pg_index WHERE indexrelid = to_regclass($1) AND NOT indisvalid
"""


async def _index_meanwhile(editor: BaseSchemaEditor, name: str, on: str) -> None:
    """What an earlier attempt left unfinished counts for nothing. It waits for transactions from before it, such as a
    backup, but not for ever: one of them might wait for the migration."""
    async with editor.client.acquire_connection() as connection:
        await connection.execute("SET lock_timeout = '15min'")
        try:
            if await connection.fetch(_INVALID, name):
                await connection.execute(f"DROP INDEX CONCURRENTLY {name}")
            await connection.execute(f"CREATE INDEX CONCURRENTLY IF NOT EXISTS {name} ON {on}")
        finally:
            await connection.execute("RESET lock_timeout")


async def _has_extension(editor: BaseSchemaEditor, name: str) -> bool:
    async with editor.client.acquire_connection() as connection:
        return bool(await connection.fetch("SELECT 1 FROM pg_extension WHERE extname = $1", name))


class IndexMeanwhile(operations.RunPython):
    """An index that the models know nothing of, `on` table, columns and condition, made while the table is read and
    written. For migrations that aren't atomic. `needs`: an extension, without which there is no such index."""

    def __init__(self, name: str, on: str, needs: str | None = None) -> None:
        async def make(_apps: object, editor: BaseSchemaEditor) -> None:
            if needs is None or await _has_extension(editor, needs):
                await _index_meanwhile(editor, name, on)

        async def drop(_apps: object, editor: BaseSchemaEditor) -> None:
            await editor.client.execute_script(f"DROP INDEX CONCURRENTLY IF EXISTS {name}")

        super().__init__(make, drop)


class AddIndexMeanwhile(operations.AddIndex):
    """An index of a model's, likewise; of columns by their names, and in a table of the model's."""

    async def database_forward(
        self, app_label: str, _old: State, new_state: State, state_editor: BaseSchemaEditor | None = None
    ) -> None:
        if state_editor is not None:
            assert self.index.name is not None
            table = new_state.apps.get_model(f"{app_label}.{self.model_name}")._meta.db_table
            using = " USING gin" if isinstance(self.index, GinIndex) else ""
            on = f"{table}{using} ({', '.join(self.index.field_names)})"
            await _index_meanwhile(state_editor, self.index.name, on)


class Migration(migrations.Migration):
    """Copies the state of all models only before an operation that compares it with the one after.

    Tortoise does so before each, and a copy builds every model anew: for an empty database, four fifths of the time.
    """

    async def apply(
        self,
        state: State,
        *,
        dry_run: bool = False,
        schema_editor: BaseSchemaEditor | None = None,
        collect_sql: bool = False,
    ) -> State:
        if dry_run or collect_sql or schema_editor is None:
            return await super().apply(state, dry_run=dry_run, schema_editor=schema_editor, collect_sql=collect_sql)
        in_transactions = schema_editor.client.capabilities.supports_transactions
        for operation in self.operations:
            before = state if isinstance(operation, FORWARD_ONLY) else state.clone()
            operation.state_forward(self.app_label, state)
            await self._run_database_forward(operation, before, state, schema_editor, in_transactions)
        state.validate_relations_initialized()
        return state
