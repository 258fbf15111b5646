"""Notifications from before are of the organisation that their reader is in."""

from tortoise.migrations import operations as ops

from app.database import migrations

FILL = """
UPDATE notification n SET organization_id = u.organization_id FROM user_account u
WHERE u.id = n.user_id AND n.organization_id IS NULL
"""


class Migration(migrations.Migration):
    dependencies = [('models', '0099_organizations_of_notifications')]

    initial = False

    operations = [ops.RunSQL(FILL, ops.RunSQL.noop)]
