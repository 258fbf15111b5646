"""Limits on the size of variables, measured before any is coerced: from their values alone, whatever their types."""

from collections.abc import Mapping
from typing import Any, NamedTuple

from graphql import GraphQLError

from app.settings import Settings, settings

NAME = 200
"""Characters of a key."""
SHOWN = 60
FEW, SHORT = 10, 100
"""Variables, and characters of each, that are within the bounds whatever these are set to."""


class Bounds(NamedTuple):
    """`values`: all together; `items`: of one list or object; `depth`: of lists and objects in each other; `text`:
    characters of one string."""

    values: int
    items: int
    depth: int
    text: int

    @classmethod
    def of(cls, settings: Settings) -> "Bounds":
        return cls(
            settings.max_variable_values,
            settings.max_variable_items,
            settings.max_variable_depth,
            settings.max_variable_length,
        )


_current: tuple[Settings, Bounds] | None = None


def bounds() -> Bounds:
    """Of the settings in use."""
    global _current
    chosen = settings()
    if _current is None or _current[0] is not chosen:
        _current = chosen, Bounds.of(chosen)
    return _current[1]


Place = tuple[str | int, ...]


class TooLarge(Exception):
    """`error`: the first bound that was broken; `weight`: how many values had been looked at by then."""

    def __init__(self, error: GraphQLError, weight: int) -> None:
        super().__init__(error.message)
        self.error = error
        self.weight = weight


def is_small(variables: Mapping[str, Any]) -> bool:
    """Whether there is no need to measure them: few, and each short and by itself."""
    if len(variables) > FEW:
        return False
    for name, value in variables.items():
        kind = value.__class__
        if kind is dict or kind is list or (kind is str and len(value) > SHORT) or len(name) > SHORT:
            return False
    return True


def weighed(variables: Mapping[str, Any], bounds: Bounds) -> int:
    """The number of values in variables, as JSON has them. Goes level by level, no further than to the first excess.

    Raises `TooLarge`.
    """
    level: list[tuple[Any, Place]] = [(variables, ())]
    size = 0
    for _ in range(bounds.depth + 1):
        below: list[tuple[Any, Place]] = []
        for container, place in level:
            size += len(container)
            if size > bounds.values or len(container) > bounds.items:
                raise TooLarge(_too_many(place, len(container), bounds), min(size, bounds.values))
            named = container.__class__ is not list
            for key, value in container.items() if named else enumerate(container):
                kind = value.__class__
                if kind is dict or kind is list:
                    below.append((value, (*place, key)))
                elif kind is str and len(value) > bounds.text:
                    words = f"is longer than {bounds.text} characters. Shorten it."
                    raise TooLarge(_excess("LENGTH_LIMIT", (*place, key), words), size)
                if key.__class__ is str and len(key) > NAME:
                    words = f"has a name in it that is longer than {NAME} characters."
                    raise TooLarge(_excess("LENGTH_LIMIT", place, words), size)
        if not below:
            return size
        level = below
    words = f"nests deeper than {bounds.depth} levels. Send it flatter."
    raise TooLarge(_excess("DEPTH_LIMIT", level[0][1], words), size)


def _too_many(place: Place, items: int, bounds: Bounds) -> GraphQLError:
    if items > bounds.items:
        return _excess("VALUE_LIMIT", place, f"holds more than {bounds.items} values. Send fewer, in several requests.")
    words = f"brings the variables to more than {bounds.values} values. Send fewer, in several requests."
    return _excess("VALUE_LIMIT", place, words)


def _excess(code: str, place: Place, words: str) -> GraphQLError:
    shown = [part[:SHOWN] if isinstance(part, str) else part for part in place]
    subject = f"Variable “${_path(shown)}”" if shown else "What was sent as `variables`"
    return GraphQLError(f"{subject} {words}", extensions={"code": code, "argument": shown})


def _path(place: list[str | int]) -> str:
    return "".join(f"[{part}]" if isinstance(part, int) else f".{part}" for part in place)[1:]
