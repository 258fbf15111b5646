"""Deals' stays in open stages, worked out from their moves: of each deal that has changed, all of them anew."""

from app.analytics.rollups.shape import FUNNEL_KEY, LEVELS, NOBODY, STAY_KEY, first_of_month, whose
from app.database import Transaction
from app.vocabulary import OpportunityStatus, StageKind, TransitionKind

AT_ONCE = 2_000
"""Deals that are looked at in one transaction."""

OPEN, SKIPPED = "OPEN", "SKIPPED"
"""Outcomes beside the kinds of moves: it goes on; there was none, since the deal went past the stage."""

COLUMNS = "opportunity_id, partner_id, owner_id, stage_id, entered_at, outcome, seconds, month, fate, went_back, status"


def stays_of(deals: str) -> str:
    """CTEs of which the last, `fresh`, has rows as of `deal_stay`. `deals`: a query of ids."""
    entered = "(v.entered_at AT TIME ZONE 'UTC')::date"
    same = "PARTITION BY v.opportunity_id, v.playbook, v.stage ORDER BY v.outcome = 'SKIPPED'"
    return f"""
chain AS (
  SELECT t.opportunity_id, t.seq, t.at, lead(t.from_stage_id) OVER later AS left_id, lead(t.to_stage_id) OVER later AS
    next_id, lead(t.at) OVER later AS left_at, lead(t.kind) OVER later AS left_by
  FROM stage_transition t WHERE t.opportunity_id IN ({deals})
  WINDOW later AS (PARTITION BY t.opportunity_id ORDER BY t.seq)
), visit AS (
  SELECT c.opportunity_id, c.seq, coalesce(o.partner_id, {NOBODY}) AS partner_id,
    coalesce(o.owner_id, {NOBODY}) AS owner_id, o.status, s.id AS stage_id, p.key AS playbook, s.key AS stage,
    CASE WHEN c.left_by IS NULL THEN o.entered_stage_at ELSE c.at END AS entered_at,
    coalesce(c.left_by, '{OPEN}') AS outcome,
    CASE WHEN c.left_by IS NOT NULL THEN greatest(0, floor(extract(epoch FROM c.left_at - c.at)))::bigint END AS seconds
  FROM chain c JOIN opportunity o ON o.id = c.opportunity_id
  JOIN stage s ON s.id = CASE WHEN c.left_by IS NULL THEN o.stage_id ELSE c.left_id END AND s.kind = '{StageKind.OPEN}'
  JOIN playbook p ON p.id = s.playbook_id
  WHERE c.left_by IS NOT NULL OR o.status = '{OpportunityStatus.OPEN}'
  UNION ALL
  SELECT c.opportunity_id, c.seq, coalesce(o.partner_id, {NOBODY}), coalesce(o.owner_id, {NOBODY}), o.status, s.id,
    p.key, s.key, c.left_at, '{SKIPPED}', NULL
  FROM chain c JOIN opportunity o ON o.id = c.opportunity_id
  JOIN stage f ON f.id = c.left_id JOIN stage t ON t.id = c.next_id AND t.playbook_id = f.playbook_id
  JOIN stage s ON s.playbook_id = f.playbook_id AND s.kind = '{StageKind.OPEN}'
    AND s.position > f.position AND s.position < t.position
  JOIN playbook p ON p.id = s.playbook_id
  WHERE c.left_by = '{TransitionKind.SKIP}'
), told AS (
  SELECT v.*, row_number() OVER (PARTITION BY v.opportunity_id, v.playbook, v.stage ORDER BY v.outcome = '{SKIPPED}',
      v.entered_at, v.seq) AS nth,
    first_value(v.outcome) OVER ({same}, v.entered_at DESC, v.seq DESC) AS fate,
    bool_or(v.outcome = '{TransitionKind.BACK}') OVER (PARTITION BY v.opportunity_id, v.playbook, v.stage) AS went_back,
    {first_of_month(entered)} AS month
  FROM visit v
), fresh AS (
  SELECT opportunity_id, partner_id, owner_id, stage_id, entered_at, outcome, seconds,
    CASE WHEN nth = 1 THEN month END AS month, CASE WHEN nth = 1 THEN fate END AS fate,
    nth = 1 AND went_back AS went_back, status
  FROM told WHERE nth = 1 OR outcome <> '{SKIPPED}'
)"""


def stays_by_key(source: str) -> str:
    """Sums under the keys of `stay_rollup`, of rows as of `deal_stay` with a `sign`."""
    entered = "(d.entered_at AT TIME ZONE 'UTC')::date"
    return f"""
SELECT {STAY_KEY}, sum(sign) AS stays, sum(sign * seconds) AS seconds FROM (
  SELECT {whose("d")}, d.outcome, d.sign,
    CASE WHEN d.outcome = '{OPEN}' THEN {entered} ELSE {first_of_month(entered)} END AS entered_on,
    CASE WHEN d.outcome = '{OPEN}' THEN -1 ELSE (d.seconds / 86400)::integer END AS days,
    coalesce(d.seconds, floor(extract(epoch FROM d.entered_at)))::numeric AS seconds
  FROM {source} d CROSS JOIN {LEVELS} WHERE d.outcome <> '{SKIPPED}') keyed
GROUP BY {STAY_KEY}
"""


def funnels_by_key(source: str) -> str:
    return f"""
SELECT {FUNNEL_KEY}, sum(sign) AS deals FROM (
  SELECT {whose("d")}, d.month, d.fate, d.went_back, d.status, d.sign
  FROM {source} d CROSS JOIN {LEVELS} WHERE d.month IS NOT NULL) keyed
GROUP BY {FUNNEL_KEY}
"""


ADD_STAYS = f"""
ON CONFLICT ({STAY_KEY}) DO UPDATE SET stays = r.stays + excluded.stays, seconds = r.seconds + excluded.seconds
"""
ADD_FUNNELS = f"ON CONFLICT ({FUNNEL_KEY}) DO UPDATE SET deals = r.deals + excluded.deals"

# A deal that changes while this looks at it is due again.
_REFRESH = f"""
WITH taken AS (
  DELETE FROM stay_due WHERE seq IN (SELECT seq FROM stay_due ORDER BY seq LIMIT $1) RETURNING opportunity_id
), deal AS (
  SELECT DISTINCT opportunity_id AS id FROM taken
), {stays_of("SELECT d.id FROM deal d")}, gone AS (
  DELETE FROM deal_stay s USING deal d WHERE s.opportunity_id = d.id RETURNING s.*
), kept AS (
  INSERT INTO deal_stay ({COLUMNS}) SELECT {COLUMNS} FROM fresh
), difference AS (
  SELECT {COLUMNS}, 1 AS sign FROM fresh UNION ALL SELECT {COLUMNS}, -1 FROM gone
), stays AS (
  INSERT INTO stay_rollup AS r ({STAY_KEY}, stays, seconds)
  SELECT * FROM ({stays_by_key("difference")}) s WHERE stays <> 0 OR seconds <> 0 {ADD_STAYS}
), funnels AS (
  INSERT INTO funnel_rollup AS r ({FUNNEL_KEY}, deals)
  SELECT * FROM ({funnels_by_key("difference")}) f WHERE deals <> 0 {ADD_FUNNELS}
)
SELECT count(*) AS taken FROM taken
"""


async def refresh(tx: Transaction, at_once: int = AT_ONCE) -> bool:
    """Look at deals that are due; whether there may be more. For whoever holds the lock of the roll-ups."""
    row = await tx.fetchrow(_REFRESH, at_once)
    return row is not None and int(row["taken"]) == at_once
