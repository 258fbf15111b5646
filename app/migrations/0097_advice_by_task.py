"""Advice is found by its task, for whoever completes that."""

from tortoise.indexes import Index

from app.database import migrations


class Migration(migrations.Migration):
    dependencies = [("models", "0096_advised_tasks")]

    initial = False
    atomic = False

    operations = [
        migrations.AddIndexMeanwhile(
            model_name="NextBestAction", index=Index(fields=["task_id"], name="next_best_action_task")
        ),
    ]
