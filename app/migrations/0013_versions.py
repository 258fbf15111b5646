"""What a mark was given for, and whom a playbook is limited to."""

from tortoise import fields
from tortoise.contrib.postgres.fields import ArrayField
from tortoise.migrations import operations as ops

from app.database import migrations

FILL = 'UPDATE criterion_mark m SET wording = c.description FROM criterion c WHERE c.id = m.criterion_id'

FUNCTION = """
CREATE FUNCTION criterion_mark_says() RETURNS trigger LANGUAGE plpgsql AS $says$
BEGIN
  IF TG_OP = 'UPDATE' OR NEW.wording IS NULL THEN
    NEW.wording := (SELECT c.description FROM criterion c WHERE c.id = NEW.criterion_id);
  END IF;
  RETURN NEW;
END $says$
"""

TRIGGER = """
CREATE TRIGGER criterion_mark_says BEFORE INSERT OR UPDATE OF met, marked_at, marked_by_id, evidence ON criterion_mark
FOR EACH ROW EXECUTE FUNCTION criterion_mark_says()
"""

LIMITS = """
CREATE FUNCTION content_limits(changed uuid[]) RETURNS void LANGUAGE sql AS $limits$
  UPDATE content c SET limited = found.limited FROM (
    SELECT k.id, coalesce(bool_and(
      cardinality(p.available_to_partners) + cardinality(p.available_to_tiers) > 0), FALSE) AS limited
    FROM unnest(changed) AS k(id) LEFT JOIN stage_content l ON l.content_id = k.id
    LEFT JOIN stage s ON s.id = l.stage_id LEFT JOIN playbook p ON p.id = s.playbook_id GROUP BY k.id
  ) found WHERE found.id = c.id AND c.limited <> found.limited
$limits$
"""

LINKED = """
CREATE FUNCTION content_linked() RETURNS trigger LANGUAGE plpgsql AS $linked$
BEGIN
  PERFORM content_limits(ARRAY(SELECT DISTINCT content_id FROM changed));
  RETURN NULL;
END $linked$
"""

PLAYBOOK_LIMITED = """
CREATE FUNCTION playbook_limited() RETURNS trigger LANGUAGE plpgsql AS $limited$
BEGIN
  PERFORM content_limits(ARRAY(
    SELECT DISTINCT l.content_id FROM stage_content l JOIN stage s ON s.id = l.stage_id WHERE s.playbook_id = NEW.id));
  RETURN NULL;
END $limited$
"""

ON_LINKS = """
CREATE TRIGGER content_{what} AFTER {event} ON stage_content REFERENCING {rows} TABLE AS changed
FOR EACH STATEMENT EXECUTE FUNCTION content_linked()
"""
ON_PLAYBOOKS = """
CREATE TRIGGER playbook_limited AFTER UPDATE OF available_to_partners, available_to_tiers ON playbook
FOR EACH ROW EXECUTE FUNCTION playbook_limited()
"""


class Migration(migrations.Migration):
    dependencies = [('models', '0012_compositions')]

    initial = False

    operations = [
        ops.AddField(model_name='CriterionMark', name='wording', field=fields.TextField(null=True, unique=False)),
        ops.AddField(model_name='Playbook', name='available_to_partners', field=ArrayField(element_type='uuid', default=list, db_default=[])),
        ops.AddField(model_name='Playbook', name='available_to_tiers', field=ArrayField(element_type='text', default=list, db_default=[])),
        ops.RunSQL(FILL, ops.RunSQL.noop),
        ops.RunSQL(FUNCTION, 'DROP FUNCTION criterion_mark_says()'),
        ops.RunSQL(TRIGGER, 'DROP TRIGGER criterion_mark_says ON criterion_mark'),
        ops.AddField(model_name='Content', name='limited', field=fields.BooleanField(default=False, db_default=False)),
        ops.RunSQL(LIMITS, 'DROP FUNCTION content_limits(uuid[])'),
        ops.RunSQL(LINKED, 'DROP FUNCTION content_linked()'),
        ops.RunSQL(PLAYBOOK_LIMITED, 'DROP FUNCTION playbook_limited()'),
        ops.RunSQL(ON_LINKS.format(what='linked', event='INSERT', rows='NEW'), 'DROP TRIGGER content_linked ON stage_content'),
        ops.RunSQL(ON_LINKS.format(what='unlinked', event='DELETE', rows='OLD'), 'DROP TRIGGER content_unlinked ON stage_content'),
        ops.RunSQL(ON_PLAYBOOKS, 'DROP TRIGGER playbook_limited ON playbook'),
    ]
