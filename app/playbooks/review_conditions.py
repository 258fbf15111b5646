"""The part of a review that is about conditions: whether deals can meet them, and whether they ask for anything.

A condition is judged where it decides: an exit criterion for open deals in its stage or one before it, an entry
criterion for those before its stage. What is proved of it (`app.deals.condition_domains`) holds for every deal; where
nothing can be proved, nothing is said.
"""

import re
from collections.abc import Iterator
from itertools import combinations

from app.deals.condition_domains import CLOSED_WORDS, certainty, mentions_of
from app.deals.money import minor_units
from app.deals.remedies import is_fillable
from app.playbooks.reviewed import ComputedCriterion, Issue, ReviewedPlaybook, ReviewedStage, issue_of, listed
from app.vocabulary import CriterionPhase, PlaybookIssueCode, Severity, StageKind
from expressions.certainty import Verdict
from expressions.mentions import Path

NO_DEAL = "No deal can meet it."
DAY = re.compile(r"[0-9]{4}(-[0-9]{2}(-[0-9]{2})?)?")
WRITTEN: dict[Path, str] = {
    ("currency",): "an ISO 4217 code, such as “EUR”",
    ("closeDate",): "a day written like “2026-09-30”",
}


def conditions(playbook: ReviewedPlaybook, stage: ReviewedStage) -> Iterator[Issue]:
    for one in stage.conditions:
        yield from _condition(playbook, stage, one)
    yield from _together(playbook, stage)


def steps(playbook: ReviewedPlaybook) -> Iterator[None]:
    """The proofs that a review needs, one at a time; they are remembered."""
    for stage in playbook.stages:
        for one in stage.conditions:
            _verdict(playbook, stage, (one,))
            yield
        _verdict(playbook, stage, tuple(_needed_to_leave(playbook, stage)))
        yield


def _condition(playbook: ReviewedPlaybook, stage: ReviewedStage, one: ComputedCriterion) -> Iterator[Issue]:
    found = list(_unknown(playbook, stage, one))
    verdict = _verdict(playbook, stage, (one,))
    if verdict is Verdict.ALWAYS:
        yield issue_of(
            stage,
            PlaybookIssueCode.CONDITION_ALWAYS_MET,
            Severity.WARNING,
            f"“{one.key}” in “{stage.name}” is met by every deal: {one.expression}",
            "Ask for something that a deal may lack, or leave the criterion out.",
        )
    elif verdict is Verdict.NEVER and not found:
        yield issue_of(
            stage,
            PlaybookIssueCode.CONDITION_NEVER_MET,
            _severity(one),
            f"“{one.key}” in “{stage.name}” is met by no deal, whatever it says: {one.expression}",
            "Write what a deal can fulfil: compare with values that its fields may have, and in ranges that overlap.",
        )
    dead = verdict is Verdict.NEVER and one.required
    for code, message, suggestion in found:
        said = f"{message} {NO_DEAL}" if dead else message
        yield issue_of(stage, code, Severity.ERROR if dead else Severity.WARNING, said, suggestion)


Finding = tuple[PlaybookIssueCode, str, str]


def _unknown(playbook: ReviewedPlaybook, stage: ReviewedStage, one: ComputedCriterion) -> Iterator[Finding]:
    """Keys, words and fields that it speaks of in vain, each once."""
    where = f"“{one.key}” in “{stage.name}”"
    keys = [each.key for each in playbook.in_order()]
    said: set[tuple[Path, str]] = set()
    for mention in mentions_of(one.expression):
        path = mention.path
        if path[:1] == ("qualification",) and len(path) > 1 and path[1] not in playbook.questions:
            if (path, "") not in said:
                said.add((path, ""))
                yield _question(where, path[1], playbook)
        elif not is_fillable(path) and (path, "") not in said:
            said.add((path, ""))
            yield (
                PlaybookIssueCode.UNFILLABLE_FIELD,
                f"{where} asks for `deal.{'.'.join(path)}`, which nothing sets: no mutation takes it.",
                "Ask for a field that people can fill, or have somebody confirm it by hand.",
            )
        for text in mention.compared:
            if text and (path, text) not in said and not _may_be(path, text, keys):
                said.add((path, text))
                yield _word(where, path, text, keys)


