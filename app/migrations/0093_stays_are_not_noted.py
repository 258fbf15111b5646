"""Stays in stages are no longer summed up: nobody read the sums, and every move had them worked out anew. Their tables
are left to servers of the version before."""

from tortoise.migrations import operations as ops

from app.database import migrations

STATEMENTS = (
    'DROP TRIGGER transition_looked_at_new ON stage_transition',
    'DROP TRIGGER transition_looked_at_gone ON stage_transition',
    'DROP TRIGGER transition_looked_at ON stage_transition',
    'DROP FUNCTION look_at_new_moves, look_at_gone_moves, look_at_changed_move',
    "DELETE FROM rollup_check WHERE name IN ('stay_rollup', 'funnel_rollup', 'deal_stay')",
)


class Migration(migrations.Migration):
    dependencies = [('models', '0092_largest_open_deals')]

    initial = False

    operations = [
        migrations.GIVE_UP_SOON,
        *(ops.RunSQL(one, ops.RunSQL.noop) for one in STATEMENTS),
    ]
