"""The nightly comparison of the roll-ups with the deals. What differs is told and put right."""

from collections.abc import Iterable

import structlog

from app.analytics.ledger_check import differing
from app.analytics.ledger_check import rebuild as remake
from app.analytics.rollups.checking import MOST_SHOWN, Compared, check, rebuild, tidy
from app.database import Database, database
from app.jobs import jobs

log = structlog.get_logger(__name__)

_NOTE = """
INSERT INTO rollup_check (name, wrong) VALUES ($1, $2)
ON CONFLICT (name) DO UPDATE SET wrong = excluded.wrong, compared_at = statement_timestamp()
"""


async def compare(db: Database) -> int:
    """How many rows differed; those have been put right."""
    found = [*await check(db), *await of_ledger(db)]
    await note(db, found)
    for one in found:
        if one.wrong:
            log.error("a roll-up differs from the deals", table=one.table, rows=one.wrong, some=list(one.shown))
    wrong = sum(one.wrong for one in found)
    await (put_right(db) if wrong else tidy(db))
    return wrong


async def of_ledger(db: Database) -> list[Compared]:
    """The pipeline's ledger, as roll-ups are compared."""
    found = await differing(db)
    return [Compared(table, len(wrong), tuple(wrong[:MOST_SHOWN])) for table, wrong in found.items()]


async def put_right(db: Database) -> list[Compared]:
    """Roll-ups and ledger; what of them differed."""
    wrong = await of_ledger(db)
    await remake(db)
    return [*await rebuild(db), *wrong]


async def note(db: Database, found: Iterable[Compared]) -> None:
    """For the metrics of every server."""
    async with db.transaction() as tx:
        await tx.executemany(_NOTE, [(one.table, one.wrong) for one in found])


@jobs.periodic(cron="47 3 * * *")
@jobs.task(name="compare_rollups", queueing_lock="compare_rollups")
async def compare_every_night(timestamp: int) -> None:  # noqa: ARG001 # every periodic task is given its time
    await compare(database())
