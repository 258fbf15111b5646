"""The review of a playbook that a revenue-operations lead would make.

| threshold             | value    | reason                                                                            |
|-----------------------|----------|-----------------------------------------------------------------------------------|
| `FEWEST_OPEN_STAGES`  | 4        | with three or fewer, a stage hides weeks of a deal and the forecast jumps         |
| `MOST_OPEN_STAGES`    | 8        | sellers no longer tell more stages apart, and update them late or at random       |
| `SHORTEST_DEFINITION` | 20 chars | shorter ones repeat the name, and say nothing of what the buyer does              |
| `DEALS_TO_JUDGE_USE`  | 20       | a stage that 15 % of deals enter stays empty among 20 by chance in 4 % of cases   |
| `REVIEW_INTERVAL`     | 365 days | product, prices and buyers change within a year; the deadline where none was set  |

A name is vague when it says nothing but that a deal is going on: “In progress”, “Stage 3”, “Sonstiges” (see
`vague_names`). Conditions, forecast categories and translations have modules of
their own.

A stage is unused when no deal ever entered it, though at least `DEALS_TO_JUDGE_USE` deals came past it: entered the
open stage before it, or one after it that is open or won. For the first stage all deals of the playbook count.
"""

from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta

from app.playbooks.review_conditions import conditions
from app.playbooks.review_forecast import forecast
from app.playbooks.review_translations import Tongues, missing_translations, not_translated
from app.playbooks.reviewed import (
    ComputedCriterion,
    Issue,
    OutOfBounds,
    ReviewedPlaybook,
    ReviewedRequirement,
    ReviewedStage,
    issue_of,
)
from app.playbooks.vague_names import is_vague
from app.vocabulary import PlaybookIssueCode, Severity, StageKind
from guidance.customer_wording import customer_wording_faults
from guidance.facts import Reader
from guidance.phrasebook import phrasebook

FEWEST_OPEN_STAGES = 4
MOST_OPEN_STAGES = 8
SHORTEST_DEFINITION = 20
DEALS_TO_JUDGE_USE = 20
REVIEW_INTERVAL = timedelta(days=365)

__all__ = [
    "ComputedCriterion",
    "Issue",
    "OutOfBounds",
    "ReviewedPlaybook",
    "ReviewedRequirement",
    "ReviewedStage",
    "is_vague",
    "review",
]


def review(playbook: ReviewedPlaybook, *, at: datetime) -> list[Issue]:
    """What is wrong with the playbook as a whole, then with each stage in playbook order, closed ones last."""
    ordered, open_stages = playbook.in_order(), playbook.open_stages()
    found = [*_number_of_stages(open_stages), *_review_date(playbook, at), *_phrasebook(playbook)]
    found += _stray_rules(playbook)
    tongues = Tongues(playbook)
    found += [*not_translated(tongues), *missing_translations(tongues, playbook)]
    for stage in ordered:
        found += _definition(stage)
        if stage.kind is StageKind.OPEN:
            found += _open_stage(stage)
            found += _probability(stage, open_stages)
            found += _use(stage, ordered, playbook.deals_total)
        found += forecast(playbook, stage)
        found += _out_of_bounds(stage)
        found += conditions(playbook, stage)
        found += _customer_wordings(stage, playbook)
        found += missing_translations(tongues, stage)
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
    overdue = due is not None and at > due
    if playbook.review_due_at is None and not overdue:
        yield Issue(
            PlaybookIssueCode.MISSING_REVIEW_DATE,
            Severity.NOTICE,
            f"No date is set for the playbook's next review; without one, it is {REVIEW_INTERVAL.days} days after "
            "publication.",
            "Set the day on which stages, criteria and content are looked at again: in half a year, or before prices "
            "and products change.",
        )
    if due is not None and overdue:
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
    yield issue_of(
        stage,
        PlaybookIssueCode.MISSING_DEFINITION,
        Severity.ERROR,
        f"The definition of “{stage.name}” says {said}, so partner and vendor read the stage differently.",
        "Write one or two sentences on what the buyer has observably done when a deal is in this stage.",
    )


def _open_stage(stage: ReviewedStage) -> Iterator[Issue]:
    if is_vague(stage.name):
        yield issue_of(
            stage,
            PlaybookIssueCode.VAGUE_STAGE_NAME,
            Severity.WARNING,
            f"“{stage.name}” doesn't say where the buyer stands.",
            "Name the stage after what the buyer is doing, for instance “Technical validation” or “Contract review”.",
        )
    if stage.exit_criteria == 0:
        yield issue_of(
            stage,
            PlaybookIssueCode.MISSING_EXIT_CRITERIA,
            Severity.ERROR,
            f"“{stage.name}” has no exit criteria: any deal may leave it at any time.",
            "Add two to four exit criteria that can be checked, such as a confirmation by the buyer or a filled field.",
        )
    if stage.activities == 0:
        yield issue_of(
            stage,
            PlaybookIssueCode.MISSING_NEXT_STEPS,
            Severity.WARNING,
            f"“{stage.name}” has no activities, so it doesn't tell a seller what to do next.",
            "Add two to four activities that bring the buyer to the stage's exit criteria.",
        )
    if stage.contents == 0:
        yield issue_of(
            stage,
            PlaybookIssueCode.MISSING_ENABLEMENT,
            Severity.WARNING,
            f"No content is linked to “{stage.name}”.",
            "Link at least one piece that helps here, for instance a battlecard, a template or a checklist.",
        )
    if stage.buyer_phase is None:
        yield issue_of(
            stage,
            PlaybookIssueCode.MISSING_BUYER_PHASE,
            Severity.NOTICE,
            f"“{stage.name}” has no buyer phase, so it can't be compared with the buyer's journey.",
            "Choose the phase that the buyer is in: awareness, consideration, evaluation, decision or adoption.",
        )
    if stage.target_days is None:
        yield issue_of(
            stage,
            PlaybookIssueCode.MISSING_TARGET_DURATION,
            Severity.WARNING,
            f"“{stage.name}” has no target duration, so its deals aren't seen to stall until enough have left it.",
            "Set the days that a healthy deal stays, for instance the median of the deals that you have won.",
        )


