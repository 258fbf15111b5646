"""Whoever is sent away or goes to another organisation is on no team any more."""

from tortoise.migrations import operations as ops

from app.database import migrations

LEAVE = """
CREATE FUNCTION leave_teams() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER
SET search_path = pg_catalog, public AS $leave$
BEGIN
  DELETE FROM team_member WHERE user_id = NEW.id;
  RETURN NULL;
END $leave$
"""
TRIGGER = """
CREATE TRIGGER user_account_left AFTER UPDATE OF active, organization_id ON user_account FOR EACH ROW
WHEN ((OLD.active AND NOT NEW.active) OR OLD.organization_id <> NEW.organization_id) EXECUTE FUNCTION leave_teams()
"""


class Migration(migrations.Migration):
    dependencies = [('models', '0045_offers')]

    initial = False

    operations = [migrations.GIVE_UP_SOON, *(ops.RunSQL(one, ops.RunSQL.noop) for one in (LEAVE, TRIGGER))]
