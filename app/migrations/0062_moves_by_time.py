"""Moves are found by when they were made, for deals as they stood at a moment of the past."""

from tortoise.indexes import Index

from app.database import migrations


class Migration(migrations.Migration):
    dependencies = [('models', '0061_field_changes')]

    initial = False
    atomic = False

    operations = [
        migrations.AddIndexMeanwhile(
            model_name='StageTransition', index=Index(fields=['at'], name='stage_transition_at')
        ),
    ]
