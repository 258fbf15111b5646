"""The review of a playbook that a revenue-operations lead would make.

| threshold             | value    | reason                                                                            |
|-----------------------|----------|-----------------------------------------------------------------------------------|
| `FEWEST_OPEN_STAGES`  | 4        | with three or fewer, a stage hides weeks of a deal and the forecast jumps         |
| `MOST_OPEN_STAGES`    | 8        | sellers no longer tell more stages apart, and update them late or at random       |
| `SHORTEST_DEFINITION` | 20 chars | shorter ones repeat the name, and say nothing of what the buyer does              |
| `DEALS_TO_JUDGE_USE`  | 20       | a stage that 15 % of deals enter stays empty among 20 by chance in 4 % of cases   |
| `REVIEW_INTERVAL`     | 365 days | product, prices and buyers change within a year; the deadline where none was set  |

A name is vague when it says nothing but that a deal is going on: “In progress”, “Working”, “Stage 3”, “Follow up”.

A stage is unused when no deal ever entered it, though at least `DEALS_TO_JUDGE_USE` deals came past it: entered the
open stage before it, or one after it that is open or won. For the first stage all deals of the playbook count.
"""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from app.vocabulary import BuyerPhase, PlaybookIssueCode, Severity, StageKind
from guidance.customer_wording import customer_wording_faults
from guidance.facts import Reader
from guidance.phrasebook import phrasebook

FEWEST_OPEN_STAGES = 4
MOST_OPEN_STAGES = 8
SHORTEST_DEFINITION = 20
DEALS_TO_JUDGE_USE = 20
REVIEW_INTERVAL = timedelta(days=365)

WORD = re.compile(r"[^\W\d_]+")
ORDINAL = re.compile(r"[ivx]+|[a-z]")
GOING_ON = """
    active and awaiting being deal doing follow followup going hold in misc miscellaneous more moving new next no on
    ongoing open opportunity other pending phase pipeline process processing progress stage started status step still
    tbd the to todo undefined unknown up various wait waiting wip work working
"""
VAGUE_WORDS = frozenset(GOING_ON.split())


@dataclass(frozen=True, slots=True)
class OutOfBounds:
    """A criterion whose condition was saved before today's bounds, and `reason`: why it couldn't be saved now."""

    criterion: str
    reason: str


@dataclass(frozen=True, slots=True)
class Asked:
    """A criterion or an activity, by its key, with whom it addresses and what it says to customers."""

    key: str
    reader: Reader
    customer_wording: str | None = None


@dataclass(frozen=True, slots=True)
class ReviewedStage:
    """`deals_entered`: how many deals ever entered the stage, each counted once."""

    id: UUID
    key: str
    name: str
    definition: str
    kind: StageKind
    position: int
    buyer_phase: BuyerPhase | None
    win_probability: float
    target_days: int | None
    exit_criteria: int
    activities: int
    contents: int
    deals_entered: int = 0
    out_of_bounds: tuple[OutOfBounds, ...] = ()
    asked: tuple[Asked, ...] = ()


@dataclass(frozen=True, slots=True)
class ReviewedPlaybook:
    """`deals_total`: how many deals are or were in the playbook."""

    stages: tuple[ReviewedStage, ...]
    deals_total: int = 0
    review_due_at: datetime | None = None
    published_at: datetime | None = None
    language: str = "en"


@dataclass(frozen=True, slots=True)
class Issue:
    """Without a stage it is about the playbook as a whole."""

    code: PlaybookIssueCode
    severity: Severity
    message: str
    suggestion: str
    stage_key: str | None = None
    stage_id: UUID | None = None


def review(playbook: ReviewedPlaybook, *, at: datetime) -> list[Issue]:
    """What is wrong with the playbook as a whole, then with each stage in playbook order, closed ones last."""
    ordered = sorted(playbook.stages, key=lambda stage: (stage.kind is not StageKind.OPEN, stage.position))
    open_stages = [stage for stage in ordered if stage.kind is StageKind.OPEN]
    found = [*_number_of_stages(open_stages), *_review_date(playbook, at), *_phrasebook(playbook)]
    for stage in ordered:
        found += _definition(stage)
        if stage.kind is StageKind.OPEN:
            found += _open_stage(stage)
            found += _probability(stage, open_stages)
            found += _use(stage, ordered, playbook.deals_total)
        found += _conditions(stage)
        found += _customer_wordings(stage, playbook)
    return found


