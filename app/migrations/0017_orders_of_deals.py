from tortoise.indexes import Index
from tortoise.migrations import operations as ops

from app.database import migrations


class Migration(migrations.Migration):
    dependencies = [('models', '0016_handover')]

    initial = False

    operations = [
        ops.AddIndex(model_name='Opportunity', index=Index(fields=['closed_at', 'id'], name='opportunity_closed')),
        ops.AddIndex(model_name='Opportunity', index=Index(fields=['source', 'id'], name='opportunity_source')),
        ops.AddIndex(model_name='Account', index=Index(fields=['name_key', 'id'], name='account_by_key')),
    ]
