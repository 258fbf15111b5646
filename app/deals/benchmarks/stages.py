"""Benchmarks of each stage from earlier deals, as partners may see them: over all partners where the rule allows it,
otherwise over a partner's own deals, if these are enough.

Each deal counts once: with its last stay, which may not be over (`app.deals.survival`), with its first entry, with its
longest stay. Behind a figure over stays stand the deals whose stay is over.
"""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import Any, NamedTuple
from uuid import UUID

import orjson

from app.database import Transaction
from app.deals import survival
from app.deals.benchmarks.rule import CROWD, RELEASED, claim, settled, settled_all
from app.deals.histories import AGES, QUANTILES, RUNNING, STEPS
from app.deals.stalling import ENOUGH_STAYS, SECONDS_PER_DAY

NAME = "stages"
EDGE = STEPS // 10
"""Beyond the slowest and the fastest tenth nothing is told: there, a single deal decides."""

_CELL = "figure, playbook, stage, age"
_OWN_CELL = f"{_CELL}, partner"
_SPREAD = f"to_jsonb(percentile_cont({QUANTILES}) WITHIN GROUP (ORDER BY value))::text"


def _tuple(table: str) -> str:
    return ", ".join(f"{table}.{column}" for column in _CELL.split(", "))


def _stays(sample: str, cell: str) -> str:
    return f"SELECT {cell}, value AS days, ended FROM {sample} WHERE figure = 'stays'"  # noqa: S608


_MEASURE = f"""
WITH visit AS (
  SELECT p.key AS playbook, s.key AS stage, t.kind, t.seq, o.id AS deal, o.partner_id AS partner, o.status,
    t.seconds_in_previous_stage / {SECONDS_PER_DAY}.0::float8 AS days
  FROM stage_transition t JOIN opportunity o ON o.id = t.opportunity_id JOIN stage s ON s.id = t.from_stage_id
  JOIN playbook p ON p.id = s.playbook_id
  WHERE t.seconds_in_previous_stage IS NOT NULL AND o.partner_id IS NOT NULL AND s.kind = 'OPEN'
), running AS ({RUNNING} AND o.partner_id IS NOT NULL), stay AS (
  SELECT playbook, stage, partner, deal, days, FALSE AS ended FROM running
  UNION ALL SELECT * FROM (
    SELECT DISTINCT ON (playbook, stage, deal) playbook, stage, partner, deal, days, TRUE FROM visit
    ORDER BY playbook, stage, deal, seq DESC) last
  WHERE NOT EXISTS (SELECT FROM running r WHERE (r.playbook, r.stage, r.deal) = (last.playbook, last.stage, last.deal))
), win AS (
  SELECT DISTINCT ON (p.key, s.key, o.id) p.key AS playbook, s.key AS stage, o.partner_id AS partner, o.id AS deal,
    extract(epoch FROM o.closed_at - t.at)::float8 / {SECONDS_PER_DAY} AS days
  FROM opportunity o JOIN stage_transition t ON t.opportunity_id = o.id JOIN stage s ON s.id = t.to_stage_id
  JOIN playbook p ON p.id = s.playbook_id
  WHERE o.status = 'WON' AND s.kind = 'OPEN' AND t.at <= o.closed_at AND o.partner_id IS NOT NULL
  ORDER BY p.key, s.key, o.id, t.seq
), longest AS (
  SELECT playbook, stage, partner, deal, status, max(days) AS days FROM visit WHERE status <> 'OPEN'
  GROUP BY playbook, stage, partner, deal, status
), sample AS (
  SELECT 'stays' AS figure, playbook, stage, 0 AS age, partner, deal, days AS value, ended FROM stay
  UNION ALL SELECT 'remaining', playbook, stage, 0, partner, deal, days, TRUE FROM win
  UNION ALL SELECT 'fates', l.playbook, l.stage, a.age, l.partner, l.deal, (l.status = 'WON')::int::float8, TRUE
  FROM longest l JOIN unnest(ARRAY[{", ".join(map(str, AGES))}]) AS a(age) ON l.days >= a.age
), part AS (
  SELECT {_CELL}, ended, partner, count(*) AS deals FROM sample GROUP BY {_CELL}, ended, partner
), cell AS (
  SELECT *, {RELEASED} AS released FROM (SELECT {_CELL}, ended, {CROWD} FROM part GROUP BY {_CELL}, ended) crowd
), told AS (
  SELECT {_CELL} FROM cell WHERE ended AND released
), judged AS (
  SELECT {_CELL}, ended, partner, part.deals, cell.total - part.deals AS others,
    EXISTS (SELECT FROM told WHERE ({_tuple("told")}) = ({_tuple("part")})) AS released
  FROM part JOIN cell USING ({_CELL}, ended)
), kept AS (
  SELECT {_CELL}, ended, value FROM sample JOIN judged USING ({_CELL}, ended, partner)
  WHERE released AND deals <= others
  UNION ALL SELECT {_CELL}, ended, value FROM (
    SELECT {_CELL}, ended, value, others,
      row_number() OVER (PARTITION BY {_CELL}, ended ORDER BY md5(deal::text)) AS place
    FROM sample JOIN judged USING ({_CELL}, ended, partner) WHERE released AND deals > others) most
  WHERE place <= others
), own AS (
  SELECT {_CELL}, partner, ended, value FROM sample JOIN (
    SELECT {_CELL}, partner FROM judged WHERE ended AND NOT released AND deals >= {ENOUGH_STAYS}
  ) enough USING ({_CELL}, partner)
)
SELECT {_CELL}, NULL::uuid AS partner, avg(value) AS rate, NULL AS points FROM kept WHERE figure = 'fates'
GROUP BY {_CELL}
UNION ALL
SELECT {_CELL}, partner, avg(value), NULL FROM own WHERE figure = 'fates' GROUP BY {_CELL}, partner
UNION ALL
SELECT {_CELL}, NULL, NULL, {_SPREAD} FROM kept WHERE figure = 'remaining' GROUP BY {_CELL}
UNION ALL
SELECT {_CELL}, partner, NULL, {_SPREAD} FROM own WHERE figure = 'remaining' GROUP BY {_CELL}, partner
UNION ALL
SELECT {_CELL}, NULL, NULL, points::text FROM ({survival.points(_CELL, _stays("kept", _CELL))}) every_partner
UNION ALL
SELECT {_CELL}, partner, NULL, points::text FROM ({survival.points(_OWN_CELL, _stays("own", _OWN_CELL))}) one_partner
"""  # noqa: S608 (the texts are constants)

