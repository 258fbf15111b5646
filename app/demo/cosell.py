"""Deals of the demo programme that partners sell together: two that they do, and one to which a partner is invited."""

from collections.abc import Iterator, Mapping, Sequence
from datetime import timedelta
from typing import Any

from app.demo.deals import Deal
from app.demo.people import demo_id
from app.vocabulary import OpportunitySource, OpportunityStatus

# Who leads, who is asked, as what, and whether it has answered.
_ASKED = (
    ("cordoba-digital", "eastgate", "DISTRIBUTION", "DELIVERED", "READ", True),
    ("eastgate", "delta-works", "IMPLEMENTATION", "INFLUENCED", "EDIT", True),
    ("delta-works", "eastgate", "TECHNOLOGY", "INFLUENCED", "READ", False),
)
_MESSAGES = {
    "DISTRIBUTION": "Please order the licences and take the credit risk; the quote is with us.",
    "IMPLEMENTATION": "Two weeks of installation and start-up on two lines, from next month on.",
    "TECHNOLOGY": "They need your gateway to read the counters of two older lines.",
}


def cosell_rows(rows: Mapping[str, Sequence[dict[str, Any]]], deals: Sequence[Deal]) -> dict[str, list[dict[str, Any]]]:
    made: dict[str, list[dict[str, Any]]] = {"deal_partner": [], "revenue_split": []}
    opportunities = {row["id"]: row for row in rows["opportunity"]}
    accounts = {row["id"]: row for row in rows["account"]}
    given = {row["opportunity_id"] for row in rows["handover"]}
    for lead, asked, role, attribution, access, answered in _ASKED:
        deal = next(
            one
            for one in reversed(deals)
            if one.partner.key == lead
            and opportunities[one.id]["status"] == OpportunityStatus.OPEN
            and one.id not in given
            and one.id not in {row["opportunity_id"] for row in made["deal_partner"]}
        )
        opportunity = opportunities[deal.id]
        account = accounts[opportunity["account_id"]]
        at = deal.moves[0].at + timedelta(hours=5)
        partner = demo_id(f"org/{asked}")
        made["deal_partner"].append(
            {
                "id": demo_id(f"deal-partner/{deal.id}"),
                "opportunity_id": deal.id,
                "partner_id": partner,
                "role": role,
                "attribution": attribution,
                "access": access,
                "status": "ACCEPTED" if answered else "INVITED",
                "invited_at": at,
                "invited_by_id": demo_id(f"user/{deal.partner.channel_manager}"),
                "expires_at": at + timedelta(days=15 if answered else 2_000),
                "responded_at": at + timedelta(hours=20) if answered else None,
                "message": _MESSAGES[role],
                "industry": account["industry"],
                "country": account["country"],
                "former_source": opportunity["source"] if answered else None,
            }
        )
        if answered:
            opportunity["source"] = OpportunitySource.CO_SELL.value
            made["revenue_split"] += _shares(deal, demo_id(f"org/{lead}"), partner)
    return made


def _shares(deal: Deal, lead: object, along: object) -> Iterator[dict[str, Any]]:
    at = deal.moves[0].at + timedelta(days=1)
    for partner, percent in ((lead, 70), (along, 30)):
        yield {
            "id": demo_id(f"split/{deal.id}/{partner}"),
            "opportunity_id": deal.id,
            "partner_id": partner,
            "kind": "REVENUE",
            "percent": percent,
            "month": at.date().replace(day=1),
            "set_at": at,
            "set_by_id": demo_id(f"user/{deal.partner.channel_manager}"),
        }
