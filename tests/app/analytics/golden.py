"""The figures of the two real data sets, computed from their files in plain Python, with nothing of the product's."""

import csv
import gzip
from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from math import sqrt
from pathlib import Path
from typing import Any

WON, LOST = "WON", "LOST"
DAY = timedelta(days=1)


@dataclass(frozen=True)
class Case:
    """`path`: stages with the moments at which they were entered; the last one is where it stands."""

    created: datetime
    path: Sequence[tuple[str, datetime]]


@dataclass(frozen=True)
class Programme:
    """`stages`: open ones in order. `ends`: what the others come to."""

    name: str
    stages: Sequence[str]
    ends: dict[str, str]
    as_of: datetime
    cases: Sequence[Case]


def rows(path: Path) -> list[dict[str, str]]:
    with gzip.open(path, "rt", encoding="utf-8-sig") as file:
        return list(csv.DictReader(file))


def bpi(folder: Path) -> Programme:
    paths: dict[str, list[tuple[str, datetime]]] = defaultdict(list)
    for row in rows(folder / "bpi2012_asof_2012-01-08_history.csv.gz"):
        paths[row["deal_id"]].append((row["stage"], datetime.fromisoformat(row["entered_at"])))
    deals = rows(folder / "bpi2012_asof_2012-01-08_deals.csv.gz")
    cases = [Case(datetime.fromisoformat(row["created"]), paths[row["deal_id"]]) for row in deals]
    stages = ("Submitted", "Pre-accepted", "Accepted", "Offer sent", "Offer returned")
    ends = {"Won": WON, "Declined": LOST, "Cancelled": LOST}
    return Programme("BPI 2012", stages, ends, datetime(2012, 1, 9, tzinfo=UTC), cases)


def maven(folder: Path, as_of: datetime = datetime(2017, 9, 30, tzinfo=UTC)) -> Programme:
    cases = []
    for row in rows(folder / "maven_sales_pipeline_asof_2017-09-30.csv.gz"):
        engaged = datetime.fromisoformat(row["engage_date"]).replace(tzinfo=UTC)
        path = [("Engaging", engaged)]
        if row["close_date"]:
            path.append((row["deal_stage"], datetime.fromisoformat(row["close_date"]).replace(tzinfo=UTC)))
        cases.append(Case(engaged, path))
    return Programme("Maven", ("Engaging",), {"Won": WON, "Lost": LOST}, as_of, cases)


def wilson(count: int, of: int) -> tuple[float, float]:
    z = 1.959963984540054
    middle = (count + z * z / 2) / (of + z * z)
    reach = z * sqrt(count * (of - count) / of + z * z / 4) / (of + z * z)
    return middle - reach, middle + reach


def rate(count: int, of: int) -> tuple[Any, ...]:
    return (count / of, of, *wilson(count, of)) if of else (None, 0, None, None)


def kaplan_meier(over: Sequence[float], running: Sequence[float], shares: Iterable[float]) -> list[float | None]:
    alive, found = 1.0, dict[float, float]()
    ends, all_stays = Counter(over), sorted((*over, *running))
    risk, before = len(all_stays), Counter(all_stays)
    for length in sorted(before):
        alive *= 1 - ends[length] / risk
        risk -= before[length]
        for share in shares:
            if alive <= 1 - share + 1e-12 and ends[length]:
                found.setdefault(share, length)
    return [found.get(share) for share in shares]


def quantile(values: Sequence[float], share: float) -> float:
    ordered = sorted(values)
    at = share * (len(ordered) - 1)
    low = int(at)
    high = min(low + 1, len(ordered) - 1)
    return ordered[low] + (at - low) * (ordered[high] - ordered[low])


def stage_figures(programme: Programme, stage: str) -> dict[str, Any]:
    place = programme.stages.index(stage)
    counts: Counter[str] = Counter()
    over: list[float] = []
    running: list[float] = []
    for case in programme.cases:
        names = [name for name, _ in case.path]
        end = programme.ends.get(names[-1], "OPEN")
        if stage not in names:
            passed = zip(case.path, case.path[1:], strict=False)
            ranks = [(rank(programme, a), rank(programme, b)) for (a, _), (b, _) in passed]
            counts["skipped"] += any(a < place < b for a, b in ranks)
            continue
        at = names.index(stage)
        after = names[at + 1] if at + 1 < len(names) else None
        counts["entered"] += 1
        counts[{"WON": "won", "LOST": "lost", "OPEN": "stillOpen"}[end]] += 1
        if after is None:
            counts["stillHere"] += 1
            running.append((programme.as_of - case.path[at][1]) / DAY)
            continue
        over.append((case.path[at + 1][1] - case.path[at][1]) / DAY)
        if programme.ends.get(after) == LOST:
            counts["lostHere"] += 1
        elif rank(programme, after) > place:
            counts["movedOn"] += 1
        else:
            counts["sentBack"] += 1
    told = ("entered", "movedOn", "sentBack", "lostHere", "stillHere", "skipped", "won", "lost", "stillOpen")
    median, p80, p95 = kaplan_meier(over, running, (0.5, 0.8, 0.95))
    longest = max(over, default=0.0)
    return {
        **{name: counts[name] for name in told},
        "conversion": rate(counts["movedOn"], counts["entered"]),
        "reachedWin": rate(counts["won"], counts["entered"]),
        "winRate": rate(counts["won"], counts["won"] + counts["lost"]),
        "stays": len(over),
        "open": len(running),
        "median": median,
        "p80": p80,
        "p95": p95,
        "days": sum(over) + sum(running),
        "outlived": sum(length > longest for length in running),
    }


def rank(programme: Programme, stage: str) -> float:
    """A won deal is past all stages; a lost one isn't past any."""
    if stage in programme.ends:
        return float("inf") if programme.ends[stage] == WON else -1
    return programme.stages.index(stage)


def figures(programme: Programme) -> dict[str, Any]:
    stages = {stage: stage_figures(programme, stage) for stage in programme.stages}
    together = sum(one["days"] for one in stages.values())
    ends = [(case, programme.ends.get(case.path[-1][0], "OPEN")) for case in programme.cases]
    cycle = [(case.path[-1][1] - case.created) / DAY for case, end in ends if end == WON]
    months: dict[str, Counter[str]] = defaultdict(Counter)
    for case, end in ends:
        if end != "OPEN":
            months[f"{case.path[-1][1].astimezone(UTC):%Y-%m}-01"][end] += 1
    return {
        "deals": len(ends),
        **{word.lower(): sum(end == word for _, end in ends) for word in (WON, LOST, "OPEN")},
        "stages": {name: {**one, "shareOfTime": one["days"] / together} for name, one in stages.items()},
        "bottleneck": max(stages, key=lambda name: stages[name]["days"]),
        "cycle": {
            "of": len(cycle),
            "min": min(cycle),
            **{name: quantile(cycle, share) for name, share in (("p20", 0.2), ("median", 0.5), ("p80", 0.8))},
            "max": max(cycle),
        },
        "wins": {month: rate(ended[WON], ended.total()) for month, ended in sorted(months.items())},
    }
