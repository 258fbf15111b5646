"""The people at the demo's customers: those whom deals' notes speak of, as the partner's records, and a few of the
vendor's own."""

import re
import unicodedata
from collections.abc import Sequence
from datetime import datetime
from random import Random
from typing import Any
from uuid import UUID

from app.demo.companies import Company, language_of, person
from app.demo.deals import Deal
from app.demo.people import demo_id
from app.vocabulary import BuyingRole

VENDORS_EACH = 6
"""Of the vendor's customers one in so many is known to it by a person."""
_PHONES = {"AT": "+43 1", "BE": "+32 2", "CH": "+41 44", "DE": "+49 30", "DK": "+45 33", "ES": "+34 91", "FI": "+358 9",
           "GB": "+44 20", "IE": "+353 1", "NL": "+31 20", "NO": "+47 22", "PT": "+351 21", "SE": "+46 8"}  # fmt: skip


def contact_rows(
    customers: Sequence[Company], deals: Sequence[Deal], began: datetime
) -> dict[str, list[dict[str, Any]]]:
    contacts: dict[UUID, dict[str, Any]] = {}
    links: list[dict[str, Any]] = []
    for company in customers[::VENDORS_EACH]:
        name = person(Random(f"contact/{company.name}"), company.country)  # noqa: S311 (a demo, not a secret)
        row = _row(company, None, name, "Purchasing", BuyingRole.PROCUREMENT, began)
        contacts[row["id"]] = row
    for deal in deals:
        words, created = deal.story.words, deal.moves[0].at
        people = (
            (words["contact"], words["role"], BuyingRole.CHAMPION),
            (words["buyer"], words["buyer_role"], BuyingRole.ECONOMIC_BUYER),
        )
        for position, (name, title, role) in enumerate(people):
            row = _row(deal.company, deal.partner.key, name, title, role, created)
            contacts.setdefault(row["id"], row)
            links.append(_link(deal, row["id"], position))
    return {"contact": list(contacts.values()), "opportunity_contact": links}


def _row(
    company: Company, partner: str | None, name: str, title: str, role: BuyingRole, at: datetime
) -> dict[str, Any]:
    path = f"contact/{company.number}/{partner or ''}/{name}"
    email = f"{_letters(name, '.')}@{_letters(company.short, '-')}.example"
    return {
        "id": demo_id(path),
        "account_id": company.id,
        "partner_id": demo_id(f"org/{partner}") if partner else None,
        "name": name,
        "title": title,
        "email": email,
        "email_key": email,
        "phone": f"{_PHONES[company.country]} 555 {Random(path).randrange(10_000):04}",  # noqa: S311
        "language": language_of(company.country),
        "buying_role": role.value,
        "created_at": at,
        "updated_at": at,
    }


def _link(deal: Deal, contact_id: UUID, position: int) -> dict[str, Any]:
    id = demo_id(f"deal-contact/{deal.n}/{contact_id}")
    return {"id": id, "opportunity_id": deal.id, "contact_id": contact_id, "position": position}


def _letters(text: str, between: str) -> str:
    plain = unicodedata.normalize("NFKD", text.replace("ß", "ss").replace("ø", "o").replace("æ", "ae"))
    words = re.findall(r"[a-z0-9]+", plain.encode("ascii", "ignore").decode().lower())
    return between.join(words)
