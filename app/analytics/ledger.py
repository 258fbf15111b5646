"""The rule that makes a deal's postings of its states: what each change added to the open pipeline, or took from it.

One change may be several things at once. Then they are told in this order:

1. A deal that was open and stays so, or closes, and changed its partner, owner, playbook or expected close date, leaves
   the one place and comes to the other with the amount that it had.
2. Then its amount changes: increased or decreased by the difference, or, in another currency, decreased by all that it
   was and increased by all that it is.
3. Then it is won or lost, with its amount of then.

A deal that was closed is reopened with the amount and in the place that it has then; what changed while it was closed
was nobody's pipeline. So the postings until any moment add up, place by place, to what is open there at that moment.
"""

from collections.abc import Iterable, Iterator, Sequence
from datetime import date, datetime
from decimal import Decimal
from typing import NamedTuple
from uuid import UUID

from app.vocabulary import OpportunityStatus, PipelineFlow

ZERO = Decimal(0)


class Place(NamedTuple):
    """Whose pipeline a deal is in."""

    partner_id: UUID | None
    owner_id: UUID | None
    playbook_key: str
    close_date: date | None


class State(NamedTuple):
    """A deal at a moment."""

    status: OpportunityStatus
    amount: Decimal | None
    currency: str | None
    place: Place

    @property
    def is_open(self) -> bool:
        return self.status is OpportunityStatus.OPEN


class Posting(NamedTuple):
    """`amount` by its sign; `other`: of a pair, the place that it came from or went to."""

    at: datetime
    flow: PipelineFlow
    currency: str | None
    amount: Decimal
    place: Place
    other: Place | None = None


def postings(states: Iterable[tuple[datetime, State]]) -> list[Posting]:
    """Of a deal from its creation on, in order; states that are as before don't count."""
    found: list[Posting] = []
    before: State | None = None
    for at, state in states:
        found += _created(at, state) if before is None else _changed(at, before, state)
        before = state
    return found


def removal(at: datetime, last: Sequence[Posting]) -> list[Posting]:
    """What is left of a deal that is no more goes, from where it was last."""
    left: dict[str | None, Decimal] = {}
    for one in last:
        left[one.currency] = left.get(one.currency, ZERO) + one.amount
    return [
        Posting(at, PipelineFlow.REMOVED, currency, -amount, last[-1].place)
        for currency, amount in left.items()
        if amount
    ]


def _created(at: datetime, state: State) -> Iterator[Posting]:
    if state.is_open:
        yield Posting(at, PipelineFlow.CREATED, state.currency, state.amount or ZERO, state.place)


def _changed(at: datetime, before: State, after: State) -> Iterator[Posting]:
    if not before.is_open:
        if after.is_open:
            yield Posting(at, PipelineFlow.REOPENED, after.currency, after.amount or ZERO, after.place)
        return
    if before.place != after.place:
        had = before.amount or ZERO
        yield Posting(at, PipelineFlow.LEFT, before.currency, -had, before.place, after.place)
        yield Posting(at, PipelineFlow.CAME, before.currency, had, after.place, before.place)
    yield from _amount(at, before, after)
    if not after.is_open:
        flow = PipelineFlow.WON if after.status is OpportunityStatus.WON else PipelineFlow.LOST
        yield Posting(at, flow, after.currency, -(after.amount or ZERO), after.place)


def _amount(at: datetime, before: State, after: State) -> Iterator[Posting]:
    had, has = before.amount or ZERO, after.amount or ZERO
    same = before.currency == after.currency
    less, more = (max(had - has, ZERO), max(has - had, ZERO)) if same else (had, has)
    if less:
        yield Posting(at, PipelineFlow.DECREASED, before.currency, -less, after.place)
    if more:
        yield Posting(at, PipelineFlow.INCREASED, after.currency, more, after.place)
