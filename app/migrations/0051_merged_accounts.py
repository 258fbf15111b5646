"""Accounts by the ids of those that went into them."""

from tortoise.contrib.postgres.indexes import GinIndex

from app.database import migrations


class Migration(migrations.Migration):
    dependencies = [('models', '0050_orders_of_partners')]

    initial = False
    atomic = False

    operations = [
        migrations.AddIndexMeanwhile(model_name='Account', index=GinIndex(fields=['merged_ids'], name='account_merged')),
    ]
