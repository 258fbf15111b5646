"""Open deals by the moment in which they came to their stage: what the pipeline looks at one by one."""

from app.database import migrations


class Migration(migrations.Migration):
    dependencies = [('models', '0069_fill_rollups')]

    initial = False
    atomic = False

    operations = [
        migrations.IndexMeanwhile(
            'opportunity_open_entered', "opportunity (stage_id, entered_stage_at) WHERE status = 'OPEN'"
        ),
    ]
