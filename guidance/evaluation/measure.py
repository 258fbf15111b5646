"""Figures of answers to golden cases."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field

from guidance.actions import Candidate
from guidance.evaluation.cases import ANY, Case, DraftText, ToldText
from guidance.evaluation.golden import Golden, names

FIRST = 3
SPEAKING = 5
"""So many actions are shown; one of them has to say what a case expects of any."""


@dataclass(frozen=True, slots=True)
class Marks:
    """What one answer got right. `must` actions of the case were to be found among the `shown` first three; `welcome`
    of them were expected or fine. `forbidden` names wrong ones anywhere in the answer; `misplaced` those that stand
    before what has to come first; `misspoken` what texts and messages say or leave out. `weight` is the case's."""

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
    misplaced: tuple[str, ...] = ()
    misspoken: tuple[str, ...] = ()
    weight: float = 1.0

    @property
    def faults(self) -> Iterator[str]:
        """What isn't right, in words."""
        told = {
            "missing": self.missing,
            "unwelcome": self.unwelcome,
            "forbidden": self.forbidden,
            "misplaced": self.misplaced,
            "misspoken": self.misspoken,
        }
        yield from (f"{what} {', '.join(actions)}" for what, actions in told.items() if actions)


@dataclass(frozen=True, slots=True)
class Figures:
    """Over all cases together, each with its weight, not averaged case by case."""

    cases: int
    must_recall: float
    precision: float
    forbidden: int
    evidence: float
    misplaced: int = 0
    misspoken: int = 0
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
        misplaced=tuple(_misplaced(case, named)),
        misspoken=tuple(_misspoken(case, answer)),
        weight=case.weight,
    )


def figures_of(marks: Iterable[Marks]) -> Figures:
    """A share of nothing is 1."""
    every = tuple(marks)
    return Figures(
        cases=len(every),
        must_recall=_share(sum(one.weight * one.found for one in every), sum(one.weight * one.must for one in every)),
        precision=_share(sum(one.weight * one.welcome for one in every), sum(one.weight * one.shown for one in every)),
        forbidden=sum(len(one.forbidden) for one in every),
        evidence=_share(sum(one.with_evidence for one in every), sum(one.actions for one in every)),
        misplaced=sum(len(one.misplaced) for one in every),
        misspoken=sum(len(one.misspoken) for one in every),
        marks=every,
    )


def _misplaced(case: Case, named: Sequence[frozenset[str]]) -> Iterator[str]:
    if case.first and not (named and case.first in named[0]):
        yield f"{max(named[0], key=len) if named else 'nothing'} before {case.first}"
    for former, latter in case.before:
        places = [next((n for n, called in enumerate(named) if one in called), len(named)) for one in (former, latter)]
        if places[1] < len(named) and places[0] > places[1]:
            yield f"{latter} before {former}"


def _misspoken(case: Case, answer: Sequence[Candidate]) -> Iterator[str]:
    for told in case.told:
        texts = [_told(candidate) for candidate in _meant(told, answer)]
        yield from _faults(told, told.action, texts)
    for draft in case.drafts:
        meant = [candidate for candidate in _meant(draft, answer) if candidate.message]
        if not meant:
            yield f"{draft.action} has no message"
        yield from _faults(draft, f"message of {draft.action}", [candidate.draft or "" for candidate in meant])
        yield from _readers(draft, meant)


def _readers(told: DraftText, meant: Sequence[Candidate]) -> Iterator[str]:
    for candidate in meant:
        if told.reader and candidate.message and candidate.message.reader is not told.reader:
            yield f"message of {told.action} is for {candidate.message.reader}"


def _meant(told: ToldText, answer: Sequence[Candidate]) -> list[Candidate]:
    return [one for one in answer[:SPEAKING] if told.action == ANY or told.action in names(one)]


def _told(candidate: Candidate) -> str:
    parts = [candidate.title, candidate.rationale]
    for one in candidate.evidence:
        parts += [one.fact, one.value, one.quote or ""]
    return "\n".join(parts)


def _faults(told: ToldText, who: str, texts: Sequence[str]) -> Iterator[str]:
    yield from (f"{who} doesn’t say “{said}”" for said in told.says if not any(said in text for text in texts))
    yield from (f"{who} says “{said}”" for said in told.never if any(said in text for text in texts))


def _share(part: float, whole: float) -> float:
    return part / whole if whole else 1.0
