"""Translations of a playbook's texts, as they are edited."""

from collections.abc import Mapping, Sequence
from typing import Any

from app.languages import tried
from app.models.translations import Stored, in_order, spoken, stored
from app.playbooks.spec import (
    ActivityTranslation,
    CriterionTranslation,
    PlaybookTranslation,
    QuestionTranslation,
    StageTranslation,
)

TEXTS: Mapping[str, tuple[str, ...]] = {
    table: tuple(name for name in model.model_fields if name != "language")
    for table, model in (
        ("playbook", PlaybookTranslation),
        ("qualification_question", QuestionTranslation),
        ("stage", StageTranslation),
        ("criterion", CriterionTranslation),
        ("activity", ActivityTranslation),
    )
}
"""The texts of each table's rows that may be translated."""


def edited(kept: Stored | None, table: str) -> list[dict[str, Any]]:
    return [{"language": one["language"], **{name: one.get(name) for name in TEXTS[table]}} for one in in_order(kept)]


def as_written(before: Mapping[str, Any], changes: Mapping[str, Any], reader: str) -> dict[str, Any]:
    """`changes` to the stored document `before`, as a client means them that wrote back what it read.

    A text that is what the reader was shown in their own language stands for the one that is written in the playbook's.
    Where nothing is said about translations they stay, but for those of a text that was changed.
    """
    meant = _as_written({name: changes[name] for name in changes if name in _HEAD}, before, "playbook", reader)
    meant = {name: value for name, value in meant.items() if name in changes or _is_news(name, value, before)}
    meant = {**changes, **meant}
    for name, table in (("questions", "qualification_question"), ("stages", "stage")):
        if name in changes:
            meant[name] = _each(changes[name], before[name], table, reader)
    return meant


_HEAD = (*TEXTS["playbook"], "translations")
_WITHIN = {"entry_criteria": "criterion", "exit_criteria": "criterion", "activities": "activity"}


def _is_news(name: str, value: object, before: Mapping[str, Any]) -> bool:
    return name == "translations" and value != before.get(name)


def _each(given: Any, before: Sequence[Mapping[str, Any]], table: str, reader: str) -> Any:
    if not isinstance(given, list | tuple):
        return given
    known = {one["key"]: one for one in before}
    return [
        _as_written(one, known[one["key"]], table, reader)
        if isinstance(one, Mapping) and isinstance(one.get("key"), str) and one["key"] in known
        else one
        for one in given
    ]


def _as_written(given: Mapping[str, Any], before: Mapping[str, Any], table: str, reader: str) -> dict[str, Any]:
    texts, known = TEXTS[table], before["translations"]
    shown, part = stored(known), dict(given)
    for name in texts:
        found = spoken(shown, tried(reader), name)
        if found is not None and part.get(name) == found[0]:
            part[name] = before[name]
    for name, below in _WITHIN.items() if table == "stage" else ():
        if name in part:
            part[name] = _each(part[name], _criteria_of(before, name), below, reader)
    if part.get("translations") is None:
        stays = [name for name in texts if _is_same(part, before, name, table)]
        each = [{"language": one["language"], **{name: one.get(name) for name in stays}} for one in known]
        part["translations"] = [one for one in each if any(one[name] for name in stays)]
    return part


def _criteria_of(stage: Mapping[str, Any], name: str) -> Sequence[Mapping[str, Any]]:
    """A criterion keeps its key when it moves from the entry to the exit."""
    if name == "activities":
        return stage["activities"]  # type: ignore[no-any-return]
    return [*stage["entry_criteria"], *stage["exit_criteria"]]


def _is_same(part: Mapping[str, Any], before: Mapping[str, Any], name: str, table: str) -> bool:
    """Of a playbook, what isn't given stays; of its parts it is empty afterwards."""
    given = part.get(name, before[name] if table == "playbook" else None)
    return (given or None) == (before[name] or None)
