from app.database import migrations
from tortoise.migrations import operations as ops
from app.models.columns import ExactNumericField, new_id
from app.vocabulary import DealType, ExtensionStatus, RegistrationStatus, RegistrationStepKind, RejectionCode
from orjson import loads
from tortoise.contrib.postgres.fields import ArrayField
from tortoise.fields.base import OnDelete
from tortoise.fields.data import JSON_DUMPS
from tortoise.fields.db_defaults import Now
from tortoise import fields
from tortoise.indexes import Index
from tortoise.migrations.constraints import CheckConstraint, UniqueConstraint

POLICIES = """
INSERT INTO registration_policy (id, key, playbook_key, required_fields, questions, review_hours, calendars, protection_days,
  remind_days_before, max_extensions, extension_days, max_open_per_partner, max_resubmissions, review_again_fields)
SELECT gen_random_uuid(), p.key, p.key, '{account.country,products,amount,expectedCloseDate,need}',
  '[{"key": "origin", "label": "Origin", "prompt": "How did the need come up, and what have you done for the customer so far?", "required": false}]',
  16,
  '[{"region": null, "country": null, "subdivision": null, "timeZone": "UTC"}]',
  '[{"tier": null, "days": 90}, {"tier": "REGISTERED", "days": 60}]',
  '{14,3}', 1, 30, 25, 3, '{account,amount,dealType}'
FROM playbook p WHERE p.status = 'PUBLISHED'
"""


