"""The transaction in which a field of a deal was changed, by which its events find the values before."""

from tortoise import fields
from tortoise.fields.db_defaults import SqlDefault
from tortoise.migrations import operations as ops

from app.database import migrations

NOW = "((pg_current_xact_id())::text)::bigint"
# By itself, so that rows from before stay as they are and the table isn't written anew.
DEFAULT = f"ALTER TABLE field_change ALTER COLUMN xid SET DEFAULT {NOW}"


class Migration(migrations.Migration):
    dependencies = [("models", "0078_notifications")]

    initial = False

    operations = [
        migrations.GIVE_UP_SOON,
        ops.AddField(
            model_name="FieldChange",
            name="xid",
            field=fields.BigIntField(null=True),
        ),
        ops.AlterField(
            model_name="FieldChange",
            name="xid",
            field=fields.BigIntField(null=True, db_default=SqlDefault(NOW)),
        ),
    ]
