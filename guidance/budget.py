"""The daily budget for the model, in all and for one partner.

An order's estimate is reserved before the call and settled by what it really took, so that calls at the same time
can't overrun the budget together. Where the sums are kept is the ledger's matter.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Protocol

from guidance.writer import Order, Usage

MILLION = Decimal(1_000_000)
CHARACTERS_PER_TOKEN = 3
"""On the safe side: English has about four, other languages and JSON fewer."""
EVERYONE = ""


@dataclass(frozen=True, slots=True)
class Prices:
    """Of a million tokens, in any one currency."""

    input: Decimal = Decimal(0)
    output: Decimal = Decimal(0)

    def cost(self, input_tokens: int, output_tokens: int) -> Decimal:
        return (self.input * input_tokens + self.output * output_tokens) / MILLION


NO_PRICES = Prices()


@dataclass(frozen=True, slots=True)
class Limits:
    """Of one day in UTC; None: no limit."""

    tokens: int | None = None
    cost: Decimal | None = None


UNLIMITED = Limits()


@dataclass(frozen=True, slots=True)
class Sum:
    tokens: int = 0
    cost: Decimal = Decimal(0)

    def __add__(self, other: "Sum") -> "Sum":
        return Sum(self.tokens + other.tokens, self.cost + other.cost)

    def __sub__(self, other: "Sum") -> "Sum":
        return Sum(self.tokens - other.tokens, self.cost - other.cost)

    def within(self, limits: Limits) -> bool:
        return (limits.tokens is None or self.tokens <= limits.tokens) and (
            limits.cost is None or self.cost <= limits.cost
        )


@dataclass(frozen=True, slots=True)
class Account:
    """Whose day is charged; `owner` is a partner's id, or `EVERYONE`."""

    owner: str
    day: date
    limits: Limits


class Ledger(Protocol):
    """Keeps one sum for each owner and day."""

    async def reserve(self, accounts: tuple[Account, ...], amount: Sum) -> Account | None:
        """Add `amount` to all accounts if each then stays within its limits, and else to none: in one transaction.
        None when it was added; otherwise the account of `used_up`."""
        ...

    async def settle(self, accounts: tuple[Account, ...], reserved: Sum, spent: Sum) -> None:
        """Replace what was reserved by what was spent, even where that exceeds a limit."""
        ...


def used_up(accounts: tuple[Account, ...], after: Mapping[str, Sum]) -> Account | None:
    """The account that would have spent more than it may, with the sums of `after` by owner. A partner's own goes
    before everyone's, also where its own day alone is more than everyone may spend: then others have no part in it."""
    over = [account for account in accounts if not after[account.owner].within(account.limits)]
    if not over or over[-1].owner != EVERYONE:
        return over[-1] if over else None
    alone = (a for a in accounts if a.owner != EVERYONE and not after[a.owner].within(over[-1].limits))
    return next(alone, over[-1])


@dataclass(frozen=True, slots=True)
class Budget:
    ledger: Ledger
    prices: Prices = NO_PRICES
    a_day: Limits = UNLIMITED
    a_partner: Limits = UNLIMITED

    def accounts(self, partner_id: str | None, at: datetime) -> tuple[Account, ...]:
        day = at.astimezone(UTC).date()
        everyone = Account(EVERYONE, day, self.a_day)
        return (everyone, Account(partner_id, day, self.a_partner)) if partner_id else (everyone,)

    def estimate(self, order: Order) -> Sum:
        """The most that an order is likely to take, without retries."""
        tokens = estimated_tokens(message.text for message in order.messages)
        return Sum(tokens + order.max_output_tokens, self.prices.cost(tokens, order.max_output_tokens))

    def spent(self, usage: Usage) -> Sum:
        return Sum(usage.tokens, self.prices.cost(usage.input_tokens, usage.output_tokens))


def estimated_tokens(texts: Iterable[str]) -> int:
    return sum(len(text) // CHARACTERS_PER_TOKEN + 1 for text in texts)


class MemoryLedger:
    """For evaluations and a single process: what it knows ends with it."""

    def __init__(self) -> None:
        self.sums: dict[tuple[str, date], Sum] = {}

    async def reserve(self, accounts: tuple[Account, ...], amount: Sum) -> Account | None:
        after = {(a.owner, a.day): self.sums.get((a.owner, a.day), Sum()) + amount for a in accounts}
        if over := used_up(accounts, {owner: total for (owner, _), total in after.items()}):
            return over
        self.sums.update(after)
        return None

    async def settle(self, accounts: tuple[Account, ...], reserved: Sum, spent: Sum) -> None:
        for account in accounts:
            place = (account.owner, account.day)
            self.sums[place] = self.sums.get(place, Sum()) - reserved + spent
