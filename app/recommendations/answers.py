"""Outcomes of shown actions as SQL: each once, by its last state."""

from app.deals.stalling import LEFT_FORWARDS, SECONDS_PER_DAY

_FORWARDS = ", ".join(f"'{kind}'" for kind in sorted(LEFT_FORWARDS))

# One that the deal shows to be done was acted on, whoever said so.
ENDED = """
  SELECT kind, stage_key, partner_id, opportunity_id, CASE
    WHEN status = 'COMPLETED' OR fulfilled THEN 'COMPLETED'
    WHEN status = 'DISMISSED' THEN 'DISMISSED'
    WHEN response = 'ACCEPT' THEN 'ACCEPTED'
    ELSE 'IGNORED' END AS became
  FROM next_best_action WHERE shown_at IS NOT NULL AND status <> 'SNOOZED'
    AND (status <> 'PROPOSED' OR response IS NOT NULL)
"""

# From the answer to the deal's next move forwards, or to its end or $1, when it has not moved on.
WAITED = f"""
  SELECT kind, status, partner_id, opportunity_id, advanced_at IS NOT NULL AS advanced,
    greatest(0, extract(epoch FROM coalesce(advanced_at, closed_at, $1::timestamptz) - responded_at)::float8
      / {SECONDS_PER_DAY}) AS days
  FROM (
    SELECT a.kind, a.status, a.partner_id, a.opportunity_id, a.responded_at, o.closed_at, next.at AS advanced_at
    FROM next_best_action a JOIN opportunity o ON o.id = a.opportunity_id
    LEFT JOIN LATERAL (
      SELECT min(t.at) AS at FROM stage_transition t
      WHERE t.opportunity_id = a.opportunity_id AND t.at >= a.responded_at AND t.kind IN ({_FORWARDS})) next ON TRUE
    WHERE a.status IN ('COMPLETED', 'DISMISSED') AND a.responded_at IS NOT NULL) answered
"""  # noqa: S608 (the texts are constants)
