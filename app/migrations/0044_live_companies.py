"""Search terms of registrations are renewed when a registration begins or ends to be live, too."""

from tortoise.migrations import operations as ops

from app.database import migrations

DROP = 'DROP TRIGGER deal_registration_company ON deal_registration'
_COLUMNS = (
    'status', 'account_name', 'account_city', 'account_country', 'account_domain', 'account_registration_number',
)
_OLD, _NEW = (', '.join(f'{side}.{column}' for column in _COLUMNS) for side in ('OLD', 'NEW'))
MAKE = (
    f"CREATE TRIGGER deal_registration_company AFTER UPDATE OF {', '.join(_COLUMNS)} ON deal_registration"
    f" FOR EACH ROW WHEN (({_OLD}) IS DISTINCT FROM ({_NEW})) EXECUTE FUNCTION keep_company_key('registration')"
)
RENEW = 'UPDATE company_key SET stale = TRUE WHERE registration_id IS NOT NULL'


class Migration(migrations.Migration):
    dependencies = [('models', '0043_companies'), ('models', '0043_first_of_a_part')]

    initial = False

    operations = [
        migrations.GIVE_UP_SOON,
        *(ops.RunSQL(one, ops.RunSQL.noop) for one in (DROP, MAKE, RENEW)),
    ]
