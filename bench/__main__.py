"""Measure Stagepath beside what else a team could pick; see `bench/README.md`. Writes `bench/RESULTS.md`.

Exits 0 when every bar is met, 1 when one is not, 2 when one could not be measured.
"""

import argparse
import asyncio
import sys
from dataclasses import dataclass
from pathlib import Path

from bench.bars import bars
from bench.data.shape import PARTNERS
from bench.run import ALL, Plan, measured

REPORT = Path(__file__).with_name("RESULTS.md")


@dataclass(frozen=True, slots=True)
class Scale:
    opportunities: int
    partners: int
    rounds: int
    seconds: float
    sizes: tuple[int, ...]
    subscribers: tuple[int, int]
    events_for: float


FULL = Scale(100_000, PARTNERS, 5, 2.5, (10_000, 1_000_000), (1_000, 5_000), 6)
QUICK = Scale(2_000, 100, 2, 0.4, (1_000, 4_000), (60, 100), 1.0)


def plan() -> Plan:
    given = argparse.ArgumentParser(prog="python -m bench", description=__doc__)
    given.add_argument("--quick", action="store_true", help="a small run, to see that everything works")
    given.add_argument("--opportunities", type=int)
    given.add_argument("--partners", type=int)
    given.add_argument("--rounds", type=int)
    given.add_argument("--seconds", type=float, help="of each round")
    given.add_argument("--subscribers", type=int, help="of S1 and S2; S1 large has five times as many")
    given.add_argument("--only", help=f"comma-separated, of {','.join(ALL)}")
    given.add_argument("--systems", help="comma-separated names; all of them unless given")
    given.add_argument("--state", type=Path, default=Path(".stagepath/bench"), help="where the databases are kept")
    given.add_argument("--out", type=Path, help="where to write the report; a full run writes bench/RESULTS.md")
    asked = given.parse_args()
    scale = QUICK if asked.quick else FULL
    whole = not (asked.quick or asked.only or asked.systems or asked.opportunities or asked.subscribers)
    return Plan(
        opportunities=asked.opportunities or scale.opportunities,
        partners=asked.partners or scale.partners,
        rounds=asked.rounds or scale.rounds,
        seconds=asked.seconds or scale.seconds,
        sizes=scale.sizes,
        subscribers=(asked.subscribers, 5 * asked.subscribers) if asked.subscribers else scale.subscribers,
        events_for=scale.events_for,
        only=tuple(asked.only.split(",")) if asked.only else ALL,
        systems=frozenset(asked.systems.split(",")) if asked.systems else None,
        state=asked.state,
        out=asked.out or (REPORT if whole else None),
    )


def main() -> int:
    chosen = plan()
    found, text = asyncio.run(measured(chosen))
    print(text)
    if chosen.out is not None:
        chosen.out.write_text(text, encoding="utf-8")
    met = [bar.met for bar in bars(found)]
    return 1 if False in met else 2 if None in met else 0


if __name__ == "__main__":
    sys.exit(main())
