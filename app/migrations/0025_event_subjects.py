"""Events speak of a subject. The columns of each kind stay for servers of the version before, which serve on meanwhile:
a trigger fills what either version doesn't know of."""

from tortoise import fields
from tortoise.migrations import operations as ops

from app.database import migrations

# Rows of both versions: what the version before writes has no subject; what this one writes, no column of its kind.
FUNCTION = """
CREATE FUNCTION event_subject() RETURNS trigger LANGUAGE plpgsql AS $subject$
BEGIN
  IF NEW.subject_type IS NULL THEN
    NEW.subject_type := CASE
      WHEN NEW.transition_id IS NOT NULL THEN 'stage_transition' WHEN NEW.opportunity_id IS NOT NULL THEN 'opportunity'
      WHEN NEW.playbook_id IS NOT NULL THEN 'playbook' WHEN NEW.content_id IS NOT NULL THEN 'content' END;
    NEW.subject_id := coalesce(NEW.transition_id, NEW.opportunity_id, NEW.playbook_id, NEW.content_id);
  ELSIF NEW.subject_type = 'stage_transition' THEN
    NEW.transition_id := NEW.subject_id;
  ELSIF NEW.subject_type = 'playbook' THEN
    NEW.playbook_id := NEW.subject_id;
  ELSIF NEW.subject_type = 'content' THEN
    NEW.content_id := NEW.subject_id;
  END IF;
  RETURN NEW;
END $subject$
"""
TRIGGER = """
CREATE TRIGGER event_subject BEFORE INSERT ON event
FOR EACH ROW WHEN (NEW.subject_type IS DISTINCT FROM 'opportunity') EXECUTE FUNCTION event_subject()
"""


class Unmapped(ops.RemoveField, ops.RunSQL):
    """The column stays in the table, and this version knows nothing of it. As little as SQL does it need to know the
    state before (`app.database.migrations.FORWARD_ONLY`)."""

    async def database_forward(self, *_arguments, **_options):
        pass

    async def database_backward(self, *_arguments, **_options):
        pass


class Migration(migrations.Migration):
    dependencies = [('models', '0024_contacts')]

    initial = False

    operations = [
        migrations.GIVE_UP_SOON,
        ops.AddField(model_name='Event', name='subject_type', field=fields.TextField(null=True, unique=False)),
        ops.AddField(model_name='Event', name='subject_id', field=fields.UUIDField(null=True)),
        ops.RunSQL(FUNCTION, 'DROP FUNCTION event_subject()'),
        ops.RunSQL(TRIGGER, 'DROP TRIGGER event_subject ON event'),
        Unmapped(model_name='Event', name='transition_id'),
        Unmapped(model_name='Event', name='playbook_id'),
        Unmapped(model_name='Event', name='content_id'),
    ]
