"""Accounts that went into another, and what leads from their ids to it."""

from tortoise import fields
from tortoise.contrib.postgres.fields import ArrayField
from tortoise.fields.base import OnDelete
from tortoise.indexes import Index
from tortoise.migrations import operations as ops

from app.database import migrations
from app.models.columns import new_id

# The row that names an account is about to hold it anyway, for its foreign key. Where that had to wait for a merge, the
# account is gone, and the next statement sees where it went. It runs as the tables' owner, since an account may be hidden
# until the deal is there that shows it.
FUNCTION = """
CREATE FUNCTION follow_kept_account() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, public AS $follow$
BEGIN
  PERFORM FROM account a WHERE a.id = NEW.account_id FOR KEY SHARE;
  IF NOT FOUND THEN
    NEW.account_id := coalesce(
      (SELECT k.id FROM account k WHERE k.merged_ids @> ARRAY[NEW.account_id]), NEW.account_id);
  END IF;
  RETURN NEW;
END $follow$
"""


class Migration(migrations.Migration):
    dependencies = [('models', '0034_comments')]

    initial = False

    operations = [
        migrations.GIVE_UP_SOON,
        ops.AddField(model_name='Account', name='merged_ids', field=ArrayField(default=list, description='Of accounts that went into this one: requests by these ids mean it.', db_default=[], element_type='UUID')),
        ops.CreateModel(
            name='AccountMerge',
            fields=[
                ('id', fields.UUIDField(primary_key=True, default=new_id, unique=True, db_index=True)),
                ('kept', fields.ForeignKeyField('models.Account', source_field='kept_id', db_constraint=True, to_field='id', related_name=False, on_delete=OnDelete.CASCADE)),
                ('merged_id', fields.UUIDField()),
                ('external_id', fields.TextField(null=True, unique=False)),
                ('name_key', fields.TextField(null=True, unique=False)),
                ('partner_id', fields.UUIDField(null=True)),
                ('record', fields.JSONField()),
                ('moved', fields.JSONField()),
                ('at', fields.DatetimeField(auto_now=False, auto_now_add=False)),
                ('by', fields.ForeignKeyField('models.User', source_field='by_id', null=True, db_constraint=True, to_field='id', related_name=False, on_delete=OnDelete.RESTRICT)),
                ('undone_at', fields.DatetimeField(null=True, auto_now=False, auto_now_add=False)),
                ('undone_by', fields.ForeignKeyField('models.User', source_field='undone_by_id', null=True, db_constraint=True, to_field='id', related_name=False, on_delete=OnDelete.RESTRICT)),
            ],
            options={'table': 'account_merge', 'app': 'models', 'indexes': [Index(fields=['kept_id', 'at', 'id'], name='account_merge_of_kept'), Index(fields=['merged_id'], name='account_merge_merged'), Index(fields=['external_id'], name='account_merge_external_id'), Index(fields=['name_key'], name='account_merge_name_key')], 'pk_attr': 'id', 'table_description': 'An account that went into another (`kept`), and all that it takes to undo that: `record` is its row as it was,'},
            bases=['Model'],
        ),
        ops.RunSQL(FUNCTION, 'DROP FUNCTION follow_kept_account()'),
    ]
