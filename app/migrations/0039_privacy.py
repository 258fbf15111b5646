"""Salts of people's digests in the audit log."""

from tortoise import fields
from tortoise.migrations import operations as ops

from app.database import migrations


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
    ]
