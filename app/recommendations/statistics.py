"""Statistics of stages, partners and advice over all deals: computed by jobs, read by `knowledge` and `facts`.

Exactly, for the vendor's own deals, and beside that what partners may be told (`app.deals.benchmarks`,
`answer_benchmarks`), once a day. Percentiles over hundreds of thousands of transitions are nothing to do while somebody
waits.
"""

from datetime import UTC, datetime

from app.database import Database, database
from app.deals.histories import QUANTILES
from app.deals.statistics import measure_stage_history
from app.jobs import jobs
from app.recommendations.answer_benchmarks import measure_answers
from app.recommendations.answers import ENDED, WAITED

_PARTNERS = f"""
INSERT INTO partner_history (id, partner_id, currency, samples, points, computed_at)
SELECT gen_random_uuid(), partner_id, currency, count(*),
  to_jsonb(percentile_cont({QUANTILES}) WITHIN GROUP (ORDER BY amount::float8)), statement_timestamp()
FROM opportunity WHERE partner_id IS NOT NULL AND amount IS NOT NULL GROUP BY partner_id, currency
ON CONFLICT (partner_id, currency) DO UPDATE
SET samples = excluded.samples, points = excluded.points, computed_at = excluded.computed_at
"""  # noqa: S608

_COUNTS = """
  count(*) FILTER (WHERE became = 'ACCEPTED') AS accepted, count(*) FILTER (WHERE became = 'COMPLETED') AS completed,
  count(*) FILTER (WHERE became = 'DISMISSED') AS dismissed, count(*) FILTER (WHERE became = 'IGNORED') AS ignored
"""
_OUTCOMES = f"""
WITH ended AS ({ENDED})
INSERT INTO action_outcome (id, kind, stage_key, partner_id, accepted, completed, dismissed, ignored)
SELECT gen_random_uuid(), kind, stage_key, NULL, {_COUNTS} FROM ended GROUP BY kind, stage_key
UNION ALL
SELECT gen_random_uuid(), kind, '', partner_id, {_COUNTS} FROM ended WHERE partner_id IS NOT NULL
GROUP BY kind, partner_id
"""  # noqa: S608

_EFFECTS = f"""
WITH waited AS ({WAITED})
INSERT INTO action_effect (id, kind, completed_advanced, completed_days, dismissed_advanced, dismissed_days)
SELECT gen_random_uuid(), kind,
  count(*) FILTER (WHERE status = 'COMPLETED' AND advanced),
  coalesce(sum(days) FILTER (WHERE status = 'COMPLETED'), 0),
  count(*) FILTER (WHERE status = 'DISMISSED' AND advanced),
  coalesce(sum(days) FILTER (WHERE status = 'DISMISSED'), 0)
FROM waited GROUP BY kind
"""  # noqa: S608

# Any constant will do; it keeps two workers from counting at the same time.
_LOCK = 0x57A6E9AB


async def measure_history(database: Database, at: datetime | None = None) -> None:
    """Of stages and partners, over all deals. What partners are told of others is measured once a day of `at`."""
    async with database.transaction() as tx:
        await measure_stage_history(tx, at or datetime.now(UTC))
        await tx.execute(_PARTNERS)


async def learn(database: Database, at: datetime) -> None:
    """From every answer so far; `at` is how long deals have waited that haven't moved on. What partners are told of
    others is measured once a day of `at`."""
    async with database.transaction() as tx:
        await tx.execute("SELECT pg_advisory_xact_lock($1)", _LOCK)
        await tx.execute("DELETE FROM action_outcome")
        await tx.execute(_OUTCOMES)
        await tx.execute("DELETE FROM action_effect")
        await tx.execute(_EFFECTS, at)
        await measure_answers(tx, at.astimezone(UTC).date(), at)


@jobs.periodic(cron="41 * * * *")
@jobs.task(name="measure_history", queueing_lock="measure_history")
async def measure_every_hour(timestamp: int) -> None:
    await measure_history(database(), datetime.fromtimestamp(timestamp, UTC))


@jobs.periodic(cron="*/10 * * * *")
@jobs.task(name="learn_from_answers", queueing_lock="learn_from_answers")
async def learn_often(timestamp: int) -> None:
    await learn(database(), datetime.fromtimestamp(timestamp, UTC))
