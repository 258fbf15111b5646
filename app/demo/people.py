"""The people of the demo programme: a vendor, six partners of three tiers, twenty-five users."""

from dataclasses import dataclass
from typing import Any
from uuid import UUID, uuid5

from app.vocabulary import OrganizationKind, PartnerKind, PartnerTier, Role

NAMESPACE = UUID("5b0d3c1e-6b0c-4f5e-9d43-6f1f0a2c7e11")

VENDOR = ("northlight", "Northlight Systems")
PARTNERS: tuple[tuple[str, str, PartnerTier, PartnerKind, list[str], str], ...] = (
    ("alpine-it", "Alpine IT Partners", PartnerTier.PLATINUM, PartnerKind.INTEGRATOR, ["IT software"], "DACH"),
    ("brightwater", "Brightwater Resale", PartnerTier.GOLD, PartnerKind.RESELLER, ["IT software"], "UK and Ireland"),
    ("cordoba-digital", "Córdoba Digital", PartnerTier.SILVER, PartnerKind.RESELLER, ["IT software"], "Iberia"),
    (
        "delta-works",
        "Delta Works Automation",
        PartnerTier.PLATINUM,
        PartnerKind.INTEGRATOR,
        ["Manufacturing"],
        "Benelux",
    ),
    ("eastgate", "Eastgate Distribution", PartnerTier.GOLD, PartnerKind.DISTRIBUTOR, [], "Nordics"),
    ("ferrum", "Ferrum Industrial", PartnerTier.SILVER, PartnerKind.RESELLER, ["Manufacturing"], "DACH"),
)
VENDOR_PEOPLE = (
    ("Ingrid Solberg", Role.VENDOR_ADMIN, "en"),
    ("Tomás Herrera", Role.CHANNEL_MANAGER, "en"),
    ("Grace Adeyemi", Role.CHANNEL_MANAGER, "en"),
)
PARTNER_PEOPLE = {
    "alpine-it": ("Lena Brandt", "Jonas Frei", "Mirela Kovač", "Samuel Ott"),
    "brightwater": ("Aoife Byrne", "Daniel Clarke", "Priya Nair", "Owen Hughes"),
    "cordoba-digital": ("Lucía Romero", "Iker Etxebarria", "Marta Vidal"),
    "delta-works": ("Femke de Vries", "Bram Janssens", "Noor Haddad", "Pieter Maes"),
    "eastgate": ("Sanna Virtanen", "Erik Lindqvist", "Maja Holm", "Aksel Dahl"),
    "ferrum": ("Klaus Ehrlich", "Tabea Winter", "Emre Yıldız"),
}
GERMAN = ("alpine-it", "ferrum")


@dataclass(frozen=True, slots=True)
class DemoUser:
    role: str
    subject: str
    name: str
    organization: str


def demo_id(path: str) -> UUID:
    return uuid5(NAMESPACE, path)


def organization_rows(at: Any) -> list[dict[str, Any]]:
    managers = [demo_id(f"user/{name}") for name, role, _ in VENDOR_PEOPLE if role is Role.CHANNEL_MANAGER]
    blank: dict[str, Any] = {
        "tier": None,
        "partner_kind": None,
        "industries": [],
        "region": None,
        "channel_manager_id": None,
    }
    key, name = VENDOR
    rows = [{"id": demo_id(f"org/{key}"), "key": key, "name": name, "kind": OrganizationKind.VENDOR.value, **blank}]
    for n, (key, name, tier, kind, industries, region) in enumerate(PARTNERS):
        rows.append(
            {
                "id": demo_id(f"org/{key}"),
                "key": key,
                "name": name,
                "kind": OrganizationKind.PARTNER.value,
                "tier": tier.value,
                "partner_kind": kind.value,
                "industries": industries,
                "region": region,
                "channel_manager_id": managers[n % len(managers)],
            }
        )
    return [{**row, "created_at": at} for row in rows]


def user_rows(at: Any) -> list[dict[str, Any]]:
    people = [(name, VENDOR[0], role, language) for name, role, language in VENDOR_PEOPLE]
    for key, names in PARTNER_PEOPLE.items():
        language = "de" if key in GERMAN else "en"
        for n, name in enumerate(names):
            people.append((name, key, Role.PARTNER_SELLER if n else Role.PARTNER_MANAGER, language))
    return [
        {
            "id": demo_id(f"user/{name}"),
            "organization_id": demo_id(f"org/{key}"),
            "name": name,
            "email": f"user{n:02}@{key}.example",
            "role": role.value,
            "language": language,
            "active": True,
            "created_at": at,
        }
        for n, (name, key, role, language) in enumerate(people, 1)
    ]


def sellers(partner: str) -> list[UUID]:
    return [demo_id(f"user/{name}") for name in PARTNER_PEOPLE[partner][1:]]


def demo_users() -> list[DemoUser]:
    """One of each role, and a seller of a competing partner."""
    names = {key: name for key, name, *_ in PARTNERS}

    def user(role: Role, name: str, organization: str) -> DemoUser:
        return DemoUser(role.value, str(demo_id(f"user/{name}")), name, organization)

    return [
        *(user(role, name, VENDOR[1]) for name, role, _ in VENDOR_PEOPLE[:2]),
        user(Role.PARTNER_MANAGER, PARTNER_PEOPLE["alpine-it"][0], names["alpine-it"]),
        user(Role.PARTNER_SELLER, PARTNER_PEOPLE["alpine-it"][1], names["alpine-it"]),
        user(Role.PARTNER_SELLER, PARTNER_PEOPLE["brightwater"][1], names["brightwater"]),
    ]
