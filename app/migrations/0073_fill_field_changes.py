"""The changes that logs of the time before tell of; then all deals are to be posted in the pipeline's ledger."""

from tortoise.migrations import operations as ops

from app.database import migrations

# Triggers keep what happens from now on; of what they have kept, nothing is told again. Moves say all. Handovers say both parties; corrections both values. Of other changes
# the event log knows the field, and when and by whom, but no value: they stand as not known.
FORMER_MOVES = """
INSERT INTO field_change (id, opportunity_id, field, at, nth, actor_id, partner_id, before, after, before_stage_id,
  after_stage_id)
SELECT CASE WHEN c.field = 'stage' THEN m.id ELSE gen_random_uuid() END, m.opportunity_id, c.field, m.at, m.seq,
  m.actor_id, coalesce(h.from_partner_id, o.partner_id), c.before, c.after, m.from_stage_id, m.to_stage_id
FROM stage_transition m JOIN opportunity o ON o.id = m.opportunity_id
JOIN stage b ON b.id = m.from_stage_id JOIN stage a ON a.id = m.to_stage_id
LEFT JOIN LATERAL (SELECT h.from_partner_id FROM handover h WHERE h.opportunity_id = m.opportunity_id AND h.at > m.at
  ORDER BY h.at, h.id LIMIT 1) h ON TRUE
JOIN playbook bp ON bp.id = b.playbook_id JOIN playbook ap ON ap.id = a.playbook_id
CROSS JOIN LATERAL (VALUES ('stage', b.key, a.key), ('status', b.kind, a.kind), ('playbook', bp.key, ap.key))
  AS c (field, before, after)
WHERE (c.field = 'stage' OR c.before <> c.after) AND NOT EXISTS (SELECT FROM field_change f WHERE f.id = m.id)
"""
FORMER_HANDOVERS = """
INSERT INTO field_change (id, opportunity_id, field, at, actor_id, partner_id, before_owner_id, after_owner_id,
  before_partner_id, after_partner_id)
SELECT gen_random_uuid(), h.opportunity_id, c.field, h.at, h.by_id, h.from_partner_id,
  CASE WHEN c.field = 'owner' THEN h.from_owner_id END, CASE WHEN c.field = 'owner' THEN h.to_owner_id END,
  CASE WHEN c.field = 'partner' THEN h.from_partner_id END, CASE WHEN c.field = 'partner' THEN h.to_partner_id END
FROM handover h CROSS JOIN (VALUES ('owner'), ('partner')) AS c (field)
WHERE CASE WHEN c.field = 'owner' THEN h.from_owner_id IS DISTINCT FROM h.to_owner_id
  ELSE h.from_partner_id IS DISTINCT FROM h.to_partner_id END
  AND NOT EXISTS (SELECT FROM field_change f WHERE f.opportunity_id = h.opportunity_id
  AND f.field = c.field AND f.at BETWEEN h.at - interval '1 minute' AND h.at + interval '1 minute')
"""
FORMER_CORRECTIONS = """
INSERT INTO field_change (id, opportunity_id, field, at, actor_id, partner_id, before, after, before_amount,
  before_currency, after_amount, after_currency, before_owner_id, after_owner_id)
SELECT gen_random_uuid(), t.opportunity_id, c.field, t.at, t.actor_id, o.partner_id, c.before, c.after,
  m.before_amount, m.before_currency, m.after_amount, m.after_currency,
  CASE WHEN c.field = 'owner' THEN substr(t.before, 5)::uuid END,
  CASE WHEN c.field = 'owner' THEN substr(t.after, 5)::uuid END
FROM correction t JOIN opportunity o ON o.id = t.opportunity_id
CROSS JOIN LATERAL (SELECT
  CASE WHEN t.field = 'amount' THEN nullif(split_part(t.before, ' ', 1), '')::numeric END AS before_amount,
  CASE WHEN t.field = 'amount' THEN nullif(split_part(t.before, ' ', 2), '') END AS before_currency,
  CASE WHEN t.field = 'amount' THEN nullif(split_part(t.after, ' ', 1), '')::numeric END AS after_amount,
  CASE WHEN t.field = 'amount' THEN nullif(split_part(t.after, ' ', 2), '') END AS after_currency) m
CROSS JOIN LATERAL (VALUES
  (t.field, CASE t.field WHEN 'owner' THEN NULL WHEN 'amount' THEN m.before_amount::text ELSE t.before END,
    CASE t.field WHEN 'owner' THEN NULL WHEN 'amount' THEN m.after_amount::text ELSE t.after END),
  (CASE WHEN t.field = 'amount' THEN 'currency' END, m.before_currency, m.after_currency)
) AS c (field, before, after)
WHERE c.field IN ('amount', 'currency', 'expectedCloseDate', 'owner')
  AND (c.field = 'owner' OR c.before IS DISTINCT FROM c.after)
  AND NOT EXISTS (SELECT FROM field_change f WHERE f.opportunity_id = t.opportunity_id
  AND f.field = c.field AND f.at BETWEEN t.at - interval '1 minute' AND t.at + interval '1 minute')
"""
FORMER_EVENTS = """
INSERT INTO field_change (id, opportunity_id, field, at, known, actor_id, partner_id)
SELECT gen_random_uuid(), e.opportunity_id, f.field, e.at, FALSE, e.actor_id, coalesce(e.partner_id, o.partner_id)
FROM event e JOIN opportunity o ON o.id = e.opportunity_id
CROSS JOIN LATERAL jsonb_array_elements_text(e.payload -> 'fields') AS f (field)
WHERE e.type = 'OPPORTUNITY_UPDATED' AND NOT e.payload ? 'corrected' AND jsonb_typeof(e.payload -> 'fields') = 'array'
  AND f.field IN ('amount', 'expectedCloseDate', 'name', 'nextStep', 'owner', 'partner')
  AND NOT (f.field IN ('owner', 'partner') AND EXISTS (SELECT FROM handover h WHERE h.opportunity_id = e.opportunity_id
    AND h.at BETWEEN e.at - interval '1 minute' AND e.at + interval '1 minute'))
  AND e.at < coalesce((SELECT min(f.at) FROM field_change f WHERE f.field NOT IN ('stage', 'status', 'playbook')),
    'infinity')
"""
ALL = "INSERT INTO pipeline_stale (opportunity_id) SELECT id FROM opportunity"
FILL = (FORMER_EVENTS, FORMER_MOVES, FORMER_HANDOVERS, FORMER_CORRECTIONS, ALL)


class Migration(migrations.Migration):
    dependencies = [('models', '0072_keep_moves')]

    initial = False

    operations = [*(ops.RunSQL(one, ops.RunSQL.noop) for one in FILL)]
