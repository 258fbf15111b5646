import sys
from dataclasses import dataclass

from app.sizes import LOOKED_AT, MOST_OBJECTS, CacheSize, announce, held, measure_next, size_of


@dataclass(slots=True)
class Slotted:
    text: str


def test_an_object_counts_with_what_it_refers_to_and_once() -> None:
    text = "x" * 1_000
    assert size_of(text) == sys.getsizeof(text)
    alone = size_of(Slotted(text))
    assert alone > sys.getsizeof(text)
    assert size_of([text, text, {"a": (text,)}]) < 2 * sys.getsizeof(text)
    assert size_of([Slotted]) == sys.getsizeof([Slotted]), "a class is nobody's own"


def test_something_endless_is_not_followed_for_ever() -> None:
    chain: list[object] = []
    for _ in range(MOST_OBJECTS * 2):
        chain = [chain]
    assert size_of(chain) < (MOST_OBJECTS + 1) * sys.getsizeof([None])


def test_a_collection_is_estimated_from_a_few() -> None:
    few, many = held(["x" * 1_000] * LOOKED_AT), held(dict.fromkeys(range(1000), "x" * 1000))
    assert few.entries == LOOKED_AT
    assert many.entries == 1_000
    assert 1_000_000 < many.bytes < 1_500_000
    assert held([], of=0) == CacheSize(0, sys.getsizeof([]))
    assert held(["x" * 1_000], of=1_000).bytes > 1_000_000


def test_caches_take_turns() -> None:
    announce("one of the tests", lambda: CacheSize(1, 1))
    announce("another of the tests", lambda: CacheSize(2, 2))
    names = set()
    for _ in range(20):
        measured = measure_next()
        assert measured is not None
        names.add(measured[0])
    assert {"one of the tests", "another of the tests"} <= names