def _number_of_stages(open_stages: Sequence[ReviewedStage]) -> Iterator[Issue]:
    count = len(open_stages)
    if count < FEWEST_OPEN_STAGES:
        yield Issue(
            PlaybookIssueCode.TOO_FEW_STAGES,
            Severity.WARNING,
            f"The playbook has {_counted(count, 'open stage')}; fewer than {FEWEST_OPEN_STAGES} hide where a deal is.",
            f"Split the longest stages where the buyer commits to something, into {FEWEST_OPEN_STAGES} or more in all.",
        )
    if count > MOST_OPEN_STAGES:
        yield Issue(
            PlaybookIssueCode.TOO_MANY_STAGES,
            Severity.WARNING,
            f"The playbook has {count} open stages; sellers don't tell more than {MOST_OPEN_STAGES} apart reliably.",
            "Merge stages between which the buyer commits to nothing new, and turn the rest of them into activities.",
        )


def _review_date(playbook: ReviewedPlaybook, at: datetime) -> Iterator[Issue]:
    due = playbook.review_due_at
    promise = "was due"
    if due is None and playbook.published_at is not None:
        due = playbook.published_at + REVIEW_INTERVAL
        promise = f"was due {REVIEW_INTERVAL.days} days after publication,"
    if due is not None and at > due:
        yield Issue(
            PlaybookIssueCode.REVIEW_OVERDUE,
            Severity.WARNING,
            f"The playbook's review {promise} on {due:%Y-%m-%d}, {_counted(max(1, (at - due).days), 'day')} ago.",
            "Go through stages, criteria and content with sellers of two partners, publish a new version, and set the "
            "next review date.",
        )


def _definition(stage: ReviewedStage) -> Iterator[Issue]:
    length = len(stage.definition.strip())
    if length >= SHORTEST_DEFINITION:
        return
    said = f"only {_counted(length, 'character')}" if length else "nothing"
    yield _issue(
        PlaybookIssueCode.MISSING_DEFINITION,
        Severity.ERROR,
        stage,
        f"The definition of “{stage.name}” says {said}, so partner and vendor read the stage differently.",
        "Write one or two sentences on what the buyer has observably done when a deal is in this stage.",
    )


def _open_stage(stage: ReviewedStage) -> Iterator[Issue]:
    if is_vague(stage.name):
        yield _issue(
            PlaybookIssueCode.VAGUE_STAGE_NAME,
            Severity.WARNING,
            stage,
            f"“{stage.name}” doesn't say where the buyer stands.",
            "Name the stage after what the buyer is doing, for instance “Technical validation” or “Contract review”.",
        )
    if stage.exit_criteria == 0:
        yield _issue(
            PlaybookIssueCode.MISSING_EXIT_CRITERIA,
            Severity.ERROR,
            stage,
            f"“{stage.name}” has no exit criteria: any deal may leave it at any time.",
            "Add two to four exit criteria that can be checked, such as a confirmation by the buyer or a filled field.",
        )
    if stage.activities == 0:
        yield _issue(
            PlaybookIssueCode.MISSING_NEXT_STEPS,
            Severity.WARNING,
            stage,
            f"“{stage.name}” has no activities, so it doesn't tell a seller what to do next.",
            "Add two to four activities that bring the buyer to the stage's exit criteria.",
        )
    if stage.contents == 0:
        yield _issue(
            PlaybookIssueCode.MISSING_ENABLEMENT,
            Severity.WARNING,
            stage,
            f"No content is linked to “{stage.name}”.",
            "Link at least one piece that helps here, for instance a battlecard, a template or a checklist.",
        )
    if stage.buyer_phase is None:
        yield _issue(
            PlaybookIssueCode.MISSING_BUYER_PHASE,
            Severity.NOTICE,
            stage,
            f"“{stage.name}” has no buyer phase, so it can't be compared with the buyer's journey.",
            "Choose the phase that the buyer is in: awareness, consideration, evaluation, decision or adoption.",
        )
    if stage.target_days is None:
        yield _issue(
            PlaybookIssueCode.MISSING_TARGET_DURATION,
            Severity.WARNING,
            stage,
            f"“{stage.name}” has no target duration, so its deals aren't seen to stall until enough have left it.",
            "Set the days that a healthy deal stays, for instance the median of the deals that you have won.",
        )


def _probability(stage: ReviewedStage, open_stages: Sequence[ReviewedStage]) -> Iterator[Issue]:
    """Each step of the ladder once: a stage against the open one before it, the last one against certainty."""
    place = open_stages.index(stage)
    before = open_stages[place - 1] if place else None
    if before is not None and stage.win_probability <= before.win_probability:
        yield _issue(
            PlaybookIssueCode.PROBABILITY_NOT_INCREASING,
            Severity.ERROR,
            stage,
            f"“{stage.name}” has a win probability of {_percent(stage.win_probability)}, which is not above the "
            f"{_percent(before.win_probability)} of “{before.name}” before it.",
            "Let win probabilities rise from stage to stage, or change the stages' order.",
        )
    if stage is open_stages[-1] and stage.win_probability >= 1:
        yield _issue(
            PlaybookIssueCode.PROBABILITY_NOT_INCREASING,
            Severity.ERROR,
            stage,
            f"“{stage.name}” has a win probability of {_percent(stage.win_probability)}, but its deals aren't won yet.",
            "Set it below 100 %, to the share of deals that are won once they have come this far.",
        )


