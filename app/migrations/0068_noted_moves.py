"""Triggers that note deals whose moves have changed."""

from tortoise.migrations import operations as ops

from app.database import migrations

# As the tables' owner: whoever moves a deal has no right to say what is counted.
_NOTE = '''
CREATE FUNCTION {name}() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, public AS $note$
BEGIN
  INSERT INTO stay_due (opportunity_id) {rows};
  RETURN NULL;
END $note$
'''
FUNCTIONS = (
    _NOTE.format(name='look_at_new_moves', rows='SELECT DISTINCT opportunity_id FROM fresh'),
    _NOTE.format(name='look_at_gone_moves', rows='SELECT DISTINCT opportunity_id FROM gone'),
    _NOTE.format(name='look_at_changed_move', rows='VALUES (OLD.opportunity_id)'),
)
TRIGGERS = (
    'CREATE TRIGGER transition_looked_at_new AFTER INSERT ON stage_transition REFERENCING NEW TABLE AS fresh'
    ' FOR EACH STATEMENT EXECUTE FUNCTION look_at_new_moves()',
    'CREATE TRIGGER transition_looked_at_gone AFTER DELETE ON stage_transition REFERENCING OLD TABLE AS gone'
    ' FOR EACH STATEMENT EXECUTE FUNCTION look_at_gone_moves()',
    'CREATE TRIGGER transition_looked_at AFTER UPDATE OF opportunity_id, seq, from_stage_id, to_stage_id, kind, at'
    ' ON stage_transition FOR EACH ROW EXECUTE FUNCTION look_at_changed_move()',
)


class Migration(migrations.Migration):
    dependencies = [('models', '0067_rollups')]

    initial = False

    operations = [migrations.GIVE_UP_SOON, *(ops.RunSQL(one, ops.RunSQL.noop) for one in (*FUNCTIONS, *TRIGGERS))]
