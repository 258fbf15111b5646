"""What can be wrong with an answer."""

from dataclasses import dataclass
from enum import StrEnum


class Code(StrEnum):
    UNREADABLE = "UNREADABLE"
    SHAPE = "SHAPE"
    UNKNOWN_ACTION = "UNKNOWN_ACTION"
    REPEATED_ACTION = "REPEATED_ACTION"
    NUMBER_OF_ACTIONS = "NUMBER_OF_ACTIONS"
    UNKNOWN_CONTENT = "UNKNOWN_CONTENT"
    LENGTH = "LENGTH"
    CHARACTERS = "CHARACTERS"
    MARKUP = "MARKUP"
    LINK = "LINK"
    ADDRESS = "ADDRESS"
    AMOUNT = "AMOUNT"
    DATE = "DATE"
    NUMBER = "NUMBER"
    STRANGER = "STRANGER"
    NAME = "NAME"
    QUOTE = "QUOTE"
    STAGE = "STAGE"
    ECHO = "ECHO"
    READER = "READER"
    CONSEQUENCE = "CONSEQUENCE"
    MOVE = "MOVE"
    STRAYED = "STRAYED"


@dataclass(frozen=True, slots=True)
class Fault:
    """`message` goes back to the model and nowhere else: it may quote the answer. `where` as `actions[0].title`."""

    code: Code
    where: str
    message: str

    def __str__(self) -> str:
        return f"{self.where}: {self.message}"
