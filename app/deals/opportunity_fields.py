"""The columns of a deal that people fill in, a line each: how each is written, changed, checked and reported.

Parties, amounts, stages and what conditions decide have files of their own."""

from collections.abc import Mapping
from datetime import date, datetime
from typing import Any
from uuid import UUID

from app.deals.fields import Field, Fields, Reader, text_problem
from app.deals.names import tidy
from app.outcomes import Refused, refused
from app.vocabulary import DealType, ErrorCode, ForecastCategory, OpportunitySource

EARLIEST, LATEST = date(1970, 1, 1), date(2200, 12, 31)
LONGEST_NAME, LONGEST_STEP, LONGEST_TEXT = 200, 1_000, 20_000


def _prose(most: int) -> Reader:
    return lambda value, name: text_problem(value, most, name) or value


def _name(value: str, name: str) -> str | Refused:
    return text_problem(value, LONGEST_NAME, name, least=1) or tidy(value)


def _day(value: date, name: str) -> date | Refused:
    if EARLIEST <= value <= LATEST:
        return value
    return refused(ErrorCode.INVALID, f"Must be a day from {EARLIEST} to {LATEST}.", name)


def _source(value: OpportunitySource, _: str) -> str:
    return value.value


def _deal_type(value: DealType, _: str) -> str:
    return value.value


def _category(value: ForecastCategory, name: str) -> str | Refused:
    if value is ForecastCategory.CLOSED:
        message = "Only won deals are closed: choose OMITTED, PIPELINE, BEST_CASE or COMMIT, or null for the stage's."
        return refused(ErrorCode.INVALID, message, name)
    return value.value


FIELDS: Fields = {
    "name": Field("name", _name, missing="A deal can't be without a name."),
    "expected_close_date": Field("expectedCloseDate", _day),
    "next_step": Field("nextStep", _prose(LONGEST_STEP)),
    "notes": Field("notes", _prose(LONGEST_TEXT)),
    "source": Field("source", _source, missing="A deal can't be without a source."),
    "deal_type": Field("dealType", _deal_type),
    "forecast_category": Field("forecastCategory", _category),
}


def with_origin(changed: Mapping[str, Any], user_id: UUID | None, at: datetime) -> dict[str, Any]:
    """`changed`, by column, with who has set a forecast category by hand and when, if it was."""
    if "forecast_category" not in changed:
        return dict(changed)
    by_hand = changed["forecast_category"] is not None
    said = {"forecast_category_at": at if by_hand else None, "forecast_category_by_id": user_id if by_hand else None}
    return {**changed, **said}
