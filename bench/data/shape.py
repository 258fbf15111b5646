"""How much of everything there is, and the ids that say what a row is."""

from dataclasses import dataclass
from datetime import UTC, datetime

PARTNERS = 2_000
MEASURED_PARTNERS = 64
"""The first partners: their managers are the viewers of the benchmark; each has more deals than a page."""
LEAST_DEALS = 60
"""Of a measured partner. With more deals in all, it has ten times as many as the others."""
MOVERS = 3_000
"""The first deals, at most a tenth of all: open, with everything done that their playbook asks for, so that they can
be moved forth and back for ever. None belongs to a measured partner."""
VENDOR_PEOPLE = 50
END = datetime(2026, 6, 30, 18, tzinfo=UTC)
DAYS = 730
TRANSITIONS_EACH = 4

ORGANIZATION, USER, ACCOUNT, PLAYBOOK, CONTENT, LINK, DEAL, TRANSITION, MARK, ACTIVITY, ANSWER = range(1, 12)


def id_of(kind: int, number: int, part: int = 0) -> str:
    """Readable, unique, and rising with the number, as the product's own ids rise with the time."""
    return f"{0x0198_0000 + kind:08x}-{part:04x}-7000-8000-{number:012x}"


@dataclass(frozen=True, slots=True)
class Size:
    """`deals_only`: with their moves, but without the log and the work done on them."""

    opportunities: int
    partners: int = PARTNERS
    deals_only: bool = False

    @property
    def name(self) -> str:
        return f"{self.opportunities}_{self.partners}" + ("_deals" if self.deals_only else "")

    @property
    def accounts(self) -> int:
        return max(10, self.opportunities // 5)

    @property
    def movers(self) -> int:
        return min(MOVERS, self.opportunities // 10)

    @property
    def measured(self) -> int:
        """Measured partners: fewer where there are not deals enough to give each its page."""
        return max(1, min(MEASURED_PARTNERS, self.partners // 2, self.opportunities // (3 * LEAST_DEALS)))

    @property
    def deals_of_a_measured_partner(self) -> int:
        return max(LEAST_DEALS, 10 * self.opportunities // self.partners)

    def partner_of(self, deal: int) -> int:
        """Which partner's deal it is. The movers belong to the last ones, the rest is spread over all."""
        others = self.partners - self.measured
        if deal >= self.movers:
            place = deal - self.movers
            every = max(1, (self.opportunities - self.movers) // (self.measured * self.deals_of_a_measured_partner))
            if place % every == 0:
                return place // every % self.measured
        return self.measured + deal % others

    def manager_of(self, partner: int) -> int:
        return VENDOR_PEOPLE + 3 * partner

    def sellers_of(self, partner: int) -> tuple[int, int]:
        first = self.manager_of(partner)
        return first + 1, first + 2
