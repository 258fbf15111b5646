"""Salts of people's digests; and addresses of clients that were refused, which the audit log held as they are, become
digests, whereupon the chain is sealed again."""

from tortoise import fields
from tortoise.migrations import operations as ops

from app.database import migrations

OLD = """
SELECT seq, detail ->> 'address' AS address FROM audit_entry
WHERE action = 'TOKEN_REFUSED' AND detail ? 'address' AND NOT detail ? 'network' ORDER BY seq
"""
DIGESTED = """
UPDATE audit_entry e SET detail = detail || jsonb_build_object('address', given.digest, 'network', given.network)
FROM unnest($1::bigint[], $2::text[], $3::text[]) AS given (seq, digest, network) WHERE e.seq = given.seq
"""


async def digest_addresses(_apps, editor):
    from app.audit.digests import NOBODY, digest, salt_of
    from app.audit.failures import network_of
    from app.audit.resealing import reseal

    async with editor.client.acquire_connection() as connection:
        rows = await connection.fetch(OLD)
        if not rows:
            return
        salt = await salt_of(connection, NOBODY)
        entries = [row['seq'] for row in rows]
        digests = [digest(salt, 'address', row['address']) for row in rows]
        networks = [network_of(row['address']) for row in rows]

        async def redact():
            await connection.execute(DIGESTED, entries, digests, networks)

        await reseal(connection, entries, redact, reason='addresses became salted digests')


class Migration(migrations.Migration):
    dependencies = [('models', '0038_partition_logs')]

    initial = False

    operations = [
        migrations.GIVE_UP_SOON,
        ops.AddField(model_name='AuditSeal', name='former_hashes', field=fields.BinaryField(null=True)),
        ops.CreateModel(
            name='PersonSalt',
            fields=[
                ('person_id', fields.UUIDField(primary_key=True, unique=True, db_index=True)),
                ('salt', fields.BinaryField()),
            ],
            options={'table': 'person_salt', 'app': 'models', 'pk_attr': 'person_id', 'table_description': "What salts a person's digests in the audit log (`app.audit.digests`); without a foreign key, since it is of users,"},
            bases=['Model'],
        ),
        ops.RunPython(digest_addresses, ops.RunPython.noop),
    ]
