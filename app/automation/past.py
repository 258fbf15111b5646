"""Deals as they stood at a moment of the past, as far as automations ask: stage, status and counts are those of then,
other fields those of today."""

from bisect import bisect_right
from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from uuid import UUID

import asyncpg

from app.automation import facts as known
from app.automation.store import BY_SOMEBODY, TOLD
from app.events.log import Reader

_MOVES = """
SELECT t.opportunity_id, t.at, s.key AS stage, s.name AS stage_name, s.win_probability, s.target_days,
  CASE s.kind WHEN 'OPEN' THEN 'OPEN' ELSE s.kind END AS status,
  NOT EXISTS (SELECT FROM stage n WHERE n.playbook_id = s.playbook_id AND n.kind = 'OPEN' AND n.position > s.position)
    AS last_stage
FROM stage_transition t JOIN stage s ON s.id = t.to_stage_id
WHERE t.opportunity_id = ANY ($1::uuid[]) ORDER BY t.opportunity_id, t.at, t.seq
"""
_HEARD = f"""
SELECT e.opportunity_id, e.at FROM event e
WHERE e.opportunity_id = ANY ($1::uuid[]) AND {BY_SOMEBODY} AND {TOLD} AND e.at >= $2
ORDER BY e.opportunity_id, e.at
"""  # noqa: S608 (constants)
_OF_PARTNERS = """
SELECT o.partner_id, o.created_at, CASE WHEN o.status = 'WON' THEN o.closed_at END AS won_at FROM opportunity o
WHERE o.partner_id = ANY ($1::uuid[]) LIMIT 100000
"""


@dataclass
class Past:
    """Of these deals, all that has to be read, in four statements."""

    rows: Mapping[UUID, asyncpg.Record]
    moves: Mapping[UUID, Sequence[asyncpg.Record]]
    heard: Mapping[UUID, Sequence[datetime]]
    made: Mapping[UUID, Sequence[datetime]] = field(default_factory=dict)
    won: Mapping[UUID, Sequence[datetime]] = field(default_factory=dict)

    def facts(self, deal_id: UUID, at: datetime) -> dict[str, Any] | None:
        """None: there was no such deal then, or it is no more."""
        row = self.rows.get(deal_id)
        moves = self.moves.get(deal_id, ())
        place = bisect_right([move["at"] for move in moves], at)
        if row is None or (not place and row["created_at"] > at):
            return None
        then = dict(row)
        if place:
            move = moves[place - 1]
            then |= {name: move[name] for name in _OF_MOVE}
            then["entered_stage_at"] = move["at"]
            if move["status"] == "OPEN":
                then["close_reason_key"] = None
        heard = self.heard.get(deal_id, ())
        last = bisect_right(heard, at)
        then["last_at"] = heard[last - 1] if last else max(then["entered_stage_at"], row["created_at"])
        partner = row["partner_id"]
        then["deals"] = bisect_right(self.made.get(partner, ()), at)
        then["won_deals"] = bisect_right(self.won.get(partner, ()), at)
        return known.of_deal(then, at)


_OF_MOVE = ("stage", "stage_name", "win_probability", "target_days", "status", "last_stage")


async def past(db: Reader, ids: Collection[UUID], since: datetime) -> Past:
    """`since`: from when on it is told when somebody did something."""
    rows = await known.deals(db, list(ids))
    moves: dict[UUID, list[asyncpg.Record]] = defaultdict(list)
    for move in await db.fetch(_MOVES, list(ids)):
        moves[move["opportunity_id"]].append(move)
    heard: dict[UUID, list[datetime]] = defaultdict(list)
    for one in await db.fetch(_HEARD, list(ids), since):
        heard[one["opportunity_id"]].append(one["at"])
    made: dict[UUID, list[datetime]] = defaultdict(list)
    won: dict[UUID, list[datetime]] = defaultdict(list)
    for one in await db.fetch(_OF_PARTNERS, list({row["partner_id"] for row in rows.values() if row["partner_id"]})):
        made[one["partner_id"]].append(one["created_at"])
        if one["won_at"] is not None:
            won[one["partner_id"]].append(one["won_at"])
    for times in (*made.values(), *won.values()):
        times.sort()
    return Past(rows, moves, heard, made, won)
