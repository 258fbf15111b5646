"""The `deal` that a custom rule's condition and templates speak of: the fields of a playbook's conditions, and more.

| field                   | value                                                                              |
|-------------------------|------------------------------------------------------------------------------------|
| name, source, status, stage, currency, owner, nextStep, notes | text or null, as in a playbook's conditions  |
| amount                  | number with a point, or null                                                       |
| closeDate, daysToClose  | text such as "2026-09-30", and whole days until then; or null                      |
| daysInStage, quietDays  | whole days in the stage, and since the last contact                            |
| targetDays              | the stage's target, or null                                                        |
| winProbability          | the stage's, 0.0 to 1.0                                                            |
| stalled, ready          | true or false; ready: nothing blocks the next move                                 |
| unmetCriteria, openActivities, unansweredQuestions | lists of keys: `"technical-win" in deal.unmetCriteria`  |
| usedContents, freshContents | lists of ids of the stage's content, used already or not                       |
| amountAgainstUsual      | times the partner's usual amount, or null                                          |
| stayPercentile          | share of earlier deals that stayed shorter, 0.0 to 1.0, or null                    |
| account                 | name, industry, country, employees                                                 |
| partner                 | name, tier; null for a deal without a partner                                      |
| qualification           | the answers by question key; a question without an answer is absent                |
"""

from collections.abc import Iterable, Mapping
from datetime import datetime
from itertools import islice
from typing import Any

from expressions import entries, flag, listed, number, record, text
from guidance.facts import Facts
from guidance.rules.reading import ready

MAX_TEXT = 1_000
MAX_NAME = 200
MAX_KEYS = 500
MAX_ANSWERS = 200

_ACCOUNT = record(name=text(MAX_TEXT), industry=text(MAX_NAME), country=text(MAX_NAME), employees=number())
SHAPE = record(
    **dict.fromkeys(("name", "owner", "nextStep", "notes"), text(MAX_TEXT)),
    **dict.fromkeys(("source", "status", "stage", "currency", "closeDate"), text(MAX_NAME)),
    **dict.fromkeys(("amount", "daysToClose", "daysInStage", "quietDays", "targetDays"), number()),
    **dict.fromkeys(("winProbability", "amountAgainstUsual", "stayPercentile"), number()),
    **dict.fromkeys(("stalled", "ready"), flag()),
    **dict.fromkeys(("unmetCriteria", "openActivities", "unansweredQuestions"), listed(MAX_KEYS, text(MAX_NAME))),
    **dict.fromkeys(("usedContents", "freshContents"), listed(MAX_KEYS, text(MAX_NAME))),
    account=_ACCOUNT,
    partner=record(name=text(MAX_TEXT), tier=text(MAX_NAME)),
    qualification=entries(MAX_ANSWERS, text(MAX_NAME), text(MAX_TEXT)),
)
"""The fields of `deal` with the longest texts and lists that they hold: what is longer is cut."""
FIELDS: Mapping[str, frozenset[str] | None] = {
    name: None if part.key is not None else frozenset(part.fields or ()) for name, part in (SHAPE.fields or {}).items()
}
"""The fields of `deal`, each with its own; None where they are the playbook's matter."""


def deal_variables(facts: Facts, at: datetime) -> dict[str, Any]:
    deal, account, partner = facts.deal, facts.deal.account, facts.partner
    return {
        "name": _text(deal.name),
        "source": deal.source,
        "status": deal.status.value,
        "stage": facts.stage.key,
        "currency": deal.currency,
        "owner": _text(deal.owner),
        "nextStep": _text(deal.next_step),
        "notes": _text(deal.notes),
        "amount": None if deal.amount is None else float(deal.amount),
        "closeDate": None if deal.close_date is None else deal.close_date.isoformat(),
        "daysToClose": facts.days_to_close(at),
        "daysInStage": int(facts.days_in_stage(at)),
        "quietDays": int(facts.quiet_days(at)),
        "targetDays": facts.stage.target_days,
        "winProbability": float(facts.stage.win_probability),
        "stalled": deal.stalled,
        "ready": ready(facts),
        "unmetCriteria": _keys(criterion.key for criterion in facts.unmet()),
        "openActivities": _keys(activity.key for activity in facts.activities if not activity.done),
        "unansweredQuestions": _keys(question.key for question in facts.questions if not question.answered),
        "usedContents": _keys(content.id for content in facts.contents if content.used),
        "freshContents": _keys(content.id for content in facts.contents if content.suits and not content.used),
        "amountAgainstUsual": _against_usual(facts),
        "stayPercentile": _percentile(facts, at),
        "account": {
            "name": _text(account.name),
            "industry": account.industry,
            "country": account.country,
            "employees": account.employees,
        },
        "partner": None if partner is None else {"name": _text(partner.name), "tier": partner.tier},
        "qualification": {one.key: _text(one.answer) for one in facts.questions[:MAX_ANSWERS] if one.answered},
    }


def _keys(keys: Iterable[str]) -> list[str]:
    return list(islice(keys, MAX_KEYS))


def _text(said: str | None) -> str | None:
    return None if said is None else said[:MAX_TEXT]


def _against_usual(facts: Facts) -> float | None:
    usual = facts.partner.usual_amount if facts.partner else None
    if facts.deal.amount is None or usual is None or not usual.points or not usual.quantile(0.5):
        return None
    return float(facts.deal.amount) / usual.quantile(0.5)


def _percentile(facts: Facts, at: datetime) -> float | None:
    stays = facts.history.stays
    return stays.percentile(facts.days_in_stage(at)) if stays.known else None
