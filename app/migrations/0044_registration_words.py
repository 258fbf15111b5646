"""What registrations are found by, by groups of three letters, where PostgreSQL has pg_trgm."""

from tortoise.migrations import operations as ops

from app.database import migrations

MAKE = """
DO $do$ BEGIN
  IF EXISTS (SELECT FROM pg_extension WHERE extname = 'pg_trgm') THEN
    CREATE INDEX IF NOT EXISTS deal_registration_words ON deal_registration USING gin (
      search_fold(coalesce(account_name, '') || ' ' || coalesce(title, '') || ' ' || number) gin_trgm_ops);
  END IF;
END $do$
"""


class Migration(migrations.Migration):
    dependencies = [('models', '0043_close_reasons')]

    initial = False

    operations = [
        migrations.GIVE_UP_SOON,
        ops.RunSQL(MAKE, 'DROP INDEX IF EXISTS deal_registration_words'),
    ]
