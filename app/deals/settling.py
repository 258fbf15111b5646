"""Conditions decided beforehand, away from the event loop, for deals whose conditions might together take long.

Nearly always they can't: the prices of all conditions of all the deals add up to less than `ON_LOOP`, and the stage
machine asks them one by one as it needs them, a microsecond each. Otherwise, or where a playbook still has a condition
from before today's bounds, all are worked out in a process apart; one that takes too long for a deal is not met.
"""

from collections.abc import Collection
from datetime import datetime

from app.database.metering import metered
from app.deals.conditions import LANGUAGE, MAX_ANSWERS, USUAL_TEXT, stored_condition
from app.deals.store import StoredDeal
from expressions import pool

ON_LOOP = 50_000_000
"""Nanoseconds, by the prices: a hundredth of it is typical."""
BOUNDED_SECONDS = 1.0
UNBOUNDED_SECONDS = 0.25
UNBOUNDED_IN_ALL = 1.0
"""Seconds of CPU time that conditions without a price may take, each for a deal and in all for one request."""


async def settle(deals: Collection[StoredDeal], at: datetime) -> None:
    """Afterwards nothing that is asked of the deals' conditions takes long. What it took here, in CPU time, is debited
    to the operation that asks, as the time of its statements is."""
    if not _is_long(deals):
        return
    unbounded = any(deal.play.unbounded for deal in deals)
    tasks = [_task(deal, at) for deal in deals]
    ran = await pool.run(tasks, UNBOUNDED_IN_ALL if unbounded else None)
    if (meter := metered()) is not None:
        meter.seconds += sum(one.took for outcomes in ran for one in outcomes)
    for deal, task, outcomes in zip(deals, tasks, ran, strict=True):
        written = deal.play.conditions
        deal.settled.update(zip(written, (one.outcome.met for one in outcomes), strict=True))
        assert len(written) == len(task.texts)


def _is_long(deals: Collection[StoredDeal]) -> bool:
    total = 0
    for deal in deals:
        play = deal.play
        if play.unbounded:
            return True
        total += play.usual_price if _is_usual(deal) else play.price
    return total > ON_LOOP


def _is_usual(deal: StoredDeal) -> bool:
    """Its long texts are as short as the usual price takes them to be; answers stand in the row with their keys."""
    row = deal.row
    return len(row["notes"] or "") <= USUAL_TEXT and len(row["answers"] or "") <= USUAL_TEXT


def _task(deal: StoredDeal, at: datetime) -> pool.Task:
    limit = UNBOUNDED_SECONDS if deal.play.unbounded else BOUNDED_SECONDS
    texts = [_written(text) for text in deal.play.conditions]
    values = deal.variables(at)
    if len(values["qualification"]) > MAX_ANSWERS:
        texts = ["false"] * len(texts)
    return pool.Task(LANGUAGE.root, values, tuple(texts), limit)


def _written(text: str) -> str:
    condition = stored_condition(text)
    return text if condition is None else condition.expression.written
