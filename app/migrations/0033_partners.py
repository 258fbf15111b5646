"""Partners have a parent, a status, regions and an id in other systems. With another status, word goes out as with
another tier."""

from tortoise import fields
from tortoise.fields.base import OnDelete
from tortoise.migrations import operations as ops
from tortoise.migrations.constraints import UniqueConstraint

from app.database import migrations
from app.vocabulary import PartnerStatus
from tortoise.contrib.postgres.fields import ArrayField

TELL_OF_STATUS = """
CREATE TRIGGER organization_standing_changed AFTER UPDATE OF status ON organization FOR EACH ROW
WHEN (OLD.status IS DISTINCT FROM NEW.status) EXECUTE FUNCTION tell_of_members()
"""
OF_ITSELF = 'ALTER TABLE organization ADD CONSTRAINT organization_not_its_own_parent CHECK (parent_id <> id)'


class Migration(migrations.Migration):
    dependencies = [('models', '0032_api_clients')]

    initial = False

    operations = [
        migrations.GIVE_UP_SOON,
        ops.AddField(model_name='Organization', name='regions', field=ArrayField(default=list, db_default=[], element_type='text')),
        ops.AddField(model_name='Organization', name='status', field=fields.CharEnumField(default=PartnerStatus.ACTIVE, db_default=PartnerStatus.ACTIVE, description='PartnerStatus', enum_type=PartnerStatus, max_length=40)),
        ops.AddField(model_name='Organization', name='parent', field=fields.ForeignKeyField('models.Organization', source_field='parent_id', null=True, db_constraint=True, to_field='id', related_name=False, on_delete=OnDelete.RESTRICT)),
        ops.AddField(model_name='Organization', name='external_id', field=fields.TextField(null=True, unique=False)),
        ops.AddConstraint(model_name='Organization', constraint=UniqueConstraint(fields=('external_id',), name='organization_external_id_unique')),
        ops.RunSQL(TELL_OF_STATUS, 'DROP TRIGGER organization_standing_changed ON organization'),
        ops.RunSQL(OF_ITSELF, 'ALTER TABLE organization DROP CONSTRAINT organization_not_its_own_parent'),
    ]
