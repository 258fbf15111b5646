"""The small tables: vendor, partners, people, customers, playbooks, content."""

from collections import defaultdict
from collections.abc import Iterator
from datetime import timedelta
from decimal import Decimal
from random import Random
from typing import Any
from uuid import UUID, uuid5

from app.playbooks.rows import rows_of
from app.playbooks.spec import PlaybookSpec
from app.playbooks.templates import templates
from app.vocabulary import ContentKind, LifecyclePhase, OrganizationKind, PartnerKind, PartnerTier, Role
from bench.data.shape import ACCOUNT, CONTENT, DAYS, END, LINK, ORGANIZATION, PLAYBOOK, USER, VENDOR_PEOPLE, Size, id_of

Rows = dict[str, list[dict[str, Any]]]
BEGAN = END - timedelta(days=DAYS)
NAMESPACE = UUID("0f5a3a52-6a51-4f0b-8f0e-2f6d6f6b7a11")
COUNTRIES = ("DE", "GB", "ES", "NL", "SE", "AT", "CH", "IE")
REGIONS = ("DACH", "UK and Ireland", "Iberia", "Benelux", "Nordics")
INDUSTRIES = ("IT software", "Manufacturing", "Telecom", "Healthcare technology", "Retail")
PIECES = ("checklist", "guide", "message", "questions", "pricing")
KINDS = (
    ContentKind.CHECKLIST,
    ContentKind.TRAINING,
    ContentKind.TEMPLATE,
    ContentKind.BATTLECARD,
    ContentKind.PRICING,
)
GOLD_AND_UP = [PartnerTier.GOLD.value, PartnerTier.PLATINUM.value]
BODY = (
    "Agree with the customer on what has to be true before the deal goes on, and write it down in their words.\n" * 12
)


def specs() -> list[PlaybookSpec]:
    return [found.spec for found in templates()]


def playbook_row_id(spec: PlaybookSpec, path: str) -> UUID:
    return uuid5(NAMESPACE, f"{spec.key}/{path}")


def rows(size: Size) -> Rows:
    """By table, in the order in which they can be written."""
    made: Rows = defaultdict(list)
    made["organization"] = list(_organizations(size))
    made["user_account"] = list(_users(size))
    made["account"] = list(_accounts(size))
    for number, spec in enumerate(specs()):
        _playbook(made, number, spec)
    return dict(made)


def _organizations(size: Size) -> Iterator[dict[str, Any]]:
    blank: dict[str, Any] = {"tier": None, "partner_kind": None, "industries": [], "region": None}
    vendor = {"id": id_of(ORGANIZATION, size.partners), "key": "vendor", "name": "Vendor"}
    yield {**vendor, "kind": OrganizationKind.VENDOR.value, **blank, "channel_manager_id": None, "created_at": BEGAN}
    tiers = list(PartnerTier)
    for number in range(size.partners):
        # The measured ones see nothing that is for higher tiers only, so that a stage's first three pieces of content
        # are the first three of its list: what the other systems can express.
        tier = PartnerTier.SILVER if number < size.measured else tiers[number % len(tiers)]
        yield {
            "id": id_of(ORGANIZATION, number),
            "key": f"partner-{number}",
            "name": f"Partner {number}",
            "kind": OrganizationKind.PARTNER.value,
            "tier": tier.value,
            "partner_kind": PartnerKind.RESELLER.value,
            "industries": [],
            "region": REGIONS[number % len(REGIONS)],
            "channel_manager_id": id_of(USER, 1 + number % (VENDOR_PEOPLE - 1)),
            "created_at": BEGAN,
        }


def _users(size: Size) -> Iterator[dict[str, Any]]:
    def user(number: int, organization: int, role: Role) -> dict[str, Any]:
        return {
            "id": id_of(USER, number),
            "organization_id": id_of(ORGANIZATION, organization),
            "name": f"User {number}",
            "email": f"user{number}@example.com",
            "role": role.value,
            "language": "en",
            "active": True,
            "created_at": BEGAN,
        }

    for number in range(VENDOR_PEOPLE):
        yield user(number, size.partners, Role.CHANNEL_MANAGER if number else Role.VENDOR_ADMIN)
    for partner in range(size.partners):
        yield user(size.manager_of(partner), partner, Role.PARTNER_MANAGER)
        for number in size.sellers_of(partner):
            yield user(number, partner, Role.PARTNER_SELLER)


def _accounts(size: Size) -> Iterator[dict[str, Any]]:
    chance = Random(11)
    for number in range(size.accounts):
        employees = chance.randrange(20, 20_000)
        yield {
            "id": id_of(ACCOUNT, number),
            "partner_id": None,
            "external_id": f"bench:{number}",
            "name": f"Customer {number} {chance.choice(('Logistics', 'Foods', 'Energy', 'Retail', 'Health'))}",
            "industry": INDUSTRIES[number % len(INDUSTRIES)],
            "country": chance.choice(COUNTRIES),
            "employees": employees,
            "annual_revenue": Decimal(employees * chance.randrange(90, 260) * 1000),
            "created_at": BEGAN,
        }


def _playbook(made: Rows, number: int, spec: PlaybookSpec) -> None:
    id = id_of(PLAYBOOK, number)
    made["playbook"].append(
        {
            "id": id,
            "key": spec.key,
            "version": 1,
            "name": spec.name,
            "industry": spec.industry,
            "description": spec.description,
            "status": "PUBLISHED",
            "qualification_framework": spec.qualification_framework,
            "review_due_at": END + timedelta(days=120),
            "published_at": BEGAN,
            "created_at": BEGAN,
            "updated_at": BEGAN,
        }
    )
    for table, written in rows_of(spec, UUID(id), lambda path: playbook_row_id(spec, path), published=True).items():
        made[table].extend(written)
    for place, stage in enumerate(spec.stages):
        for position, piece in enumerate(_pieces(f"{spec.key}-{stage.key}", stage.name)):
            content = id_of(CONTENT, 1000 * number + 20 * place + position)
            made["content"].append({"id": content, **piece})
            made["stage_content"].append(
                {
                    "id": id_of(LINK, 1000 * number + 20 * place + position),
                    "stage_id": playbook_row_id(spec, f"stage/{stage.key}"),
                    "content_id": content,
                    "position": position,
                }
            )


def _pieces(base: str, stage: str) -> Iterator[dict[str, Any]]:
    """Five in English, the last of them for the higher tiers, and the first one in German."""
    for name, kind in zip(PIECES, KINDS, strict=True):
        yield _piece(f"{base}-{name}", f"{name.capitalize()} for {stage}", kind, "en", name == "pricing")
    yield _piece(f"{base}-{PIECES[0]}", f"Checkliste für {stage}", KINDS[0], "de", False)


def _piece(key: str, title: str, kind: ContentKind, language: str, for_gold: bool) -> dict[str, Any]:
    return {
        "key": key,
        "title": title,
        "kind": kind.value,
        "summary": f"{title}: what helps here, in a page.",
        "body": BODY,
        "url": None,
        "language": language,
        "lifecycle_phase": LifecyclePhase.SELL.value,
        "audience": GOLD_AND_UP if for_gold else [],
        "industries": [],
        "version": 1,
        "archived": False,
        "created_at": BEGAN,
        "updated_at": BEGAN,
    }