class Migration(migrations.Migration):
    dependencies = [('models', '0035_merges')]

    initial = False

    operations = [
        migrations.GIVE_UP_SOON,
        ops.CreateModel(
            name='RegistrationPolicy',
            fields=[
                ('id', fields.UUIDField(primary_key=True, default=new_id, unique=True, db_index=True)),
                ('key', fields.TextField(unique=False)),
                ('playbook_key', fields.TextField(unique=False)),
                ('version', fields.IntField(default=1, db_default=1)),
                ('required_fields', ArrayField(default=list, db_default=[], element_type='TEXT')),
                ('questions', fields.JSONField(default=list, db_default=[], encoder=JSON_DUMPS, decoder=loads)),
                ('minimum_amount', ExactNumericField(null=True, generated=False, unique=False)),
                ('minimum_currency', fields.CharField(null=True, max_length=3)),
                ('eligible', fields.TextField(default='true', db_default='true', unique=False)),
                ('eligible_message', fields.TextField(null=True, unique=False)),
                ('auto_approve', fields.TextField(default='false', db_default='false', unique=False)),
                ('review_hours', fields.IntField()),
                ('calendars', fields.JSONField(default=list, db_default=[], encoder=JSON_DUMPS, decoder=loads)),
                ('protection_days', fields.JSONField(default=list, db_default=[], encoder=JSON_DUMPS, decoder=loads)),
                ('remind_days_before', ArrayField(default=list, db_default=[], element_type='INTEGER')),
                ('max_extensions', fields.IntField()),
                ('extension_days', fields.IntField()),
                ('max_open_per_partner', fields.IntField(null=True)),
                ('max_resubmissions', fields.IntField(null=True)),
                ('review_again_fields', ArrayField(default=list, db_default=[], element_type='TEXT')),
                ('benefits', fields.JSONField(default=list, db_default=[], encoder=JSON_DUMPS, decoder=loads)),
                ('progress', fields.TextField(null=True, unique=False)),
                ('created_at', fields.DatetimeField(db_default=Now(), auto_now=False, auto_now_add=True)),
                ('updated_at', fields.DatetimeField(db_default=Now(), auto_now=False, auto_now_add=True)),
            ],
            options={'table': 'registration_policy', 'app': 'models', 'constraints': [UniqueConstraint(fields=('key',), name='registration_policy_key_unique'), UniqueConstraint(fields=('playbook_key',), name='registration_policy_playbook_unique')], 'pk_attr': 'id', 'table_description': 'Rules for registering deals on a playbook, in all its versions.'},
            bases=['Model'],
        ),
        ops.CreateModel(
            name='DealRegistration',
            fields=[
                ('id', fields.UUIDField(primary_key=True, default=new_id, unique=True, db_index=True)),
                ('number', fields.TextField(unique=False)),
                ('version', fields.IntField(default=1, db_default=1)),
                ('status', fields.CharEnumField(default=RegistrationStatus.DRAFT, description='RegistrationStatus', enum_type=RegistrationStatus, max_length=40)),
                ('policy', fields.ForeignKeyField('models.RegistrationPolicy', source_field='policy_id', db_constraint=True, to_field='id', related_name=False, on_delete=OnDelete.RESTRICT)),
                ('partner', fields.ForeignKeyField('models.Organization', source_field='partner_id', db_constraint=True, to_field='id', related_name=False, on_delete=OnDelete.RESTRICT)),
                ('owner', fields.ForeignKeyField('models.User', source_field='owner_id', null=True, db_constraint=True, to_field='id', related_name=False, on_delete=OnDelete.RESTRICT)),
                ('submitted_by', fields.ForeignKeyField('models.User', source_field='submitted_by_id', null=True, db_constraint=True, to_field='id', related_name=False, on_delete=OnDelete.RESTRICT)),
                ('opportunity', fields.ForeignKeyField('models.Opportunity', source_field='opportunity_id', null=True, db_constraint=True, to_field='id', related_name=False, on_delete=OnDelete.SET_NULL)),
                ('external_id', fields.TextField(null=True, unique=False)),
                ('title', fields.TextField(null=True, unique=False)),
                ('account_name', fields.TextField(null=True, unique=False)),
                ('account_domain', fields.TextField(null=True, unique=False)),
                ('account_registration_number', fields.TextField(null=True, unique=False)),
                ('account_country', fields.TextField(null=True, unique=False)),
                ('account_city', fields.TextField(null=True, unique=False)),
                ('account_postal_code', fields.TextField(null=True, unique=False)),
                ('account_industry', fields.TextField(null=True, unique=False)),
                ('contact_name', fields.TextField(null=True, unique=False)),
                ('contact_title', fields.TextField(null=True, unique=False)),
                ('contact_email', fields.TextField(null=True, unique=False)),
                ('contact_phone', fields.TextField(null=True, unique=False)),
                ('deal_type', fields.CharEnumField(default=DealType.NET_NEW, description='DealType', db_default=DealType.NET_NEW, enum_type=DealType, max_length=40)),
                ('products', ArrayField(default=list, db_default=[], element_type='TEXT')),
                ('amount', ExactNumericField(null=True, generated=False, unique=False)),
                ('currency', fields.CharField(null=True, max_length=3)),
                ('expected_close_date', fields.DateField(null=True)),
                ('need', fields.TextField(default='', db_default='', unique=False)),
                ('next_step', fields.TextField(null=True, unique=False)),
                ('answers', fields.JSONField(default=dict, db_default={}, encoder=JSON_DUMPS, decoder=loads)),
                ('created_at', fields.DatetimeField(db_default=Now(), auto_now=False, auto_now_add=True)),
                ('updated_at', fields.DatetimeField(db_default=Now(), auto_now=False, auto_now_add=True)),
                ('submitted_at', fields.DatetimeField(null=True, auto_now=False, auto_now_add=False)),
                ('submissions', fields.IntField(default=0, db_default=0)),
                ('review_due_at', fields.DatetimeField(null=True, auto_now=False, auto_now_add=False)),
                ('review_seconds_left', fields.IntField(null=True)),
                ('escalated_at', fields.DatetimeField(null=True, auto_now=False, auto_now_add=False)),
                ('reviewer', fields.ForeignKeyField('models.User', source_field='reviewer_id', null=True, db_constraint=True, to_field='id', related_name=False, on_delete=OnDelete.RESTRICT)),
                ('decided_at', fields.DatetimeField(null=True, auto_now=False, auto_now_add=False)),
                ('decided_by', fields.ForeignKeyField('models.User', source_field='decided_by_id', null=True, db_constraint=True, to_field='id', related_name=False, on_delete=OnDelete.RESTRICT)),
                ('rejection_code', fields.CharEnumField(null=True, description='RejectionCode', enum_type=RejectionCode, max_length=40)),
                ('reason', fields.TextField(null=True, unique=False)),
                ('approved_at', fields.DatetimeField(null=True, auto_now=False, auto_now_add=False)),
                ('protected_until', fields.DatetimeField(null=True, auto_now=False, auto_now_add=False)),
                ('reminded', ArrayField(default=list, db_default=[], element_type='INTEGER')),
            ],
            options={'table': 'deal_registration', 'app': 'models', 'constraints': [UniqueConstraint(fields=('number',), name='deal_registration_number_unique'), UniqueConstraint(fields=('partner_id', 'external_id'), name='deal_registration_external_id_unique'), UniqueConstraint(fields=('opportunity_id',), name='deal_registration_one_of_deal', condition="status IN ('DRAFT', 'SUBMITTED', 'IN_REVIEW', 'CHANGES_REQUESTED', 'APPROVED')"), CheckConstraint(check='(amount IS NULL) = (currency IS NULL)', name='deal_registration_has_currency')], 'indexes': [Index(fields=['partner_id', 'updated_at', 'id'], name='deal_registration_partner'), Index(fields=['policy_id', 'partner_id'], name='deal_registration_policy'), Index(fields=['owner_id'], name='deal_registration_owner'), Index(fields=['opportunity_id'], name='deal_registration_opportunity'), Index(fields=['status', 'review_due_at'], name='deal_registration_due'), Index(fields=['status', 'protected_until'], name='deal_registration_protected'), Index(fields=['updated_at', 'id'], name='deal_registration_updated')], 'pk_attr': 'id', 'table_description': "A partner's claim on a deal: who it is with and about what, and how far its review has come."},
            bases=['Model'],
        ),
        ops.CreateModel(
            name='ChangeRequest',
            fields=[
                ('id', fields.UUIDField(primary_key=True, default=new_id, unique=True, db_index=True)),
                ('registration', fields.ForeignKeyField('models.DealRegistration', source_field='registration_id', db_constraint=True, to_field='id', related_name=False, on_delete=OnDelete.CASCADE)),
                ('field', fields.TextField(unique=False)),
                ('message', fields.TextField(unique=False)),
                ('requested_at', fields.DatetimeField(auto_now=False, auto_now_add=False)),
                ('requested_by', fields.ForeignKeyField('models.User', source_field='requested_by_id', null=True, db_constraint=True, to_field='id', related_name=False, on_delete=OnDelete.RESTRICT)),
                ('resolved_at', fields.DatetimeField(null=True, auto_now=False, auto_now_add=False)),
            ],
            options={'table': 'change_request', 'app': 'models', 'indexes': [Index(fields=['registration_id', 'requested_at', 'id'], name='change_request_of_registration')], 'pk_attr': 'id', 'table_description': 'A field that the reviewer asked the partner to change. `resolved_at`: since when it says something else.'},
            bases=['Model'],
        ),
        ops.CreateModel(
            name='RegistrationExtension',
            fields=[
                ('id', fields.UUIDField(primary_key=True, default=new_id, unique=True, db_index=True)),
                ('registration', fields.ForeignKeyField('models.DealRegistration', source_field='registration_id', db_constraint=True, to_field='id', related_name=False, on_delete=OnDelete.CASCADE)),
                ('status', fields.CharEnumField(description='ExtensionStatus', enum_type=ExtensionStatus, max_length=40)),
                ('requested_at', fields.DatetimeField(auto_now=False, auto_now_add=False)),
                ('requested_by', fields.ForeignKeyField('models.User', source_field='requested_by_id', null=True, db_constraint=True, to_field='id', related_name=False, on_delete=OnDelete.RESTRICT)),
                ('reason', fields.TextField(null=True, unique=False)),
                ('decided_at', fields.DatetimeField(null=True, auto_now=False, auto_now_add=False)),
                ('decided_by', fields.ForeignKeyField('models.User', source_field='decided_by_id', null=True, db_constraint=True, to_field='id', related_name=False, on_delete=OnDelete.RESTRICT)),
                ('decision', fields.TextField(null=True, unique=False)),
                ('days', fields.IntField(null=True)),
            ],
            options={'table': 'registration_extension', 'app': 'models', 'constraints': [UniqueConstraint(fields=('registration_id',), name='registration_extension_one_pending', condition="status = 'PENDING'")], 'indexes': [Index(fields=['registration_id', 'requested_at', 'id'], name='registration_extension_of')], 'pk_attr': 'id', 'table_description': "A partner's request for longer protection, or one that the vendor gave unasked. One is pending at a time."},
            bases=['Model'],
        ),
        ops.CreateModel(
            name='RegistrationStep',
            fields=[
                ('id', fields.UUIDField(primary_key=True, default=new_id, unique=True, db_index=True)),
                ('registration', fields.ForeignKeyField('models.DealRegistration', source_field='registration_id', db_constraint=True, to_field='id', related_name=False, on_delete=OnDelete.CASCADE)),
                ('seq', fields.IntField()),
                ('kind', fields.CharEnumField(description='RegistrationStepKind', enum_type=RegistrationStepKind, max_length=40)),
                ('from_status', fields.CharEnumField(null=True, description='RegistrationStatus', enum_type=RegistrationStatus, max_length=40)),
                ('to_status', fields.CharEnumField(description='RegistrationStatus', enum_type=RegistrationStatus, max_length=40)),
                ('at', fields.DatetimeField(auto_now=False, auto_now_add=False)),
                ('actor', fields.ForeignKeyField('models.User', source_field='actor_id', null=True, db_constraint=True, to_field='id', related_name=False, on_delete=OnDelete.RESTRICT)),
                ('automatic', fields.BooleanField(default=False, db_default=False)),
                ('changed', ArrayField(default=list, db_default=[], element_type='TEXT')),
                ('code', fields.CharEnumField(null=True, description='RejectionCode', enum_type=RejectionCode, max_length=40)),
                ('reason', fields.TextField(null=True, unique=False)),
                ('note', fields.TextField(null=True, unique=False)),
                ('overridden', fields.BooleanField(default=False, db_default=False)),
            ],
            options={'table': 'registration_step', 'app': 'models', 'constraints': [UniqueConstraint(fields=('registration_id', 'seq'), name='registration_step_chain')], 'indexes': [Index(fields=['actor_id'], name='registration_step_actor')], 'pk_attr': 'id', 'table_description': "A step that was taken. `changed`: what it changed, in the API's words. `note` is the vendor's own, `reason` for"},
            bases=['Model'],
        ),
        ops.AddField(
            model_name='Opportunity',
            name='deal_type',
            field=fields.CharEnumField(null=True, description='DealType', enum_type=DealType, max_length=40),
        ),
        ops.AddField(
            model_name='Opportunity',
            name='protected_until',
            field=fields.DatetimeField(null=True, auto_now=False, auto_now_add=False),
        ),
        ops.AddField(
            model_name='Opportunity',
            name='registration_id',
            field=fields.UUIDField(null=True),
        ),
        ops.AddField(
            model_name='Opportunity',
            name='registration_status',
            field=fields.CharEnumField(null=True, description='RegistrationStatus', enum_type=RegistrationStatus, max_length=40),
        ),
        *(
            ops.AddConstraint(model_name=model, constraint=constraint)
            for model, constraint in (
                ('RegistrationPolicy', UniqueConstraint(fields=('key',), name='registration_policy_key_unique')),
                ('RegistrationPolicy', UniqueConstraint(fields=('playbook_key',), name='registration_policy_playbook_unique')),
                ('DealRegistration', UniqueConstraint(fields=('number',), name='deal_registration_number_unique')),
                ('DealRegistration', UniqueConstraint(fields=('partner_id', 'external_id'), name='deal_registration_external_id_unique')),
                ('DealRegistration', UniqueConstraint(fields=('opportunity_id',), name='deal_registration_one_of_deal', condition="status IN ('DRAFT', 'SUBMITTED', 'IN_REVIEW', 'CHANGES_REQUESTED', 'APPROVED')")),
                ('DealRegistration', CheckConstraint(check='(amount IS NULL) = (currency IS NULL)', name='deal_registration_has_currency')),
                ('RegistrationStep', UniqueConstraint(fields=('registration_id', 'seq'), name='registration_step_chain')),
                ('RegistrationExtension', UniqueConstraint(fields=('registration_id',), name='registration_extension_one_pending', condition="status = 'PENDING'")),
            )
        ),
        ops.RunSQL(POLICIES, ops.RunSQL.noop),
    ]
