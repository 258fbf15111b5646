"""Answers to the golden cases: by the rules, or by a model among what the rules propose."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from guidance.actions import Candidate
from guidance.evaluation.golden import Golden
from guidance.evaluation.measure import Figures, Marks, figures_of, marks_of
from guidance.evaluation.wording import Wording, wording_of
from guidance.ranking import Ranked
from guidance.recommend import recommend
from guidance.rules import LostRule
from guidance.sharpen import MOST_CANDIDATES, NotSharpened, Reason, Sharpened, sharpen
from guidance.wording import Wording as Choice
from guidance.writer import Writer


@dataclass(frozen=True, slots=True)
class RulesResult:
    """`answers`: each case with its marks and what was shown."""

    tuned: Figures
    held_out: Figures
    lost: tuple[LostRule, ...]
    answers: tuple[tuple[Golden, Marks, tuple[Candidate, ...]], ...]

    @property
    def marked(self) -> Sequence[tuple[Golden, Marks]]:
        return [(golden, marks) for golden, marks, _ in self.answers]


@dataclass(frozen=True, slots=True)
class ModelResult:
    """`refused`: answers that weren't grounded; their cases, and those without an answer, count with the rules'.
    `wording` is that of the answers taken, `wording_by_rules` that of the rules for the same cases."""

    figures: Figures
    wording: Wording
    wording_by_rules: Wording
    answered: int
    refused: int
    unavailable: int
    tokens: int


def rules_result(cases: Sequence[Golden], at: datetime) -> RulesResult:
    answers = [(golden, recommend(golden.facts, at=at)) for golden in cases]
    shown = [(golden, tuple(_shown(answer.actions))) for golden, answer in answers]
    marks = [(golden, marks_of(golden, actions), actions) for golden, actions in shown]
    return RulesResult(
        tuned=figures_of(mark for golden, mark, _ in marks if not golden.held_out),
        held_out=figures_of(mark for golden, mark, _ in marks if golden.held_out),
        lost=tuple(dict.fromkeys(lost for _, answer in answers for lost in answer.lost)),
        answers=tuple(marks),
    )


async def model_result(
    cases: Sequence[Golden], writer: Writer, version: str, at: datetime, words: Choice = Choice.COMPOSED
) -> ModelResult:
    """One case after the other, so that a small server keeps up. Raises `UnknownPrompt`."""
    marks, counted, tokens = [], {"answered": 0, "refused": 0, "unavailable": 0}, 0
    wording, by_rules = Wording(), Wording()
    for golden in cases:
        advice = recommend(golden.facts, at=at)
        result = await sharpen(advice, writer, at=at, prompt_version=version, wording=words)
        tokens += sum(call.usage.tokens for call in result.calls)
        shown = result.shown if isinstance(result, Sharpened) else advice.actions
        marks.append(marks_of(golden, _shown(shown)))
        if isinstance(result, Sharpened):
            own = [one.candidate for one in advice.actions]
            wording += wording_of([one.ranked.candidate for one in result.actions], own)
            by_rules += wording_of(own[: len(result.actions)], own)
        if (fate := _fate(result)) is not None:
            counted[fate] += 1
    return ModelResult(figures_of(marks), wording, by_rules, **counted, tokens=tokens)


def _shown(actions: Sequence[Ranked]) -> list[Candidate]:
    return [ranked.candidate for ranked in actions[:MOST_CANDIDATES]]


def _fate(result: Sharpened | NotSharpened) -> str | None:
    if isinstance(result, Sharpened):
        return "answered"
    if result.reason is Reason.NOTHING_TO_DO:
        return None
    return "refused" if result.reason is Reason.UNGROUNDED else "unavailable"
