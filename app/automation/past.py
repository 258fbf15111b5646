"""Deals and registrations as they stood at a moment of the past, as automations ask of them.

The rule for deals is that of `app.analytics.history`: one stands at T as it does now, but for what changed after T;
there, what the first of those changes says was before it. What partners are called, their tier and their counts of
deals, answers to questions, and what customers are like is that of today.
"""

from bisect import bisect_right
from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta, tzinfo
from typing import Any
from uuid import UUID

import asyncpg

from app.automation import facts as known
from app.automation.store import DEAL_OF, SIGN_OF_LIFE, TOLD
from app.events.log import Reader

_MOVES = """
SELECT t.opportunity_id, t.at, t.seq, coalesce(t.from_stage_id, t.to_stage_id) AS before_id FROM stage_transition t
WHERE t.opportunity_id = ANY ($1::uuid[]) ORDER BY t.opportunity_id, t.seq
"""
_STAGES = """
SELECT s.id, s.key AS stage, s.name AS stage_name, s.win_probability, s.target_days, s.kind AS status,
  p.key AS playbook, p.name AS playbook_name,
  NOT EXISTS (SELECT FROM stage n WHERE n.playbook_id = s.playbook_id AND n.kind = 'OPEN' AND n.position > s.position)
    AS last_stage
FROM stage s JOIN playbook p ON p.id = s.playbook_id WHERE s.id = ANY ($1::uuid[])
"""
_CHANGES = """
SELECT c.opportunity_id, c.field, c.at, c.known, c.before, c.before_amount, c.before_currency, c.before_owner_id,
  c.before_partner_id
FROM field_change c WHERE c.opportunity_id = ANY ($1::uuid[]) AND c.at > $2 ORDER BY c.opportunity_id, c.at, c.nth
"""
# Of each deal the first and the last sign of life of each day, by which whole days of silence are told apart, and the
# last one before `$2`. As `DEAL_OF` has it, in two parts: an index finds the deals' own events, and those that belong
# to none.
_HEARD = f"""
WITH heard AS (
  SELECT e.opportunity_id AS id, e.at FROM event e
  WHERE e.opportunity_id = ANY ($1::uuid[]) AND e.at >= $3 AND {SIGN_OF_LIFE} AND {TOLD}
  UNION ALL
  SELECT {DEAL_OF}, e.at FROM event e
  WHERE e.opportunity_id IS NULL AND {DEAL_OF} = ANY ($1::uuid[]) AND e.at >= $3 AND {SIGN_OF_LIFE} AND {TOLD}
)
SELECT h.id, min(h.at) FILTER (WHERE h.at >= $2) AS first, max(h.at) AS last FROM heard h
GROUP BY h.id, CASE WHEN h.at >= $2 THEN date_trunc('day', h.at, 'UTC') END ORDER BY h.id, max(h.at)
"""  # noqa: S608 (constants)
_PARTNERS = """
SELECT g.id, g.name AS partner_name, g.tier, g.partner_kind, g.status AS partner_status, g.region
FROM organization g WHERE g.id = ANY ($1::uuid[])
"""
_OWNERS = "SELECT u.id, u.name AS owner_name, u.role AS owner_role FROM user_account u WHERE u.id = ANY ($1::uuid[])"
_OF_PARTNERS = """
SELECT o.partner_id, o.created_at, CASE WHEN o.status = 'WON' THEN o.closed_at END AS won_at FROM opportunity o
WHERE o.partner_id = ANY ($1::uuid[]) LIMIT 100000
"""
_STEPS = """
SELECT s.registration_id, s.at, s.to_status FROM registration_step s
WHERE s.registration_id = ANY ($1::uuid[]) ORDER BY s.registration_id, s.seq
"""
_MONEY = ("amount", "currency")
_NO_PARTNER = dict.fromkeys(("partner_name", "tier", "partner_kind", "partner_status", "region"))
_NO_OWNER = dict.fromkeys(("owner_name", "owner_role"))
_NO_REGISTRATION = dict.fromkeys(("number", "title", "registration_status", "deal_type", "protected_until"))

Rows = Sequence[asyncpg.Record]
LONGEST_SILENCE = timedelta(days=730)
"""Whoever did something longer ago is taken to have done nothing."""


