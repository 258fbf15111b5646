"""What triggers would have written of the deals of large tables, and changes of amounts and close dates besides."""

import asyncpg

from app.analytics.posting import post_all
from app.database import Database

# Each deal's amount was put right once, by a tenth, and its close date put off by a month, at times that differ.
_AMOUNTS = """
INSERT INTO field_change (id, opportunity_id, field, at, partner_id, before, after, before_amount, before_currency,
  after_amount, after_currency)
SELECT gen_random_uuid(), o.id, 'amount', o.created_at + (o.updated_at - o.created_at) * ((get_byte(uuid_send(o.id), 15)
  + 0.5) / 256), o.partner_id, trunc(o.amount * 0.9)::text, o.amount::text, trunc(o.amount * 0.9), o.currency, o.amount,
  o.currency
FROM opportunity o WHERE o.amount IS NOT NULL ORDER BY o.id
"""
_DATES = """
INSERT INTO field_change (id, opportunity_id, field, at, partner_id, before, after)
SELECT gen_random_uuid(), o.id, 'expectedCloseDate', o.created_at + (o.updated_at - o.created_at)
  * ((get_byte(uuid_send(o.id), 14) * 7 % 256 + 0.5) / 256), o.partner_id, (o.expected_close_date - 30)::text,
  o.expected_close_date::text
FROM opportunity o WHERE o.expected_close_date IS NOT NULL ORDER BY o.id
"""
_MOVES = """
INSERT INTO field_change (id, opportunity_id, field, at, nth, actor_id, partner_id, before, after, before_stage_id,
  after_stage_id)
SELECT CASE WHEN c.field = 'stage' THEN m.id ELSE gen_random_uuid() END, m.opportunity_id, c.field, m.at, m.seq,
  m.actor_id, o.partner_id, c.before, c.after, m.from_stage_id, m.to_stage_id
FROM stage_transition m JOIN opportunity o ON o.id = m.opportunity_id
JOIN stage b ON b.id = m.from_stage_id JOIN stage a ON a.id = m.to_stage_id
CROSS JOIN LATERAL (VALUES ('stage', b.key, a.key), ('status', b.kind, a.kind)) AS c (field, before, after)
WHERE c.field = 'stage' OR c.before <> c.after ORDER BY m.opportunity_id, m.seq
"""


async def fill(connection: asyncpg.Connection) -> None:
    """To be called while triggers are switched off."""
    for statement in (_MOVES, _AMOUNTS, _DATES):
        await connection.execute(statement)


async def post(database: Database) -> None:
    """The pipeline's ledger, as the product makes it."""
    await post_all(database)
