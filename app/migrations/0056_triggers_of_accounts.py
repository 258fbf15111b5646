"""Customers get search terms as registrations do."""

from tortoise.migrations import operations as ops

from app.database import migrations

FRESH = """
CREATE TRIGGER account_company_fresh AFTER INSERT ON account REFERENCING NEW TABLE AS fresh
FOR EACH STATEMENT EXECUTE FUNCTION keep_company_key('fresh accounts')
"""
CHANGED = """
CREATE TRIGGER account_company AFTER UPDATE OF name, country, domain, registration_number ON account FOR EACH ROW
WHEN ((OLD.name, OLD.country, OLD.domain, OLD.registration_number)
  IS DISTINCT FROM (NEW.name, NEW.country, NEW.domain, NEW.registration_number))
EXECUTE FUNCTION keep_company_key('account')
"""


class Migration(migrations.Migration):
    dependencies = [('models', '0055_digested_addresses')]

    initial = False

    operations = [migrations.GIVE_UP_SOON, *(ops.RunSQL(one, ops.RunSQL.noop) for one in (FRESH, CHANGED))]
