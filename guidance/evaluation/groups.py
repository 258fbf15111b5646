"""The figures of cases that have something in common: a playbook, or the kind of action that they are there for."""

from collections import defaultdict
from collections.abc import Iterable, Mapping

from guidance.evaluation.golden import Golden
from guidance.evaluation.measure import Figures, Marks, figures_of

Marked = tuple[Golden, Marks]


def by_playbook(marked: Iterable[Marked]) -> Mapping[str, Figures]:
    groups = defaultdict(list)
    for golden, marks in marked:
        groups[golden.playbook].append(marks)
    return {name: figures_of(marks) for name, marks in sorted(groups.items())}


def by_kind(marked: Iterable[Marked]) -> Mapping[str, tuple[int, int, int]]:
    """For each kind of action how often it was expected among the first three, was found there, and was forbidden and
    shown."""
    groups: dict[str, list[int]] = defaultdict(lambda: [0, 0, 0])
    for golden, marks in marked:
        for action in golden.case.must:
            count = groups[action.split()[0]]
            count[0] += 1
            count[1] += action not in marks.missing
        for action in marks.forbidden:
            groups[action.split()[0]][2] += 1
    return {kind: (expected, found, wrong) for kind, (expected, found, wrong) in sorted(groups.items())}


def by_rule(marked: Iterable[Marked]) -> Mapping[str, Figures]:
    groups = defaultdict(list)
    for golden, marks in marked:
        for rule in golden.case.rules:
            groups[rule].append(marks)
    return {name: figures_of(marks) for name, marks in sorted(groups.items())}
