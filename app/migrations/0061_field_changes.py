"""Every change of a deal's fields is kept, in the transaction that makes it, by triggers: their functions, and where
they write it."""

from tortoise import fields
from tortoise.fields.base import OnDelete
from tortoise.indexes import Index
from tortoise.migrations import operations as ops

from app.database import migrations
from app.models.columns import ExactNumericField, new_id

# Who is acting: said by the transaction for the vendor's people, and by what row-level security is told for partners'.
ACTING = """
CREATE FUNCTION acting_user() RETURNS uuid LANGUAGE sql STABLE PARALLEL SAFE AS $acting$
  SELECT coalesce(nullif(current_setting('stagepath.actor', true), ''),
    nullif(substr(current_setting('stagepath.viewer', true), 37, 36), ''))::uuid
$acting$
"""
# Now, or what the transaction says: a history that is told afterwards.
MOMENT = """
CREATE FUNCTION moment_of_change() RETURNS timestamptz LANGUAGE sql VOLATILE PARALLEL SAFE AS $moment$
  SELECT coalesce(nullif(current_setting('stagepath.moment', true), '')::timestamptz, clock_timestamp())
$moment$
"""
# Erasing a person takes their name out of texts, which are not to be kept as they were before it.
CHANGED = """
CREATE FUNCTION keep_field_changes() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER
SET search_path = pg_catalog, public AS $keep$
DECLARE
  moment timestamptz := moment_of_change();
  who uuid := acting_user();
BEGIN
  IF current_setting('stagepath.erasing', true) = 'on' THEN
    RETURN NULL;
  END IF;
  INSERT INTO field_change (id, opportunity_id, field, at, actor_id, partner_id, before, after, before_amount,
    before_currency, after_amount, after_currency, before_owner_id, after_owner_id, before_partner_id, after_partner_id)
  SELECT gen_random_uuid(), NEW.id, c.field, moment, who, OLD.partner_id, c.before, c.after,
    CASE WHEN c.of_money THEN OLD.amount END, CASE WHEN c.of_money THEN OLD.currency END,
    CASE WHEN c.of_money THEN NEW.amount END, CASE WHEN c.of_money THEN NEW.currency END,
    CASE WHEN c.field = 'owner' THEN OLD.owner_id END, CASE WHEN c.field = 'owner' THEN NEW.owner_id END,
    CASE WHEN c.field = 'partner' THEN OLD.partner_id END, CASE WHEN c.field = 'partner' THEN NEW.partner_id END
  FROM (VALUES
    ('amount', OLD.amount IS DISTINCT FROM NEW.amount, TRUE, OLD.amount::text, NEW.amount::text),
    ('currency', OLD.currency IS DISTINCT FROM NEW.currency, TRUE, OLD.currency::text, NEW.currency::text),
    ('expectedCloseDate', OLD.expected_close_date IS DISTINCT FROM NEW.expected_close_date, FALSE,
      OLD.expected_close_date::text, NEW.expected_close_date::text),
    ('name', OLD.name IS DISTINCT FROM NEW.name, FALSE, OLD.name, NEW.name),
    ('nextStep', OLD.next_step IS DISTINCT FROM NEW.next_step, FALSE, OLD.next_step, NEW.next_step),
    ('forecastCategory', OLD.forecast_category IS DISTINCT FROM NEW.forecast_category, FALSE,
      OLD.forecast_category::text, NEW.forecast_category::text),
    ('owner', OLD.owner_id IS DISTINCT FROM NEW.owner_id, FALSE, NULL, NULL),
    ('partner', OLD.partner_id IS DISTINCT FROM NEW.partner_id, FALSE, NULL, NULL)
  ) AS c (field, differs, of_money, before, after)
  WHERE c.differs;
  RETURN NULL;
END $keep$
"""
# For other columns of a deal: `EXECUTE FUNCTION keep_plain_change('field in the API', 'column')`.
PLAIN = """
CREATE FUNCTION keep_plain_change() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER
SET search_path = pg_catalog, public AS $keep$
BEGIN
  IF current_setting('stagepath.erasing', true) IS DISTINCT FROM 'on' THEN
    INSERT INTO field_change (id, opportunity_id, field, at, actor_id, partner_id, before, after)
    VALUES (gen_random_uuid(), NEW.id, TG_ARGV[0], moment_of_change(), acting_user(), OLD.partner_id,
      to_jsonb(OLD) ->> TG_ARGV[1], to_jsonb(NEW) ->> TG_ARGV[1]);
  END IF;
  RETURN NULL;
END $keep$
"""
# Row by row, in few steps: most statements move one deal, and none may wait for what is kept of it.
MOVED = """
CREATE FUNCTION keep_move() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER
SET search_path = pg_catalog, public AS $keep$
DECLARE
  before record;
  after record;
BEGIN
  SELECT s.key, s.kind, s.playbook_id INTO before FROM stage s WHERE s.id = NEW.from_stage_id;
  SELECT s.key, s.kind, s.playbook_id INTO after FROM stage s WHERE s.id = NEW.to_stage_id;
  INSERT INTO field_change (id, opportunity_id, field, at, nth, actor_id, before, after, before_stage_id, after_stage_id)
  VALUES (NEW.id, NEW.opportunity_id, 'stage', NEW.at, NEW.seq, NEW.actor_id, before.key, after.key, NEW.from_stage_id,
    NEW.to_stage_id);
  IF before.kind <> after.kind THEN
    INSERT INTO field_change (id, opportunity_id, field, at, nth, actor_id, before, after)
    VALUES (gen_random_uuid(), NEW.opportunity_id, 'status', NEW.at, NEW.seq, NEW.actor_id, before.kind, after.kind);
  END IF;
  IF before.playbook_id <> after.playbook_id THEN
    INSERT INTO field_change (id, opportunity_id, field, at, nth, actor_id, before, after)
    SELECT gen_random_uuid(), NEW.opportunity_id, 'playbook', NEW.at, NEW.seq, NEW.actor_id, b.key, a.key
    FROM playbook b, playbook a WHERE b.id = before.playbook_id AND a.id = after.playbook_id AND b.key <> a.key;
  END IF;
  RETURN NULL;
END $keep$
"""
PUT_RIGHT = """
CREATE FUNCTION keep_moves_where_they_are() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER
SET search_path = pg_catalog, public AS $keep$
BEGIN
  UPDATE field_change SET at = NEW.at
  WHERE opportunity_id = NEW.opportunity_id AND at = OLD.at AND nth = NEW.seq
    AND field IN ('stage', 'status', 'playbook');
  RETURN NULL;
END $keep$
"""
# Figures of the past read changes by field and time; stages have a table of their own for that.
BY_FIELD = """
CREATE INDEX field_change_by_field ON field_change (field, at) WHERE field NOT IN ('stage', 'status', 'playbook')
"""
# Triggers copy what is checked already, and a deal's history outlives the deal.
UNCHECKED = tuple(
    f"ALTER TABLE field_change DROP CONSTRAINT IF EXISTS field_change_{column}_id_fkey"
    for column in (
        *("opportunity", "actor", "partner", "before_stage", "after_stage"),
        *("before_owner", "after_owner", "before_partner", "after_partner"),
    )
)

