from orjson import loads
from tortoise import fields
from tortoise.contrib.postgres.fields import ArrayField
from tortoise.fields.base import OnDelete
from tortoise.fields.data import JSON_DUMPS
from tortoise.fields.db_defaults import Now
from tortoise.indexes import Index
from tortoise.migrations import operations as ops
from tortoise.migrations.constraints import UniqueConstraint

from app.database import migrations
from app.models.columns import ExactNumericField, new_id
from app.vocabulary import ActionResponse, ActionStatus, EnrichmentState, GuidanceSource
from guidance.actions import ActionKind, Urgency


class Migration(migrations.Migration):
    dependencies = [('models', '0003_audit')]

    initial = False

    operations = [
        ops.CreateModel(
            name='ActionEffect',
            fields=[
                ('id', fields.UUIDField(primary_key=True, default=new_id, unique=True, db_index=True)),
                ('kind', fields.CharEnumField(description='ActionKind', enum_type=ActionKind, max_length=40)),
                ('completed_advanced', fields.IntField()),
                ('completed_days', fields.FloatField()),
                ('dismissed_advanced', fields.IntField()),
                ('dismissed_days', fields.FloatField()),
            ],
            options={'table': 'action_effect', 'app': 'models', 'constraints': [UniqueConstraint(fields=('kind',), name='action_effect_kind_unique')], 'pk_attr': 'id', 'table_description': 'How deals went on after an action of a kind was completed, and after it was dismissed.'},
            bases=['Model'],
        ),
        ops.CreateModel(
            name='ActionOutcome',
            fields=[
                ('id', fields.UUIDField(primary_key=True, default=new_id, unique=True, db_index=True)),
                ('kind', fields.CharEnumField(description='ActionKind', enum_type=ActionKind, max_length=40)),
                ('stage_key', fields.TextField(unique=False)),
                ('partner', fields.ForeignKeyField('models.Organization', source_field='partner_id', null=True, db_constraint=True, to_field='id', related_name=False, on_delete=OnDelete.CASCADE)),
                ('accepted', fields.IntField()),
                ('completed', fields.IntField()),
                ('dismissed', fields.IntField()),
                ('ignored', fields.IntField()),
            ],
            options={'table': 'action_outcome', 'app': 'models', 'indexes': [Index(fields=['partner_id'], name='action_outcome_of_partner')], 'pk_attr': 'id', 'table_description': "What became of shown actions. Without a partner: of everyone's, by kind and stage; with one: of that partner's,"},
            bases=['Model'],
        ),
        ops.CreateModel(
            name='GuidanceRule',
            fields=[
                ('id', fields.UUIDField(primary_key=True, default=new_id, unique=True, db_index=True)),
                ('playbook_key', fields.TextField(unique=False)),
                ('stage_key', fields.TextField(unique=False)),
                ('key', fields.TextField(unique=False)),
                ('condition', fields.TextField(unique=False)),
                ('title', fields.TextField(unique=False)),
                ('rationale', fields.TextField(unique=False)),
                ('kind', fields.CharEnumField(description='ActionKind', enum_type=ActionKind, max_length=40)),
                ('weight', fields.FloatField()),
                ('urgency', fields.CharEnumField(description='Urgency', enum_type=Urgency, max_length=40)),
                ('effort_minutes', fields.IntField()),
                ('content_keys', ArrayField(default=list, db_default=[], element_type='TEXT')),
                ('created_at', fields.DatetimeField(db_default=Now(), auto_now=False, auto_now_add=True)),
                ('updated_at', fields.DatetimeField(db_default=Now(), auto_now=False, auto_now_add=True)),
                ('updated_by', fields.ForeignKeyField('models.User', source_field='updated_by_id', null=True, db_constraint=True, to_field='id', related_name=False, on_delete=OnDelete.RESTRICT)),
                ('removed', fields.BooleanField(default=False, db_default=False)),
            ],
            options={'table': 'guidance_rule', 'app': 'models', 'constraints': [UniqueConstraint(fields=('playbook_key', 'key'), name='guidance_rule_key_unique')], 'indexes': [Index(fields=['updated_at'], name='guidance_rule_updated')], 'pk_attr': 'id', 'table_description': "A rule of the vendor's own for a stage, by its key: so it outlives the versions of its playbook."},
            bases=['Model'],
        ),
        ops.CreateModel(
            name='ModelBudget',
            fields=[
                ('id', fields.UUIDField(primary_key=True, default=new_id, unique=True, db_index=True)),
                ('owner', fields.TextField(unique=False)),
                ('day', fields.DateField()),
                ('tokens', fields.BigIntField(default=0, db_default=0)),
                ('cost', ExactNumericField(default=0, db_default=0, generated=False, null=False, unique=False)),
            ],
            options={'table': 'model_budget', 'app': 'models', 'constraints': [UniqueConstraint(fields=('owner', 'day'), name='model_budget_unique')], 'pk_attr': 'id', 'table_description': "What a day's calls took or have reserved: of a partner (`owner` is its id), or of everyone (empty)."},
            bases=['Model'],
        ),
        ops.CreateModel(
            name='ModelCall',
            fields=[
                ('id', fields.UUIDField(primary_key=True, default=new_id, unique=True, db_index=True)),
                ('at', fields.DatetimeField(auto_now=False, auto_now_add=False)),
                ('day', fields.DateField()),
                ('opportunity', fields.ForeignKeyField('models.Opportunity', source_field='opportunity_id', null=True, db_constraint=True, to_field='id', related_name=False, on_delete=OnDelete.SET_NULL)),
                ('partner', fields.ForeignKeyField('models.Organization', source_field='partner_id', null=True, db_constraint=True, to_field='id', related_name=False, on_delete=OnDelete.RESTRICT)),
                ('playbook_key', fields.TextField(unique=False)),
                ('stage_key', fields.TextField(unique=False)),
                ('prompt_version', fields.TextField(unique=False)),
                ('model', fields.TextField(unique=False)),
                ('requests', fields.IntField()),
                ('input_tokens', fields.BigIntField()),
                ('output_tokens', fields.BigIntField()),
                ('cost', ExactNumericField(generated=False, null=False, unique=False)),
                ('milliseconds', fields.IntField()),
                ('outcome', fields.TextField(unique=False)),
                ('verdict', fields.TextField(unique=False)),
                ('detail', fields.TextField(null=True, unique=False)),
            ],
            options={'table': 'model_call', 'app': 'models', 'indexes': [Index(fields=['day', 'partner_id'], name='model_call_by_day'), Index(fields=['opportunity_id'], name='model_call_of_opportunity')], 'pk_attr': 'id', 'table_description': 'One asking of the language model, however it ended. `cost` in the currency of the configured prices.'},
            bases=['Model'],
        ),
        ops.CreateModel(
            name='NextBestAction',
            fields=[
                ('id', fields.UUIDField(primary_key=True, default=new_id, unique=True, db_index=True)),
                ('opportunity', fields.ForeignKeyField('models.Opportunity', source_field='opportunity_id', db_constraint=True, to_field='id', related_name=False, on_delete=OnDelete.CASCADE)),
                ('key', fields.TextField(unique=False)),
                ('kind', fields.CharEnumField(description='ActionKind', enum_type=ActionKind, max_length=40)),
                ('position', fields.IntField()),
                ('title', fields.TextField(unique=False)),
                ('rationale', fields.TextField(unique=False)),
                ('draft', fields.TextField(null=True, unique=False)),
                ('score', fields.FloatField()),
                ('urgency', fields.CharEnumField(description='Urgency', enum_type=Urgency, max_length=40)),
                ('due_at', fields.DatetimeField(null=True, auto_now=False, auto_now_add=False)),
                ('effort_minutes', fields.IntField()),
                ('evidence', fields.JSONField(encoder=JSON_DUMPS, decoder=loads)),
                ('criterion', fields.ForeignKeyField('models.Criterion', source_field='criterion_id', null=True, db_constraint=True, to_field='id', related_name=False, on_delete=OnDelete.SET_NULL)),
                ('activity', fields.ForeignKeyField('models.Activity', source_field='activity_id', null=True, db_constraint=True, to_field='id', related_name=False, on_delete=OnDelete.SET_NULL)),
                ('target_stage', fields.ForeignKeyField('models.Stage', source_field='target_stage_id', null=True, db_constraint=True, to_field='id', related_name=False, on_delete=OnDelete.SET_NULL)),
                ('question_key', fields.TextField(null=True, unique=False)),
                ('status', fields.CharEnumField(default=ActionStatus.PROPOSED, description='ActionStatus', enum_type=ActionStatus, max_length=40)),
                ('source', fields.CharEnumField(description='GuidanceSource', enum_type=GuidanceSource, max_length=40)),
                ('prompt_version', fields.TextField(null=True, unique=False)),
                ('prompt_hash', fields.TextField(null=True, unique=False)),
                ('model', fields.TextField(null=True, unique=False)),
                ('stage_key', fields.TextField(unique=False)),
                ('playbook_key', fields.TextField(unique=False)),
                ('partner', fields.ForeignKeyField('models.Organization', source_field='partner_id', null=True, db_constraint=True, to_field='id', related_name=False, on_delete=OnDelete.RESTRICT)),
                ('created_at', fields.DatetimeField(auto_now=False, auto_now_add=False)),
                ('shown_at', fields.DatetimeField(null=True, auto_now=False, auto_now_add=False)),
                ('accepted_at', fields.DatetimeField(null=True, auto_now=False, auto_now_add=False)),
                ('response', fields.CharEnumField(null=True, description='ActionResponse', enum_type=ActionResponse, max_length=40)),
                ('responded_at', fields.DatetimeField(null=True, auto_now=False, auto_now_add=False)),
                ('responded_by', fields.ForeignKeyField('models.User', source_field='responded_by_id', null=True, db_constraint=True, to_field='id', related_name=False, on_delete=OnDelete.RESTRICT)),
                ('reason', fields.TextField(null=True, unique=False)),
                ('ended_at', fields.DatetimeField(null=True, auto_now=False, auto_now_add=False)),
                ('fulfilled', fields.BooleanField(default=False, db_default=False)),
            ],
            options={'table': 'next_best_action', 'app': 'models', 'constraints': [UniqueConstraint(fields=('opportunity_id', 'key'), name='next_best_action_live', condition="status IN ('PROPOSED', 'ACCEPTED')")], 'indexes': [Index(fields=['opportunity_id', 'status'], name='next_best_action_of_opportunity'), Index(fields=['shown_at'], name='next_best_action_shown'), Index(fields=['criterion_id'], name='next_best_action_criterion'), Index(fields=['activity_id'], name='next_best_action_activity'), Index(fields=['target_stage_id'], name='next_best_action_stage')], 'pk_attr': 'id', 'table_description': 'One thing worth doing in a deal. At most one with the same `key` is PROPOSED or ACCEPTED in a deal.'},
            bases=['Model'],
        ),
        ops.CreateModel(
            name='ActionContent',
            fields=[
                ('id', fields.UUIDField(primary_key=True, default=new_id, unique=True, db_index=True)),
                ('action', fields.ForeignKeyField('models.NextBestAction', source_field='action_id', db_constraint=True, to_field='id', related_name=False, on_delete=OnDelete.CASCADE)),
                ('content', fields.ForeignKeyField('models.Content', source_field='content_id', db_constraint=True, to_field='id', related_name=False, on_delete=OnDelete.CASCADE)),
                ('position', fields.IntField()),
            ],
            options={'table': 'action_content', 'app': 'models', 'constraints': [UniqueConstraint(fields=('action_id', 'content_id'), name='action_content_unique')], 'indexes': [Index(fields=['content_id'], name='action_content_by_content')], 'pk_attr': 'id', 'table_description': 'A piece of content to use for an action, best first.'},
            bases=['Model'],
        ),
        ops.CreateModel(
            name='PartnerHistory',
            fields=[
                ('id', fields.UUIDField(primary_key=True, default=new_id, unique=True, db_index=True)),
                ('partner', fields.ForeignKeyField('models.Organization', source_field='partner_id', db_constraint=True, to_field='id', related_name=False, on_delete=OnDelete.CASCADE)),
                ('currency', fields.CharField(max_length=3)),
                ('samples', fields.IntField()),
                ('points', fields.JSONField(encoder=JSON_DUMPS, decoder=loads)),
                ('computed_at', fields.DatetimeField(auto_now=False, auto_now_add=False)),
            ],
            options={'table': 'partner_history', 'app': 'models', 'constraints': [UniqueConstraint(fields=('partner_id', 'currency'), name='partner_history_unique')], 'pk_attr': 'id', 'table_description': "What a partner's deals usually amount to, by currency: `points` of a `guidance.history.Distribution`."},
            bases=['Model'],
        ),
        ops.CreateModel(
            name='PlaybookPrompt',
            fields=[
                ('id', fields.UUIDField(primary_key=True, default=new_id, unique=True, db_index=True)),
                ('playbook_key', fields.TextField(unique=False)),
                ('prompt_version', fields.TextField(unique=False)),
                ('updated_at', fields.DatetimeField(db_default=Now(), auto_now=False, auto_now_add=True)),
                ('updated_by', fields.ForeignKeyField('models.User', source_field='updated_by_id', null=True, db_constraint=True, to_field='id', related_name=False, on_delete=OnDelete.RESTRICT)),
            ],
            options={'table': 'playbook_prompt', 'app': 'models', 'constraints': [UniqueConstraint(fields=('playbook_key',), name='playbook_prompt_unique')], 'pk_attr': 'id', 'table_description': "The version of the prompt that a playbook's deals are asked about with, where it is not the usual one."},
            bases=['Model'],
        ),
        ops.CreateModel(
            name='Recommendation',
            fields=[
                ('id', fields.UUIDField(primary_key=True, default=new_id, unique=True, db_index=True)),
                ('opportunity', fields.ForeignKeyField('models.Opportunity', source_field='opportunity_id', db_constraint=True, to_field='id', related_name=False, on_delete=OnDelete.CASCADE)),
                ('opportunity_version', fields.IntField()),
                ('state', fields.TextField(unique=False)),
                ('basis_at', fields.DatetimeField(auto_now=False, auto_now_add=False)),
                ('generated_at', fields.DatetimeField(auto_now=False, auto_now_add=False)),
                ('fresh_until', fields.DatetimeField(auto_now=False, auto_now_add=False)),
                ('source', fields.CharEnumField(description='GuidanceSource', enum_type=GuidanceSource, max_length=40)),
                ('enrichment', fields.CharEnumField(description='EnrichmentState', enum_type=EnrichmentState, max_length=40)),
                ('enrichment_at', fields.DatetimeField(null=True, auto_now=False, auto_now_add=False)),
                ('failure', fields.TextField(null=True, unique=False)),
                ('attempts', fields.IntField(default=0, db_default=0)),
                ('retry_at', fields.DatetimeField(null=True, auto_now=False, auto_now_add=False)),
            ],
            options={'table': 'recommendation', 'app': 'models', 'constraints': [UniqueConstraint(fields=('opportunity_id',), name='recommendation_of_opportunity')], 'pk_attr': 'id', 'table_description': 'The answer that stands for a deal. It holds for `opportunity_version`, until `fresh_until`, as long as nothing'},
            bases=['Model'],
        ),
        ops.CreateModel(
            name='StageHistory',
            fields=[
                ('id', fields.UUIDField(primary_key=True, default=new_id, unique=True, db_index=True)),
                ('playbook_key', fields.TextField(unique=False)),
                ('stage_key', fields.TextField(unique=False)),
                ('stays', fields.JSONField(encoder=JSON_DUMPS, decoder=loads)),
                ('remaining', fields.JSONField(encoder=JSON_DUMPS, decoder=loads)),
                ('fates', fields.JSONField(encoder=JSON_DUMPS, decoder=loads)),
                ('computed_at', fields.DatetimeField(auto_now=False, auto_now_add=False)),
            ],
            options={'table': 'stage_history', 'app': 'models', 'constraints': [UniqueConstraint(fields=('playbook_key', 'stage_key'), name='stage_history_unique')], 'pk_attr': 'id', 'table_description': 'What earlier deals tell of a stage, over all versions of its playbook: `guidance.history.History` as JSON.'},
            bases=['Model'],
        ),
        ops.AddIndex(
            model_name='Content',
            index=Index(fields=['updated_at'], name='content_updated'),
        ),
        ops.AddConstraint(
            model_name='ActionEffect',
            constraint=UniqueConstraint(fields=('kind',), name='action_effect_kind_unique'),
        ),
        ops.AddConstraint(
            model_name='GuidanceRule',
            constraint=UniqueConstraint(fields=('playbook_key', 'key'), name='guidance_rule_key_unique'),
        ),
        ops.AddConstraint(
            model_name='ModelBudget',
            constraint=UniqueConstraint(fields=('owner', 'day'), name='model_budget_unique'),
        ),
        ops.AddConstraint(
            model_name='NextBestAction',
            constraint=UniqueConstraint(fields=('opportunity_id', 'key'), name='next_best_action_live', condition="status IN ('PROPOSED', 'ACCEPTED')"),
        ),
        ops.AddConstraint(
            model_name='ActionContent',
            constraint=UniqueConstraint(fields=('action_id', 'content_id'), name='action_content_unique'),
        ),
        ops.AddConstraint(
            model_name='PartnerHistory',
            constraint=UniqueConstraint(fields=('partner_id', 'currency'), name='partner_history_unique'),
        ),
        ops.AddConstraint(
            model_name='PlaybookPrompt',
            constraint=UniqueConstraint(fields=('playbook_key',), name='playbook_prompt_unique'),
        ),
        ops.AddConstraint(
            model_name='Recommendation',
            constraint=UniqueConstraint(fields=('opportunity_id',), name='recommendation_of_opportunity'),
        ),
        ops.AddConstraint(
            model_name='StageHistory',
            constraint=UniqueConstraint(fields=('playbook_key', 'stage_key'), name='stage_history_unique'),
        ),
    ]
