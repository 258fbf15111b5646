"""Figures of answers to golden cases."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

from guidance.actions import Candidate
from guidance.evaluation.golden import Golden, names

FIRST = 3


@dataclass(frozen=True, slots=True)
class Marks:
    """What one answer got right. `must` actions of the case were to be found among the `shown` first three; `welcome`
    of them were expected or fine. `forbidden` names wrong ones anywhere in the answer."""

    case: str
    must: int
    found: int
    shown: int
    welcome: int
    actions: int
    with_evidence: int
    missing: tuple[str, ...] = ()
    unwelcome: tuple[str, ...] = ()
    forbidden: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Figures:
    """Over all cases together, not averaged case by case."""

    cases: int
    must_recall: float
    precision: float
    forbidden: int
    evidence: float
    marks: tuple[Marks, ...] = field(repr=False, default=())


def marks_of(golden: Golden, answer: Sequence[Candidate]) -> Marks:
    case, named = golden.case, [names(candidate) for candidate in answer]
    first = named[:FIRST]
    expected = {*case.must, *case.fine}
    missing = tuple(action for action in case.must if not any(action in called for called in first))
    return Marks(
        case=golden.name,
        must=len(case.must),
        found=len(case.must) - len(missing),
        shown=len(first),
        welcome=sum(bool(called & expected) for called in first),
        actions=len(answer),
        with_evidence=sum(bool(candidate.evidence) for candidate in answer),
        missing=missing,
        unwelcome=tuple(max(called, key=len) for called in first if not called & expected),
        forbidden=tuple(action for action in case.wrong if any(action in called for called in named)),
    )


def figures_of(marks: Iterable[Marks]) -> Figures:
    """A share of nothing is 1."""
    every = tuple(marks)
    return Figures(
        cases=len(every),
        must_recall=_share(sum(one.found for one in every), sum(one.must for one in every)),
        precision=_share(sum(one.welcome for one in every), sum(one.shown for one in every)),
        forbidden=sum(len(one.forbidden) for one in every),
        evidence=_share(sum(one.with_evidence for one in every), sum(one.actions for one in every)),
        marks=every,
    )


def _share(part: int, whole: int) -> float:
    return part / whole if whole else 1.0