def _use(stage: ReviewedStage, ordered: Sequence[ReviewedStage], deals_total: int) -> Iterator[Issue]:
    place = ordered.index(stage)
    later = [other.deals_entered for other in ordered[place + 1 :] if other.kind is not StageKind.LOST]
    before = ordered[place - 1].deals_entered if place else deals_total
    passed = max([before, *later])
    if stage.deals_entered == 0 and passed >= DEALS_TO_JUDGE_USE:
        yield _issue(
            PlaybookIssueCode.UNUSED_STAGE,
            Severity.NOTICE,
            stage,
            f"No deal ever entered “{stage.name}”, though {passed} came past it.",
            "Remove the stage, merge it with its neighbour, or find out why sellers leave it out.",
        )


def _conditions(stage: ReviewedStage) -> Iterator[Issue]:
    for found in stage.out_of_bounds:
        yield _issue(
            PlaybookIssueCode.CONDITION_OUT_OF_BOUNDS,
            Severity.WARNING,
            stage,
            f"The condition of “{found.criterion}” in “{stage.name}” couldn't be saved any more. {found.reason} Where "
            "it takes too long for a deal, it counts as not met.",
            "Write a simpler condition in a new version: a shorter pattern that repeats less, single questions instead "
            "of loops over all of them.",
        )


def _phrasebook(playbook: ReviewedPlaybook) -> Iterator[Issue]:
    said = any(one.customer_wording for stage in playbook.stages for one in stage.asked)
    if said and phrasebook(playbook.language) is None:
        yield Issue(
            PlaybookIssueCode.MISSING_PHRASEBOOK,
            Severity.WARNING,
            f"There is no phrasebook for “{playbook.language}”, so what the playbook says to customers is not used.",
            "Add a phrasebook for this language, or set the language that the playbook is written in.",
        )


def _customer_wordings(stage: ReviewedStage, playbook: ReviewedPlaybook) -> Iterator[Issue]:
    names = [each.name for each in playbook.stages]
    for one in stage.asked:
        outward, wording = one.reader is Reader.CUSTOMER, one.customer_wording
        if outward and not wording:
            yield _issue(
                PlaybookIssueCode.MISSING_CUSTOMER_WORDING,
                Severity.WARNING,
                stage,
                f"“{one.key}” in “{stage.name}” addresses the customer but doesn't say in which words, so no message "
                "is drafted for it.",
                "Write what a seller would say to the customer, as a sentence in the second person; or name partner or "
                "vendor as its reader.",
            )
        if wording and not outward:
            yield _issue(
                PlaybookIssueCode.UNUSED_CUSTOMER_WORDING,
                Severity.NOTICE,
                stage,
                f"“{one.key}” in “{stage.name}” has words for the customer, but the {one.reader.lower()} as its "
                "reader: they are not used.",
                "Name the customer as its reader, or leave the words out.",
            )
        faults = customer_wording_faults(wording or "", playbook.language, names, (one.key, stage.key))
        if faults:
            yield _issue(
                PlaybookIssueCode.INTERNAL_CUSTOMER_WORDING,
                Severity.WARNING,
                stage,
                f"What “{one.key}” in “{stage.name}” says to the customer has {_quoted(faults)} in it, which is not "
                "for a customer to read: no message is drafted with it.",
                "Speak to the customer as “you”, and leave out what is said among partner and vendor, names of stages, "
                "amounts and dates.",
            )


def _quoted(words: Sequence[str]) -> str:
    return ", ".join(f"“{word}”" for word in words)


def is_vague(name: str) -> bool:
    """Numbers, single letters and Roman numerals count stages; they don't name them."""
    words: list[str] = WORD.findall(name.casefold())
    return all(word in VAGUE_WORDS or ORDINAL.fullmatch(word) for word in words)


def _issue(code: PlaybookIssueCode, severity: Severity, stage: ReviewedStage, message: str, suggestion: str) -> Issue:
    return Issue(code, severity, message, suggestion, stage.key, stage.id)


def _counted(number: int, noun: str) -> str:
    return f"{number} {noun}" if number == 1 else f"{number} {noun}s"


def _percent(probability: float) -> str:
    return f"{round(probability * 100, 2):g} %"
