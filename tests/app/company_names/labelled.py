"""The labelled pairs: which are open to tuning and which are held out, and how well a comparison does on them."""

from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path

from app.company_names import Company, Likeness, likeness

HERE = Path(__file__).parent


@dataclass(frozen=True)
class Pair:
    """`label`: `same`, `different` or `related` (of one group, yet not the same)."""

    label: str
    a: Company
    b: Company
    held_out: bool


def pairs(file: str = "pairs.txt") -> list[Pair]:
    lines = (HERE / file).read_text("utf-8").splitlines()
    return [_pair(line) for line in lines if line and not line.startswith("#")]


def _pair(line: str) -> Pair:
    label, *rest = line.split("|")
    values = [value or None for value in rest]
    held_out = sha256(line.encode()).digest()[0] % 2 == 1
    return Pair(label, Company(values[0] or "", *values[1:4]), Company(values[4] or "", *values[5:8]), held_out)


@dataclass(frozen=True)
class Figures:
    right: int
    wrong: int
    missed: int

    @property
    def precision(self) -> float:
        return self.right / (self.right + self.wrong)

    @property
    def recall(self) -> float:
        return self.right / (self.right + self.missed)


def judged(some: list[Pair]) -> tuple[Figures, list[tuple[Pair, Likeness]]]:
    """And those that are judged wrongly. Of one group but not the same counts as different."""
    right = wrong = missed = 0
    mistakes = list[tuple[Pair, Likeness]]()
    for pair in some:
        found = likeness(pair.a, pair.b)
        if found.alike and pair.label == "same":
            right += 1
        elif found.alike:
            wrong += 1
        elif pair.label == "same":
            missed += 1
        if found.alike != (pair.label == "same"):
            mistakes.append((pair, found))
    return Figures(right, wrong, missed), mistakes
