"""Runs of automations are counted by registration."""

from tortoise.indexes import Index

from app.database import migrations


class Migration(migrations.Migration):
    dependencies = [('models', '0085_depth_of_tasks')]

    initial = False
    atomic = False

    operations = [
        migrations.AddIndexMeanwhile(
            model_name='AutomationRun',
            index=Index(fields=['registration_id', 'started_at', 'id'], name='automation_run_of_registration'),
        ),
    ]
