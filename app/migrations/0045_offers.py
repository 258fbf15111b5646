"""Deals of the vendor's own that are offered to partners."""

from tortoise import fields
from tortoise.contrib.postgres.fields import ArrayField
from tortoise.fields.base import OnDelete
from tortoise.fields.db_defaults import Now
from tortoise.indexes import Index
from tortoise.migrations import operations as ops

from app.database import migrations
from app.models.columns import new_id
from app.vocabulary import OfferMode, OfferStatus

# A deal is offered once at a time.
OPEN = "CREATE UNIQUE INDEX deal_offer_open ON deal_offer (opportunity_id) WHERE status = 'OPEN'"


class Migration(migrations.Migration):
    dependencies = [('models', '0044_distributors')]

    initial = False

    operations = [
        migrations.GIVE_UP_SOON,
        ops.CreateModel(
            name='DealOffer',
            fields=[
                ('id', fields.UUIDField(primary_key=True, default=new_id, unique=True, db_index=True)),
                ('opportunity', fields.ForeignKeyField('models.Opportunity', source_field='opportunity_id', db_constraint=True, to_field='id', related_name=False, on_delete=OnDelete.CASCADE)),
                ('mode', fields.CharEnumField(description='OfferMode', enum_type=OfferMode, max_length=40)),
                ('status', fields.CharEnumField(default=OfferStatus.OPEN, db_default=OfferStatus.OPEN, description='OfferStatus', enum_type=OfferStatus, max_length=40)),
                ('waiting', ArrayField(element_type='uuid', default=list, db_default=[])),
                ('message', fields.TextField(null=True, unique=False)),
                ('days', fields.IntField(null=True)),
                ('made_at', fields.DatetimeField(db_default=Now(), auto_now=False, auto_now_add=True)),
                ('made_by', fields.ForeignKeyField('models.User', source_field='made_by_id', null=True, db_constraint=True, to_field='id', related_name=False, on_delete=OnDelete.RESTRICT)),
            ],
            options={'table': 'deal_offer', 'app': 'models', 'indexes': [Index(fields=['opportunity_id'], name='deal_offer_of_deal')], 'pk_attr': 'id', 'table_description': "A deal of the vendor's own that partners are asked to take over."},
            bases=['Model'],
        ),
        ops.RunSQL(OPEN, ops.RunSQL.noop),
    ]
