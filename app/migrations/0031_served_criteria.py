from app.database import migrations
from tortoise.migrations import operations as ops
from tortoise.contrib.postgres.fields import ArrayField

class Migration(migrations.Migration):
    dependencies = [('models', '0030_orders_of_advice')]

    initial = False

    operations = [
        migrations.GIVE_UP_SOON,
        ops.AddField(
            model_name='Activity',
            name='serves',
            field=ArrayField(default=list, db_default=[], element_type='TEXT'),
        ),
    ]
