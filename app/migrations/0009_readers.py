from tortoise import fields
from tortoise.migrations import operations as ops

from app.database import migrations
from guidance.facts import Reader

FILL = """
WITH said AS (
  SELECT * FROM jsonb_to_recordset($1::text::jsonb) AS r(
    playbook text, stage text, key text, description text, name text, reader text, customer_wording text)
), criteria AS (
  UPDATE criterion c SET reader = r.reader, customer_wording = r.customer_wording
  FROM said r, stage s, playbook p
  WHERE r.name IS NULL AND s.id = c.stage_id AND p.id = s.playbook_id 
    AND (p.key, s.key, c.key) = (r.playbook, r.stage, r.key)
    AND c.description = r.description
)
UPDATE activity a SET reader = r.reader, customer_wording = r.customer_wording
FROM said r, stage s, playbook p
WHERE r.name IS NOT NULL AND s.id = a.stage_id AND p.id = s.playbook_id 
  AND (p.key, s.key, a.key) = (r.playbook, r.stage, r.key)
  AND a.name = r.name AND a.description = r.description
"""
CONTENTS = "UPDATE content SET reader = 'CUSTOMER' WHERE kind IN ('DECK', 'CASE_STUDY', 'DEMO')"


def starters():
    import orjson

    from app.playbooks.templates import templates

    rows = []
    for template in templates():
        for stage in template.spec.stages:
            for one in (*stage.entry_criteria, *stage.exit_criteria, *stage.activities):
                rows.append({
                    'playbook': template.key, 'stage': stage.key, 'key': one.key, 'description': one.description,
                    'name': getattr(one, 'name', None), 'reader': one.reader.value,
                    'customer_wording': one.customer_wording,
                })
    return orjson.dumps(rows).decode()


async def fill(_apps, editor):
    """What came from a starter and was left as it was gets the starter's words; contents go by their kind."""
    await editor.client.execute_query(CONTENTS, [])
    await editor.client.execute_query(FILL, [starters()])


def reader(null=False):
    given = {} if null else {'default': Reader.PARTNER, 'db_default': Reader.PARTNER}
    return fields.CharEnumField(description='Reader', enum_type=Reader, max_length=40, null=null, **given)


class Migration(migrations.Migration):
    dependencies = [('models', '0008_opportunity_words')]

    initial = False

    operations = [
        ops.AddField(model_name='Playbook', name='language', field=fields.TextField(default='en', db_default='en', unique=False)),
        ops.AddField(model_name='Criterion', name='reader', field=reader()),
        ops.AddField(model_name='Criterion', name='customer_wording', field=fields.TextField(null=True, unique=False)),
        ops.AddField(model_name='Activity', name='reader', field=reader()),
        ops.AddField(model_name='Activity', name='customer_wording', field=fields.TextField(null=True, unique=False)),
        ops.AddField(model_name='Content', name='reader', field=reader()),
        ops.AddField(model_name='NextBestAction', name='draft_reader', field=reader(null=True)),
        ops.RunPython(fill, ops.RunPython.noop),
    ]
