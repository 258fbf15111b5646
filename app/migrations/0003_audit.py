from orjson import loads
from tortoise import fields
from tortoise.fields.data import JSON_DUMPS
from tortoise.fields.db_defaults import Now
from tortoise.indexes import Index
from tortoise.migrations import operations as ops
from tortoise.migrations.constraints import UniqueConstraint

from app.database import migrations

APPEND_ONLY = """
CREATE FUNCTION audit_is_append_only() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  RAISE EXCEPTION 'the audit log is append-only: % of % is refused', TG_OP, TG_TABLE_NAME USING ERRCODE = '55000';
END $$
"""
GUARD = """
CREATE TRIGGER {table}_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON {table}
FOR EACH STATEMENT EXECUTE FUNCTION audit_is_append_only()
"""
UNGUARD = "DROP TRIGGER {table}_append_only ON {table}"

class Migration(migrations.Migration):
    dependencies = [('models', '0002_client_mutation')]

    initial = False

    operations = [
        ops.CreateModel(
            name='AuditEntry',
            fields=[
                ('seq', fields.BigIntField(generated=True, primary_key=True, unique=True, db_index=True)),
                ('at', fields.DatetimeField(db_default=Now(), auto_now=False, auto_now_add=False)),
                ('actor_id', fields.UUIDField(null=True)),
                ('action', fields.TextField(unique=False)),
                ('mutation', fields.TextField(null=True, unique=False)),
                ('request_id', fields.TextField(null=True, unique=False)),
                ('subject', fields.TextField(null=True, unique=False)),
                ('detail', fields.JSONField(default=dict, db_default={}, encoder=JSON_DUMPS, decoder=loads)),
            ],
            options={'table': 'audit_entry', 'app': 'models', 'indexes': [Index(fields=['at'], name='audit_entry_by_time')], 'pk_attr': 'seq', 'table_description': "Written in the transaction of what it reports. `detail` holds keys, ids and figures, never people's words."},
            bases=['Model'],
        ),
        ops.CreateModel(
            name='AuditSeal',
            fields=[
                ('number', fields.BigIntField(generated=False, primary_key=True, unique=True, db_index=True)),
                ('entry_seq', fields.BigIntField()),
                ('hash', fields.BinaryField()),
            ],
            options={'table': 'audit_seal', 'app': 'models', 'pk_attr': 'number', 'table_description': 'A link of the chain: `hash` is a SHA-256 over the hash before it and the entry (see `app.audit.chain`).'},
            bases=['Model'],
        ),
        ops.AddConstraint(
            model_name='AuditSeal',
            constraint=UniqueConstraint(fields=('entry_seq',), name='audit_seal_entry_unique'),
        ),
        ops.RunSQL(APPEND_ONLY, 'DROP FUNCTION audit_is_append_only()'),
        ops.RunSQL(GUARD.format(table='audit_entry'), UNGUARD.format(table='audit_entry')),
        ops.RunSQL(GUARD.format(table='audit_seal'), UNGUARD.format(table='audit_seal')),
    ]
