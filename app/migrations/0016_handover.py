from tortoise import fields
from tortoise.contrib.postgres.fields import ArrayField
from tortoise.fields.base import OnDelete
from tortoise.indexes import Index
from tortoise.migrations import operations as ops

from app.database import migrations
from app.models.columns import new_id
from app.vocabulary import KeptKind

# Deals that have changed partners before: when they last did.
GIVEN = """
CREATE TEMP TABLE given ON COMMIT DROP AS
SELECT DISTINCT ON (e.opportunity_id) e.opportunity_id, e.xid, e.seq, e.at FROM event e
WHERE e.type = 'OPPORTUNITY_UPDATED' AND e.payload -> 'fields' ? 'partner'
ORDER BY e.opportunity_id, e.xid DESC, e.seq DESC
"""
# Each event of theirs belongs to the partner that the last move before it names.
EVENTS = """
UPDATE event e SET partner_id = was.partner_id FROM (
  SELECT x.seq, (
    SELECT (m.payload ->> 'partnerId')::uuid FROM event m
    WHERE m.opportunity_id = x.opportunity_id AND m.payload ? 'partnerId' AND (m.xid, m.seq) <= (x.xid, x.seq)
    ORDER BY m.xid DESC, m.seq DESC LIMIT 1) AS partner_id
  FROM event x JOIN given g ON g.opportunity_id = x.opportunity_id AND (x.xid, x.seq) < (g.xid, g.seq)
) was JOIN organization g ON g.id = was.partner_id
WHERE e.seq = was.seq
"""
# What people of another partner wrote, and notes and next steps that nobody has changed since.
WORDS = """
CREATE TEMP TABLE word ON COMMIT DROP AS
WITH written (opportunity_id, kind, subject_id, key, label, text, author_id, written_at) AS (
  SELECT a.opportunity_id, 'ANSWER', a.id, a.question_key, coalesce(q.label, a.question_key), a.answer,
    a.answered_by_id, a.answered_at
  FROM qualification_answer a JOIN opportunity o ON o.id = a.opportunity_id
  LEFT JOIN qualification_question q ON q.playbook_id = o.playbook_id AND q.key = a.question_key
  UNION ALL
  SELECT m.opportunity_id, 'EVIDENCE', m.id, NULL, c.description, m.evidence, m.marked_by_id, m.marked_at
  FROM criterion_mark m JOIN criterion c ON c.id = m.criterion_id
  UNION ALL
  SELECT m.opportunity_id, 'EVIDENCE', m.id, NULL, m.criterion_key, m.evidence, m.marked_by_id, m.marked_at
  FROM former_mark m
  UNION ALL
  SELECT x.opportunity_id, 'ACTIVITY_NOTE', x.id, NULL, a.name, x.note, x.completed_by_id, x.completed_at
  FROM opportunity_activity x JOIN activity a ON a.id = x.activity_id
  UNION ALL
  SELECT t.opportunity_id, 'REASON', t.id, NULL, concat_ws(' → ', b.name, s.name), t.reason, t.actor_id, t.at
  FROM stage_transition t JOIN stage s ON s.id = t.to_stage_id LEFT JOIN stage b ON b.id = t.from_stage_id
), said AS (
  SELECT w.*, u.organization_id AS partner_id FROM written w
  JOIN opportunity o ON o.id = w.opportunity_id JOIN user_account u ON u.id = w.author_id
  JOIN organization g ON g.id = u.organization_id AND g.kind = 'PARTNER'
  WHERE w.text IS NOT NULL AND u.organization_id IS DISTINCT FROM o.partner_id
  UNION ALL
  SELECT o.id, 'EXTERNAL_ID', o.id, NULL, 'External id', o.external_id, NULL, NULL, g.id
  FROM opportunity o JOIN organization g ON o.external_system = 'partner:' || g.key
  WHERE o.external_id IS NOT NULL AND g.id IS DISTINCT FROM o.partner_id
  UNION ALL
  SELECT o.id, one.kind, o.id, NULL, one.label, one.text, NULL, NULL, last.partner_id
  FROM opportunity o JOIN given v ON v.opportunity_id = o.id
  CROSS JOIN LATERAL (VALUES ('NOTES', 'Notes', 'notes', o.notes), ('NEXT_STEP', 'Next step', 'nextStep', o.next_step))
    AS one (kind, label, field, text)
  CROSS JOIN LATERAL (
    SELECT e.partner_id FROM event e
    WHERE e.opportunity_id = o.id AND e.partner_id IS NOT NULL AND (e.xid, e.seq) < (v.xid, v.seq)
    ORDER BY e.xid DESC, e.seq DESC LIMIT 1) last
  WHERE one.text IS NOT NULL AND last.partner_id IS DISTINCT FROM o.partner_id AND NOT EXISTS (
    SELECT FROM event e WHERE e.opportunity_id = o.id AND (e.xid, e.seq) >= (v.xid, v.seq)
      AND e.payload -> 'fields' ? one.field)
)
SELECT * FROM said
"""
KEEP = """
WITH left_behind AS (
  INSERT INTO handover (id, opportunity_id, at, from_partner_id, to_partner_id)
  SELECT gen_random_uuid(), w.opportunity_id, coalesce(v.at, o.updated_at), w.partner_id, o.partner_id
  FROM (SELECT DISTINCT opportunity_id, partner_id FROM word) w JOIN opportunity o ON o.id = w.opportunity_id
  LEFT JOIN given v ON v.opportunity_id = o.id
  RETURNING id, opportunity_id, from_partner_id
)
INSERT INTO kept_text (id, handover_id, opportunity_id, partner_id, kind, subject_id, key, label, text, author_id, written_at)
SELECT gen_random_uuid(), h.id, w.opportunity_id, w.partner_id, w.kind, nullif(w.subject_id, w.opportunity_id), w.key,
  w.label, w.text, w.author_id, w.written_at
FROM word w JOIN left_behind h ON h.opportunity_id = w.opportunity_id AND h.from_partner_id = w.partner_id
"""
CLEAR = (
    "DELETE FROM qualification_answer a USING word w WHERE w.kind = 'ANSWER' AND a.id = w.subject_id",
    "UPDATE criterion_mark m SET evidence = NULL FROM word w WHERE w.kind = 'EVIDENCE' AND m.id = w.subject_id",
    "UPDATE former_mark m SET evidence = NULL FROM word w WHERE w.kind = 'EVIDENCE' AND m.id = w.subject_id",
    "UPDATE opportunity_activity x SET note = NULL FROM word w WHERE w.kind = 'ACTIVITY_NOTE' AND x.id = w.subject_id",
    "UPDATE stage_transition t SET reason = NULL FROM word w WHERE w.kind = 'REASON' AND t.id = w.subject_id",
    "UPDATE opportunity o SET notes = NULL FROM word w WHERE w.kind = 'NOTES' AND o.id = w.subject_id",
    "UPDATE opportunity o SET next_step = NULL FROM word w WHERE w.kind = 'NEXT_STEP' AND o.id = w.subject_id",
    "UPDATE opportunity o SET external_id = NULL, external_system = 'api'"
    " FROM word w WHERE w.kind = 'EXTERNAL_ID' AND o.id = w.subject_id",
    # An owner of another partner has not seen the deal since; advice to another partner is that one's.
    "UPDATE opportunity o SET owner_id = NULL FROM user_account u JOIN organization g ON g.id = u.organization_id"
    " WHERE u.id = o.owner_id AND g.kind = 'PARTNER' AND o.partner_id <> g.id",
    "DELETE FROM recommendation r USING next_best_action n JOIN opportunity o ON o.id = n.opportunity_id"
    " WHERE r.opportunity_id = o.id AND n.status IN ('PROPOSED', 'ACCEPTED') AND n.partner_id IS DISTINCT FROM o.partner_id",
    "UPDATE next_best_action n SET status = 'EXPIRED', ended_at = now() FROM opportunity o"
    " WHERE o.id = n.opportunity_id AND n.status IN ('PROPOSED', 'ACCEPTED') AND n.partner_id IS DISTINCT FROM o.partner_id",
    "DROP TABLE word",
    "DROP TABLE given",
)


