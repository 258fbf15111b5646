"""The demo's market: partners, customers, products and dates of all deals, before anything is written about them."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from random import Random

from app.demo.calendar import Office
from app.demo.companies import Company
from app.demo.deals import Deal
from app.demo.handover import receiver
from app.demo.history import Step, history
from app.demo.people import PARTNERS, DemoPartner
from app.demo.stories import Texts, projects_for, story
from app.playbooks.spec import PlaybookSpec
from app.vocabulary import StageKind, TransitionKind

DAYS = 540
EARLIEST = 30
"""Days after the beginning on which the first deal begins: what is laid out in working hours may come earlier."""
MOST_OF_A_CUSTOMER = 4
MOST_SEATS = 2_400
DUPLICATES = {391: 9.0, 393: 61.0}
"""The numbers of deals that another partner had registered before, and how many days ago they were registered. The
older one has been closed for it."""


@dataclass(slots=True)
class Market:
    """`had`: the projects that a customer has had already, by playbook."""

    seed: int
    now: datetime
    companies: Sequence[Company]
    had: dict[tuple[int, str], list[str]] = field(default_factory=dict)
    offices: dict[tuple[str, str], Office] = field(default_factory=dict)
    served: dict[tuple[str, str], list[Company]] = field(default_factory=dict)
    made: list[Deal] = field(default_factory=list)

    def office(self, partner: DemoPartner, company: Company, to: DemoPartner | None = None) -> Office:
        """`to`: whom the deal is given to later, from a partner in the customer's own country."""
        pair = (partner.home, company.country if to is None else to.home)
        if pair not in self.offices:
            self.offices[pair] = Office(*pair, self.now)
        return self.offices[pair]

    def customers(self, partner: DemoPartner, playbook: str) -> list[Company]:
        """Of the countries that two partners share, each has its own part of those that both could serve."""
        pair = (partner.key, playbook)
        if pair not in self.served:
            self.served[pair] = self._served(partner, playbook)
        return self.served[pair]

    def _served(self, partner: DemoPartner, playbook: str) -> list[Company]:
        return [
            company
            for company in self.companies
            if company.country in partner.countries
            and projects_for(playbook, company.industry)
            and self._whose(company, playbook) in (None, partner.key)
        ]

    def _whose(self, company: Company, playbook: str) -> str | None:
        rivals = [p.key for p in PARTNERS if playbook in p.sells and company.country in p.countries]
        return rivals[company.number % len(rivals)] if len(rivals) > 1 else None


def deals(
    seed: int, companies: Sequence[Company], specs: Sequence[PlaybookSpec], now: datetime, count: int
) -> list[Deal]:
    market = Market(seed, now, companies)
    for n in range(count):
        spec = specs[n % len(specs)]
        made = _duplicate(market, n, spec) if n in DUPLICATES else _deal(market, n, spec)
        market.made.append(made)
    return market.made


def _deal(market: Market, n: int, spec: PlaybookSpec) -> Deal:
    random = Random(f"{market.seed}/sale/{n}")  # noqa: S311 (a demo, not a secret)
    fits = [partner for partner in PARTNERS if spec.key in partner.sells]
    partner = random.choices(fits, [partner.sells[spec.key] for partner in fits])[0]
    company, project = _sale(market, random, partner, spec.key)
    # The channel has been growing: more deals begin in each month than in the one before.
    started = market.now - timedelta(days=DAYS - random.triangular(EARLIEST, DAYS - 0.5, DAYS - 0.5))
    return _made(market, n, spec, partner, company, project, history(random, spec, started, market.now))


def _sale(market: Market, random: Random, partner: DemoPartner, playbook: str) -> tuple[Company, Texts]:
    customers = market.customers(partner, playbook)
    while True:
        company = random.choice(customers)
        had = market.had.setdefault((company.number, playbook), [])
        free = [one for one in projects_for(playbook, company.industry) if one["name"] not in had]
        if free and len(had) < MOST_OF_A_CUSTOMER:
            project = random.choice(free)
            had.append(project["name"])
            return company, project


def _duplicate(market: Market, n: int, spec: PlaybookSpec) -> Deal:
    """The project of a deal that is well under way, registered by the distributor once more."""
    started = market.now - timedelta(days=DUPLICATES[n])
    partner = next(partner for partner in PARTNERS if len(partner.sells) > 1)
    first = next(
        deal
        for deal in reversed(market.made)
        if deal.spec is spec
        and deal.partner is not partner
        and deal.is_open
        and deal.steps[0].at < started
        and len(deal.steps) > 2
        and not any(deal.company is other.company for other in market.made if other.duplicate)
    )
    begun = first.stays[0].stage.key
    steps = [Step(None, begun, TransitionKind.CREATED, started)]
    if DUPLICATES[n] > 30:
        lost = next(stage.key for stage in spec.stages if stage.kind is StageKind.LOST)
        steps.append(Step(begun, lost, TransitionKind.LOST, started + timedelta(days=4)))
    return _made(market, n, spec, partner, first.company, first.story.project, steps, duplicate=True)


def _made(
    market: Market,
    n: int,
    spec: PlaybookSpec,
    partner: DemoPartner,
    company: Company,
    project: Texts,
    steps: list[Step],
    *,
    duplicate: bool = False,
) -> Deal:
    to = receiver(n)
    chance = Random(f"{market.seed}/{n}")  # noqa: S311 (a demo, not a secret)
    seller, *others = _sellers(partner, company)
    seats = max(40, round(company.employees * chance.uniform(0.3, 0.9) / 10) * 10)
    return Deal(
        n,
        chance,
        spec,
        partner,
        seller,
        others[0] if n % 29 == 3 and len(steps) > 2 else None,
        company,
        story(chance, spec.key, company, project, partner.channel_manager, min(seats, MOST_SEATS), steps[0].at.date()),
        market.office(partner, company, to),
        steps,
        market.now,
        duplicate,
    )


def _sellers(partner: DemoPartner, company: Company) -> Iterator[str]:
    """Who looks after the company comes first."""
    place = company.number % len(partner.sellers)
    yield from (*partner.sellers[place:], *partner.sellers[:place])
