"""The base class of our migrations."""

from tortoise import migrations
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
