from tortoise import fields
from tortoise.contrib.postgres.fields import ArrayField
from tortoise.migrations import operations as ops

from app.database import migrations


class Migration(migrations.Migration):
    dependencies = [('models', '0026_subjects_of_old_events')]

    initial = False

    operations = [
        migrations.GIVE_UP_SOON,
        ops.AddField(model_name='Recommendation', name='slate', field=fields.TextField(null=True, unique=False)),
        ops.AddField(model_name='Recommendation', name='slate_shown', field=fields.TextField(null=True, unique=False)),
        ops.AddField(model_name='Recommendation', name='languages', field=ArrayField(element_type='text', default=list, db_default=[])),
        ops.AddField(model_name='Recommendation', name='wording', field=fields.TextField(default='', db_default='')),
    ]
