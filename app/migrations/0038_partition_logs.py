"""The logs become partitioned. All that was written so far is their first part, as it stands: nothing is copied, and
no lock lasts longer than it takes to be noted."""

from tortoise.migrations import operations as ops

from app.database import migrations
from app.database.partitioning import partition
from app.database.partitions import LOGS


# Before an event is written to a part whose month is over: see `app.events.parts`.
REOPENED = """
CREATE OR REPLACE FUNCTION event_part_reopened() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER
SET search_path = public, pg_temp AS $reopened$
BEGIN
  UPDATE log_partition SET first_xid = NULL, last_xid = NULL WHERE name = TG_TABLE_NAME AND last_xid IS NOT NULL;
  RETURN NEW;
END $reopened$
"""


async def partition_logs(_apps, editor):
    async with editor.client.acquire_connection() as connection:
        for log in LOGS:
            await partition(connection, log)


class Migration(migrations.Migration):
    dependencies = [('models', '0037_log_partitions')]

    initial = False
    atomic = False

    operations = [ops.RunSQL(REOPENED), ops.RunPython(partition_logs, ops.RunPython.noop)]
