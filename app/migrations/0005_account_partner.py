from tortoise.indexes import Index
from tortoise.migrations import operations as ops

from app.database import migrations


class Migration(migrations.Migration):
    dependencies = [('models', '0004_guidance')]

    initial = False

    operations = [
        ops.RemoveIndex(model_name='Opportunity', name='opportunity_account'),
        ops.AddIndex(model_name='Opportunity', index=Index(fields=['account_id', 'partner_id'], name='opportunity_account_partner')),
    ]
