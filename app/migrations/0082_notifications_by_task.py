"""Notifications are found by their task, for whoever loses it from sight."""

from tortoise.indexes import Index

from app.database import migrations


class Migration(migrations.Migration):
    dependencies = [('models', '0081_tasks_of_notifications')]

    initial = False
    atomic = False

    operations = [
        migrations.AddIndexMeanwhile(
            model_name='Notification', index=Index(fields=['task_id'], name='notification_of_task')
        ),
    ]