class Migration(migrations.Migration):
    dependencies = [('models', '0015_languages')]

    initial = False

    operations = [
        ops.CreateModel(
            name='Handover',
            fields=[
                ('id', fields.UUIDField(primary_key=True, default=new_id, unique=True, db_index=True)),
                ('opportunity', fields.ForeignKeyField('models.Opportunity', source_field='opportunity_id', db_constraint=True, to_field='id', related_name=False, on_delete=OnDelete.CASCADE)),
                ('at', fields.DatetimeField(auto_now=False, auto_now_add=False)),
                ('by', fields.ForeignKeyField('models.User', source_field='by_id', null=True, db_constraint=True, to_field='id', related_name=False, on_delete=OnDelete.RESTRICT)),
                ('from_partner', fields.ForeignKeyField('models.Organization', source_field='from_partner_id', null=True, db_constraint=True, to_field='id', related_name=False, on_delete=OnDelete.RESTRICT)),
                ('to_partner', fields.ForeignKeyField('models.Organization', source_field='to_partner_id', null=True, db_constraint=True, to_field='id', related_name=False, on_delete=OnDelete.RESTRICT)),
                ('from_owner', fields.ForeignKeyField('models.User', source_field='from_owner_id', null=True, db_constraint=True, to_field='id', related_name=False, on_delete=OnDelete.RESTRICT)),
                ('to_owner', fields.ForeignKeyField('models.User', source_field='to_owner_id', null=True, db_constraint=True, to_field='id', related_name=False, on_delete=OnDelete.RESTRICT)),
            ],
            options={'table': 'handover', 'app': 'models', 'indexes': [Index(fields=['opportunity_id', 'at', 'id'], name='handover_of_opportunity')], 'pk_attr': 'id', 'table_description': "A deal given by one organisation to another; without a partner, it is the vendor's own."},
            bases=['Model'],
        ),
        ops.CreateModel(
            name='KeptText',
            fields=[
                ('id', fields.UUIDField(primary_key=True, default=new_id, unique=True, db_index=True)),
                ('handover', fields.ForeignKeyField('models.Handover', source_field='handover_id', db_constraint=True, to_field='id', related_name=False, on_delete=OnDelete.CASCADE)),
                ('opportunity', fields.ForeignKeyField('models.Opportunity', source_field='opportunity_id', db_constraint=True, to_field='id', related_name=False, on_delete=OnDelete.CASCADE)),
                ('partner', fields.ForeignKeyField('models.Organization', source_field='partner_id', db_constraint=True, to_field='id', related_name=False, on_delete=OnDelete.RESTRICT)),
                ('kind', fields.CharEnumField(description='KeptKind', enum_type=KeptKind, max_length=40)),
                ('subject_id', fields.UUIDField(null=True)),
                ('key', fields.TextField(null=True, unique=False)),
                ('label', fields.TextField(unique=False)),
                ('text', fields.TextField(unique=False)),
                ('author', fields.ForeignKeyField('models.User', source_field='author_id', null=True, db_constraint=True, to_field='id', related_name=False, on_delete=OnDelete.RESTRICT)),
                ('written_at', fields.DatetimeField(null=True, auto_now=False, auto_now_add=False)),
            ],
            options={'table': 'kept_text', 'app': 'models', 'indexes': [Index(fields=['handover_id', 'id'], name='kept_text_of_handover'), Index(fields=['opportunity_id', 'partner_id'], name='kept_text_of_opportunity'), Index(fields=['subject_id'], name='kept_text_subject')], 'pk_attr': 'id', 'table_description': "What a partner's people wrote in a deal that has left it. `subject_id`: the row that it stood in; `key`: of the"},
            bases=['Model'],
        ),
        ops.AddField(
            model_name='Event',
            name='partner_id',
            field=fields.UUIDField(null=True),
        ),
        ops.AddField(
            model_name='Event',
            name='readers',
            field=ArrayField(null=True, element_type='UUID'),
        ),
        *(ops.RunSQL(one, ops.RunSQL.noop) for one in (GIVEN, EVENTS, WORDS, KEEP, *CLEAR)),
    ]
