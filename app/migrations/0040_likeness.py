"""Names of customers and people by groups of three letters, so that they are found with one wrong. Where PostgreSQL has
no pg_trgm, they are found by the beginnings of their words alone."""

from tortoise.migrations import operations as ops

from app.database import migrations

MAKE = """
DO $do$ BEGIN
  IF EXISTS (SELECT FROM pg_extension WHERE extname = 'pg_trgm') THEN
    CREATE INDEX IF NOT EXISTS account_name_likeness ON account USING gin (search_fold(name) gin_trgm_ops);
    CREATE INDEX IF NOT EXISTS contact_name_likeness ON contact USING gin (search_fold(name) gin_trgm_ops);
  END IF;
END $do$
"""
DROP = 'DROP INDEX IF EXISTS account_name_likeness; DROP INDEX IF EXISTS contact_name_likeness'


class Migration(migrations.Migration):
    dependencies = [('models', '0039_privacy')]

    initial = False

    operations = [migrations.GIVE_UP_SOON, ops.RunSQL(MAKE, DROP)]
