"""Figures of each stage, from the stays of deals in it: how many came, what became of them, how long they stayed.

Counted deal by deal: a deal counts once for each stage. What became of it there is how its last stay in the stage
ended: moved on (FORWARD, SKIP, WON), sent back, lost, or not yet. A stage was skipped by a deal that moved past it and
was never in it. Lengths are of stays: a deal that came twice stayed twice.
"""

from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from functools import lru_cache
from typing import Any

import orjson

from app.analytics.cohort import (
    AS_OF,
    BACK,
    LOST,
    ONWARDS,
    Cohort,
    deals,
    entered,
    is_walled,
    read,
    visits,
    with_tables,
)
from app.analytics.stages import PLACE, Places
from app.database.sql import Statement, sql
from app.deals import survival
from app.events.log import Reader
from app.identity.scopes import VisibilityScope, scope_of
from app.identity.viewer import Viewer

MEDIAN, P80, P95 = 10, 16, 19
"""Twentieths."""


@dataclass(slots=True)
class StageFigures:
    """Deals: `entered` = `moved_on` + `sent_back` + `lost_here` + `still_here` = `won` + `lost` + `still_open`.
    `went_back`: ever from here.

    Stays: `over` and `running`; days by which a share of all is over, None where it isn't reached; `longest` of those
    that are over; `outlived`: running ones that are longer, by `outlived_days` together. `days`: of all together, so
    far; `excess_days`: of these, beyond the target; `beyond_target` of `judged`: those that certainly are, or aren't.

    `slowest` of `compared`: closed deals for which this was the longest of the stages they were in, of those that were
    in several; `slowest_by_chance` of these would be, with `slowest_variance`, if every stage were as likely.
    """

    entered: int = 0
    moved_on: int = 0
    sent_back: int = 0
    lost_here: int = 0
    still_here: int = 0
    went_back: int = 0
    skipped: int = 0
    won: int = 0
    lost: int = 0
    still_open: int = 0
    over: int = 0
    running: int = 0
    median: float | None = None
    p80: float | None = None
    p95: float | None = None
    longest: float | None = None
    outlived: int = 0
    outlived_days: float = 0.0
    days: float = 0.0
    excess_days: float = 0.0
    beyond_target: int = 0
    judged: int = 0
    slowest: int = 0
    compared: int = 0
    slowest_by_chance: float = 0.0
    slowest_variance: float = 0.0
    amount_lost: dict[str, Decimal] = field(default_factory=dict)


