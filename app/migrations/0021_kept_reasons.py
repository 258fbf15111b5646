from tortoise import fields
from tortoise.migrations import operations as ops

from app.database import migrations

MARK = """
UPDATE stage_transition t SET reason_kept = TRUE FROM kept_text k WHERE k.kind = 'REASON' AND k.subject_id = t.id
"""


class Migration(migrations.Migration):
    dependencies = [('models', '0020_advice_languages')]

    initial = False

    operations = [
        ops.AddField(model_name='StageTransition', name='reason_kept', field=fields.BooleanField(default=False, db_default=False)),
        ops.RunSQL(MARK, ops.RunSQL.noop),
    ]
