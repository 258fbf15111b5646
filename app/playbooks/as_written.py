"""Changes to a playbook as a client means them that wrote back what it read.

A text that is what the reader was shown in their own language stands for the one that is written in the playbook's.
Where nothing is said of translations they stay with their texts: that of a text that changed is gone, and a part that
has another key or stands in another stage keeps those of what it still says word for word.
"""

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from app.languages import tried
from app.models.translations import spoken, stored
from app.playbooks.documents import PHASES, Document
from app.playbooks.keeping import key_of
from app.playbooks.spec import MAX_LANGUAGES
from app.playbooks.translations import TEXTS

NO_LANGUAGE = ""
"""A reader who was shown everything as it is written."""

Place = tuple[str, ...]
"""The keys of a part: of a criterion or activity, after that of its stage."""
_LISTS = {"criterion": tuple(PHASES.values()), "activity": ("activities",)}
"""A criterion keeps its key when it moves from the entry to the exit."""
_HEAD = (*TEXTS["playbook"], "translations")

Said = Mapping[str, str]
"""A text by language."""


def as_written(before: Document, changes: Document, reader: str) -> dict[str, Any]:
    """`before`: the stored document. `reader`: the language tag of whoever writes."""
    meant = {**changes, **_head(before, changes, reader)}
    if "questions" in changes:
        asked = _known("qualification_question", _placed(before["questions"]), _placed(changes["questions"]), reader)
        meant["questions"] = _each(asked, changes["questions"])
    if "stages" in changes:
        meant["stages"] = _stages(before["stages"], changes["stages"], reader)
    return meant


def _head(before: Document, changes: Document, reader: str) -> dict[str, Any]:
    """Of the playbook itself: what isn't given stays."""
    kept = {name: before[name] for name in TEXTS["playbook"] if name in before}
    said = {**kept, **{name: changes[name] for name in _HEAD if name in changes}}
    known = _known("playbook", {(): before}, {()}, reader)
    meant = known.as_written((), said)
    return {
        name: value
        for name, value in meant.items()
        if name in changes or (name == "translations" and value != before.get(name))
    }


def _stages(before: Sequence[Document], given: Any, reader: str) -> Any:
    known = _known("stage", _placed(before), _placed(given), reader)
    meant = _each(known, given)
    for table, names in _LISTS.items():
        parts = _known(table, _within(before, names), _within(given, names), reader)
        meant = [_with_parts(stage, parts, names) for stage in meant] if isinstance(meant, list) else meant
    return meant


def _with_parts(stage: Any, parts: "_Known", names: Sequence[str]) -> Any:
    if not isinstance(stage, Mapping):
        return stage
    within = (key_of(stage),)
    return {**stage, **{name: _each(parts, stage[name], within) for name in names if name in stage}}


def _each(known: "_Known", given: Any, within: Place = ()) -> Any:
    if not isinstance(given, list | tuple):
        return given
    return [known.as_written((*within, key_of(one)), one) if isinstance(one, Mapping) else one for one in given]


def _placed(parts: Any, within: Place = ()) -> dict[Place, Document]:
    listed = parts if isinstance(parts, list | tuple) else ()
    return {(*within, key_of(part)): part for part in listed if isinstance(part, Mapping)}


def _within(stages: Any, names: Sequence[str]) -> dict[Place, Document]:
    return {
        place: part
        for (key,), stage in _placed(stages).items()
        for name in names
        for place, part in _placed(stage.get(name), (key,)).items()
    }


@dataclass(frozen=True, slots=True)
class _Known:
    """The stored parts of one kind. `said`: the translations of each text, under the key of its part and under none;
    `shown`: the texts of parts that are gone from their place, by what the reader saw."""

    texts: Sequence[str]
    parts: Mapping[Place, Document]
    said: Mapping[tuple[str, str, str], Said]
    shown: Mapping[tuple[str, str], str]
    reader: str

    def as_written(self, place: Place, given: Document) -> dict[str, Any]:
        part, known = dict(given), self.parts.get(place)
        for name in self.texts:
            if text := _text(part, name):
                part[name] = self._written(known, name, text)
        if part.get("translations") is None:
            part["translations"] = self._kept(known, part, place[-1] if place else "")
        return part

    def _written(self, known: Document | None, name: str, text: str) -> str:
        if known is None:
            return self.shown.get((name, text), text)
        found = spoken(stored(known["translations"]), tried(self.reader), name)
        return str(known[name]) if found is not None and found[0] == text else text

    def _kept(self, known: Document | None, part: Document, key: str) -> Sequence[Document]:
        same = {name: known is not None and _text(part, name) == _text(known, name) for name in self.texts}
        if known is not None and all(same.values()):
            return known["translations"]  # type: ignore[no-any-return]
        kept: dict[str, dict[str, Any]] = {}
        for name in self.texts:
            for language, text in self._said(known if same[name] else None, name, _text(part, name), key).items():
                kept.setdefault(language, {"language": language, **dict.fromkeys(self.texts)})[name] = text
        return list(kept.values())[:MAX_LANGUAGES]

    def _said(self, known: Document | None, name: str, text: str, key: str) -> Said:
        if known is not None:
            return _said(known, name)
        return self.said.get((key, name, text)) or self.said.get(("", name, text)) or {}


def _known(table: str, before: Mapping[Place, Document], given: Collection[Place], reader: str) -> _Known:
    """What is gone from its place comes first: what moved is rather that."""
    said: dict[tuple[str, str, str], Said] = {}
    shown: dict[tuple[str, str], str] = {}
    for place in sorted(before, key=lambda place: place in given):
        part = before[place]
        for name, translations in _translated(part, table):
            text = _text(part, name)
            for key in (place[-1] if place else "", ""):
                said.setdefault((key, name, text), translations)
            seen = spoken(stored(part["translations"]), tried(reader), name)
            if place not in given and seen is not None:
                shown.setdefault((name, seen[0]), text)
    return _Known(TEXTS[table], before, said, shown, reader)


def _translated(part: Document, table: str) -> Iterator[tuple[str, Said]]:
    for name in TEXTS[table]:
        if _text(part, name) and (translations := _said(part, name)):
            yield name, translations


def _said(part: Document, name: str) -> Said:
    return {one["language"]: one[name] for one in part["translations"] if one.get(name)}


def _text(part: Document, name: str) -> str:
    """As it will be stored."""
    text = part.get(name)
    return text.strip() if isinstance(text, str) else ""
