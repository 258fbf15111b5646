"""The organisation as whose member somebody was told something."""

from tortoise import fields
from tortoise.migrations import operations as ops

from app.database import migrations

# Of whoever says none, such as a server of the version before.
OWN = """
CREATE FUNCTION notification_of_organization() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER
SET search_path = pg_catalog, public AS $own$
BEGIN
  SELECT u.organization_id INTO NEW.organization_id FROM user_account u WHERE u.id = NEW.user_id;
  RETURN NEW;
END $own$
"""
TRIGGER = """
CREATE TRIGGER notification_told BEFORE INSERT ON notification FOR EACH ROW
WHEN (NEW.organization_id IS NULL) EXECUTE FUNCTION notification_of_organization()
"""


class Migration(migrations.Migration):
    dependencies = [('models', '0098_endpoints_of_leavers')]

    initial = False

    operations = [
        migrations.GIVE_UP_SOON,
        ops.AddField(model_name='Notification', name='organization_id', field=fields.UUIDField(null=True)),
        *(ops.RunSQL(one, ops.RunSQL.noop) for one in (OWN, TRIGGER)),
    ]
