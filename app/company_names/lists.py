"""Lists of words that are kept as data, in `lists.yaml`."""

from functools import lru_cache
from pathlib import Path

import yaml


@lru_cache(maxsize=1)
def _lists() -> dict[str, str]:
    found: dict[str, str] = yaml.safe_load((Path(__file__).parent / "lists.yaml").read_text("utf-8"))
    return found


def words(name: str) -> frozenset[str]:
    return frozenset(_lists()[name].split())