def _question(where: str, key: str, playbook: ReviewedPlaybook) -> Finding:
    there = f"it has {listed(list(playbook.questions))}" if playbook.questions else "it has none"
    return (
        PlaybookIssueCode.UNKNOWN_QUESTION,
        f"{where} asks for the answer to “{key}”, which is no question of the playbook; {there}.",
        "Add the question, or name one that there is.",
    )


def _may_be(path: Path, text: str, stage_keys: list[str]) -> bool:
    """Whether the field may hold this text, or, of a day, begin with it."""
    match path:
        case ("stage",):
            return text in stage_keys
        case ("currency",):
            return minor_units(text) is not None
        case ("closeDate",):
            return DAY.fullmatch(text) is not None
    return path not in CLOSED_WORDS or text in CLOSED_WORDS[path]


def _word(where: str, path: Path, text: str, stage_keys: list[str]) -> Finding:
    if path == ("stage",):
        return (
            PlaybookIssueCode.UNKNOWN_STAGE,
            f"{where} speaks of the stage “{text}”, which the playbook doesn't have; it has {listed(stage_keys)}.",
            "Name a stage by its key, or leave the comparison out.",
        )
    return (
        PlaybookIssueCode.UNKNOWN_VALUE,
        f"{where} compares `deal.{'.'.join(path)}` with “{text}”, which it never is.",
        f"Compare it with {WRITTEN.get(path) or listed(list(CLOSED_WORDS[path]))}.",
    )


def _together(playbook: ReviewedPlaybook, stage: ReviewedStage) -> Iterator[Issue]:
    """What the move out of a stage asks for, if each condition can be met, though not all by one deal."""
    asked = _needed_to_leave(playbook, stage)
    if len(asked) < 2 or any(_verdict(playbook, stage, (one,)) is Verdict.NEVER for one in asked):
        return
    if _verdict(playbook, stage, tuple(asked)) is not Verdict.NEVER:
        return
    pairs = (pair for pair in combinations(asked, 2) if _verdict(playbook, stage, pair) is Verdict.NEVER)
    at_odds = next(pairs, tuple(asked))
    yield issue_of(
        stage,
        PlaybookIssueCode.CONDITION_NEVER_MET,
        Severity.ERROR,
        f"No deal leaves “{stage.name}”: {listed([one.key for one in at_odds])} can't be met by one deal.",
        "Change one of them, so that what the others ask for is possible.",
    )


def _needed_to_leave(playbook: ReviewedPlaybook, stage: ReviewedStage) -> list[ComputedCriterion]:
    opened = playbook.open_stages()
    if stage not in opened:
        return []
    place = opened.index(stage)
    following = [*opened, *(each for each in playbook.stages if each.kind is StageKind.WON)][place + 1 : place + 2]
    exits = [one for one in stage.conditions if one.phase is CriterionPhase.EXIT and one.required]
    return exits + [
        one for each in following for one in each.conditions if one.phase is CriterionPhase.ENTRY and one.required
    ]


def _verdict(playbook: ReviewedPlaybook, stage: ReviewedStage, asked: tuple[ComputedCriterion, ...]) -> Verdict:
    places = _places(playbook, stage, asked) if asked else []
    if not places:
        return Verdict.OPEN  # no move ever asks
    texts = tuple(one.expression for one in asked)
    return certainty(texts, frozenset(places), frozenset(playbook.questions))


def _places(playbook: ReviewedPlaybook, stage: ReviewedStage, asked: tuple[ComputedCriterion, ...]) -> list[str]:
    """Where an open deal may stand when all of these are asked on its way out of, or (one alone) into, the stage."""
    opened = playbook.open_stages()
    keys = [each.key for each in opened]
    if stage in opened:
        before = keys[: opened.index(stage)]
        is_entry = len(asked) == 1 and asked[0].phase is CriterionPhase.ENTRY and asked[0] in stage.conditions
        return before if is_entry else [*before, stage.key]
    return keys if stage.kind is StageKind.WON and asked[0].phase is CriterionPhase.ENTRY else []


def _severity(one: ComputedCriterion) -> Severity:
    return Severity.ERROR if one.required else Severity.WARNING
