"""Contacts follow an account that went into another."""

from tortoise.migrations import operations as ops

from app.database import migrations

FOLLOWS = """
CREATE TRIGGER contact_follows_account BEFORE INSERT OR UPDATE OF account_id ON contact FOR EACH ROW
EXECUTE FUNCTION follow_kept_account()
"""


class Migration(migrations.Migration):
    dependencies = [('models', '0053_triggers_of_deals')]

    initial = False

    operations = [migrations.GIVE_UP_SOON, ops.RunSQL(FOLLOWS, ops.RunSQL.noop)]
