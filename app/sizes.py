"""What caches hold, in bytes, as estimated from a few of their entries."""

import sys
from collections.abc import Callable, Collection, Iterator, Mapping
from itertools import islice
from types import FunctionType, ModuleType
from typing import Any, NamedTuple

LOOKED_AT = 16
"""Entries whose size is worked out; the others are taken to be as large on average."""
MOST_OBJECTS = 2_000
"""Of one entry: what lies further inside isn't counted."""

_SHARED = (type, ModuleType, FunctionType)


class Held(NamedTuple):
    entries: int
    bytes: int


_caches: dict[str, Callable[[], Held]] = {}


def announce(name: str, measure: Callable[[], Held]) -> None:
    """Have a cache measured from now on; of two of one name the later counts."""
    _caches[name] = measure


def measured() -> Iterator[tuple[str, Held]]:
    for name, measure in _caches.items():
        yield name, measure()


def held(entries: Collection[Any] | Mapping[Any, Any]) -> Held:
    """An estimate for a collection that shares nothing with the rest of the process."""
    number = len(entries)
    items = entries.items() if isinstance(entries, Mapping) else entries
    sizes = [size_of(item) for item in islice(items, LOOKED_AT)]
    inside = sum(sizes) * number // len(sizes) if sizes else 0
    return Held(number, sys.getsizeof(entries) + inside)


def size_of(root: object) -> int:
    """Bytes of an object and of what it refers to, each counted once; classes, modules and functions aren't."""
    seen: set[int] = set()
    waiting, total = [root], 0
    while waiting and len(seen) < MOST_OBJECTS:
        current = waiting.pop()
        if id(current) in seen or isinstance(current, _SHARED):
            continue
        seen.add(id(current))
        total += sys.getsizeof(current)
        waiting.extend(_inside(current))
    return total


def _inside(value: object) -> Iterator[object]:
    if isinstance(value, Mapping):
        yield from value.keys()
        yield from value.values()
    elif isinstance(value, tuple | list | set | frozenset):
        yield from value
    if hasattr(value, "__dict__"):
        yield value.__dict__
    for kind in type(value).__mro__:
        slots = kind.__dict__.get("__slots__", ())
        for name in (slots,) if isinstance(slots, str) else slots:
            if hasattr(value, name):
                yield getattr(value, name)
