"""Places in answers, written as paths, and the selection that reads them.

owner.id                                    of an object
stages[0].activities[0].name                of a list, by number
criteria(scope: ALL)[criterion.id=crt_1].evidence      of the item that has this
stages.key                                  of all items, as a list
"""

import re
from collections.abc import Iterable, Mapping
from typing import Any, NamedTuple

_STEP = re.compile(r"(?P<name>\w+)(?P<arguments>\([^)]*\))?(\[(?P<pick>[^\]]+)\])?(\.|$)")


class Step(NamedTuple):
    name: str
    arguments: str
    pick: str | None


def steps(path: str) -> list[Step]:
    found, at = [], 0
    while at < len(path):
        matched = _STEP.match(path, at)
        assert matched, f"{path} at {at}"
        found.append(Step(matched["name"], matched["arguments"] or "", matched["pick"]))
        at = matched.end()
    return found


def selection(paths: Iterable[str]) -> str:
    """The selection set, without its braces, in which all of the paths can be found."""
    tree: dict[str, Any] = {}
    for path in paths:
        _add(tree, steps(path))
    return _written(tree)


def _add(tree: dict[str, Any], way: list[Step]) -> None:
    for step in way:
        tree = tree.setdefault(step.name + step.arguments, {})
        if step.pick is not None and "=" in step.pick:
            _add(tree, steps(step.pick.partition("=")[0]))


def _written(tree: Mapping[str, Any]) -> str:
    return " ".join(f"{name} {{ {_written(below)} }}" if below else name for name, below in tree.items())


def value_at(answer: Any, path: str) -> Any:
    """None where there is nothing, or no such item."""
    return _value(answer, steps(path))


def _value(answer: Any, way: list[Step]) -> Any:
    if not way or answer is None:
        return answer
    if isinstance(answer, list):
        return [_value(one, way) for one in answer]
    step, *rest = way
    found = answer[step.name]
    return _value(found if step.pick is None else _picked(found, step.pick), rest)


def _picked(items: list[Any], pick: str) -> Any:
    if "=" not in pick:
        return items[int(pick)] if int(pick) < len(items) else None
    path, _, wanted = pick.partition("=")
    return next((one for one in items if value_at(one, path) == wanted), None)
