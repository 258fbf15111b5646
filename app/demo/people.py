"""The people of the demo programme: a vendor, six partners of three tiers and three that sell nothing, twenty-five
users."""

import unicodedata
from dataclasses import dataclass
from functools import lru_cache
from typing import Any
from uuid import UUID, uuid5

from app.demo.calendar import ZONES
from app.vocabulary import OrganizationKind, PartnerKind, PartnerStatus, PartnerTier, Role

NAMESPACE = UUID("5b0d3c1e-6b0c-4f5e-9d43-6f1f0a2c7e11")

VENDOR = ("northlight", "Northlight Systems")
VENDOR_HOME = "NL"
VENDOR_PEOPLE = (
    ("Ingrid Solberg", Role.VENDOR_ADMIN, "en"),
    ("Tomás Herrera", Role.CHANNEL_MANAGER, "en"),
    ("Grace Adeyemi", Role.CHANNEL_MANAGER, "en"),
)


@dataclass(frozen=True, slots=True)
class DemoPartner:
    """`home`: the country that it works from. `sells`: in which playbooks, with its share of their deals. The first of
    its people is the manager, the others sell. `language` is theirs."""

    key: str
    name: str
    tier: PartnerTier
    kind: PartnerKind
    region: str
    home: str
    countries: tuple[str, ...]
    language: str
    industries: tuple[str, ...]
    sells: dict[str, int]
    channel_manager: str
    people: tuple[str, ...]

    @property
    def sellers(self) -> tuple[str, ...]:
        return self.people[1:]


PARTNERS = (
    DemoPartner(
        key="alpine-it",
        name="Alpine IT Partners",
        tier=PartnerTier.PLATINUM,
        kind=PartnerKind.INTEGRATOR,
        region="DACH",
        home="AT",
        countries=("AT", "DE", "CH"),
        language="de",
        industries=("Insurance", "Banking", "Healthcare", "Manufacturing", "Retail", "Logistics", "Public sector"),
        sells={"it-software": 10},
        channel_manager="Tomás Herrera",
        people=("Lena Brandt", "Jonas Frei", "Mirela Kovač", "Samuel Ott"),
    ),
    DemoPartner(
        key="brightwater",
        name="Brightwater Resale",
        tier=PartnerTier.GOLD,
        kind=PartnerKind.RESELLER,
        region="UK and Ireland",
        home="GB",
        countries=("GB", "IE"),
        language="en",
        industries=(),
        sells={"it-software": 8},
        channel_manager="Grace Adeyemi",
        people=("Aoife Byrne", "Daniel Clarke", "Priya Nair", "Owen Hughes"),
    ),
    DemoPartner(
        key="cordoba-digital",
        name="Córdoba Digital",
        tier=PartnerTier.SILVER,
        kind=PartnerKind.RESELLER,
        region="Iberia",
        home="ES",
        countries=("ES", "PT"),
        language="es",
        industries=(),
        sells={"it-software": 5},
        channel_manager="Tomás Herrera",
        people=("Lucía Romero", "Iker Etxebarria", "Marta Vidal"),
    ),
    DemoPartner(
        key="delta-works",
        name="Delta Works Automation",
        tier=PartnerTier.PLATINUM,
        kind=PartnerKind.INTEGRATOR,
        region="Benelux",
        home="NL",
        countries=("NL", "BE"),
        language="en",
        industries=(
            *("Food and beverage", "Manufacturing", "Chemicals", "Packaging", "Pharmaceuticals", "Metals"),
            *("Building materials", "Utilities"),
        ),
        sells={"manufacturing": 7},
        channel_manager="Grace Adeyemi",
        people=("Femke de Vries", "Bram Janssens", "Noor Haddad", "Pieter Maes"),
    ),
    DemoPartner(
        key="eastgate",
        name="Eastgate Distribution",
        tier=PartnerTier.GOLD,
        kind=PartnerKind.DISTRIBUTOR,
        region="Nordics",
        home="SE",
        countries=("SE", "DK", "FI", "NO"),
        language="en",
        industries=(),
        sells={"it-software": 4, "manufacturing": 5},
        channel_manager="Tomás Herrera",
        people=("Sanna Virtanen", "Erik Lindqvist", "Maja Holm", "Aksel Dahl"),
    ),
    DemoPartner(
        key="ferrum",
        name="Ferrum Industrial",
        tier=PartnerTier.SILVER,
        kind=PartnerKind.RESELLER,
        region="DACH",
        home="DE",
        countries=("DE", "AT", "CH"),
        language="de",
        industries=(
            *("Food and beverage", "Manufacturing", "Automotive", "Chemicals", "Pharmaceuticals", "Packaging"),
            *("Building materials", "Metals", "Paper"),
        ),
        sells={"manufacturing": 8},
        channel_manager="Grace Adeyemi",
        people=("Klaus Ehrlich", "Tabea Winter", "Emre Yıldız"),
    ),
)


