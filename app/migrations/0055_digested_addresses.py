"""Addresses of clients that were refused, which the audit log held as they are, become digests, whereupon the chain is
sealed again."""

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
    dependencies = [('models', '0054_trigger_of_contacts')]

    initial = False

    operations = [migrations.GIVE_UP_SOON, ops.RunPython(digest_addresses, ops.RunPython.noop)]
