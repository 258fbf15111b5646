"""The drawn orders that were shown, and what became of their actions, as `guidance.replay` reads them.

`shown_slate.candidates` is an array in the order in which they stood, each with `id`, `key`, `rank`, `propensity`,
`prompt_version`, `model` and `factors` (`guidance.scoring.Factors`).
"""

from collections.abc import Iterator, Mapping
from datetime import date
from enum import StrEnum
from math import isclose
from typing import Any

import orjson

from app.events.log import Reader
from guidance.replay.slates import Logged, Slate
from guidance.scoring import Factors


class Outcome(StrEnum):
    """ANSWERED: somebody took it on, or completed it. DONE: the deal shows that it was done, whoever did it and
    whether or not anybody read the advice."""

    ANSWERED = "answered"
    DONE = "done"


_ACTED_AT = {
    Outcome.ANSWERED: "coalesce(n.accepted_at, CASE WHEN n.status = 'COMPLETED' THEN n.responded_at END)",
    Outcome.DONE: "CASE WHEN n.status = 'COMPLETED' OR n.fulfilled THEN coalesce(n.responded_at, n.ended_at) END",
}
# What came about counts for the last order shown before.
_READ = """
WITH shown AS (
  SELECT s.*, lead(s.at, 1, 'infinity') OVER (PARTITION BY s.opportunity_id ORDER BY s.at, s.id) AS until
  FROM shown_slate s
)
SELECT s.opportunity_id, s.stage_key, s.served, s.candidates::text AS candidates, (
    SELECT array_agg(n.id::text) FROM next_best_action n
    WHERE n.opportunity_id = s.opportunity_id AND {acted} >= s.at AND {acted} < s.until) AS acted
FROM shown s
WHERE ($1::date IS NULL OR s.at >= $1::date::timestamp AT TIME ZONE 'UTC')
  AND ($2::date IS NULL OR s.at < ($2::date + 1)::timestamp AT TIME ZONE 'UTC')
  AND jsonb_path_exists(s.candidates, '$[*].propensity ? (@ < 1)')
  AND NOT jsonb_path_exists(s.candidates, '$[*] ? (@.factors == null || @.propensity == null)')
ORDER BY s.at, s.id
"""


async def drawn_slates(
    db: Reader, outcome: Outcome = Outcome.ANSWERED, since: date | None = None, until: date | None = None
) -> list[Slate]:
    """Days in UTC, both included."""
    rows = await db.fetch(_READ.format(acted=_ACTED_AT[outcome]), since, until)
    return list(_sound(_slate(row) for row in rows))


def _sound(slates: Iterator[Slate]) -> Iterator[Slate]:
    """Without those whose actions were renewed in the very moment between being shown and being logged."""
    for slate in slates:
        if isclose(sum(slate.candidates[place].propensity for place in slate.drawn), 1.0):
            yield slate


def _slate(row: Mapping[str, Any]) -> Slate:
    acted = set(row["acted"] or ())
    return Slate(
        deal=str(row["opportunity_id"]),
        stage=row["stage_key"],
        first=row["served"],
        candidates=tuple(
            Logged(
                one["key"],
                one["rank"],
                one["propensity"],
                Factors.from_plain(one["factors"]),
                one["id"] in acted,
                one["prompt_version"],
            )
            for one in orjson.loads(row["candidates"])
        ),
    )
