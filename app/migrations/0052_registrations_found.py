"""Comments of a registration, and registrations by their words where PostgreSQL has pg_trgm."""

from tortoise.indexes import Index

from app.database import migrations


class Migration(migrations.Migration):
    dependencies = [('models', '0051_merged_accounts')]

    initial = False
    atomic = False

    operations = [
        migrations.AddIndexMeanwhile(model_name='Comment', index=Index(fields=['registration_id', 'created_at', 'id'], name='comment_of_registration')),
        migrations.IndexMeanwhile(
            'deal_registration_words',
            "deal_registration USING gin (search_fold(coalesce(account_name, '') || ' ' || coalesce(title, '') || ' ' || number)"
            ' gin_trgm_ops)',
            needs='pg_trgm',
        ),
    ]
