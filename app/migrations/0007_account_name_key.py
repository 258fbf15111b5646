from tortoise import fields
from tortoise.indexes import Index
from tortoise.migrations import operations as ops

from app.database import migrations


async def fill(_apps, editor):
    from app.deals.names import name_key

    rows = await editor.client.execute_query_dict('SELECT id, name FROM account')
    for at in range(0, len(rows), 5_000):
        part = rows[at : at + 5_000]
        await editor.client.execute_query(
            'UPDATE account a SET name_key = given.key FROM unnest($1::uuid[], $2::text[]) AS given (id, key)'
            ' WHERE a.id = given.id',
            [[row['id'] for row in part], [name_key(row['name']) for row in part]],
        )


class Migration(migrations.Migration):
    dependencies = [('models', '0006_benchmarks')]

    initial = False

    operations = [
        ops.AddField(model_name='Account', name='name_key', field=fields.TextField(null=True, description="Of `app.deals.names.name_key`; null only where it isn't known.", unique=False)),
        ops.RunPython(fill, ops.RunPython.noop),
        ops.RemoveIndex(model_name='Account', name='account_by_partner'),
        ops.AddIndex(model_name='Account', index=Index(fields=['partner_id', 'name_key'], name='account_by_partner_and_key')),
    ]
