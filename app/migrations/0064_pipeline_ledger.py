"""The pipeline's ledger, and which deals are to be posted anew."""

from tortoise import fields
from tortoise.indexes import Index
from tortoise.migrations import operations as ops
from tortoise.migrations.constraints import UniqueConstraint

from app.database import migrations
from app.models.columns import ExactNumericField
from app.vocabulary import PipelineFlow

NOTES = (
    """
    CREATE FUNCTION note_stale_deal() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER
    SET search_path = pg_catalog, public AS $note$
    BEGIN
      INSERT INTO pipeline_stale (opportunity_id) VALUES (NEW.opportunity_id);
      RETURN NULL;
    END $note$
    """,
    """
    CREATE FUNCTION note_deal_itself() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER
    SET search_path = pg_catalog, public AS $note$
    BEGIN
      INSERT INTO pipeline_stale (opportunity_id) VALUES (OLD.id);
      RETURN NULL;
    END $note$
    """,
    """
    CREATE FUNCTION note_new_deals() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER
    SET search_path = pg_catalog, public AS $note$
    BEGIN
      INSERT INTO pipeline_stale (opportunity_id) SELECT n.id FROM fresh n;
      RETURN NULL;
    END $note$
    """,
)
_FIELDS = "('amount', 'currency', 'owner', 'partner', 'playbook', 'expectedCloseDate', 'status')"
TRIGGERS = (
    "CREATE TRIGGER field_change_new_stale AFTER INSERT ON field_change FOR EACH ROW"
    f" WHEN (NEW.known AND NEW.field IN {_FIELDS}) EXECUTE FUNCTION note_stale_deal()",
    "CREATE TRIGGER field_change_stale AFTER UPDATE OF at, before_amount, before_currency, before, before_owner_id,"
    f" before_partner_id ON field_change FOR EACH ROW WHEN (NEW.field IN {_FIELDS})"
    " EXECUTE FUNCTION note_stale_deal()",
)


class Migration(migrations.Migration):
    dependencies = [('models', '0063_currency_rates')]

    initial = False

    operations = [
        migrations.GIVE_UP_SOON,
        ops.CreateModel(
            name='PipelinePosting',
            fields=[
                ('id', fields.BigIntField(generated=True, primary_key=True, unique=True, db_index=True)),
                ('opportunity_id', fields.UUIDField()),
                ('at', fields.DatetimeField(auto_now=False, auto_now_add=False)),
                ('flow', fields.CharEnumField(description='PipelineFlow', enum_type=PipelineFlow, max_length=40)),
                ('currency', fields.CharField(null=True, max_length=3)),
                ('amount', ExactNumericField(generated=False, null=False, unique=False)),
                ('partner_id', fields.UUIDField(null=True)),
                ('owner_id', fields.UUIDField(null=True)),
                ('playbook_key', fields.TextField(unique=False)),
                ('close_date', fields.DateField(null=True)),
                ('paired', fields.BooleanField(default=False, db_default=False)),
                ('other_partner_id', fields.UUIDField(null=True)),
                ('other_owner_id', fields.UUIDField(null=True)),
                ('other_playbook_key', fields.TextField(null=True, unique=False)),
                ('other_close_date', fields.DateField(null=True)),
            ],
            options={'table': 'pipeline_posting', 'app': 'models', 'indexes': [Index(fields=['opportunity_id'], name='pipeline_posting_of_deal'), Index(fields=['at'], name='pipeline_posting_at'), Index(fields=['partner_id', 'at'], name='pipeline_posting_of_partner'), Index(fields=['owner_id', 'at'], name='pipeline_posting_of_owner'), Index(fields=['close_date'], name='pipeline_posting_close_date')], 'pk_attr': 'id', 'table_description': 'What one deal added to the open pipeline at a moment, or took from it, by a sign.'},
            bases=['Model'],
        ),
        ops.CreateModel(
            name='PipelineStale',
            fields=[
                ('id', fields.BigIntField(generated=True, primary_key=True, unique=True, db_index=True)),
                ('opportunity_id', fields.UUIDField()),
            ],
            options={'table': 'pipeline_stale', 'app': 'models', 'pk_attr': 'id', 'table_description': 'A deal whose postings are to be made anew, since something of it changed. Written by triggers.'},
            bases=['Model'],
        ),
        ops.CreateModel(
            name='PipelineTotal',
            fields=[
                ('id', fields.BigIntField(generated=True, primary_key=True, unique=True, db_index=True)),
                ('monthly', fields.BooleanField()),
                ('begins', fields.DateField()),
                ('playbook_key', fields.TextField(unique=False)),
                ('flow', fields.CharEnumField(description='PipelineFlow', enum_type=PipelineFlow, max_length=40)),
                ('currency', fields.CharField(max_length=3)),
                ('amount', ExactNumericField(generated=False, null=False, unique=False)),
            ],
            options={'table': 'pipeline_total', 'app': 'models', 'constraints': [UniqueConstraint(fields=('monthly', 'begins', 'playbook_key', 'flow', 'currency'), name='pipeline_total_unique')], 'pk_attr': 'id', 'table_description': 'The postings of a day or month (`begins`, in UTC), added up over all deals. Of pairs, those alone that went from'},
            bases=['Model'],
        ),
        ops.AddConstraint(
            model_name='PipelineTotal',
            constraint=UniqueConstraint(
                fields=('monthly', 'begins', 'playbook_key', 'flow', 'currency'), name='pipeline_total_unique'
            ),
        ),
        *(ops.RunSQL(one, ops.RunSQL.noop) for one in (*NOTES, *TRIGGERS)),
    ]
