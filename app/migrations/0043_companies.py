"""Search terms of companies, for finding conflicts of registrations, and the vendor's decisions on those.

Triggers make a row for each customer and registration, and call it stale when the customer is described otherwise, so
that whoever writes one need not know of it. The terms themselves are made by `app.company_names`, and so not here.
"""

from tortoise import fields
from tortoise.contrib.postgres.fields import ArrayField
from tortoise.contrib.postgres.indexes import GinIndex
from tortoise.fields.base import OnDelete
from tortoise.indexes import Index
from tortoise.migrations import operations as ops
from tortoise.migrations.constraints import CheckConstraint, UniqueConstraint

from app.database import migrations
from app.models.columns import new_id
from app.vocabulary import ConflictDecision

KEEP = """
CREATE FUNCTION keep_company_key() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER
SET search_path = pg_catalog, public, pg_temp AS $keep$
BEGIN
  CASE TG_ARGV[0]
  WHEN 'fresh accounts' THEN
    INSERT INTO company_key (id, account_id) SELECT gen_random_uuid(), f.id FROM fresh f
    ON CONFLICT (account_id) DO UPDATE SET stale = TRUE;
  WHEN 'fresh registrations' THEN
    INSERT INTO company_key (id, registration_id) SELECT gen_random_uuid(), f.id FROM fresh f
    ON CONFLICT (registration_id) DO UPDATE SET stale = TRUE;
  WHEN 'account' THEN
    UPDATE company_key SET stale = TRUE WHERE account_id = NEW.id;
  ELSE
    UPDATE company_key SET stale = TRUE WHERE registration_id = NEW.id;
  END CASE;
  RETURN NULL;
END $keep$
"""
_FRESH = (
    'CREATE TRIGGER {table}_company_fresh AFTER INSERT ON {table} REFERENCING NEW TABLE AS fresh'
    " FOR EACH STATEMENT EXECUTE FUNCTION keep_company_key('fresh {what}s')"
)
_CHANGED = (
    'CREATE TRIGGER {table}_company AFTER UPDATE OF {columns} ON {table} FOR EACH ROW WHEN (({old}) IS DISTINCT FROM'
    " ({new})) EXECUTE FUNCTION keep_company_key('{what}')"
)


def _triggers(table, what, *columns):
    sides = {side.lower(): ', '.join(f'{side}.{column}' for column in columns) for side in ('OLD', 'NEW')}
    yield _FRESH.format(table=table, what=what)
    yield _CHANGED.format(table=table, what=what, columns=', '.join(columns), **sides)


TRIGGERS = _triggers(
    'deal_registration', 'registration',
    'status', 'account_name', 'account_city', 'account_country', 'account_domain', 'account_registration_number',
)
STALE = 'CREATE INDEX company_key_stale ON company_key (registration_id, id) WHERE stale'
TRIGRAMS = """
DO $trigrams$ BEGIN
  CREATE EXTENSION IF NOT EXISTS pg_trgm;
  CREATE INDEX company_key_trigrams ON company_key USING gin (core gin_trgm_ops);
EXCEPTION WHEN insufficient_privilege OR feature_not_supported OR undefined_file OR undefined_object THEN
  RAISE WARNING 'pg_trgm is not available here: customers whose names are misspelt may go unnoticed as conflicts';
END $trigrams$
"""


