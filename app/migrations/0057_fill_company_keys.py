"""Customers that are there already get search terms, part by part, while servers read and write them."""

from uuid import UUID

from tortoise.migrations import operations as ops

from app.database import migrations

PART = 5_000
# Triggers make those of new ones. They are stale, and the worker makes the terms.
FILL = """
WITH part AS (
  SELECT id FROM account WHERE id > $1 ORDER BY id LIMIT {part} FOR KEY SHARE
), filled AS (
  INSERT INTO company_key (id, account_id) SELECT gen_random_uuid(), id FROM part ON CONFLICT DO NOTHING
)
SELECT id AS last FROM part ORDER BY id DESC LIMIT 1
"""


async def fill(_apps, editor, part=PART):
    last = UUID(int=0)
    while last is not None:
        _, rows = await editor.client.execute_query(FILL.format(part=part), [last])
        last = rows[0]['last'] if rows else None


class Migration(migrations.Migration):
    dependencies = [('models', '0056_triggers_of_accounts')]

    initial = False
    atomic = False

    operations = [ops.RunPython(fill, ops.RunPython.noop)]
