"""A partner's open deals by the moment in which they came to their stage."""

from app.database import migrations


class Migration(migrations.Migration):
    dependencies = [('models', '0076_ages_by_day')]

    initial = False
    atomic = False

    operations = [
        migrations.IndexMeanwhile(
            'opportunity_open_of_partner',
            "opportunity (partner_id, stage_id, entered_stage_at) WHERE status = 'OPEN'",
        ),
    ]
