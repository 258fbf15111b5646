"""Who takes part in a deal: people, instead of shares, and partners; and how its revenue is split."""

from tortoise import fields
from tortoise.fields.base import OnDelete
from tortoise.fields.db_defaults import Now
from tortoise.indexes import Index
from tortoise.migrations import operations as ops
from tortoise.migrations.constraints import CheckConstraint, UniqueConstraint

from app.database import migrations
from app.models.columns import ExactNumericField, new_id
from app.vocabulary import Attribution, DealPartnerRole, DeclineCode, InvitationStatus, SplitKind, TeamAccess, TeamRole

# With whom a deal was shared could change it. Shares stay for servers of the version before, which ask for them.
SHARES = """
INSERT INTO team_member (id, opportunity_id, user_id, role, access, added_at)
SELECT id, opportunity_id, user_id, 'SALES', 'EDIT', created_at FROM opportunity_share
"""
# A partner is asked once at a time.
LIVE = """
CREATE UNIQUE INDEX deal_partner_live ON deal_partner (opportunity_id, partner_id)
WHERE status IN ('INVITED', 'ACCEPTED')
"""


def key():
    return fields.UUIDField(primary_key=True, default=new_id, unique=True, db_index=True)


def reference(model, column, null=False, on_delete=OnDelete.RESTRICT):
    return fields.ForeignKeyField(f'models.{model}', source_field=column, null=null, db_constraint=True, to_field='id', related_name=False, on_delete=on_delete)


def word(enum, null=False, default=None):
    given = {} if default is None else {'default': default, 'db_default': default}
    return fields.CharEnumField(description=enum.__name__, enum_type=enum, max_length=40, null=null, **given)


def moment():
    return fields.DatetimeField(db_default=Now(), auto_now=False, auto_now_add=True)


def later():
    return fields.DatetimeField(null=True, auto_now=False, auto_now_add=False)


class Migration(migrations.Migration):
    dependencies = [('models', '0040_likeness')]

    initial = False

    operations = [
        migrations.GIVE_UP_SOON,
        ops.CreateModel(
            name='TeamMember',
            fields=[
                ('id', key()),
                ('opportunity', reference('Opportunity', 'opportunity_id', on_delete=OnDelete.CASCADE)),
                ('user', reference('User', 'user_id', on_delete=OnDelete.CASCADE)),
                ('role', word(TeamRole, default=TeamRole.SALES)),
                ('access', word(TeamAccess, default=TeamAccess.READ)),
                ('added_at', moment()),
                ('added_by', reference('User', 'added_by_id', null=True)),
            ],
            options={'table': 'team_member', 'app': 'models', 'constraints': [UniqueConstraint(fields=('opportunity_id', 'user_id'), name='team_member_unique')], 'indexes': [Index(fields=['user_id'], name='team_member_by_user')], 'pk_attr': 'id', 'table_description': 'A person who takes part in a deal beside its owner.'},
            bases=['Model'],
        ),
        ops.CreateModel(
            name='DealPartner',
            fields=[
                ('id', key()),
                ('opportunity', reference('Opportunity', 'opportunity_id', on_delete=OnDelete.CASCADE)),
                ('partner', reference('Organization', 'partner_id')),
                ('role', word(DealPartnerRole, default=DealPartnerRole.OTHER)),
                ('attribution', word(Attribution, default=Attribution.INFLUENCED)),
                ('access', word(TeamAccess, default=TeamAccess.READ)),
                ('status', word(InvitationStatus, default=InvitationStatus.INVITED)),
                ('inviter', reference('Organization', 'inviter_id', null=True)),
                ('invited_at', moment()),
                ('invited_by', reference('User', 'invited_by_id', null=True)),
                ('expires_at', later()),
                ('responded_at', later()),
                ('responded_by', reference('User', 'responded_by_id', null=True)),
                ('ended_at', later()),
                ('decline_code', word(DeclineCode, null=True)),
                ('reason', fields.TextField(null=True, unique=False)),
                ('message', fields.TextField(null=True, unique=False)),
                ('industry', fields.TextField(null=True, unique=False)),
                ('country', fields.TextField(null=True, unique=False)),
                ('offer_id', fields.UUIDField(null=True)),
                ('former_source', fields.TextField(null=True, unique=False)),
                ('version', fields.IntField(default=1, db_default=1)),
            ],
            options={'table': 'deal_partner', 'app': 'models', 'indexes': [Index(fields=['opportunity_id', 'invited_at', 'id'], name='deal_partner_of_deal'), Index(fields=['partner_id', 'status', 'opportunity_id'], name='deal_partner_of_partner'), Index(fields=['status', 'expires_at'], name='deal_partner_expiry')], 'pk_attr': 'id', 'table_description': 'A partner that was asked to take part in a deal beside the one that leads it.'},
            bases=['Model'],
        ),
        ops.CreateModel(
            name='RevenueSplit',
            fields=[
                ('id', key()),
                ('opportunity', reference('Opportunity', 'opportunity_id', on_delete=OnDelete.CASCADE)),
                ('partner', reference('Organization', 'partner_id', null=True)),
                ('user', reference('User', 'user_id', null=True)),
                ('kind', word(SplitKind)),
                ('percent', ExactNumericField()),
                ('month', fields.DateField()),
                ('until_month', fields.DateField(null=True)),
                ('set_at', moment()),
                ('set_by', reference('User', 'set_by_id', null=True)),
            ],
            options={'table': 'revenue_split', 'app': 'models', 'constraints': [UniqueConstraint(fields=('opportunity_id', 'kind', 'month', 'partner_id', 'user_id'), name='revenue_split_unique'), CheckConstraint(check='percent > 0 AND percent <= 100', name='revenue_split_percent')], 'indexes': [Index(fields=['partner_id'], name='revenue_split_by_partner')], 'pk_attr': 'id', 'table_description': "A share of a deal's revenue, of a partner or of a person."},
            bases=['Model'],
        ),
        ops.AddConstraint(model_name='TeamMember', constraint=UniqueConstraint(fields=('opportunity_id', 'user_id'), name='team_member_unique')),
        ops.AddConstraint(model_name='RevenueSplit', constraint=UniqueConstraint(fields=('opportunity_id', 'kind', 'month', 'partner_id', 'user_id'), name='revenue_split_unique')),
        ops.AddConstraint(model_name='RevenueSplit', constraint=CheckConstraint(check='percent > 0 AND percent <= 100', name='revenue_split_percent')),
        *(ops.RunSQL(one, ops.RunSQL.noop) for one in (SHARES, LIVE)),
    ]
