from tortoise import fields
from tortoise.migrations import operations as ops

from app.database import migrations

REOPENED = """
CREATE OR REPLACE FUNCTION event_part_reopened() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER
SET search_path = public, pg_temp AS $reopened$
BEGIN
  UPDATE log_partition SET first_xid = NULL, last_xid = NULL WHERE name = TG_TABLE_NAME AND last_xid IS NOT NULL;
  RETURN NEW;
END $reopened$
"""


class Migration(migrations.Migration):
    dependencies = [('models', '0042_provisioning')]

    initial = False

    operations = [
        migrations.GIVE_UP_SOON,
        ops.AddField(model_name='LogPartition', name='first_xid', field=fields.BigIntField(null=True)),
        ops.RunSQL(REOPENED, ops.RunSQL.noop),
    ]