@dataclass(frozen=True, slots=True)
class Recruit:
    """A partner that has no people here and sells nothing yet, or no more."""

    key: str
    name: str
    kind: PartnerKind
    status: PartnerStatus
    parent: str | None
    region: str
    channel_manager: str


RECRUITS = (
    Recruit(
        "gotland-cloud",
        "Gotland Cloud",
        PartnerKind.MANAGED_SERVICE_PROVIDER,
        PartnerStatus.ONBOARDING,
        "eastgate",
        "Nordics",
        "Tomás Herrera",
    ),
    Recruit(
        "harbour-data",
        "Harbour Data",
        PartnerKind.RESELLER,
        PartnerStatus.PROSPECT,
        None,
        "UK and Ireland",
        "Grace Adeyemi",
    ),
    Recruit("isar-systeme", "Isar Systeme", PartnerKind.RESELLER, PartnerStatus.ENDED, None, "DACH", "Tomás Herrera"),
)
PARENTS = {"cordoba-digital": "eastgate", "ferrum": "eastgate"}
"""Resellers by key, and through which distributor they buy."""
PARTNER_PEOPLE = {partner.key: partner.people for partner in PARTNERS}


@dataclass(frozen=True, slots=True)
class DemoUser:
    role: str
    subject: str
    name: str
    organization: str


@lru_cache(maxsize=1024)
def demo_id(path: str) -> UUID:
    return uuid5(NAMESPACE, path)


def organization_rows(at: Any) -> list[dict[str, Any]]:
    blank: dict[str, Any] = {
        "tier": None,
        "partner_kind": None,
        "industries": [],
        "region": None,
        "regions": [],
        "status": PartnerStatus.ACTIVE.value,
        "parent_id": None,
        "external_id": None,
        "channel_manager_id": None,
    }
    key, name = VENDOR
    rows = [{"id": demo_id(f"org/{key}"), "key": key, "name": name, "kind": OrganizationKind.VENDOR.value, **blank}]
    rows += [
        {
            **blank,
            "id": demo_id(f"org/{partner.key}"),
            "key": partner.key,
            "name": partner.name,
            "kind": OrganizationKind.PARTNER.value,
            "tier": partner.tier.value,
            "partner_kind": partner.kind.value,
            "industries": list(partner.industries),
            "region": partner.region,
            "regions": list(partner.countries),
            "parent_id": _organization(PARENTS.get(partner.key)),
            "external_id": f"PARTNER-{n:03}",
            "channel_manager_id": demo_id(f"user/{partner.channel_manager}"),
        }
        for n, partner in enumerate(PARTNERS, 1)
    ]
    rows += [
        {
            **blank,
            "id": demo_id(f"org/{recruit.key}"),
            "key": recruit.key,
            "name": recruit.name,
            "kind": OrganizationKind.PARTNER.value,
            "partner_kind": recruit.kind.value,
            "status": recruit.status.value,
            "parent_id": _organization(recruit.parent),
            "region": recruit.region,
            "channel_manager_id": demo_id(f"user/{recruit.channel_manager}"),
        }
        for recruit in RECRUITS
    ]
    return [{**row, "created_at": at} for row in rows]


def _organization(key: str | None) -> UUID | None:
    return demo_id(f"org/{key}") if key else None


def user_rows(at: Any) -> list[dict[str, Any]]:
    homes = {partner.key: partner.home for partner in PARTNERS}
    people = [(name, VENDOR[0], role, language) for name, role, language in VENDOR_PEOPLE]
    for partner in PARTNERS:
        for n, name in enumerate(partner.people):
            role = Role.PARTNER_SELLER if n else Role.PARTNER_MANAGER
            people.append((name, partner.key, role, partner.language))
    return [
        {
            "id": demo_id(f"user/{name}"),
            "organization_id": demo_id(f"org/{key}"),
            "name": name,
            "email": f"{_plain(name)}@{key}.example",
            "email_key": f"{_plain(name)}@{key}.example",
            "role": role.value,
            "language": language,
            "time_zone": ZONES[homes.get(key, VENDOR_HOME)],
            "active": True,
            "created_at": at,
        }
        for name, key, role, language in people
    ]


def _plain(name: str) -> str:
    """“Mirela Kovač” as it stands in an address: “mirela.kovac”."""
    letters = unicodedata.normalize("NFKD", name.lower().replace("ı", "i"))
    return "".join(c for c in letters if c.isascii()).replace(" ", ".")


def demo_users() -> list[DemoUser]:
    """One of each role, and a seller of a competing partner."""
    alpine, brightwater = PARTNERS[:2]

    def user(role: Role, name: str, organization: str) -> DemoUser:
        return DemoUser(role.value, str(demo_id(f"user/{name}")), name, organization)

    return [
        *(user(role, name, VENDOR[1]) for name, role, _ in VENDOR_PEOPLE[:2]),
        user(Role.PARTNER_MANAGER, alpine.people[0], alpine.name),
        user(Role.PARTNER_SELLER, alpine.people[1], alpine.name),
        user(Role.PARTNER_SELLER, brightwater.people[1], brightwater.name),
    ]
