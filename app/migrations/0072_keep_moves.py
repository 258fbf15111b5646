"""Moves of deals are kept among the changes of their fields."""

from tortoise.migrations import operations as ops

from app.database import migrations

TRIGGERS = (
    # An import, which makes moves by the hundred thousand, keeps its own.
    "CREATE TRIGGER stage_transition_kept AFTER INSERT ON stage_transition FOR EACH ROW"
    " WHEN (NEW.from_stage_id IS NOT NULL AND current_setting('stagepath.keeps_moves', true) IS DISTINCT FROM 'on')"
    " EXECUTE FUNCTION keep_move()",
    "CREATE TRIGGER stage_transition_put_right AFTER UPDATE OF at ON stage_transition FOR EACH ROW"
    " WHEN (OLD.at IS DISTINCT FROM NEW.at) EXECUTE FUNCTION keep_moves_where_they_are()",
)


class Migration(migrations.Migration):
    dependencies = [('models', '0071_keep_changes_of_deals')]

    initial = False

    operations = [migrations.GIVE_UP_SOON, *(ops.RunSQL(one, ops.RunSQL.noop) for one in TRIGGERS)]
