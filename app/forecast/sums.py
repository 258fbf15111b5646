"""The sums of a forecast: what is won in a period, and what is open and expected in it, by category."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from functools import lru_cache
from typing import Any

from app.database.sql import Statement, sql
from app.forecast import rolled_up
from app.forecast.slots import BEGINS, ENDS, FIRST, LAST
from app.forecast.sources import source
from app.identity.scopes import VisibilityScope
from app.periods import Period
from app.vocabulary import ForecastCategory, OpportunityStatus, RollUp

Amounts = dict[str, Decimal]
"""By currency code."""
COUNTED = (ForecastCategory.COMMIT, ForecastCategory.BEST_CASE, ForecastCategory.PIPELINE)
"""Of open deals; those that are omitted count nowhere."""


@dataclass(slots=True)
class Sums:
    """`weighted`: what is closed, and each open deal that counts by its stage's win probability. `open_deals` and
    `closed_deals` are numbers of deals, those without an amount included."""

    closed: Amounts = field(default_factory=dict)
    commit: Amounts = field(default_factory=dict)
    best_case: Amounts = field(default_factory=dict)
    pipeline: Amounts = field(default_factory=dict)
    weighted: Amounts = field(default_factory=dict)
    open_deals: int = 0
    closed_deals: int = 0

    def rolled_up(self, how: RollUp) -> "Sums":
        """`CUMULATIVE`: each category holds those that are surer, too."""
        if how is RollUp.SINGLE:
            return self
        commit = added(self.closed, self.commit)
        best_case = added(commit, self.best_case)
        pipeline = added(best_case, self.pipeline)
        return Sums(self.closed, commit, best_case, pipeline, self.weighted, self.open_deals, self.closed_deals)

    @property
    def open(self) -> Amounts:
        return added(self.commit, self.best_case, self.pipeline)


def added(*amounts: Mapping[str, Decimal]) -> Amounts:
    found: Amounts = {}
    for one in amounts:
        for currency, amount in one.items():
            found[currency] = found.get(currency, Decimal(0)) + amount
    return found


def slots_of_period(period: Period) -> dict[str, object]:
    return {FIRST.name: period.first, LAST.name: period.last, BEGINS.name: period.begins, ENDS.name: period.ends}


@lru_cache(maxsize=128)
def statement(scope: VisibilityScope, filters: frozenset[str], past: bool) -> Statement:
    if not past and filters <= rolled_up.ANSWERED:
        return rolled_up.statement(scope, filters)
    found = source(scope, filters, past=past)
    expected = sql("d.status = 'OPEN' AND d.expected_close_date BETWEEN {}::date AND {}::date", FIRST, LAST)
    closed = sql(f"d.status = 'WON' AND {found.closed_at} >= {{}} AND {found.closed_at} < {{}}", BEGINS, ENDS)
    return sql(
        f"SELECT d.currency, d.status, {found.category} AS category, count(*) AS deals, sum(d.amount) AS amount,"  # noqa: S608
        " sum(d.amount * s.win_probability::numeric) AS weighted FROM {} GROUP BY 1, 2, 3",
        found.deals(sql("(({}) OR ({}))", expected, closed)),
    ).statement()


# A deal closed when it came to the stage in which it stood: by a move, as it was made, or as its row still says.
_CLOSED_IN = (
    "SELECT t.opportunity_id AS id FROM stage_transition t WHERE t.at >= {} AND t.at < {}"
    " AND t.to_stage_id IN (SELECT cs.id FROM stage cs WHERE cs.kind = 'WON')"
    " UNION SELECT o.id FROM opportunity o WHERE o.created_at >= {} AND o.created_at < {}"
    " UNION SELECT o.id FROM opportunity o WHERE o.entered_stage_at >= {} AND o.entered_stage_at < {}"
    " AND o.status = 'WON'"
)


@lru_cache(maxsize=32)
def closed_statement(scope: VisibilityScope, filters: frozenset[str]) -> Statement:
    """As `statement` of the past, of what was closed alone: looks at deals that may have closed in the period."""
    found = source(scope, filters, past=True, among=sql(_CLOSED_IN, *(BEGINS, ENDS) * 3))
    closed = sql(f"d.status = 'WON' AND {found.closed_at} >= {{}} AND {found.closed_at} < {{}}", BEGINS, ENDS)
    return sql(
        f"SELECT d.currency, d.status, {found.category} AS category, count(*) AS deals, sum(d.amount) AS amount,"  # noqa: S608
        " NULL AS weighted FROM {} GROUP BY 1, 2, 3",
        found.deals(closed),
    ).statement()


def read(rows: Iterable[Mapping[str, Any]]) -> Sums:
    """From what `statement` gives."""
    sums = Sums()
    places = {
        ForecastCategory.COMMIT: sums.commit,
        ForecastCategory.BEST_CASE: sums.best_case,
        ForecastCategory.PIPELINE: sums.pipeline,
    }
    for row in rows:
        won = row["status"] == OpportunityStatus.WON
        # A stage whose deals are open, and which a playbook calls closed all the same, is as sure as one can be.
        category = ForecastCategory(row["category"])
        place = (
            sums.closed
            if won
            else places.get(ForecastCategory.COMMIT if category is ForecastCategory.CLOSED else category)
        )
        if place is None:
            continue
        sums.closed_deals += row["deals"] if won else 0
        sums.open_deals += 0 if won else row["deals"]
        if row["currency"] is not None:
            _add(place, row["currency"], row["amount"])
            _add(sums.weighted, row["currency"], row["amount"] if won else row["weighted"])
    return sums


def _add(place: Amounts, currency: str, amount: Decimal) -> None:
    place[currency] = place.get(currency, Decimal(0)) + amount
