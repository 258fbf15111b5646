"""Stage names as an export spells them, and the stages of a playbook that they mean."""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from uuid import UUID

from app.imports.faults import FieldFault
from app.vocabulary import StageKind

LONGEST_NAME = 120
_BETWEEN_WORDS = re.compile(r"[\W_]+")


def normal(name: str) -> str:
    """Case and punctuation don't tell stages apart: “Negotiation/Review” is “negotiation review”."""
    return _BETWEEN_WORDS.sub(" ", name.casefold()).strip() or name.strip()


class StageNames(dict[str, int]):
    """Spelling → number of the stage name. Numbers names as they come; raises `FieldFault` for blank ones."""

    def __init__(self) -> None:
        super().__init__()
        self.spellings: list[str] = []
        self._numbers: dict[str, int] = {}

    def __missing__(self, spelling: str) -> int:
        name = normal(spelling)
        if not name:
            raise FieldFault("is empty")
        if len(spelling.strip().splitlines()) > 1:
            raise FieldFault("has a line break, so that a quote may have been left open")
        if len(spelling.strip()) > LONGEST_NAME:
            raise FieldFault(f"is longer than {LONGEST_NAME} characters")
        number = self._numbers.setdefault(name, len(self.spellings))
        if number == len(self.spellings):
            self.spellings.append(spelling.strip())
        self[spelling] = number
        return number

    def number(self, spelling: str) -> int:
        return self[spelling]


@dataclass(frozen=True, slots=True)
class StageRow:
    """A stage of one version of a playbook. `rank`: its place among the version's stages, closed ones last."""

    id: UUID
    playbook_id: UUID
    key: str
    name: str
    aliases: tuple[str, ...]
    kind: StageKind
    rank: int


def match(spellings: Iterable[str], stages: Iterable[StageRow], mapped: Mapping[str, str]) -> dict[int, str]:
    """Number of a name → key of the stage that it means: as the mapping says, else by key, name, then alias. Names that
    mean none are left out."""
    meant: dict[str, str] = {}
    ordered = list(stages)
    keys = {stage.key for stage in ordered}
    for stage in ordered:
        for alias in stage.aliases:
            meant.setdefault(normal(alias), stage.key)
    meant |= {normal(stage.name): stage.key for stage in ordered}
    meant |= {normal(stage.key): stage.key for stage in ordered}
    meant |= {normal(name): key for name, key in mapped.items() if key in keys}
    return {number: meant[normal(name)] for number, name in enumerate(spellings) if normal(name) in meant}
