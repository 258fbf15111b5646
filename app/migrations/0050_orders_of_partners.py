"""Resellers of a distributor, and partners of a channel manager."""

from tortoise.indexes import Index

from app.database import migrations


class Migration(migrations.Migration):
    dependencies = [('models', '0049_comments_on_registrations')]

    initial = False
    atomic = False

    operations = [
        migrations.AddIndexMeanwhile(model_name='Organization', index=Index(fields=['parent_id'], name='organization_parent')),
        migrations.AddIndexMeanwhile(model_name='Organization', index=Index(fields=['channel_manager_id'], name='organization_channel_manager')),
    ]
