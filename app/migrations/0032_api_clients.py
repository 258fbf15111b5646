"""API clients, the users that stand for them, and word of every change of what a client may do."""

from app.database import migrations
from tortoise.migrations import operations as ops
from app.models.columns import new_id
from tortoise.contrib.postgres.fields import ArrayField
from tortoise.fields.base import OnDelete
from tortoise.fields.db_defaults import Now
from tortoise import fields
from tortoise.indexes import Index

# Whoever may make a client may not make users: that goes with the rights of the tables' owner, and in no other shape.
STAND = """
CREATE FUNCTION stand_for_api_client() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER
SET search_path = pg_catalog, pg_temp AS $stand$
BEGIN
  INSERT INTO public.user_account (id, organization_id, name, role, active, api_client, created_at)
  SELECT NEW.id, o.id, 'API client ' || NEW.name,
    CASE o.kind WHEN 'VENDOR' THEN 'CHANNEL_MANAGER' ELSE 'PARTNER_MANAGER' END, FALSE, TRUE, now()
  FROM public.organization o WHERE o.id = NEW.organization_id
  ON CONFLICT (id) DO UPDATE SET name = EXCLUDED.name WHERE user_account.api_client;
  RETURN NEW;
END $stand$
"""
STANDS = """
CREATE TRIGGER api_client_stands BEFORE INSERT OR UPDATE OF name ON api_client
FOR EACH ROW EXECUTE FUNCTION stand_for_api_client()
"""
COLUMNS = ("name", "scopes", "secret_number", "former_secret_ends_at", "removed_at")
OLD, NEW = (", ".join(f"{side}.{column}" for column in COLUMNS) for side in ("OLD", "NEW"))
TELLS = f"""
CREATE TRIGGER api_client_changed AFTER UPDATE OF {", ".join(COLUMNS)} ON api_client FOR EACH ROW
WHEN (({OLD}) IS DISTINCT FROM ({NEW})) EXECUTE FUNCTION tell_of_members()
"""


class Migration(migrations.Migration):
    dependencies = [('models', '0031_served_criteria')]

    initial = False

    operations = [
        migrations.GIVE_UP_SOON,
        ops.CreateModel(
            name='ApiClient',
            fields=[
                ('id', fields.UUIDField(primary_key=True, default=new_id, unique=True, db_index=True)),
                ('organization', fields.ForeignKeyField('models.Organization', source_field='organization_id', db_constraint=True, to_field='id', related_name=False, on_delete=OnDelete.RESTRICT)),
                ('name', fields.TextField(unique=False)),
                ('scopes', ArrayField(default=list, db_default=[], element_type='TEXT')),
                ('secret_hash', fields.BinaryField()),
                ('secret_number', fields.IntField(default=1, db_default=1)),
                ('secret_changed_at', fields.DatetimeField(db_default=Now(), auto_now=False, auto_now_add=False)),
                ('former_secret_hash', fields.BinaryField(null=True)),
                ('former_secret_ends_at', fields.DatetimeField(null=True, auto_now=False, auto_now_add=False)),
                ('version', fields.IntField(default=1, db_default=1)),
                ('created_by', fields.ForeignKeyField('models.User', source_field='created_by_id', null=True, db_constraint=True, to_field='id', related_name=False, on_delete=OnDelete.RESTRICT)),
                ('created_at', fields.DatetimeField(db_default=Now(), auto_now=False, auto_now_add=True)),
                ('last_used_at', fields.DatetimeField(null=True, auto_now=False, auto_now_add=False)),
                ('removed_at', fields.DatetimeField(null=True, auto_now=False, auto_now_add=False)),
            ],
            options={'table': 'api_client', 'app': 'models', 'indexes': [Index(fields=['organization_id', 'name', 'id'], name='api_client_of_organization')], 'pk_attr': 'id', 'table_description': 'A client of the OAuth 2.0 client credentials grant. A user of the same id stands for it (`User.api_client`), made'},
            bases=['Model'],
        ),
        ops.AddField(
            model_name='User',
            name='api_client',
            field=fields.BooleanField(default=False, db_default=False),
        ),
        *(ops.RunSQL(one, ops.RunSQL.noop) for one in (STAND, STANDS, TELLS)),
    ]
