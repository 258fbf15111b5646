"""What can be wrong with one value, one row, or a whole import."""

from collections.abc import Sequence


class FieldFault(Exception):
    """Why a value can't be taken. The message goes on from the value: “is not a date as iso”."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


class ImportStopped(Exception):
    """The import can't begin or go on, and nothing has been written. The message says why and offers a way out."""


class UnknownStages(ImportStopped):
    """Stage names of the export that the playbook doesn't have, with how many rows say each."""

    def __init__(self, playbook: str, counts: Sequence[tuple[str, int, int]], way_out: str) -> None:
        listed = "\n".join(f"  {name!r}: {deals} opportunities, {moves} history rows" for name, deals, moves in counts)
        super().__init__(f"These stage names are not in {playbook}; nothing was imported.\n{listed}\n{way_out}")
        self.counts = tuple(counts)
