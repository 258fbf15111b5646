"""Customers as a large vendor has them: names of the sort that companies have in ten countries, many of them alike."""

from collections.abc import Iterator
from itertools import islice
from random import Random
from typing import NamedTuple
from uuid import UUID

import asyncpg

PARTNERS = 200
_FIRST = "nor kal vel mor dra tan bel hir osk lun fer gal wes zir quel bro ste pli mar ult ris vog hal der"
_MIDDLE = "en al ir or und eck ast ill ow an um er ith os ag"
_LAST = "wind bach stein mark heim rup dorf tec lon feld brook ville sen mann vik grad mont tis"
_COMMON = "Müller Schmidt Weber Alpha Delta Nord Star Martin Rossi Garcia Smith Jones Novak Jansen Andersson"
_TRADES = {
    "DE": ("Maschinenbau", "Logistik", "Energie", "Fördertechnik", "Elektro", "Bau", "Software", "Apotheke", "Holzbau"),
    "FR": ("Transports", "Énergie", "Conseil", "Électricité", "Assurances", "Logistique", "Boulangerie", "Pharma"),
    "IT": ("Officine Meccaniche", "Trasporti", "Energia", "Costruzioni", "Vetreria", "Alimentari", "Consulenza"),
    "ES": ("Transportes", "Construcciones", "Energía", "Seguros", "Alimentos", "Ingeniería", "Talleres"),
    "GB": ("Engineering", "Logistics", "Energy", "Foods", "Insurance", "Manufacturing", "Consulting", "Software"),
    "US": ("Manufacturing", "Logistics", "Energy", "Foods", "Medical", "Capital", "Software", "Aerospace"),
    "PL": ("Transport", "Energetyka", "Budownictwo", "Meble", "Hurtownia", "Stal"),
    "NL": ("Transport", "Bouw", "Energie", "Techniek", "Verzekeringen", "Logistiek"),
    "SE": ("Bygg", "Energi", "Logistik", "Mekaniska", "Försäkring", "Stål"),
    "CH": ("Präzision", "Versicherungen", "Energie", "Pharma", "Reisen", "Bau"),
}
_FORMS = {
    "DE": ("GmbH", "AG", "GmbH & Co. KG"), "FR": ("SA", "SARL", "SAS"), "IT": ("S.r.l.", "S.p.A."), "ES": ("S.L.",),
    "GB": ("Ltd", "plc"), "US": ("Inc.", "LLC", "Corp."), "PL": ("Sp. z o.o.", "S.A."), "NL": ("B.V.", "N.V."),
    "SE": ("AB",), "CH": ("AG", "SA"),
}  # fmt: skip
_SUFFIX = {"GB": "co.uk", "US": "com"}
NEEDS = (
    "Replace the old firewall in all plants",
    "Move the ERP to the cloud",
    "Zero trust for remote offices",
    "Storage",
)
PRODUCTS = ("Firewall", "Backup", "Endpoint", "ERP", "Storage")


class Made(NamedTuple):
    name: str
    city: str
    country: str
    domain: str | None
    number: str | None


def companies(chance: Random) -> Iterator[Made]:
    """A fifth have names that many share; an eighth have no domain."""
    cities = [f"{a}{c}".title() for a in _FIRST.split() for c in _LAST.split()]
    while True:
        country = chance.choice(list(_TRADES))
        coined = "".join(chance.choice(part.split()) for part in (_FIRST, _MIDDLE, _LAST)).title()
        brand = coined if chance.random() < 0.8 else chance.choice(_COMMON.split())
        trade = chance.choice(_TRADES[country])
        words = [brand, trade] if chance.random() < 0.8 else [brand]
        chance.shuffle(words)
        name = f"{' '.join(words)} {chance.choice(_FORMS[country])}"
        label = f"{brand}{chance.randrange(1000)}".lower().replace("ü", "ue")
        domain = f"{label}.{_SUFFIX.get(country, country.lower())}" if chance.random() < 0.875 else None
        number = f"{country}{chance.randrange(10**9):09}" if chance.random() < 0.3 else None
        yield Made(name, chance.choice(cities), country, domain, number)


def misspelt(made: Made, chance: Random) -> Made:
    """As another partner might write it."""
    name = made.name
    at = chance.randrange(max(len(name) - 6, 1))
    match chance.randrange(4):
        case 0:
            name = name.rpartition(" ")[0] or name
        case 1:
            name = name[:at] + name[at + 1 :]
        case 2:
            name = name.upper()
        case _:
            name = " ".join(reversed(name.split()))
    return made._replace(name=name, domain=made.domain if chance.random() < 0.5 else None)


def _id(kind: int, n: int) -> UUID:
    return UUID(f"{kind:08x}-0000-7000-8000-{n:012x}")


async def fill(connection: asyncpg.Connection, accounts: int, registrations: int, policy: UUID) -> list[Made]:
    """Beside what is there already, in a migrated database with a playbook and a policy. Every second account has an
    open deal. Triggers that keep words for searches are off; those that keep keys are on."""
    chance = Random(7)
    made = list(islice(companies(chance), accounts))
    await connection.execute("ALTER TABLE opportunity DISABLE TRIGGER USER")
    partners = [(_id(9, n), f"p{n}", f"Partner {n}") for n in range(PARTNERS)]
    await connection.executemany(
        "INSERT INTO organization (id, key, name, kind, tier) VALUES ($1, $2, $3, 'PARTNER', 'GOLD')", partners
    )
    rows = [(_id(10, n), one.name, one.country, one.domain, one.number) for n, one in enumerate(made)]
    await connection.copy_records_to_table(
        "account", records=rows, columns=["id", "name", "country", "domain", "registration_number"]
    )
    await connection.execute(_DEALS, accounts // 2)
    registered = []
    for n in range(registrations):
        one = misspelt(chance.choice(made), chance) if n % 2 else next(companies(chance))
        head = (_id(12, n), f"DR-B-{n:06}", "SUBMITTED", policy, _id(9, n % PARTNERS))
        registered.append((*head, *one, chance.choice(NEEDS), [chance.choice(PRODUCTS)]))
    columns = ["id", "number", "status", "policy_id", "partner_id", "account_name", "account_city", "account_country"]
    columns += ["account_domain", "account_registration_number", "need", "products"]
    await connection.copy_records_to_table("deal_registration", records=registered, columns=columns)
    await connection.execute("UPDATE deal_registration SET submitted_at = created_at")
    await connection.execute("ALTER TABLE opportunity ENABLE TRIGGER USER")
    return made


_DEALS = f"""
INSERT INTO opportunity (id, external_system, external_id, name, account_id, partner_id, source, playbook_id, stage_id,
  entered_stage_at, status)
SELECT ('0000000b-0000-7000-8000-' || lpad(to_hex(n), 12, '0'))::uuid, 'bench', 'OPP-' || n, 'Rollout ' || n,
  ('0000000a-0000-7000-8000-' || lpad(to_hex(n * 2), 12, '0'))::uuid,
  ('00000009-0000-7000-8000-' || lpad(to_hex(n % {PARTNERS}), 12, '0'))::uuid, 'PARTNER', s.playbook_id, s.id, now(),
  'OPEN'
FROM generate_series(0, $1::integer - 1) n, (SELECT * FROM stage WHERE kind = 'OPEN' ORDER BY id LIMIT 1) s
"""
