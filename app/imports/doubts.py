"""Doubts that concern a file as a whole: how it writes days, numbers or identifiers, if not as it was said to.

Such a doubt stops the import, since to reject the cells that show it would let all others in with the wrong meaning.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field

from app.imports.faults import Doubtful, ImportStopped, Sample

MOST_SAMPLES = 3


class FileInDoubt(ImportStopped):
    """`place`: the file, and the column if it is one's. `way_out`: the option that settles it."""

    def __init__(self, place: str, doubt: str, samples: tuple[Sample, ...], way_out: str) -> None:
        shown = "\n".join(map(str, samples[:MOST_SAMPLES]))
        super().__init__(f"{place}: {doubt}; nothing was imported.\n{shown}\n{way_out}")
        self.samples = samples
        self.way_out = way_out


@dataclass
class Doubt:
    """One kind of doubt about one column. Cells that show it are collected until there are enough to show.

    `also`: cells that have both readings, shown where fewer than three have the other one only.
    """

    place: str
    doubt: str
    way_out: str
    shown: list[Sample] = field(default_factory=list)
    also: Sequence[Sample] = ()

    def show(self, sample: Sample) -> None:
        """Raises `FileInDoubt` when there are samples enough."""
        self.shown.append(sample)
        if len(self.shown) >= MOST_SAMPLES:
            self.settle()

    def settle(self) -> None:
        """Raises `FileInDoubt` if any cell has shown it."""
        if self.shown:
            raise FileInDoubt(self.place, self.doubt, (*self.shown, *self.also), self.way_out)


class Doubts:
    """Those of one import, by place and kind."""

    def __init__(self) -> None:
        self._found: dict[tuple[str, str], Doubt] = {}

    def note(self, place: str, line: int, cell: str, fault: Doubtful) -> None:
        """Raises `FileInDoubt` when there are samples enough."""
        found = self._found.setdefault((place, fault.doubt), Doubt(place, fault.doubt, fault.way_out, also=fault.also))
        found.show(Sample(line, cell.strip(), fault.readings))

    def settle(self) -> None:
        """At the end of all files. Raises `FileInDoubt`."""
        for doubt in self._found.values():
            doubt.settle()
