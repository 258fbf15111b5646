"""The part of a review that is about forecast categories: they never fall from stage to stage, and closed is closed.

| stage | its category                                                              |
|-------|---------------------------------------------------------------------------|
| open  | at least that of the stage before, from OMITTED to COMMIT; never CLOSED   |
| won   | CLOSED                                                                    |
| lost  | OMITTED: what is lost counts nowhere                                      |
"""

from collections.abc import Iterator

from app.playbooks.reviewed import Issue, ReviewedPlaybook, ReviewedStage, issue_of
from app.vocabulary import ForecastCategory, PlaybookIssueCode, Severity, StageKind

LADDER = (
    ForecastCategory.OMITTED,
    ForecastCategory.PIPELINE,
    ForecastCategory.BEST_CASE,
    ForecastCategory.COMMIT,
    ForecastCategory.CLOSED,
)
OF_CLOSED = {StageKind.WON: ForecastCategory.CLOSED, StageKind.LOST: ForecastCategory.OMITTED}
RIGHT = "Let categories rise with the stages: OMITTED, PIPELINE, BEST_CASE, COMMIT; CLOSED is for won deals alone."


def forecast(playbook: ReviewedPlaybook, stage: ReviewedStage) -> Iterator[Issue]:
    said = stage.forecast_category
    wanted = OF_CLOSED.get(stage.kind)
    if said is None:
        return
    if wanted is not None:
        if said is not wanted:
            yield _issue(stage, f"“{stage.name}” counts as {said}, but {stage.kind.lower()} deals are {wanted}.")
    elif said is ForecastCategory.CLOSED:
        yield _issue(stage, f"“{stage.name}” counts as {said}, but its deals are still open.")
    else:
        opened = playbook.open_stages()
        before = opened[opened.index(stage) - 1] if opened.index(stage) else None
        if before is not None and before.forecast_category is not None and _falls(before.forecast_category, said):
            yield _issue(
                stage,
                f"“{stage.name}” counts as {said}, though “{before.name}” before it counts as "
                f"{before.forecast_category}: deals drop out of the forecast as they come closer.",
            )


def _falls(before: ForecastCategory, now: ForecastCategory) -> bool:
    return before is not ForecastCategory.CLOSED and LADDER.index(now) < LADDER.index(before)


def _issue(stage: ReviewedStage, message: str) -> Issue:
    return issue_of(stage, PlaybookIssueCode.FORECAST_OUT_OF_ORDER, Severity.WARNING, message, RIGHT)
