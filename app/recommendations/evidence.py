"""The facts that actions rest on."""

from collections.abc import Sequence
from typing import Any
from uuid import UUID

import orjson

from app.events.log import Reader
from app.languages import anywhere

# A quote is for those who could read its text: the partner that the deal had then, and the vendor.
_READ = """
SELECT n.id,
  coalesce(n.translations -> $2::text -> 'evidence', n.translations -> $3::text -> 'evidence', n.evidence)::text
  AS evidence, n.partner_id IS NOT DISTINCT FROM o.partner_id AS same_partner
FROM next_best_action n JOIN opportunity o ON o.id = n.opportunity_id WHERE n.id = ANY ($1::uuid[])
"""


async def evidence_of(db: Reader, ids: Sequence[UUID], language: str) -> dict[UUID, list[dict[str, Any]]]:
    """`fact`, `value`, `source` and perhaps `quote` of each, by action, in the reader's language where there is a
    catalogue of it. Who may see the action may see them, but for
    quotes from before the deal went to another partner, which nobody gets any more."""
    rows = await db.fetch(_READ, list(ids), language.lower(), anywhere(language))
    return {row["id"]: _seen(orjson.loads(row["evidence"]), row["same_partner"]) for row in rows}


def _seen(evidence: list[dict[str, Any]], same_partner: bool) -> list[dict[str, Any]]:
    return evidence if same_partner else [one for one in evidence if "quote" not in one]
