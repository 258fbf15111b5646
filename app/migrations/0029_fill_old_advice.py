"""Old advice gets its languages and old actions their ranks, part by part, while servers read and write both."""

from uuid import UUID

from tortoise.migrations import operations as ops

from app.database import migrations

PART = 5_000
# So far, advice was told in all languages that there were catalogues of.
TOLD = """
WITH part AS (
  SELECT opportunity_id FROM recommendation WHERE opportunity_id > $1 AND languages = '{{}}'
  ORDER BY opportunity_id LIMIT {part} FOR UPDATE
), told AS (
  UPDATE recommendation r SET languages = '{{de,en,es,fr}}' FROM part WHERE r.opportunity_id = part.opportunity_id
)
SELECT opportunity_id AS last FROM part ORDER BY opportunity_id DESC LIMIT 1
"""
# Until their deals are looked at again, which the worker does within a day: by the score alone, the first ones first.
FILL = """
WITH part AS (
  SELECT id FROM next_best_action WHERE id > $1 AND status IN ('PROPOSED', 'ACCEPTED') AND rank = 0 AND score <> 0
  ORDER BY id LIMIT {part} FOR UPDATE
), ranked AS (
  UPDATE next_best_action n SET rank = n.score / (greatest(n.position, 0) + 1) FROM part WHERE n.id = part.id
)
SELECT id AS last FROM part ORDER BY id DESC LIMIT 1
"""


async def fill(_apps, editor, part=PART):
    for statement in (TOLD, FILL):
        last = UUID(int=0)
        while last is not None:
            _, rows = await editor.client.execute_query(statement.format(part=part), [last])
            last = rows[0]['last'] if rows else None


class Migration(migrations.Migration):
    dependencies = [('models', '0028_columns_of_actions')]

    initial = False
    atomic = False

    operations = [ops.RunPython(fill, ops.RunPython.noop)]
