"""A back-test on demand: its dates, its lines with their totals, and both as text."""

from collections.abc import Mapping, Sequence
from datetime import UTC, date, datetime, timedelta
from typing import Any

from app.prediction.backtest import WEEKS_4
from app.prediction.deal import Deal, days

FIRST_AFTER = 49.0
ENOUGH_BEFORE = 30
STILL = 28.0
HEAD = ("deals", "won", "AUC", "Brier", "log loss", "ECE", "80 % int.", "days err.", "next stage", "won ≤ 30 d")
NAMES = (
    "deals",
    "wins",
    "auc",
    "brier",
    "log_loss",
    "calibration_error",
    "interval_coverage",
    "median_days_error",
    "next_stage_log_loss",
    "won_in_30_days_auc",
)
CALLED = {
    None: "constant",
    "STAGE_RATE": "per stage",
    "STAGE_AND_AGE_RATE": "per stage and age",
    "MODEL": "model",
    "TREES": "boosted trees",
}
WIDTH = 11


def end_of(day: date) -> float:
    """The moment at which a day (UTC) is over."""
    return days(datetime(day.year, day.month, day.day, tzinfo=UTC) + timedelta(days=1))


def present(deals: Sequence[Deal], at: float) -> float:
    """`at`, but not long after the last deal closed: an import of old deals says nothing of the years since."""
    ends = [deal.end.at for deal in deals if deal.end is not None and deal.end.at <= at]
    return min(at, max(ends) + STILL) if ends else at


def cuts_from(deals: Sequence[Deal], now: float, first: date | None) -> list[float]:
    """Every fourth week until now: from `first`, else from the first Monday that is seven weeks after the first deal.
    Only those before which enough deals were closed."""
    if not deals:
        return []
    since = min(deal.created for deal in deals)
    begin = start_of(first) if first is not None else _monday(since + FIRST_AFTER)
    ends = sorted(deal.end.at for deal in deals if deal.end is not None)
    found = []
    while begin < now:
        if sum(end <= begin for end in ends) >= ENOUGH_BEFORE:
            found.append(begin)
        begin += WEEKS_4
    return found


def start_of(day: date) -> float:
    return days(datetime(day.year, day.month, day.day, tzinfo=UTC))


def _monday(at: float) -> float:
    """The first at or after the day. 1970-01-05 was a Monday."""
    whole = int(at)
    return float(whole + (4 - whole) % 7)


def shown(lines: Sequence[Mapping[str, Any]]) -> list[str]:
    """As text: cut by cut, then all together."""
    said, about = [], None
    for line in lines:
        now = (line["cut"], line["population"])
        if now != about:
            about = now
            when = f"after {line['cut']}" if line["cut"] else "all cuts"
            said += ["", f"{line['population'].replace('_', ' ').lower()}, {when}", _row("", HEAD)]
        said.append(_row(CALLED.get(line["basis"], str(line["basis"])), [_cell(line.get(name)) for name in NAMES]))
    return said[1:]


def judged(verdict: Mapping[str, Mapping[str, Any]]) -> list[str]:
    said = [""] if verdict else []
    for population, one in verdict.items():
        better = "better than" if one["better_than_baseline"] else "no better than"
        about = f"{CALLED[one['basis']]}, by {one['gain']:+.4f} ± {one['standard_error']:.4f} of the Brier score"
        said.append(f"{population.replace('_', ' ').capitalize()}: {better} the share of all deals ({about}).")
    return said


def _row(name: str, cells: Sequence[str]) -> str:
    return f"{name:<20}" + "".join(f"{cell:>{WIDTH}}" for cell in cells)


def _cell(value: float | None) -> str:
    if value is None:
        return "–"
    return f"{value:,}" if isinstance(value, int) else f"{value:.4f}"
