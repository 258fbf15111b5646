"""Which criterion of another version stands for which."""

from collections.abc import Sequence
from uuid import NAMESPACE_URL, UUID, uuid5

import pytest

from app.playbooks.carrying import Pair, Requirement, activities, criteria, lapses
from app.vocabulary import LapseReason

Said = Sequence[tuple[str, str, str]]
"""(stage, key, text); a text that ends in * is decided by fields."""


def id_of(*parts: str) -> UUID:
    return uuid5(NAMESPACE_URL, "/".join(parts))


def asked(version: str, said: Said) -> list[Requirement]:
    return [
        Requirement(id_of(version, stage, key), id_of(version, stage), key, text.rstrip("*"), text.endswith("*"))
        for stage, key, text in said
    ]


def paired(old: Said, new: Said, stages: dict[str, str], how: object = criteria) -> dict[str, str]:
    counterparts = {id_of("1", before): id_of("2", after) for before, after in stages.items()}
    found: list[Pair] = how(asked("1", old), asked("2", new), counterparts)  # type: ignore[operator]
    return {f"{pair.old.key}": f"{pair.new.key}{'!' if pair.reworded else ''}" for pair in found}


SAME = {"a": "a", "b": "b"}


@pytest.mark.parametrize(
    ("old", "new", "stages", "expected"),
    [
        ([("a", "k", "Yes.")], [("a", "k", "Yes.")], SAME, {"k": "k"}),
        ([("a", "k", "It  is\nso.")], [("a", "k", "IT is so.")], SAME, {"k": "k"}),
        ([("a", "k", "Yes.")], [("a", "other", "Yes.")], SAME, {"k": "other"}),
        ([("a", "k", "Yes.")], [("a", "k", "No.")], SAME, {"k": "k!"}),
        ([("a", "k", "Yes.")], [("a", "l", "No.")], SAME, {}),
        # the texts change places: each goes with its text
        (
            [("a", "k", "One."), ("a", "l", "Two.")],
            [("a", "k", "Two."), ("a", "l", "One.")],
            SAME,
            {"k": "l", "l": "k"},
        ),
        # two stages become one
        ([("a", "k", "Yes."), ("b", "l", "Yes.")], [("a", "m", "Yes.")], {"a": "a", "b": "a"}, {"k": "m", "l": "m"}),
        # one stage becomes two
        (
            [("a", "k", "One."), ("a", "l", "Two.")],
            [("a", "k", "One."), ("c", "l", "Two.")],
            {"a": "a"},
            {"k": "k", "l": "l"},
        ),
        # every stage asks the same: what a dropped one had says nothing of the others
        ([("a", "k", "Yes."), ("b", "l", "Yes.")], [("b", "l", "Yes.")], {"b": "b"}, {"l": "l"}),
        # a text that moved is no longer the reworded one of its old key
        ([("a", "k", "Yes.")], [("a", "k", "No."), ("b", "k", "Yes.")], SAME, {"k": "k"}),
        ([("a", "k", "Yes.")], [], SAME, {}),
    ],
)
def test_a_criterion_is_what_it_asks(old: Said, new: Said, stages: dict[str, str], expected: dict[str, str]) -> None:
    assert paired(old, new, stages) == expected


def test_between_playbooks_a_text_is_the_same_wherever_it_stands() -> None:
    old = asked("1", [("a", "k", "Yes."), ("b", "l", "Yes."), ("c", "m", "Yes.")])
    new = asked("2", [("b", "l", "Yes.")])
    stages = {id_of("1", "b"): id_of("2", "b")}
    assert [pair.old.key for pair in criteria(old, new, stages)] == ["l"]
    assert [(pair.old.key, pair.rank) for pair in criteria(old, new, stages, anywhere=True)] == [
        ("l", 0),
        ("k", 3),
        ("m", 3),
    ]


def test_an_activity_is_what_its_key_says_it_is() -> None:
    old = [("a", "call", "Call"), ("a", "demo", "Demo"), ("b", "visit", "Visit")]
    new = [("a", "call", "Call again"), ("a", "show", "DEMO"), ("a", "visit", "Visit")]
    assert paired(old, new, SAME, activities) == {"call": "call!", "demo": "show", "visit": "visit"}


def test_what_was_said_lapses_where_nothing_asks_the_same() -> None:
    old = asked(
        "1", [("a", "k", "Yes."), ("a", "l", "Two."), ("a", "m", "Three."), ("a", "n", "Four."), ("a", "o", "X*")]
    )
    new = asked("2", [("a", "k", "yes."), ("a", "l", "Other."), ("a", "m", "Three.*")])
    stages = {id_of("1", "a"): id_of("2", "a")}
    found = [(one.key, reason, other and other.text) for one, reason, other in lapses(old, criteria(old, new, stages))]
    assert found == [
        ("l", LapseReason.REWORDED, "Other."),
        ("m", LapseReason.COMPUTED, "Three."),
        ("n", LapseReason.REMOVED, None),
    ]


def test_thousands_are_paired_in_one_look_each() -> None:
    old = asked("1", [("a", f"k{n}", f"Text {n}.") for n in range(4_000)])
    new = asked("2", [("a", f"k{n}", f"Text {n + 1}.") for n in range(4_000)])
    found = criteria(old, new, {id_of("1", "a"): id_of("2", "a")})
    assert len({pair.new.id for pair in found}) == 3_999
