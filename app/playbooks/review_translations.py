"""The part of a review that is about translations: texts that aren't said in a language that others are said in.

What a deal's people act on by its name is expected in each of the playbook's languages. What explains more at length,
or is about the playbook as a whole, is expected there once something of its kind is; until then the review only
mentions it.
"""

from collections.abc import Collection, Iterator, Mapping, Sequence

from app.languages import tried
from app.playbooks.reviewed import Issue, ReviewedPlaybook, ReviewedStage, Spoken
from app.vocabulary import PlaybookIssueCode, Severity

MOST_NAMED = 10
KINDS = {
    ("stage", "definition"): "definitions of stages",
    ("activity", "description"): "descriptions of activities",
    ("qualification_question", "label"): "qualification questions",
    ("qualification_question", "prompt"): "qualification questions",
    ("playbook", "name"): "name and description of the playbook",
    ("playbook", "description"): "name and description of the playbook",
}
"""Of the texts that are expected only where others of their kind are."""
TRANSLATE = "Give the translations with `updatePlaybook`, also of a text that is the same in another language."

Missing = Mapping[Spoken, Sequence[str]]


class Tongues:
    """The languages that a playbook has, and which of its texts lack some of those."""

    def __init__(self, playbook: ReviewedPlaybook) -> None:
        texts = [*playbook.texts, *(text for stage in playbook.in_order() for text in stage.texts)]
        self._languages = {each: tried(each) for each in sorted({each for text in texts for each in text.languages})}
        self._said: dict[str, set[str]] = {}
        for text in texts:
            self._said.setdefault(_kind(text), set()).update(text.tags)
        self._known: dict[tuple[str, frozenset[str]], list[str]] = {}

    def unsaid(self) -> dict[str, list[str]]:
        """By kind of text, languages that no text of it is in."""
        lacking = {kind: self._lacked(tags) for kind, tags in self._said.items() if kind}
        return {kind: lacked for kind, lacked in lacking.items() if lacked}

    def missing(self, texts: Sequence[Spoken]) -> Missing:
        """By text, languages that it should be in and isn't."""
        return {text: lacked for text in texts if (lacked := self._missing(_kind(text), text.tags))}

    def _missing(self, kind: str, tags: frozenset[str]) -> list[str]:
        if (kind, tags) not in self._known:
            never = self._lacked(self._said[kind]) if kind else []
            self._known[kind, tags] = [each for each in self._lacked(tags) if each not in never]
        return self._known[kind, tags]

    def _lacked(self, tags: Collection[str]) -> list[str]:
        return [each for each, looked_up in self._languages.items() if not any(tag in tags for tag in looked_up)]


def missing_translations(tongues: Tongues, of: ReviewedPlaybook | ReviewedStage) -> Iterator[Issue]:
    """Of a stage, or of the playbook itself and its questions."""
    missing = tongues.missing(of.texts)
    if missing:
        stage = of if isinstance(of, ReviewedStage) else None
        yield Issue(
            PlaybookIssueCode.MISSING_TRANSLATION,
            Severity.WARNING,
            f"{f'“{stage.name}”' if stage else 'The playbook'} has texts without a translation that the rest of the "
            f"playbook has: {_named(missing)}. Who reads these languages sees them as they are written.",
            TRANSLATE,
            stage.key if stage else None,
            stage.id if stage else None,
        )


def not_translated(tongues: Tongues) -> Iterator[Issue]:
    """Kinds of texts that a language lacks altogether, in one issue."""
    said = [f"{kind} ({', '.join(lacked)})" for kind, lacked in tongues.unsaid().items()]
    if said:
        yield Issue(
            PlaybookIssueCode.MISSING_TRANSLATION,
            Severity.NOTICE,
            f"None of these has a translation that the rest of the playbook has: {'; '.join(said)}.",
            TRANSLATE,
        )


def _kind(text: Spoken) -> str:
    return KINDS.get((text.table, text.name), "")


def _named(missing: Missing) -> str:
    named = [f"{_called(text)} ({', '.join(lacked)})" for text, lacked in list(missing.items())[:MOST_NAMED]]
    return "; ".join([*named, *([f"and {len(missing) - MOST_NAMED} more"] if len(missing) > MOST_NAMED else [])])


def _called(text: Spoken) -> str:
    name = text.name.replace("_", " ")
    return f"its {name}" if text.table in ("stage", "playbook") else f"{name} of “{text.key}”"