def _probability(stage: ReviewedStage, open_stages: Sequence[ReviewedStage]) -> Iterator[Issue]:
    """Each step of the ladder once: a stage against the open one before it, the last one against certainty."""
    place = open_stages.index(stage)
    before = open_stages[place - 1] if place else None
    if before is not None and stage.win_probability <= before.win_probability:
        yield issue_of(
            stage,
            PlaybookIssueCode.PROBABILITY_NOT_INCREASING,
            Severity.ERROR,
            f"“{stage.name}” has a win probability of {_percent(stage.win_probability)}, which is not above the "
            f"{_percent(before.win_probability)} of “{before.name}” before it.",
            "Let win probabilities rise from stage to stage, or change the stages' order.",
        )
    if stage is open_stages[-1] and stage.win_probability >= 1:
        yield issue_of(
            stage,
            PlaybookIssueCode.PROBABILITY_NOT_INCREASING,
            Severity.ERROR,
            f"“{stage.name}” has a win probability of {_percent(stage.win_probability)}, but its deals aren't won yet.",
            "Set it below 100 %, to the share of deals that are won once they have come this far.",
        )


def _use(stage: ReviewedStage, ordered: Sequence[ReviewedStage], deals_total: int) -> Iterator[Issue]:
    place = ordered.index(stage)
    later = [other.deals_entered for other in ordered[place + 1 :] if other.kind is not StageKind.LOST]
    before = ordered[place - 1].deals_entered if place else deals_total
    passed = max([before, *later])
    if stage.deals_entered == 0 and passed >= DEALS_TO_JUDGE_USE:
        yield issue_of(
            stage,
            PlaybookIssueCode.UNUSED_STAGE,
            Severity.NOTICE,
            f"No deal ever entered “{stage.name}”, though {passed} came past it.",
            "Remove the stage, merge it with its neighbour, or find out why sellers leave it out.",
        )


def _out_of_bounds(stage: ReviewedStage) -> Iterator[Issue]:
    for found in stage.out_of_bounds:
        yield issue_of(
            stage,
            PlaybookIssueCode.CONDITION_OUT_OF_BOUNDS,
            Severity.WARNING,
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


def _stray_rules(playbook: ReviewedPlaybook) -> Iterator[Issue]:
    for rule in playbook.stray_rules:
        yield Issue(
            PlaybookIssueCode.UNKNOWN_STAGE,
            Severity.WARNING,
            f"The rule of guidance “{rule.key}” is for the stage “{rule.stage_key}”, which the playbook doesn't have: "
            "no deal gets its advice.",
            "Write the rule for a stage that there is, or remove it.",
        )


def _customer_wordings(stage: ReviewedStage, playbook: ReviewedPlaybook) -> Iterator[Issue]:
    names = [each.name for each in playbook.stages]
    for one in stage.asked:
        outward, wording = one.reader is Reader.CUSTOMER, one.customer_wording
        if outward and not wording:
            yield issue_of(
                stage,
                PlaybookIssueCode.MISSING_CUSTOMER_WORDING,
                Severity.WARNING,
                f"“{one.key}” in “{stage.name}” addresses the customer but doesn't say in which words, so no message "
                "is drafted for it.",
                "Write what a seller would say to the customer, as a sentence in the second person; or name partner or "
                "vendor as its reader.",
            )
        if wording and not outward:
            yield issue_of(
                stage,
                PlaybookIssueCode.UNUSED_CUSTOMER_WORDING,
                Severity.NOTICE,
                f"“{one.key}” in “{stage.name}” has words for the customer, but the {one.reader.lower()} as its "
                "reader: they are not used.",
                "Name the customer as its reader, or leave the words out.",
            )
        faults = customer_wording_faults(wording or "", playbook.language, names, (one.key, stage.key))
        if faults:
            yield issue_of(
                stage,
                PlaybookIssueCode.INTERNAL_CUSTOMER_WORDING,
                Severity.WARNING,
                f"What “{one.key}” in “{stage.name}” says to the customer has {_quoted(faults)} in it, which is not "
                "for a customer to read: no message is drafted with it.",
                "Speak to the customer as “you”, and leave out what is said among partner and vendor, names of stages, "
                "amounts and dates.",
            )


def _quoted(words: Sequence[str]) -> str:
    return ", ".join(f"“{word}”" for word in words)


def _counted(number: int, noun: str) -> str:
    return f"{number} {noun}" if number == 1 else f"{number} {noun}s"


def _percent(probability: float) -> str:
    return f"{round(probability * 100, 2):g} %"
