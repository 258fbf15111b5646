"""Estimated sizes of caches in bytes, from a few of their entries."""

import sys
from collections.abc import Callable, Collection, Iterator, Mapping
from itertools import islice
from types import FunctionType, ModuleType
from typing import Any, NamedTuple

LOOKED_AT = 4
"""Entries whose size is worked out; the others are taken to be as large on average."""
MOST_OBJECTS = 500
"""Of one entry: what lies further inside isn't counted."""

_SHARED = (type, ModuleType, FunctionType)


class CacheSize(NamedTuple):
    entries: int
    bytes: int


_caches: dict[str, Callable[[], CacheSize]] = {}


def announce(name: str, measure: Callable[[], CacheSize]) -> None:
    """Have a cache measured from now on; of two of one name the later counts."""
    _caches[name] = measure


def measure_next() -> tuple[str, CacheSize] | None:
    """One cache after the other, since looking into one takes a millisecond or two."""
    if not _caches:
        return None
    name = next(iter(_caches))
    measure = _caches[name] = _caches.pop(name)  # the last now
    return name, measure()


def held(entries: Collection[Any] | Mapping[Any, Any], *, of: int | None = None) -> CacheSize:
    """An estimate for what shares nothing with the rest of the process. `of`: how many there are, if not just these."""
    number = len(entries) if of is None else of
    items = entries.items() if isinstance(entries, Mapping) else entries
    sizes = [size_of(item) for item in islice(items, LOOKED_AT)]
    inside = sum(sizes) * number // len(sizes) if sizes else 0
    return CacheSize(number, sys.getsizeof(entries) + inside)


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
