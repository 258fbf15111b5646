"""The facts that actions rest on."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any
from uuid import UUID

import orjson

from app.events.log import Reader
from app.identity.viewer import Viewer
from app.languages import anywhere
from guidance.actions import Evidence

# A quote is for those who could read its text: the partner that the deal had then, and the vendor.
_READ = """
SELECT n.id,
  coalesce(n.translations -> $2::text -> 'evidence', n.translations -> $3::text -> 'evidence', n.evidence)::text
  AS evidence, n.partner_id IS NOT DISTINCT FROM o.partner_id AS same_partner, o.partner_id
FROM next_best_action n JOIN opportunity o ON o.id = n.opportunity_id WHERE n.id = ANY ($1::uuid[])
"""


async def evidence_of(db: Reader, viewer: Viewer, ids: Sequence[UUID]) -> dict[UUID, list[dict[str, Any]]]:
    """`fact`, `value`, `source` and perhaps `quote` of each, by action, in the viewer's language where there is a
    catalogue of it. Who may see the action may see them, but for quotes from before the deal went to another partner,
    which nobody gets any more, and for what is predicted, which whoever sells along isn't told."""
    language = viewer.language
    rows = await db.fetch(_READ, list(ids), language.lower(), anywhere(language))
    return {row["id"]: list(_seen(row, viewer)) for row in rows}


def _seen(row: Mapping[str, Any], viewer: Viewer) -> Iterator[dict[str, Any]]:
    leads = viewer.is_vendor or viewer.organization_id == row["partner_id"]
    for one in orjson.loads(row["evidence"]):
        predicted = one.pop("predicted", False)
        if (leads or not predicted) and (row["same_partner"] or "quote" not in one):
            yield one


def kept(one: Evidence) -> dict[str, Any]:
    """As it is stored."""
    told: dict[str, Any] = {"fact": one.fact, "value": one.value, "source": one.source}
    if one.quote is not None:
        told["quote"] = one.quote
    if one.predicted:
        told["predicted"] = True
    return told
