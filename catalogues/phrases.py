"""Sentences before they are said: plain data, compared by what they hold."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import NamedTuple


class Text(NamedTuple):
    """A text that isn't ours, with the language it is in, as a BCP 47 tag."""

    text: str
    language: str


@dataclass(frozen=True, slots=True)
class Counted:
    """A noun in singular and plural, or a clause with one; `{n}` in it is the number."""

    singular: str
    plural: str
    n: int
    values: tuple[tuple[str, "Value"], ...] = ()


@dataclass(frozen=True, slots=True)
class Phrase:
    """`message`: English, with `{places}` for values. A value without a language of its own, such as a number or a
    person's name, stands as it is."""

    message: str
    values: tuple[tuple[str, "Value"], ...] = ()


@dataclass(frozen=True, slots=True)
class Either:
    """The first whose texts are all in one language that there is a catalogue of; else the last."""

    phrases: tuple["Phrase | Counted", ...]


Said = Phrase | Counted | Either
Value = str | int | Text | Phrase | Counted


def phrase(message: str, **values: Value) -> Phrase:
    return Phrase(message, tuple(values.items()))


def counted(singular: str, plural: str, n: int, **values: Value) -> Counted:
    return Counted(singular, plural, n, tuple(values.items()))


def either(*phrases: Phrase | Counted) -> Either:
    return Either(phrases)


def texts_in(said: Phrase | Counted) -> Iterator[Text]:
    for _, value in said.values:
        if isinstance(value, Text):
            yield value
        elif isinstance(value, Phrase | Counted):
            yield from texts_in(value)