class Migration(migrations.Migration):
    dependencies = [('models', '0060_forecast_category')]

    initial = False

    operations = [
        migrations.GIVE_UP_SOON,
        ops.CreateModel(
            name='FieldChange',
            fields=[
                ('id', fields.UUIDField(primary_key=True, default=new_id, unique=True, db_index=True)),
                ('opportunity', fields.ForeignKeyField('models.Opportunity', source_field='opportunity_id', db_constraint=False, to_field='id', related_name=False, on_delete=OnDelete.NO_ACTION)),
                ('field', fields.TextField(unique=False)),
                ('at', fields.DatetimeField(auto_now=False, auto_now_add=False)),
                ('nth', fields.IntField(default=0, db_default=0)),
                ('known', fields.BooleanField(default=True, db_default=True)),
                ('actor', fields.ForeignKeyField('models.User', source_field='actor_id', null=True, db_constraint=False, to_field='id', related_name=False, on_delete=OnDelete.NO_ACTION)),
                ('partner', fields.ForeignKeyField('models.Organization', source_field='partner_id', null=True, db_constraint=False, to_field='id', related_name=False, on_delete=OnDelete.NO_ACTION)),
                ('before', fields.TextField(null=True, unique=False)),
                ('after', fields.TextField(null=True, unique=False)),
                ('before_amount', ExactNumericField(null=True, generated=False, unique=False)),
                ('before_currency', fields.CharField(null=True, max_length=3)),
                ('after_amount', ExactNumericField(null=True, generated=False, unique=False)),
                ('after_currency', fields.CharField(null=True, max_length=3)),
                ('before_stage', fields.ForeignKeyField('models.Stage', source_field='before_stage_id', null=True, db_constraint=False, to_field='id', related_name=False, on_delete=OnDelete.NO_ACTION)),
                ('after_stage', fields.ForeignKeyField('models.Stage', source_field='after_stage_id', null=True, db_constraint=False, to_field='id', related_name=False, on_delete=OnDelete.NO_ACTION)),
                ('before_owner', fields.ForeignKeyField('models.User', source_field='before_owner_id', null=True, db_constraint=False, to_field='id', related_name=False, on_delete=OnDelete.NO_ACTION)),
                ('after_owner', fields.ForeignKeyField('models.User', source_field='after_owner_id', null=True, db_constraint=False, to_field='id', related_name=False, on_delete=OnDelete.NO_ACTION)),
                ('before_partner', fields.ForeignKeyField('models.Organization', source_field='before_partner_id', null=True, db_constraint=False, to_field='id', related_name=False, on_delete=OnDelete.NO_ACTION)),
                ('after_partner', fields.ForeignKeyField('models.Organization', source_field='after_partner_id', null=True, db_constraint=False, to_field='id', related_name=False, on_delete=OnDelete.NO_ACTION)),
                ('imported_from', fields.TextField(null=True, description='The system whose export told of it, if an import did.', unique=False)),
            ],
            options={'table': 'field_change', 'app': 'models', 'indexes': [Index(fields=['opportunity_id', 'at', 'nth'], name='field_change_of_deal')], 'pk_attr': 'id', 'table_description': 'One field of a deal took another value.'},
            bases=['Model'],
        ),
        *(
            ops.RunSQL(one, ops.RunSQL.noop)
            for one in (*UNCHECKED, BY_FIELD, ACTING, MOMENT, CHANGED, PLAIN, MOVED, PUT_RIGHT)
        ),
    ]
