"""Long hunts: a sample of each runs with the other tests, the whole by `make soak`, which writes down what it saw.

SEED, KILLS = hunts.seed(), hunts.size(2, whole=30)
"""

import os
import random
import re
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path

RECORD = Path(__file__).parents[1] / "bench" / "SOAK.md"
WHOLE = os.environ.get("STAGEPATH_SOAK") == "whole"


def size(sample: int, *, whole: int) -> int:
    return whole if WHOLE else sample


def seed() -> int:
    """Of this run: a sample's is the same each time, a whole hunt's is new. `STAGEPATH_SOAK_SEED` says another."""
    chosen = os.environ.get("STAGEPATH_SOAK_SEED")
    if chosen:
        return int(chosen)
    return random.SystemRandom().randrange(2**32) if WHOLE else 1


def record(title: str, *lines: str, table: Sequence[str] = (), keep: bool = True) -> None:
    """Print the outcome and, after a whole hunt, put it into its section of `bench/SOAK.md`, with a table's lines after
    it; not with `keep=False`, for a hunt that was whole in part.
    """
    print(f"\n{title}", *lines, sep="\n  ")  # noqa: T201 # pytest shows it when the test fails, or with -s
    if not WHOLE or not keep:
        return
    before = RECORD.read_text(encoding="utf-8") if RECORD.exists() else _HEAD
    when = datetime.now(UTC).strftime("%Y-%m-%d %H:%M UTC")
    section = f"## {title}\n\n{when}.\n\n" + "\n".join(f"- {line}" for line in lines) + "\n"
    section += "\n" + "\n".join(table) + "\n" if table else ""
    others = re.split(r"(?m)^(?=## )", before)
    kept = [other.rstrip() + "\n" for other in others if not other.startswith(f"## {title}\n")]
    RECORD.write_text("\n".join([*kept, section]), encoding="utf-8")


_HEAD = """# Long hunts

What `make soak` saw when it last ran, each section written by its hunt.
"""
