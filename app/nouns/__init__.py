"""The nouns: every table with all that is derived from it. `noun` says what that is."""

from collections.abc import Iterable, Mapping

from app.models.tables import all_models, table_of
from app.nouns import (
    account,
    api_client,
    automation,
    comment,
    conflicts,
    contact,
    content,
    cosell,
    currency,
    forecast,
    guidance,
    history,
    log,
    notification,
    opportunity,
    organization,
    pipeline,
    playbook,
    prediction,
    provisioning,
    registration,
    rollups,
    task,
    webhook,
)
from app.nouns.account import ACCOUNT, ACCOUNT_MERGE
from app.nouns.api_client import API_CLIENT
from app.nouns.automation import AUTOMATION, AUTOMATION_RUN, STEP_RUN
from app.nouns.comment import COMMENT
from app.nouns.contact import CONTACT, OPPORTUNITY_CONTACT
from app.nouns.content import CONTENT
from app.nouns.cosell import DEAL_OFFER, DEAL_PARTNER, REVENUE_SPLIT, TEAM_MEMBER
from app.nouns.currency import CURRENCY_RATE
from app.nouns.forecast import FORECAST_SUBMISSION, SALES_TARGET
from app.nouns.guidance import GUIDANCE_RULE, NEXT_BEST_ACTION, PLAYBOOK_PROMPT
from app.nouns.history import FIELD_CHANGE
from app.nouns.notification import NOTIFICATION
from app.nouns.noun import Noun
from app.nouns.opportunity import (
    CORRECTION,
    CRITERION_MARK,
    FORMER_MARK,
    HANDOVER,
    KEPT_TEXT,
    OPPORTUNITY,
    OPPORTUNITY_ACTIVITY,
    STAGE_TRANSITION,
)
from app.nouns.organization import ORGANIZATION_NOUN as ORGANIZATION
from app.nouns.organization import USER
from app.nouns.playbook import ACTIVITY, CRITERION, PLAYBOOK, QUALIFICATION_QUESTION, STAGE
from app.nouns.prediction import PREDICTION, PREDICTION_MODEL
from app.nouns.registration import (
    CHANGE_REQUEST,
    REGISTRATION,
    REGISTRATION_EXTENSION,
    REGISTRATION_POLICY,
    REGISTRATION_STEP,
)
from app.nouns.task import CALENDAR_FEED, TASK
from app.nouns.webhook import WEBHOOK_DELIVERY, WEBHOOK_ENDPOINT

__all__ = [
    "ACCOUNT",
    "ACCOUNT_MERGE",
    "ACTIVITY",
    "API_CLIENT",
    "AUTOMATION",
    "AUTOMATION_RUN",
    "BY_TABLE",
    "CALENDAR_FEED",
    "CHANGE_REQUEST",
    "COMMENT",
    "CONTACT",
    "CONTENT",
    "CORRECTION",
    "CRITERION",
    "CRITERION_MARK",
    "CURRENCY_RATE",
    "DEAL_OFFER",
    "DEAL_PARTNER",
    "EVENT",
    "FIELD_CHANGE",
    "FORECAST_SUBMISSION",
    "FORMER_MARK",
    "GUIDANCE_RULE",
    "HANDOVER",
    "KEPT_TEXT",
    "NEXT_BEST_ACTION",
    "NOTIFICATION",
    "NOUNS",
    "OPPORTUNITY",
    "OPPORTUNITY_ACTIVITY",
    "OPPORTUNITY_CONTACT",
    "ORGANIZATION",
    "PLAYBOOK",
    "PLAYBOOK_PROMPT",
    "PREDICTION",
    "PREDICTION_MODEL",
    "QUALIFICATION_QUESTION",
    "REGISTRATION",
    "REGISTRATION_EXTENSION",
    "REGISTRATION_POLICY",
    "REGISTRATION_STEP",
    "REVENUE_SPLIT",
    "SALES_TARGET",
    "STAGE",
    "STAGE_TRANSITION",
    "STEP_RUN",
    "TASK",
    "TEAM_MEMBER",
    "USER",
    "WEBHOOK_DELIVERY",
    "WEBHOOK_ENDPOINT",
    "BadNouns",
    "Noun",
    "checked",
]

_SUBJECTS: tuple[Noun, ...] = (
    *organization.NOUNS,
    *api_client.NOUNS,
    *playbook.NOUNS,
    *content.NOUNS,
    *account.NOUNS,
    *opportunity.NOUNS,
    *history.NOUNS,
    *cosell.NOUNS,
    *contact.NOUNS,
    *comment.NOUNS,
    *registration.NOUNS,
    *conflicts.NOUNS,
    *guidance.NOUNS,
    *currency.NOUNS,
    *webhook.NOUNS,
    *task.NOUNS,
    *forecast.NOUNS,
    *prediction.NOUNS,
    *notification.NOUNS,
)
EVENT = log.event_about(_SUBJECTS)
NOUNS: tuple[Noun, ...] = (
    *_SUBJECTS,
    EVENT,
    *log.NOUNS,
    *provisioning.NOUNS,
    *pipeline.NOUNS,
    *rollups.NOUNS,
    *automation.NOUNS,
)


class BadNouns(Exception):
    """What doesn't fit together, a line each."""


def checked(nouns: Iterable[Noun]) -> Mapping[str, Noun]:
    """By table. Raises `BadNouns`, so that nothing starts while a table or a part of a noun is missing."""
    found: dict[str, Noun] = {}
    problems: list[str] = []
    for noun in nouns:
        problems += noun.problems()
        if found.setdefault(noun.table, noun) is not noun:
            problems.append(f"{noun.table} is said twice")
    for name in ("prefix", "subject"):
        said = [getattr(noun, name) for noun in found.values() if getattr(noun, name) is not None]
        problems += [f"the {name} {one} is taken twice" for one in sorted(set(said)) if said.count(one) > 1]
    missing = [name for name, model in all_models().items() if table_of(model) not in found]
    problems += [f"no noun says who sees {name}" for name in missing]
    if problems:
        raise BadNouns("\n".join(problems))
    return found


BY_TABLE = checked(NOUNS)
