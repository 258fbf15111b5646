"""Figures over all partners' deals, beside a viewer's own: what `app.deals.benchmarks` lets be told."""

from collections.abc import Sequence
from typing import NamedTuple

import orjson

from app.analytics.stays import MEDIAN
from app.database.rls import as_viewer
from app.events.log import Reader

_TOLD = """
SELECT playbook_key, stage_key, stays::text AS stays, fates::text AS fates FROM stage_benchmark
WHERE partner_id IS NULL AND playbook_key = ANY ($1::text[])
"""


class AllPartners(NamedTuple):
    """Of a stage: the days by which half of the stays are over, and the share won of the closed deals that were in it;
    None: not told."""

    median: float | None = None
    win_rate: float | None = None


async def all_partners(db: Reader, playbook_keys: Sequence[str]) -> dict[tuple[str, str], AllPartners]:
    """By the keys of playbook and stage."""
    with as_viewer(None):  # the figures are stored for every partner's eyes
        rows = await db.fetch(_TOLD, list(playbook_keys))
    found: dict[tuple[str, str], AllPartners] = {}
    for row in rows:
        stays, fates = orjson.loads(row["stays"] or "null"), orjson.loads(row["fates"] or "null")
        found[row["playbook_key"], row["stage_key"]] = AllPartners(
            stays[MEDIAN] if stays else None, fates[0][1] if fates else None
        )
    return found
