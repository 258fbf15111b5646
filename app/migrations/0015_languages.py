from tortoise import fields
from tortoise.migrations import operations as ops

from app.database import migrations

# The original of a piece: the English one, else the oldest. Its translations take its place in each stage.
ALIGN = """
UPDATE stage_content l SET position = o.position
FROM content c, (
  SELECT DISTINCT ON (c.key, l.stage_id) c.key, l.stage_id, l.position
  FROM stage_content l JOIN content c ON c.id = l.content_id
  ORDER BY c.key, l.stage_id, c.archived, (c.language = 'en') DESC, c.created_at, c.id) o
WHERE c.id = l.content_id AND o.key = c.key AND o.stage_id = l.stage_id AND l.position <> o.position
"""


class Migration(migrations.Migration):
    dependencies = [('models', '0014_members')]

    initial = False

    operations = [
        ops.AddField(model_name='User', name='time_zone', field=fields.TextField(null=True, unique=False)),
        ops.RunSQL(ALIGN, ops.RunSQL.noop),
        *(
            ops.AddField(model_name=model, name='translations', field=fields.JSONField(null=True))
            for model in ('Playbook', 'QualificationQuestion', 'Stage', 'Criterion', 'Activity')
        ),
    ]
