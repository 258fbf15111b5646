"""The language model's budget, as administrators look at it."""

from datetime import UTC, datetime
from decimal import Decimal

import strawberry

from app.database import database
from app.recommendations.ledger import charged
from app.recommendations.model import budget
from guidance.budget import EVERYONE

MOST = 2**31 - 1
"""That an `Int` holds."""


@strawberry.type(
    description="The budget of the language model for today (UTC), as the server's settings have it, and what was used "
    "of it. Null limits: none."
)
class ModelBudget:
    tokens: int = strawberry.field(description="The number of tokens used, or reserved for calls under way.")
    daily_tokens: int | None = strawberry.field(description="The most tokens in a day.")
    cost: Decimal = strawberry.field(description="Their cost, at the configured prices and in their currency.")
    daily_cost: Decimal | None = strawberry.field(description="The most that a day may cost.")
    partner_daily_tokens: int | None = strawberry.field(
        description="The most tokens in a day for the opportunities of one partner."
    )
    partner_daily_cost: Decimal | None = strawberry.field(
        description="The most that a day may cost for the opportunities of one partner."
    )

    @classmethod
    async def today(cls) -> "ModelBudget":
        used = await charged(database(), EVERYONE, datetime.now(UTC).date())
        allowed = budget(database())
        return cls(
            tokens=min(used.tokens, MOST),
            daily_tokens=_written(allowed.a_day.tokens),
            cost=used.cost,
            daily_cost=allowed.a_day.cost,
            partner_daily_tokens=_written(allowed.a_partner.tokens),
            partner_daily_cost=allowed.a_partner.cost,
        )


def _written(tokens: int | None) -> int | None:
    return None if tokens is None else min(tokens, MOST)
