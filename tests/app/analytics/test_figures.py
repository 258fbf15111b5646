"""Figures of made-up histories, with moves back, skips and reopened deals, against plain counting."""

import itertools
from collections import Counter
from collections.abc import Sequence
from datetime import datetime, timedelta
from random import Random
from typing import Any

import pytest

from app.analytics.cohort import Cohort
from app.analytics.report import analytics
from app.analytics.stays import StageFigures
from app.database import Database
from app.identity.system_viewer import SYSTEM_VIEWER
from app.vocabulary import AnalyticsGroupBy
from tests.app.analytics.histories import NOW, OPEN, History, kind, name, some_history, write

ALL = {"funnel", "deals", "wins", "loss_reasons", "groups", "findings"}
COUNTS = ("entered", "moved_on", "sent_back", "lost_here", "still_here", "went_back", "skipped", "won", "lost")


def then(history: History, at: datetime) -> History | None:
    """As it was at a moment."""
    path = [step for step in history.path if step[1] <= at]
    return History(history.number, path, history.partner, history.amount) if path else None


def counted(histories: Sequence[History], stage: str, since: datetime | None = None) -> dict[str, int]:
    found: Counter[str] = Counter()
    for one in histories:
        names = [name for name, _ in one.path]
        visits = [n for n, name in enumerate(names) if name == stage]
        kinds = [kind(before, after) for before, after in itertools.pairwise(names)]
        if not visits:
            place = OPEN.index(stage)
            passed = [
                one.path[n + 1][1]
                for n, (a, b) in enumerate(itertools.pairwise(names))
                if a in OPEN and OPEN.index(a) < place and (b == "won" or (b in OPEN and OPEN.index(b) > place))
            ]
            found["skipped"] += any(since is None or at >= since for at in passed)
            continue
        if since is not None and one.path[visits[0]][1] < since:
            continue
        left = [kinds[n] for n in visits if n < len(kinds)]
        fate = kinds[visits[-1]] if visits[-1] < len(kinds) else None
        found["entered"] += 1
        found[one.status.lower()] += 1
        found["went_back"] += "BACK" in left
        found[{None: "still_here", "BACK": "sent_back", "LOST": "lost_here"}.get(fate, "moved_on")] += 1
    return {name: found[name] for name in COUNTS}


def lengths(histories: Sequence[History], stage: str, at: datetime) -> tuple[list[float], list[float]]:
    over: list[float] = []
    running: list[float] = []
    for one in histories:
        for (where, since), left in zip(one.path, [*one.path[1:], None], strict=True):
            if where == stage:
                ends = at if left is None else left[1]
                (running if left is None else over).append((ends - since) / timedelta(days=1))
    return over, running


async def stages(database: Database, cohort: Cohort) -> dict[str, StageFigures]:
    found = await analytics(database, SYSTEM_VIEWER, cohort, None, {"funnel"})
    return {place.key: figures for place, figures in found.stages}


@pytest.mark.parametrize("seed", range(3))
async def test_every_deal_is_counted_as_what_it_did(database: Database, seed: int) -> None:
    chance = Random(seed)
    histories = [some_history(chance, number) for number in range(120)]
    await write(database, histories)
    moments = [NOW, NOW - timedelta(days=chance.randrange(20, 200))]
    for at, past in zip(moments, (False, True), strict=True):
        known = [one for one in (then(history, at) for history in histories) if one is not None]
        for since in (None, at - timedelta(days=90)):
            filters: dict[str, Any] = {"playbook_key": "trial", **({"entered_from": since} if since else {})}
            found = await stages(database, Cohort(filters, at, past=past))
            assert {key: {n: getattr(one, n) for n in COUNTS} for key, one in found.items()} == {
                stage: counted(known, stage, since) for stage in OPEN
            }
        found = await stages(database, Cohort({}, at, past=past))
        for stage, one in found.items():
            over, running = lengths(known, stage, at)
            assert (one.over, one.running) == (len(over), len(running))
            assert one.days == pytest.approx(sum(over) + sum(running))
            assert one.longest == (max(over) if over else None)
            assert one.excess_days == pytest.approx(sum(max(0.0, days - 14) for days in (*over, *running)))


async def test_all_adds_up(database: Database) -> None:
    chance = Random(11)
    histories = [some_history(chance, number) for number in range(150)]
    await write(database, histories)
    for by in AnalyticsGroupBy:
        found = await analytics(database, SYSTEM_VIEWER, Cohort({}, NOW), by, ALL)
        total = found.outcomes
        assert (total.won, total.lost, total.open) == tuple(
            sum(one.status == status for one in histories) for status in ("WON", "LOST", "OPEN")
        )
        for part in ("won", "lost", "open"):
            assert sum(getattr(group.outcomes, part) for group in found.groups) == getattr(total, part)
        assert sum(month.won for month in found.months) == total.won
        assert sum(month.lost for month in found.months) == sum(reason.count for reason in found.reasons) == total.lost
        won = sum(one.amount for one in histories if one.status == "WON" and one.amount)
        assert total.won_amount == {"EUR": won}
        for place, one in found.stages:
            assert one.entered == one.won + one.lost + one.still_open, place
            assert one.entered == one.moved_on + one.sent_back + one.lost_here + one.still_here, place


async def test_a_deal_that_is_taken_to_another_version_has_not_left_its_stage(database: Database) -> None:
    begun = NOW - timedelta(days=30)
    await write(database, [History(1, [("first", begun), ("second", begun + timedelta(days=5))])])
    before = await stages(database, Cohort({}, NOW))
    async with database.transaction() as tx:
        await tx.execute("SET LOCAL ROLE NONE")
        await tx.execute(
            "INSERT INTO playbook (id, key, version, name, status, published_at)"
            " VALUES ($1, 'trial', 0, 'Trial', 'ARCHIVED', now())",
            name("older"),
        )
        await tx.execute(
            "INSERT INTO stage (id, playbook_id, key, name, position, kind, win_probability, forecast_category,"
            " target_days, published) SELECT gen_random_uuid(), $1, key, name, position, kind, 0.1, forecast_category,"
            " 1, TRUE FROM stage WHERE playbook_id = $2",
            name("older"),
            name("playbook"),
        )
        # It began on the older version, and was moved to the one in force with a transition of its own.
        await tx.execute(
            "UPDATE stage_transition t SET to_stage_id = s.id FROM stage s WHERE t.seq = 1 AND s.key = 'first'"
            " AND s.playbook_id = $1",
            name("older"),
        )
        await tx.execute("UPDATE stage_transition SET seq = 3 WHERE seq = 2")
        await tx.execute(
            "INSERT INTO stage_transition (id, opportunity_id, seq, from_stage_id, to_stage_id, kind, at)"
            " SELECT gen_random_uuid(), opportunity_id, 2, to_stage_id, $1, 'FORWARD', at + interval '1 day'"
            " FROM stage_transition WHERE seq = 1",
            name("stage", "first"),
        )
    after = await stages(database, Cohort({}, NOW))
    assert after == before