@dataclass
class Past:
    """Of these deals, all that has to be read, in as many statements however many there are."""

    rows: Mapping[UUID, asyncpg.Record]
    moves: Mapping[UUID, Rows]
    stages: Mapping[UUID, asyncpg.Record]
    changes: Mapping[UUID, Rows]
    heard: Mapping[UUID, Sequence[datetime]]
    partners: Mapping[UUID, asyncpg.Record]
    owners: Mapping[UUID, asyncpg.Record]
    steps: Mapping[UUID, Rows]
    made: Mapping[UUID, Sequence[datetime]] = field(default_factory=dict)
    won: Mapping[UUID, Sequence[datetime]] = field(default_factory=dict)

    def facts(self, deal_id: UUID, at: datetime, zone: tzinfo) -> dict[str, Any] | None:
        """None: there was no such deal then, or it is no more."""
        row = self.row(deal_id, at)
        return None if row is None else known.of_deal(row, at, zone)

    def row(self, deal_id: UUID, at: datetime) -> dict[str, Any] | None:
        """As `facts.deals` reads it."""
        row = self.rows.get(deal_id)
        if row is None or row["created_at"] > at:
            return None
        then = dict(row) | self._stage(row, at) | self._fields(row, at)
        then |= self.partners.get(then["partner_id"], _NO_PARTNER)
        then |= self.owners.get(then["owner_id"], _NO_OWNER)
        then |= self._registration(row["registration_id"], at)
        heard = self.heard.get(deal_id, ())
        last = bisect_right(heard, at)
        then["last_at"] = heard[last - 1] if last else max(then["entered_stage_at"], row["created_at"])
        then["deals"] = bisect_right(self.made.get(then["partner_id"], ()), at)
        then["won_deals"] = bisect_right(self.won.get(then["partner_id"], ()), at)
        return then

    def _stage(self, row: asyncpg.Record, at: datetime) -> dict[str, Any]:
        """Before the first later move, or where it stands."""
        moves = self.moves.get(row["id"], ())
        place = next((place for place, move in enumerate(moves) if move["at"] > at), None)
        if place is None:
            return {}
        entered = next((one["at"] for one in moves if one["seq"] == moves[place]["seq"] - 1), row["created_at"])
        stage = dict(self.stages[moves[place]["before_id"]])
        del stage["id"]
        if stage["status"] == "OPEN":
            stage |= {"close_reason_key": None, "close_reason": None}
        return {**stage, "entered_stage_at": entered}

    def _fields(self, row: asyncpg.Record, at: datetime) -> dict[str, Any]:
        later = [change for change in self.changes.get(row["id"], ()) if change["at"] > at]
        then = self._money(later)
        for name, column, before in _FIELDS:
            if (change := _first(later, name)) is not None:
                then[column] = change[before]
        if isinstance(then.get("expected_close_date"), str):
            then["expected_close_date"] = date.fromisoformat(then["expected_close_date"])
        return then

    @staticmethod
    def _money(later: Rows) -> dict[str, Any]:
        """What isn't known of another partner's time is none."""
        change = _first(later, *_MONEY)
        unknown = _first(later, *_MONEY, is_known=False)
        if unknown is not None and (change is None or unknown["at"] < change["at"]) and _first(later, "partner"):
            return {"amount": None, "currency": None}
        return {} if change is None else {"amount": change["before_amount"], "currency": change["before_currency"]}

    def _registration(self, id: UUID | None, at: datetime) -> dict[str, Any]:
        """The status of then; none where it wasn't there yet."""
        steps = [step for step in self.steps.get(id, ()) if step["at"] <= at] if id is not None else []
        return {"registration_status": steps[-1]["to_status"]} if steps else _NO_REGISTRATION


_FIELDS = (
    ("expectedCloseDate", "expected_close_date", "before"),
    ("owner", "owner_id", "before_owner_id"),
    ("partner", "partner_id", "before_partner_id"),
    ("name", "name", "before"),
    ("nextStep", "next_step", "before"),
)


def _first(changes: Iterable[asyncpg.Record], *fields: str, is_known: bool = True) -> asyncpg.Record | None:
    return next((one for one in changes if one["field"] in fields and one["known"] is is_known), None)


async def past(db: Reader, ids: Collection[UUID], since: datetime) -> Past:
    """As it was known at that time and later."""
    rows = await known.deals(db, list(ids))
    moves = _by(await db.fetch(_MOVES, list(ids)), "opportunity_id")
    changes = _by(await db.fetch(_CHANGES, list(ids), since), "opportunity_id")
    stages = {move["before_id"] for some in moves.values() for move in some}
    partners = _all(rows, changes, "partner_id")
    registrations = {row["registration_id"] for row in rows.values() if row["registration_id"] is not None}
    heard: dict[UUID, list[datetime]] = defaultdict(list)
    for one in await db.fetch(_HEARD, list(ids), since, since - LONGEST_SILENCE):
        heard[one["id"]] += [at for at in (one["first"], one["last"]) if at is not None]
    made, won = await _counted(db, partners)
    return Past(
        rows,
        moves,
        {row["id"]: row for row in await db.fetch(_STAGES, list(stages))},
        changes,
        heard,
        {row["id"]: row for row in await db.fetch(_PARTNERS, list(partners))},
        {row["id"]: row for row in await db.fetch(_OWNERS, list(_all(rows, changes, "owner_id")))},
        _by(await db.fetch(_STEPS, list(registrations)), "registration_id"),
        made,
        won,
    )


def _by(rows: Iterable[asyncpg.Record], name: str) -> dict[UUID, list[asyncpg.Record]]:
    found: dict[UUID, list[asyncpg.Record]] = defaultdict(list)
    for row in rows:
        found[row[name]].append(row)
    return found


def _all(rows: Mapping[UUID, asyncpg.Record], changes: Mapping[UUID, Rows], name: str) -> set[UUID]:
    """Today's, and all former ones."""
    former = {change[f"before_{name}"] for some in changes.values() for change in some}
    return ({row[name] for row in rows.values()} | former) - {None}


async def _counted(
    db: Reader, partners: Collection[UUID]
) -> tuple[Mapping[UUID, list[datetime]], Mapping[UUID, list[datetime]]]:
    """When each partner's deals were made, and won."""
    made: dict[UUID, list[datetime]] = defaultdict(list)
    won: dict[UUID, list[datetime]] = defaultdict(list)
    for one in await db.fetch(_OF_PARTNERS, list(partners)):
        made[one["partner_id"]].append(one["created_at"])
        if one["won_at"] is not None:
            won[one["partner_id"]].append(one["won_at"])
    for times in (*made.values(), *won.values()):
        times.sort()
    return made, won
