"""Names of customers and people by groups of three letters, so that they are found with one wrong. Where PostgreSQL has
no pg_trgm, they are found by the beginnings of their words alone."""

from app.database import migrations


class Migration(migrations.Migration):
    dependencies = [('models', '0039_privacy')]

    initial = False
    atomic = False

    operations = [
        migrations.IndexMeanwhile('account_name_likeness', 'account USING gin (search_fold(name) gin_trgm_ops)', needs='pg_trgm'),
        migrations.IndexMeanwhile('contact_name_likeness', 'contact USING gin (search_fold(name) gin_trgm_ops)', needs='pg_trgm'),
    ]
