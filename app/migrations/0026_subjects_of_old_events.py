"""Old events get their subjects, part by part, while servers read and write the log."""

from tortoise.migrations import operations as ops

from app.database import migrations

PART = 50_000
LAST = 'SELECT coalesce(max(seq), 0) AS seq FROM event'
FILL = f"""
UPDATE event SET
  subject_type = CASE
    WHEN transition_id IS NOT NULL THEN 'stage_transition' WHEN opportunity_id IS NOT NULL THEN 'opportunity'
    WHEN playbook_id IS NOT NULL THEN 'playbook' WHEN content_id IS NOT NULL THEN 'content' END,
  subject_id = coalesce(transition_id, opportunity_id, playbook_id, content_id)
WHERE seq > $1 AND seq <= $1 + {PART} AND subject_type IS NULL
"""


async def fill(_apps, editor):
    _, rows = await editor.client.execute_query(LAST, [])
    for after in range(0, rows[0]['seq'], PART):
        await editor.client.execute_query(FILL, [after])


class Migration(migrations.Migration):
    dependencies = [('models', '0025_event_subjects')]

    initial = False
    atomic = False

    operations = [ops.RunPython(fill, ops.RunPython.noop)]
