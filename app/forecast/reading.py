"""The forecast of a period for a viewer: sums by category, the modelled range, the target."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from decimal import Decimal
from typing import NamedTuple

from app.analytics.kept import kept_answers
from app.database.rls import as_viewer
from app.deals.money import Money
from app.events.log import Reader
from app.forecast import drawing, odds, sums
from app.forecast.basis import basis_for
from app.forecast.model import Basis, Drawn, Spread, new_deals, spread
from app.forecast.sources import AT, said
from app.forecast.sums import Amounts, Sums
from app.identity.scopes import scope_of, slots_of
from app.identity.viewer import Viewer
from app.periods import Period

MODELLED = "modelled"


class Modelled(NamedTuple):
    """In one currency: the range, and what of its middle is closed, from open deals and from new ones."""

    range: Spread
    closed: Decimal
    open: float
    new: float


@dataclass(frozen=True, slots=True)
class Forecast:
    """`modelled` by currency; empty where nobody asked for it. `won_deals`: on how many it is based."""

    period: Period
    as_of: datetime
    sums: Sums
    modelled: Mapping[str, Modelled] = field(default_factory=dict)
    won_deals: int = 0


async def forecast(
    db: Reader,
    viewer: Viewer,
    period: Period,
    filters: Mapping[str, object],
    *,
    now: datetime,
    as_of: datetime | None = None,
    wanted: Collection[str] = (MODELLED,),
    basis: Basis | None = None,
) -> Forecast:
    """As it stands, or stood `as_of`. `basis`: if it has been measured already."""
    at = as_of or now
    slots = _slots(viewer, period, filters, at)
    scope, names, past = scope_of(viewer), frozenset(filters), as_of is not None
    statement = sums.statement(scope, names, past)
    found = sums.read(await _rows(db, statement.text, statement.arguments(slots), past=past))
    if MODELLED not in wanted:
        return Forecast(period, at, found)
    basis = basis or await basis_for(db, viewer, filters, at, past=past)
    today = at.astimezone(UTC).date()
    statement = drawing.statement(viewer, names, past)
    slots |= drawing.slots(basis, period, today)
    drawn = odds.read(await _rows(db, statement.text, statement.arguments(slots), past=past))
    return Forecast(period, at, found, modelled(found.closed, drawn, basis, period, at), basis.won)


async def closed_by(db: Reader, viewer: Viewer, period: Period, filters: Mapping[str, object], at: datetime) -> Amounts:
    """`Sums.closed` as it stood at a moment of the past."""
    slots = _slots(viewer, period, filters, at)
    statement = sums.closed_statement(scope_of(viewer), frozenset(filters))
    return sums.read(await _rows(db, statement.text, statement.arguments(slots), past=True)).closed


async def kept_forecast(
    db: Reader,
    viewer: Viewer,
    period: Period,
    filters: Mapping[str, object],
    *,
    now: datetime,
    as_of: datetime | None,
    wanted: Collection[str],
) -> Forecast:
    """As `forecast`. Of the past, it may have been made a while ago, where that is a matter of many deals
    (`app.analytics.kept`)."""

    async def make() -> Forecast:
        return await forecast(db, viewer, period, filters, now=now, as_of=as_of, wanted=wanted)

    if as_of is None:
        return await make()
    asked = ("forecast", period, said(viewer, filters), as_of, frozenset(wanted))
    return await kept_answers.answer(viewer, asked, make)


def _slots(viewer: Viewer, period: Period, filters: Mapping[str, object], at: datetime) -> dict[str, object]:
    return {
        **slots_of(viewer),
        **{f"filter.{name}": value for name, value in filters.items()},
        **sums.slots_of_period(period),
        AT.name: at,
    }


async def _rows(db: Reader, text: str, arguments: list[object], *, past: bool) -> list[Mapping[str, object]]:
    """What was a viewer's then is read past row-level security, which knows only what is theirs today: the statement
    says itself whose the deals were (`app.analytics.history.seen_then`)."""
    if not past:
        return list(await db.fetch(text, *arguments))
    with as_viewer(None):
        return list(await db.fetch(text, *arguments))


def modelled(
    closed: Amounts, drawn: Mapping[str, Drawn], basis: Basis, period: Period, at: datetime
) -> dict[str, Modelled]:
    """By currency. The same for the same deals, period and day."""
    today = at.astimezone(UTC).date()
    window = odds.window_of(period, today)
    found = {}
    for currency in sorted({*closed, *drawn, *basis.arrivals}):
        opened = drawn.get(currency, Drawn())
        new = new_deals(basis.arrivals.get(currency, ()), basis.days, window)
        if not (currency in closed or opened.expected or new.mean):
            continue
        won = closed.get(currency, Decimal(0))
        range = spread(float(won), opened, new, f"{period.key} {today} {currency}")
        found[currency] = Modelled(range, won, opened.expected, new.mean)
    return found


def gap(target: Money | None, found: Sums) -> Money | None:
    """What is missing of the target, negative where it is exceeded; None where the deals are in other currencies."""
    if target is None or {*found.closed, *found.open} - {target.currency}:
        return None
    return Money(target.amount - found.closed.get(target.currency, Decimal(0)), target.currency)


def coverage(target: Money | None, found: Sums) -> float | None:
    """How often what is open would fill the gap; None where there is none."""
    missing = gap(target, found)
    if missing is None or missing.amount <= 0:
        return None
    return float(found.open.get(missing.currency, Decimal(0)) / missing.amount)