# Joins of large sets are left out wherever a window, or what each row carries along, does: what is known of the size of
# such a set is nothing, and PostgreSQL would try every pair. Sums are of float8, since those of bigint are numeric, and
# rounded, since they depend on their order. The last of a deal's stays in a stage is found by the number of its move,
# which how it ended goes with; likewise the stage in which it was longest.
_FATES = f"""
 fate AS MATERIALIZED (
  SELECT v.n, v.place, max(v.seq::bigint * 4 + v.left_by) % 4 AS left_by, bool_or(v.left_by = {BACK}) AS went_back,
    min(v.entered_at) AS came, max(v.state) AS state, max(v.amount) AS amount, max(v.currency) AS currency,
    (sum(v.microseconds::float8) FILTER (WHERE {{}}))::bigint AS microseconds
  FROM visit v GROUP BY v.n, v.place
 ), of_period AS (
  SELECT f.* FROM fate f WHERE {{}}
 ), jump AS MATERIALIZED (
  SELECT m.n, m.version, m.from_rank, m.to_rank FROM move m WHERE m.jumped AND m.at <= {{}} AND {{}}
 ), passed AS MATERIALIZED (
  SELECT m.n, s.place FROM jump m JOIN place s ON s.version = m.version AND s.kind = 'OPEN'
    AND s.rank > m.from_rank AND (m.to_rank IS NULL OR s.rank < m.to_rank)
 ), skip AS (
  SELECT place FROM (
    SELECT f.n, f.place, FALSE AS passed FROM fate f WHERE EXISTS (SELECT FROM passed)
    UNION ALL SELECT n, place, TRUE FROM passed
  ) each GROUP BY n, place HAVING bool_and(passed)
 ), stay AS (
  SELECT v.place, v.microseconds::float8 / 86400000000 AS days, v.left_by <> 0 AS ended, v.target
  FROM visit v WHERE {{}}
 ), longest AS (
  SELECT place, max(days) AS days FROM stay WHERE ended GROUP BY place
 ), compared AS (
  SELECT place, stages, slowest = place AS is_slowest FROM (
    SELECT f.place, count(*) OVER deal AS stages, max(f.microseconds * 4096 + f.place) OVER deal % 4096 AS slowest
    FROM fate f WHERE f.state <> 0 AND f.microseconds IS NOT NULL WINDOW deal AS (PARTITION BY f.n)
  ) closed WHERE stages > 1
 )
"""
_FIGURES = """
SELECT 'deals' AS part, place, jsonb_build_object(
  'entered', count(*), 'moved_on', count(*) FILTER (WHERE left_by = {onwards}),
  'sent_back', count(*) FILTER (WHERE left_by = {back}), 'lost_here', count(*) FILTER (WHERE left_by = {lost}),
  'still_here', count(*) FILTER (WHERE left_by = 0), 'went_back', count(*) FILTER (WHERE went_back),
  'won', count(*) FILTER (WHERE state = 1), 'lost', count(*) FILTER (WHERE state = 2),
  'still_open', count(*) FILTER (WHERE state = 0))::text AS figures
FROM of_period GROUP BY place
UNION ALL
SELECT 'skips', place, jsonb_build_object('skipped', count(*))::text FROM skip GROUP BY place
UNION ALL
SELECT 'stays', s.place, jsonb_build_object(
  'over', count(*) FILTER (WHERE s.ended), 'running', count(*) FILTER (WHERE NOT s.ended), 'longest', max(l.days),
  'outlived', count(*) FILTER (WHERE NOT s.ended AND s.days > l.days),
  'outlived_days',
    round(coalesce(sum(s.days - l.days) FILTER (WHERE NOT s.ended AND s.days > l.days), 0)::numeric, 9),
  'days', round(sum(s.days)::numeric, 9),
  'excess_days', round(coalesce(sum(s.days - s.target) FILTER (WHERE s.days > s.target), 0)::numeric, 9),
  'beyond_target', count(*) FILTER (WHERE s.days > s.target),
  'judged', count(*) FILTER (WHERE s.days > s.target OR (s.ended AND s.target IS NOT NULL)))::text
FROM stay s LEFT JOIN longest l ON l.place = s.place GROUP BY s.place
UNION ALL
SELECT 'lengths', place, jsonb_build_object(
  'median', min(days) FILTER (WHERE reached >= {median}), 'p80', min(days) FILTER (WHERE reached >= {p80}),
  'p95', min(days) FILTER (WHERE reached >= {p95}))::text
FROM ({curve}) curve GROUP BY place
UNION ALL
SELECT 'slowest', place, jsonb_build_object(
  'compared', count(*), 'slowest', count(*) FILTER (WHERE is_slowest),
  'slowest_by_chance', round(sum(1::float8 / stages)::numeric, 9),
  'slowest_variance', round(sum(1::float8 / stages * (1 - 1::float8 / stages))::numeric, 9))::text
FROM compared GROUP BY place
UNION ALL
SELECT 'amounts', place, jsonb_build_object('currency', currency, 'amount', sum(amount)::text)::text
FROM of_period WHERE left_by = {lost} AND state = 2 AND currency IS NOT NULL GROUP BY place, currency
""".format(
    median=MEDIAN,
    p80=P80,
    p95=P95,
    onwards=ONWARDS,
    back=BACK,
    lost=LOST,
    curve=survival.curve("place", "SELECT place, days, ended FROM stay"),
)


@lru_cache(maxsize=256)
def statement(scope: VisibilityScope, names: frozenset[str], past: bool, walled: bool) -> Statement:
    of_stays, of_moves = entered(names, "v.entered_at"), entered(names, "m.at")
    fates = sql(_FATES, of_stays, entered(names, "f.came"), AS_OF, of_moves, of_stays)
    return (
        with_tables(PLACE, deals(scope, names, past, moving=True), visits(scope, walled=walled), fates) + sql(_FIGURES)
    ).statement()


async def stage_figures(db: Reader, viewer: Viewer, places: Places, cohort: Cohort) -> dict[int, StageFigures]:
    """By the number of the place; nothing of those where no deal was."""
    made = statement(scope_of(viewer), cohort.names, cohort.past, is_walled(cohort))
    found: dict[int, StageFigures] = defaultdict(StageFigures)
    for row in await read(db, viewer, places, cohort, made):
        figures: Mapping[str, Any] = orjson.loads(row["figures"])
        if row["part"] == "amounts":
            found[row["place"]].amount_lost[figures["currency"]] = Decimal(figures["amount"])
            continue
        for name, value in figures.items():
            setattr(found[row["place"]], name, value)
    return dict(found)
