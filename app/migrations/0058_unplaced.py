"""Users to whom nothing has given a role yet, tokens that were followed, and subjects that were taken from users."""

from app.database import migrations
from tortoise.migrations import operations as ops
from tortoise.contrib.postgres.fields import ArrayField
from tortoise import fields

# Who was sent away has a time of it; these have never been let in.
UNPLACED = """
UPDATE user_account u SET placed = FALSE FROM provisioned_user p
WHERE p.id = u.id AND NOT p.placed AND NOT u.active AND u.deactivated_at IS NULL
"""


class Migration(migrations.Migration):
    dependencies = [('models', '0057_fill_company_keys')]

    initial = False

    operations = [
        migrations.GIVE_UP_SOON,
        ops.AddField(
            model_name='User',
            name='followed',
            field=ArrayField(default=list, db_default=[], element_type='TEXT'),
        ),
        ops.AddField(
            model_name='User',
            name='former_subject',
            field=fields.TextField(null=True, unique=False),
        ),
        ops.AddField(
            model_name='User',
            name='former_subject_at',
            field=fields.DatetimeField(null=True, auto_now=False, auto_now_add=False),
        ),
        ops.AddField(
            model_name='User',
            name='placed',
            field=fields.BooleanField(default=True, db_default=True),
        ),
        ops.RunSQL(UNPLACED, ops.RunSQL.noop),
    ]
