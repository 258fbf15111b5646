"""Faults of an answer."""

from dataclasses import dataclass
from enum import StrEnum


class Code(StrEnum):
    UNREADABLE = "UNREADABLE"
    SHAPE = "SHAPE"
    LENGTH = "LENGTH"
    UNKNOWN_ACTION = "UNKNOWN_ACTION"
    NUMBER_OF_ACTIONS = "NUMBER_OF_ACTIONS"
    UNKNOWN_FACT = "UNKNOWN_FACT"
    UNKNOWN_BLOCK = "UNKNOWN_BLOCK"
    UNKNOWN_CONTENT = "UNKNOWN_CONTENT"
    UNKNOWN_DATE = "UNKNOWN_DATE"
    REPEATED = "REPEATED"


@dataclass(frozen=True, slots=True)
class Fault:
    """`message` goes back to the model and nowhere else: it may quote the answer. `where` as `actions[0].facts`."""

    code: Code
    where: str
    message: str

    def __str__(self) -> str:
        return f"{self.where}: {self.message}"
