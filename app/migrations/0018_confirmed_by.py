from tortoise import fields
from tortoise.contrib.postgres.fields import ArrayField
from tortoise.migrations import operations as ops

from app.database import migrations
from app.vocabulary import ConfirmedBy

FILL = """
UPDATE {table} t SET confirmed_as = CASE u.role WHEN 'PARTNER_MANAGER' THEN 'PARTNER_MANAGER' ELSE 'VENDOR' END
FROM user_account u JOIN organization g ON g.id = u.organization_id
WHERE u.id = t.{by} AND (u.role = 'PARTNER_MANAGER' OR (g.kind = 'VENDOR' AND u.role IN ('CHANNEL_MANAGER', 'VENDOR_ADMIN')))
"""


async def fill(_apps, editor):
    """What was said before counts as far as who said it could confirm it. Playbooks stay as they are: anyone confirms."""
    for table, by in (('criterion_mark', 'marked_by_id'), ('opportunity_activity', 'completed_by_id')):
        await editor.client.execute_query(FILL.format(table=table, by=by), [])


def anyone():
    return fields.CharEnumField(description='ConfirmedBy', enum_type=ConfirmedBy, max_length=40, default=ConfirmedBy.ANYONE_ON_DEAL, db_default=ConfirmedBy.ANYONE_ON_DEAL)


class Migration(migrations.Migration):
    dependencies = [('models', '0017_orders_of_deals')]

    initial = False

    operations = [
        ops.AddField(model_name='Criterion', name='confirmed_by', field=anyone()),
        ops.AddField(model_name='Criterion', name='locks', field=ArrayField(element_type='text', default=list, db_default=[])),
        ops.AddField(model_name='Activity', name='confirmed_by', field=anyone()),
        ops.AddField(model_name='CriterionMark', name='confirmed_as', field=anyone()),
        ops.AddField(model_name='OpportunityActivity', name='confirmed_as', field=anyone()),
        ops.RunPython(fill, ops.RunPython.noop),
    ]
