"""Open deals by their amounts: the largest are drawn one by one in a forecast."""

from app.database import migrations


class Migration(migrations.Migration):
    dependencies = [('models', '0091_fill_expected_closings')]

    initial = False
    atomic = False

    operations = [
        migrations.IndexMeanwhile('opportunity_largest_open', "opportunity (currency, amount) WHERE status = 'OPEN'"),
    ]