_BEFORE = """
SELECT playbook_key, stage_key, partner_id, stays::text AS stays, remaining::text AS remaining, fates::text AS fates
FROM stage_benchmark
"""
_WRITE = """
INSERT INTO stage_benchmark (id, playbook_key, stage_key, partner_id, stays, remaining, fates, measured_on)
SELECT gen_random_uuid(), playbook_key, stage_key, partner_id, nullif(stays, 'null'), nullif(remaining, 'null'),
  nullif(fates, 'null'), $2
FROM jsonb_to_recordset($1::text::jsonb) AS b(
  playbook_key text, stage_key text, partner_id uuid, stays jsonb, remaining jsonb, fates jsonb)
"""


class Group(NamedTuple):
    """Whose deals; without a partner: all partners'."""

    playbook: str
    stage: str
    partner: UUID | None


Figures = dict[str, Any]
"""`stays` and `remaining`: quantiles in days. `fates`: [age, share won or null] by rising age. None: not told."""


async def measure_stages(tx: Transaction, at: datetime) -> bool:
    """Replace the figures by those of the day of `at`; False when that was done already. `at` is how long deals have
    been where they still are."""
    day = at.astimezone(UTC).date()
    if not await claim(tx, NAME, day):
        return False
    before = {
        Group(row["playbook_key"], row["stage_key"], row["partner_id"]): {
            name: orjson.loads(row[name]) if row[name] else None for name in ("stays", "remaining", "fates")
        }
        for row in await tx.fetch(_BEFORE)
    }
    told = _told(await tx.fetch(_MEASURE, at), before)
    rows = [
        {"playbook_key": group.playbook, "stage_key": group.stage, "partner_id": group.partner, **figures}
        for group, figures in told.items()
    ]
    await tx.execute("DELETE FROM stage_benchmark")
    await tx.execute(_WRITE, orjson.dumps(rows, default=str).decode(), day)
    return True


def _told(rows: Sequence[Mapping[str, Any]], before: Mapping[Group, Figures]) -> dict[Group, Figures]:
    found: dict[Group, Figures] = defaultdict(lambda: {"stays": None, "remaining": None, "fates": None})
    rates: dict[Group, dict[int, float]] = defaultdict(dict)
    for row in rows:
        group = Group(row["playbook"], row["stage"], row["partner"])
        if row["figure"] == "fates":
            rates[group][row["age"]] = row["rate"]
        else:
            was = before.get(group, {}).get(row["figure"])
            found[group][row["figure"]] = _points(orjson.loads(row["points"]), was)
    for group, by_age in rates.items():
        known = dict(before.get(group, {}).get("fates") or ())
        found[group]["fates"] = [[age, settled(by_age[age], known.get(age)) if age in by_age else None] for age in AGES]
    return dict(found)


def _points(measured: list[float], before: list[float] | None) -> list[float]:
    low, high = measured[EDGE], measured[-1 - EDGE]
    return settled_all([min(high, max(low, point)) for point in measured], before)
