from app.database import migrations
from tortoise.migrations import operations as ops
from app.models.columns import new_id
from app.vocabulary import BuyingRole
from tortoise.contrib.postgres.fields import TSVectorField
from tortoise.contrib.postgres.indexes import GinIndex
from tortoise.fields.base import OnDelete
from tortoise.fields.db_defaults import Now
from tortoise import fields
from tortoise.indexes import Index
from tortoise.migrations.constraints import UniqueConstraint

class Migration(migrations.Migration):
    dependencies = [('models', '0023_shown_slates')]

    initial = False

    operations = [
        migrations.GIVE_UP_SOON,
        ops.CreateModel(
            name='Contact',
            fields=[
                ('id', fields.UUIDField(primary_key=True, default=new_id, unique=True, db_index=True)),
                ('account', fields.ForeignKeyField('models.Account', source_field='account_id', db_constraint=True, to_field='id', related_name=False, on_delete=OnDelete.CASCADE)),
                ('partner', fields.ForeignKeyField('models.Organization', source_field='partner_id', null=True, db_constraint=True, to_field='id', related_name=False, on_delete=OnDelete.RESTRICT)),
                ('external_id', fields.TextField(null=True, unique=False)),
                ('name', fields.TextField(unique=False)),
                ('title', fields.TextField(null=True, unique=False)),
                ('email', fields.TextField(null=True, unique=False)),
                ('email_key', fields.TextField(null=True, unique=False)),
                ('phone', fields.TextField(null=True, unique=False)),
                ('language', fields.TextField(null=True, unique=False)),
                ('buying_role', fields.CharEnumField(null=True, description='BuyingRole', enum_type=BuyingRole, max_length=40)),
                ('version', fields.IntField(default=1, db_default=1)),
                ('created_at', fields.DatetimeField(db_default=Now(), auto_now=False, auto_now_add=True)),
                ('updated_at', fields.DatetimeField(db_default=Now(), auto_now=False, auto_now_add=True)),
                ('search', TSVectorField(generated=True, null=True, source_fields=('name', 'title'), config='simple', stored=True)),
            ],
            options={'table': 'contact', 'app': 'models', 'constraints': [UniqueConstraint(fields=('external_id',), name='contact_external_id_unique')], 'indexes': [Index(fields=['account_id', 'name', 'id'], name='contact_of_account'), Index(fields=['name', 'id'], name='contact_by_name'), GinIndex(fields=['search'], name='contact_search')], 'pk_attr': 'id', 'table_description': "A person at a customer: personal data, which stands here and nowhere else. Whose record it is: a partner's"},
            bases=['Model'],
        ),
        ops.CreateModel(
            name='OpportunityContact',
            fields=[
                ('id', fields.UUIDField(primary_key=True, default=new_id, unique=True, db_index=True)),
                ('opportunity', fields.ForeignKeyField('models.Opportunity', source_field='opportunity_id', db_constraint=True, to_field='id', related_name=False, on_delete=OnDelete.CASCADE)),
                ('contact', fields.ForeignKeyField('models.Contact', source_field='contact_id', db_constraint=True, to_field='id', related_name=False, on_delete=OnDelete.CASCADE)),
                ('position', fields.IntField()),
            ],
            options={'table': 'opportunity_contact', 'app': 'models', 'constraints': [UniqueConstraint(fields=('opportunity_id', 'contact_id'), name='opportunity_contact_unique')], 'indexes': [Index(fields=['contact_id'], name='opportunity_contact_by_contact')], 'pk_attr': 'id', 'table_description': 'A person who takes part in a deal; `position` orders them, lowest first.'},
            bases=['Model'],
        ),
        ops.AddConstraint(
            model_name='Contact',
            constraint=UniqueConstraint(fields=('external_id',), name='contact_external_id_unique'),
        ),
        ops.AddConstraint(
            model_name='OpportunityContact',
            constraint=UniqueConstraint(fields=('opportunity_id', 'contact_id'), name='opportunity_contact_unique'),
        ),
    ]
