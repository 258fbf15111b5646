from app.database import migrations
from tortoise.migrations import operations as ops
from tortoise.contrib.postgres.fields import ArrayField

class Migration(migrations.Migration):
    dependencies = [('models', '0027_ranked_actions')]

    initial = False

    operations = [
        ops.AddField(
            model_name='Activity',
            name='serves',
            field=ArrayField(default=list, db_default=[], element_type='TEXT'),
        ),
    ]
