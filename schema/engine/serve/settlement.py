"""The final charge of an operation once it has run: its price, settled to its actual work where the two are far apart.

The price pays for `1 / cost_of_database_second` of work a unit, at most; most documents take a third of that. What took
more is debited, what took less than a tenth of it is given back in part. In between, and up to `STEADY` units, the
price stands, so that it is the same each time. A debit is for the time of statements; a refund looks at all the time
that passed, which on a busy server is more: then there is less of it.
"""

from time import perf_counter

from app.identity.budgets import Spending, budget
from app.settings import settings
from schema.engine.context import OperationContext
from schema.engine.read.cost import BASE

GRACE_SECONDS = 0.01
"""Of statements that are not debited: any may take that long on a busy day."""
STEADY = 20
"""Prices that are never refunded."""
TIMES = 10
"""The part of a price that is kept is at least that many times the work."""
SHARE = 200
"""And at least one in so many units of it, beside `BASE`, since so much was held ready."""
STEPS = (10, 15, 20, 30, 50, 70, 100)


def is_off(context: OperationContext) -> bool:
    """Whether there may be something to settle. Next to nothing for what costs and takes little."""
    spending, meter = context.spending, context.meter
    if meter is None or spending is None:
        return False
    if meter.seconds > GRACE_SECONDS:
        return True
    requested = spending.requested
    if requested <= STEADY:
        return False
    # Worth less than the price pays for: else there is nothing to give back.
    return TIMES * (perf_counter() - context.began) * settings().cost_of_database_second < requested


async def settle(context: OperationContext, *, refundable: bool = True) -> None:
    """All statements have ended. Not `refundable`: the time of one or of all was over, or events are to come."""
    assert context.spending is not None
    assert context.meter is not None
    due = _debit(context) if context.meter.seconds >= GRACE_SECONDS else 0
    if due:
        remaining = await budget().debit(context.viewer.user_id, due)
        context.spending = context.spending._replace(remaining=remaining)
    elif refundable:
        _refund(context, context.spending)


def settle_soon(context: OperationContext) -> None:
    """Debits alone, for an operation that was given up, which may not wait. Doing it again changes nothing."""
    meter = context.meter
    if meter is not None and meter.seconds >= GRACE_SECONDS and context.spending is not None:
        due = _debit(context)
        if due:
            budget().debit_soon(context.viewer.user_id, due)


def debited(requested: int, seconds: float, per_second: int) -> int:
    """Beyond what was `requested`, for statements that took so long."""
    return stepped(seconds * per_second - requested) if seconds >= GRACE_SECONDS else 0


def refunded(requested: int, seconds: float, per_second: int) -> int:
    """Of what was `requested`, when all of the operation took so long."""
    if requested <= STEADY or not per_second:
        return 0
    worth = TIMES * seconds * per_second
    if worth >= requested:
        return 0
    kept = max(stepped(worth), BASE + requested // SHARE)
    return max(requested - kept, 0)


def stepped(units: float) -> int:
    """Rounded up to six steps from a power of ten to the next, of tens: so it says no more about time than the clock
    of whoever asks, and is often the same again."""
    if units <= 0:
        return 0
    power = 10
    while power * 10 < units:
        power *= 10
    return next(step * power // 10 for step in STEPS if step * power // 10 >= units)


def _debit(context: OperationContext) -> int:
    """The amount that is due, noted as debited."""
    spending, meter = context.spending, context.meter
    assert spending is not None
    assert meter is not None
    whole = debited(spending.requested, meter.seconds, settings().cost_of_database_second)
    due = max(whole - spending.debited, 0)
    if due:
        remaining = max(spending.remaining - due, 0)
        context.spending = spending._replace(debited=spending.debited + due, remaining=remaining)
    return due


def _refund(context: OperationContext, spending: Spending) -> None:
    if not context.began or spending.debited or spending.refunded:
        return
    took = perf_counter() - context.began
    back = refunded(spending.requested, took, settings().cost_of_database_second)
    if back:
        budget().refund(context.viewer.user_id, back, spending.resets_at)
        context.spending = spending._replace(refunded=back, remaining=min(spending.remaining + back, spending.limit))
