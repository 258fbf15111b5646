"""A deal's facts, and the advice on it, in other languages than the one that they are stored in.

Advice is heard by several people, so its words are made once for each language that any of them reads, and stored with
it. The rules say the same in each: an action keeps its key whatever it is called. Each language takes the rules once
more, so words are kept where nothing has changed that they tell.
"""

from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import replace
from datetime import datetime
from typing import Any
from uuid import UUID

from app.deals.plays import Play
from app.languages import tried
from app.models.translations import spoken
from app.recommendations.board import Board
from app.recommendations.contents import Piece
from app.recommendations.evidence import kept
from catalogues import LANGUAGES, catalogue_of
from guidance import facts as known
from guidance.actions import Candidate
from guidance.composition import Composition, composed
from guidance.rules import candidates
from guidance.rules.heard import heeded

SOURCE = "en"
"""That stored titles, reasons and evidence are in."""
TO_CONFIRM, OWN = "confirming", "own"
"""Beside the languages: the words to those who are asked (`guidance.confirmers`), by language, and under `OWN` in that
which the action is stored in. `by`: the least who hear these."""


def catalogues(languages: Iterable[str]) -> frozenset[str]:
    """Those of readers' languages that advice is told in; readers of others get what is stored."""
    return frozenset(found for language in languages if (found := catalogue_of(language)))


def others(facts: known.Facts, languages: Collection[str]) -> Iterator[str]:
    """Those of `languages` that are said beside what is stored: English too where the playbook or the draft isn't."""
    stored = {catalogue_of(facts.playbook_language), catalogue_of(facts.language) or SOURCE}
    for language in LANGUAGES:
        if language in languages and (language != SOURCE or stored != {SOURCE}):
            yield language


def in_language(
    facts: known.Facts, language: str, play: Play, board: Board, pieces: Mapping[str, Piece]
) -> known.Facts:
    """The facts as they are told in `language`, as far as the playbook and the contents are. `pieces`: contents in it,
    by key."""
    told = _Told(tried(language), play, board)
    return replace(
        facts,
        stage=told.stage(facts.stage),
        criteria=tuple(map(told.criterion, facts.criteria)),
        activities=tuple(map(told.activity, facts.activities)),
        contents=tuple(_content(one, pieces) for one in facts.contents),
        next_stage=facts.next_stage and told.stage(facts.next_stage),
        next_entry=tuple(map(told.criterion, facts.next_entry)),
        next_contents=tuple(_content(one, pieces) for one in facts.next_contents),
        questions=tuple(map(told.question, facts.questions)),
        transitions=tuple(map(told.transition, facts.transitions)),
        language=language,
        advice_language=language,
    )


def proposals(facts: known.Facts, at: datetime) -> Mapping[str, Candidate]:
    """What the rules that are shipped propose, by key."""
    found = candidates(facts, at).candidates
    heard = heeded(found, facts, at) if facts.readings else found
    return {one.key: one for one in heard}


def words(one: Candidate, choice: Composition | None, facts: known.Facts, at: datetime) -> dict[str, Any]:
    """What is stored of an action in the language of `facts`."""
    shown = composed(one, choice, facts, at) if choice else one
    return {
        "title": shown.title,
        "rationale": shown.rationale,
        "draft": shown.draft,
        "evidence": [kept(each) for each in shown.evidence],
    }


def _content(one: known.Content, pieces: Mapping[str, Piece]) -> known.Content:
    piece = pieces.get(one.key)
    if piece is None:
        return one
    return replace(one, title=piece.title, summary=piece.summary, language=piece.language)


class _Told:
    """Looks texts of a playbook up in its translations."""

    def __init__(self, tags: tuple[str, ...], play: Play, board: Board) -> None:
        self._tags = tags
        self._play = play
        self._board = board

    def stage(self, one: known.Stage) -> known.Stage:
        key = self._board.stage_ids.get(one.id)
        if (name := self._said(key, "name")) is None:
            return one
        return replace(one, name=name[0], language=name[1])

    def criterion(self, one: known.Criterion) -> known.Criterion:
        key = self._board.criterion_ids.get(one.id)
        if (text := self._said(key, "description")) is not None:
            one = replace(one, description=text[0], language=text[1])
        if (wording := self._said(key, "customer_wording")) is not None:
            one = replace(one, customer_wording=wording[0], wording_language=wording[1])
        return one

    def activity(self, one: known.Activity) -> known.Activity:
        key = self._board.activity_ids.get(one.id)
        if (name := self._said(key, "name")) is not None:
            text = self._said(key, "description")
            one = replace(one, name=name[0], language=name[1], description=text[0] if text else "")
        if (wording := self._said(key, "customer_wording")) is not None:
            one = replace(one, customer_wording=wording[0], wording_language=wording[1])
        return one

    def question(self, one: known.Question) -> known.Question:
        if (label := self._said(one.key, "label")) is None:
            return one
        prompt = self._said(one.key, "prompt")
        return replace(one, label=label[0], language=label[1], prompt=prompt[0] if prompt else "")

    def transition(self, one: known.Transition) -> known.Transition:
        if (name := self._said(self._board.stage_ids.get(one.stage_key), "name")) is None:
            return one
        return replace(one, stage_name=name[0], language=name[1])

    def _said(self, key: UUID | str | None, text: str) -> tuple[str, str] | None:
        return None if key is None else spoken(self._play.translations.get(key), self._tags, text)