class Migration(migrations.Migration):
    dependencies = [('models', '0042_provisioning')]

    initial = False

    operations = [
        migrations.GIVE_UP_SOON,
        ops.CreateModel(
            name='CompanyKey',
            fields=[
                ('id', fields.UUIDField(primary_key=True, default=new_id, unique=True, db_index=True)),
                ('account', fields.ForeignKeyField('models.Account', source_field='account_id', null=True, db_constraint=True, to_field='id', related_name=False, on_delete=OnDelete.CASCADE)),
                ('registration', fields.ForeignKeyField('models.DealRegistration', source_field='registration_id', null=True, db_constraint=True, to_field='id', related_name=False, on_delete=OnDelete.CASCADE)),
                ('stale', fields.BooleanField(default=True, db_default=True)),
                ('version', fields.IntField(default=0, db_default=0, description='Of `app.company_names`, which made the terms.')),
                ('core', fields.TextField(default='', db_default='', unique=False)),
                ('terms', ArrayField(default=list, db_default=[], element_type='TEXT')),
                ('domain', fields.TextField(null=True, unique=False)),
                ('digits', fields.TextField(null=True, unique=False)),
            ],
            options={'table': 'company_key', 'app': 'models', 'constraints': [UniqueConstraint(fields=('account_id',), name='company_key_of_account'), UniqueConstraint(fields=('registration_id',), name='company_key_of_registration'), CheckConstraint(check='num_nonnulls(account_id, registration_id) = 1', name='company_key_of_one')], 'indexes': [GinIndex(fields=['terms'], name='company_key_terms'), Index(fields=['domain'], name='company_key_domain'), Index(fields=['digits'], name='company_key_digits')], 'pk_attr': 'id', 'table_description': 'The search terms (`app.company_names.search`) of a customer, or of the one that a registration names. Triggers'},
            bases=['Model'],
        ),
        ops.CreateModel(
            name='DecidedConflict',
            fields=[
                ('id', fields.UUIDField(primary_key=True, default=new_id, unique=True, db_index=True)),
                ('registration', fields.ForeignKeyField('models.DealRegistration', source_field='registration_id', db_constraint=True, to_field='id', related_name=False, on_delete=OnDelete.CASCADE)),
                ('other_registration', fields.ForeignKeyField('models.DealRegistration', source_field='other_registration_id', null=True, db_constraint=True, to_field='id', related_name=False, on_delete=OnDelete.CASCADE)),
                ('opportunity', fields.ForeignKeyField('models.Opportunity', source_field='opportunity_id', null=True, db_constraint=True, to_field='id', related_name=False, on_delete=OnDelete.CASCADE)),
                ('decision', fields.CharEnumField(description='ConflictDecision', enum_type=ConflictDecision, max_length=40)),
                ('about', fields.TextField(unique=False)),
                ('note', fields.TextField(null=True, unique=False)),
                ('decided_at', fields.DatetimeField(auto_now=False, auto_now_add=False)),
                ('decided_by', fields.ForeignKeyField('models.User', source_field='decided_by_id', null=True, db_constraint=True, to_field='id', related_name=False, on_delete=OnDelete.RESTRICT)),
            ],
            options={'table': 'decided_conflict', 'app': 'models', 'constraints': [UniqueConstraint(fields=('registration_id', 'other_registration_id'), name='decided_conflict_of_two'), UniqueConstraint(fields=('registration_id', 'opportunity_id'), name='decided_conflict_with_deal'), CheckConstraint(check='num_nonnulls(other_registration_id, opportunity_id) = 1', name='decided_conflict_with_one')], 'indexes': [Index(fields=['other_registration_id'], name='decided_conflict_other'), Index(fields=['opportunity_id'], name='decided_conflict_deal')], 'pk_attr': 'id', 'table_description': "The vendor's word on a conflict of `registration` with another registration or a deal. `about` is a digest of"},
            bases=['Model'],
        ),
        *(
            ops.AddConstraint(model_name=model, constraint=constraint)
            for model, constraint in (
                ('CompanyKey', UniqueConstraint(fields=('account_id',), name='company_key_of_account')),
                ('CompanyKey', UniqueConstraint(fields=('registration_id',), name='company_key_of_registration')),
                ('CompanyKey', CheckConstraint(check='num_nonnulls(account_id, registration_id) = 1', name='company_key_of_one')),
                ('DecidedConflict', UniqueConstraint(fields=('registration_id', 'other_registration_id'), name='decided_conflict_of_two')),
                ('DecidedConflict', UniqueConstraint(fields=('registration_id', 'opportunity_id'), name='decided_conflict_with_deal')),
                ('DecidedConflict', CheckConstraint(check='num_nonnulls(other_registration_id, opportunity_id) = 1', name='decided_conflict_with_one')),
            )
        ),
        *(ops.RunSQL(one, ops.RunSQL.noop) for one in (KEEP, *TRIGGERS, STALE, TRIGRAMS)),
    ]
