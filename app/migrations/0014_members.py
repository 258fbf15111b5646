"""Addresses that one user has, and word of every change of who may see what, whoever makes it."""

from tortoise import fields
from tortoise.migrations import operations as ops
from tortoise.migrations.constraints import UniqueConstraint

from app.database import migrations

# The oldest of those who may sign in has the address; the others keep it as it is written, and are known by their ids.
USERS = """
SELECT id, email FROM user_account WHERE email IS NOT NULL ORDER BY active DESC, created_at, id
"""
KEEP = """
UPDATE user_account u SET email_key = given.key FROM unnest($1::uuid[], $2::text[]) AS given (id, key) WHERE u.id = given.id
"""
TELL = """
CREATE FUNCTION tell_of_members() RETURNS trigger LANGUAGE plpgsql AS $tell$
BEGIN
  PERFORM pg_notify('stagepath_members', OLD.id::text);
  RETURN NULL;
END $tell$
"""


def on_change(table, *columns):
    old, new = (', '.join(f'{side}.{column}' for column in columns) for side in ('OLD', 'NEW'))
    return (
        f'CREATE TRIGGER {table}_changed AFTER UPDATE OF {", ".join(columns)} ON {table} FOR EACH ROW'
        f' WHEN (({old}) IS DISTINCT FROM ({new})) EXECUTE FUNCTION tell_of_members()',
        f'CREATE TRIGGER {table}_gone AFTER DELETE ON {table} FOR EACH ROW EXECUTE FUNCTION tell_of_members()',
    )


TRIGGERS = (
    *on_change('user_account', 'organization_id', 'role', 'language', 'subject', 'active'),
    *on_change('organization', 'kind', 'tier', 'industries'),
)


async def fill(_apps, editor):
    from app.members.addresses import address_key, is_address

    first = {}
    for row in await editor.client.execute_query_dict(USERS):
        if is_address(row['email'].strip()):
            first.setdefault(address_key(row['email']), row['id'])
    keys = list(first.items())
    for at in range(0, len(keys), 5_000):
        part = keys[at : at + 5_000]
        await editor.client.execute_query(KEEP, [[id for _, id in part], [key for key, _ in part]])


class Migration(migrations.Migration):
    dependencies = [('models', '0013_versions')]

    initial = False

    operations = [
        ops.AddField(model_name='User', name='email_key', field=fields.TextField(null=True, unique=False)),
        ops.AddField(model_name='User', name='deactivated_at', field=fields.DatetimeField(null=True, auto_now=False, auto_now_add=False)),
        ops.RunPython(fill, ops.RunPython.noop),
        ops.AddConstraint(model_name='User', constraint=UniqueConstraint(fields=('email_key',), name='user_account_email_unique')),
        *(ops.RunSQL(one, ops.RunSQL.noop) for one in (TELL, *TRIGGERS)),
    ]
