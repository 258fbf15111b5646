"""The demo's customers: invented companies by country and industry, and the people who work there."""

from dataclasses import dataclass
from decimal import Decimal
from random import Random
from typing import Any
from uuid import UUID

from app.deals.names import name_key
from app.demo.files import read
from app.demo.people import demo_id

CURRENCIES = {"CH": ("CHF", 0.95), "DK": ("DKK", 7.5), "GB": ("GBP", 0.85), "NO": ("NOK", 11.5), "SE": ("SEK", 11.0)}
"""With what a euro is worth in it, about. Everywhere else it is the euro."""

_LEGAL_FORMS = (
    *(" GmbH", " gGmbH", " AG", " KG", " a. G.", " eG", " e. V.", " PartG", " Ltd", " LLP", " DAC", " S.L.", " S.A."),
    *(" Lda.", " B.V.", " N.V.", " NV", " BV", " SA", " AB", " A/S", " ApS", " Oy", " AS"),
)
_SIZES = {
    "Banking": (450, 0.8, 320),
    "Education": (900, 0.7, 90),
    "Healthcare": (800, 0.7, 95),
    "Insurance": (700, 0.7, 750),
    "Professional services": (180, 0.6, 140),
    "Public sector": (500, 0.6, 110),
    "Utilities": (400, 0.6, 600),
}
"""The median of the employees, the spread of its logarithm, and thousands of revenue an employee."""
_SIZE = (420, 0.8, 210)

_LANGUAGES = {
    **dict.fromkeys(("DE", "AT", "CH"), "de"),
    **dict.fromkeys(("GB", "IE"), "en"),
    "ES": "es",
    "PT": "pt",
    "FI": "fi",
    **dict.fromkeys(("NL", "BE"), "nl"),
    **dict.fromkeys(("SE", "DK", "NO"), "nordic"),
}


@dataclass(frozen=True, slots=True)
class Company:
    id: UUID
    number: int
    name: str
    industry: str
    country: str
    place: str
    employees: int
    revenue: Decimal

    @property
    def short(self) -> str:
        """As people call it: without its legal form."""
        ending = next((form for form in _LEGAL_FORMS if self.name.endswith(form)), "")
        return self.name.removesuffix(ending)


def companies(seed: int) -> list[Company]:
    made: list[Company] = []
    for country, industries in read("companies.yaml").items():
        for industry, lines in industries.items():
            for line in lines:
                name, place = line.split(" | ")
                made.append(_company(seed, len(made), name, industry, country, place))
    return made


def _company(seed: int, number: int, name: str, industry: str, country: str, place: str) -> Company:
    random = Random(f"{seed}/{name}")  # noqa: S311 (a demo, not a secret)
    usual, spread, revenue = _SIZES.get(industry, _SIZE)
    employees = 25 + round(usual * random.lognormvariate(0, spread))
    annual = Decimal(round(employees * revenue * random.uniform(0.7, 1.4) / 100)) * 100_000
    id = demo_id(f"account/{number}")
    return Company(id, number, name, industry, country, place, employees, annual)


def account_row(company: Company, at: Any) -> dict[str, Any]:
    return {
        "id": company.id,
        "partner_id": None,
        "external_id": f"demo:{company.number:03}",
        "name": company.name,
        "name_key": name_key(company.name),
        "industry": company.industry,
        "country": company.country,
        "employees": company.employees,
        "annual_revenue": company.revenue,
        "created_at": at,
    }


def language_of(country: str) -> str:
    """In which people there are written to."""
    spoken = _LANGUAGES[country]
    return "en" if spoken == "nordic" else spoken


def person(random: Random, country: str) -> str:
    names = read("names.yaml")[_LANGUAGES[country]]
    return f"{random.choice(names['first'])} {random.choice(names['last'])}"


def in_currency(euros: float, country: str) -> tuple[Decimal, str]:
    """Rounded as people round estimates: to two or three digits that count."""
    currency, rate = CURRENCIES.get(country, ("EUR", 1.0))
    worth = euros * rate
    step = 10 ** max(2, len(str(int(worth))) - 2) // 2
    return Decimal(max(step, round(worth / step) * step)).quantize(Decimal("0.01")), currency
