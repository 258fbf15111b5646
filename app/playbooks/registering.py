"""The policy of registrations that a starter playbook begins with, as published programmes have it: 90 days of
protection (60 for partners without commitments), announced 14 and 3 days before they end, one extension, 25 open
registrations a partner, a review within two working days."""

from collections.abc import Mapping
from typing import Any

import orjson

from app.database import Transaction
from app.models.columns import new_id

STARTER: Mapping[str, Any] = {
    "required_fields": ["account.country", "products", "amount", "expectedCloseDate", "need"],
    "questions": orjson.dumps(
        [
            {
                "key": "origin",
                "label": "Origin",
                "prompt": "How did the need come up, and what have you done for the customer so far?",
                "required": False,
            }
        ]
    ).decode(),
    "review_hours": 16,
    "calendars": orjson.dumps([{"region": None, "country": None, "subdivision": None, "timeZone": "UTC"}]).decode(),
    "protection_days": orjson.dumps([{"tier": None, "days": 90}, {"tier": "REGISTERED", "days": 60}]).decode(),
    "remind_days_before": [14, 3],
    "max_extensions": 1,
    "extension_days": 30,
    "max_open_per_partner": 25,
    "max_resubmissions": 3,
    "review_again_fields": ["account", "amount", "dealType"],
    "benefits": orjson.dumps(
        [
            {"tier": tier, "dealType": kind, "discountPercent": discount, "marginPoints": None, "note": None}
            for tier, kind, discount in (
                ("PLATINUM", "NET_NEW", "15"),
                ("GOLD", "NET_NEW", "12"),
                (None, "NET_NEW", "10"),
                (None, "COMPETITIVE_REPLACEMENT", "10"),
                (None, "EXPANSION", "5"),
            )
        ]
    ).decode(),
}
"""By column, without keys; JSON as text."""


async def ensure_policy(tx: Transaction, playbook_key: str) -> None:
    """The playbook's policy stays as it is, if it has one."""
    row = {"id": new_id(), "key": playbook_key, "playbook_key": playbook_key, **STARTER}
    places = ", ".join(f"${n}" for n in range(1, len(row) + 1))
    await tx.execute(
        f"INSERT INTO registration_policy ({', '.join(row)}) VALUES ({places}) ON CONFLICT DO NOTHING",  # noqa: S608
        *row.values(),
    )
