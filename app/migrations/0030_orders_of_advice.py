from tortoise.indexes import Index

from app.database import migrations

OPEN = "WHERE status IN ('PROPOSED', 'ACCEPTED')"


class Migration(migrations.Migration):
    dependencies = [('models', '0029_fill_old_advice')]

    initial = False
    atomic = False

    operations = [
        migrations.IndexMeanwhile('next_best_action_ranked', f'next_best_action (rank, id) {OPEN}'),
        migrations.IndexMeanwhile('next_best_action_ranked_of_partner', f'next_best_action (partner_id, rank, id) {OPEN}'),
        migrations.AddIndexMeanwhile(model_name='Recommendation', index=Index(fields=['fresh_until'], name='recommendation_fresh_until')),
    ]
