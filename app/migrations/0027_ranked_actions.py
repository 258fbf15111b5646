from app.database import migrations
from tortoise import fields
from tortoise.contrib.postgres.fields import ArrayField
from tortoise.indexes import Index
from tortoise.migrations import operations as ops

# So far, advice was told in all languages that there were catalogues of.
TOLD = "UPDATE recommendation SET languages = '{de,en,es,fr}'"
# Until their deals are looked at again, which the worker does within a day: by the score alone, the first ones first.
FILL = """
UPDATE next_best_action SET rank = score / (greatest(position, 0) + 1) WHERE status IN ('PROPOSED', 'ACCEPTED')
"""
OF_ALL = """
CREATE INDEX next_best_action_ranked ON next_best_action (rank, id) WHERE status IN ('PROPOSED', 'ACCEPTED')
"""
OF_A_PARTNER = """
CREATE INDEX next_best_action_ranked_of_partner ON next_best_action (partner_id, rank, id)
WHERE status IN ('PROPOSED', 'ACCEPTED')
"""


class Migration(migrations.Migration):
    dependencies = [('models', '0026_subjects_of_old_events')]

    initial = False

    operations = [
        ops.AddField(model_name='Recommendation', name='languages', field=ArrayField(element_type='text', default=list, db_default=[])),
        ops.AddField(model_name='Recommendation', name='wording', field=fields.TextField(default='', db_default='')),
        ops.RunSQL(TOLD, ops.RunSQL.noop),
        ops.AddField(model_name='NextBestAction', name='rank', field=fields.FloatField(default=0.0, db_default=0.0)),
        ops.RunSQL(FILL, ops.RunSQL.noop),
        ops.RunSQL(OF_ALL, 'DROP INDEX next_best_action_ranked'),
        ops.AddIndex(model_name='Recommendation', index=Index(fields=['fresh_until'], name='recommendation_fresh_until')),
        ops.RunSQL(OF_A_PARTNER, 'DROP INDEX next_best_action_ranked_of_partner'),
    ]
