"""Submissions: what people expect to be won, kept as entered beside what is computed."""

from dataclasses import dataclass
from datetime import UTC, datetime
from decimal import Decimal
from uuid import UUID

from app.audit import Entry, add
from app.database import Transaction
from app.deals.create import money_problem
from app.deals.editing import within
from app.deals.fields import text_problem
from app.deals.money import money
from app.forecast.whose import whose_submission
from app.identity.viewer import Viewer
from app.models.columns import new_id
from app.outcomes import Faults, Refused
from app.periods import Period

LONGEST_NOTE = 2_000
_INSERT = """
INSERT INTO forecast_submission (id, organization_id, partner_id, owner_id, period, kind, first_day, last_day, amount,
  currency, note, submitted_at, submitted_by_id)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13)
"""


@dataclass(frozen=True, slots=True)
class ForecastSubmitted:
    submission_id: UUID


async def submit_forecast(
    viewer: Viewer,
    period: Period,
    amount: tuple[Decimal, str],
    *,
    note: str | None = None,
    partner_id: UUID | None = None,
    at: datetime | None = None,
    tx: Transaction | None = None,
) -> ForecastSubmitted | Refused:
    """A new one takes no other's place: the latest is what somebody says now, those before what they said then."""
    async with within(tx) as own:
        faults = Faults()
        whose = await whose_submission(own, viewer, partner_id)
        faults.note(whose, money_problem(amount), text_problem(note, LONGEST_NOTE, "note"))
        if isinstance(whose, Refused) or faults:
            return faults.refused()
        exact, id = money(*amount), new_id()
        place = (*whose, period.key, period.kind.value, period.first, period.last)
        said = (exact.amount, exact.currency, note or None, at or datetime.now(UTC), viewer.user_id)
        await own.execute(_INSERT, id, viewer.organization_id, *place, *said)
        detail = {"partner": whose.partner_id, "period": period.key}
        figures = {"amount": str(exact.amount), "currency": exact.currency}
        await add(own, Entry("FORECAST_SUBMITTED", viewer.user_id, f"fsb_{id}", {**detail, **figures}))
        return ForecastSubmitted(id)
