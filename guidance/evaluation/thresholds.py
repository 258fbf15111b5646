"""Thresholds for answers, kept beside the cases."""

from collections.abc import Iterator
from pathlib import Path

from pydantic import BaseModel, ConfigDict, Field

from guidance.evaluation.measure import Figures
from guidance.evaluation.playbooks import read_as

FILE = "thresholds.yml"


class Thresholds(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")

    must_recall: float = Field(ge=0, le=1)
    precision: float = Field(ge=0, le=1)
    forbidden: int = Field(ge=0)
    evidence: float = Field(ge=0, le=1)
    misplaced: int = Field(ge=0)
    misspoken: int = Field(ge=0)


def read_thresholds(cases: Path) -> Thresholds:
    """Raises `Unmeasurable`."""
    return read_as(Thresholds, cases / FILE)


def shortfalls(figures: Figures, wanted: Thresholds) -> Iterator[str]:
    """What falls short, in words; nothing where all is reached."""
    for name, said in (("must_recall", "recall of must-haves"), ("precision", "precision@3"), ("evidence", "evidence")):
        reached, least = getattr(figures, name), getattr(wanted, name)
        if reached < least:
            yield f"{said} is {reached:.3f}, below {least:g}"
    for name, said in (
        ("forbidden", "forbidden actions"),
        ("misplaced", "actions in the wrong place"),
        ("misspoken", "texts that say too much or too little"),
    ):
        counted, most = getattr(figures, name), getattr(wanted, name)
        if counted > most:
            yield f"{counted} {said}, more than {most}"
