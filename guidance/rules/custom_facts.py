"""The `deal` that a custom rule's condition and templates speak of: the fields of a playbook's conditions, and more.

| field                   | value                                                                              |
|-------------------------|------------------------------------------------------------------------------------|
| name, source, status, stage, currency, owner, nextStep, notes | text or null, as in a playbook's conditions  |
| amount                  | number with a point, or null                                                       |
| closeDate, daysToClose  | text such as "2026-09-30", and whole days until then; or null                      |
| daysInStage, quietDays  | whole days in the stage, and since anybody did anything                            |
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

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from guidance.facts import Facts
from guidance.rules.reading import ready

MAX_TEXT = 1_000
ACCOUNT = frozenset({"name", "industry", "country", "employees"})
PARTNER = frozenset({"name", "tier"})
PLAIN = """
    name source status stage currency owner nextStep notes amount closeDate daysToClose daysInStage quietDays targetDays
    winProbability stalled ready unmetCriteria openActivities unansweredQuestions usedContents freshContents
    amountAgainstUsual stayPercentile
"""
FIELDS: Mapping[str, frozenset[str] | None] = {
    **dict.fromkeys(PLAIN.split(), frozenset()),
    "account": ACCOUNT,
    "partner": PARTNER,
    "qualification": None,
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
        "unmetCriteria": [criterion.key for criterion in facts.unmet()],
        "openActivities": [activity.key for activity in facts.activities if not activity.done],
        "unansweredQuestions": [question.key for question in facts.questions if not question.answered],
        "usedContents": [content.id for content in facts.contents if content.used],
        "freshContents": [content.id for content in facts.contents if content.suits and not content.used],
        "amountAgainstUsual": _against_usual(facts),
        "stayPercentile": _percentile(facts, at),
        "account": {
            "name": _text(account.name),
            "industry": account.industry,
            "country": account.country,
            "employees": account.employees,
        },
        "partner": None if partner is None else {"name": _text(partner.name), "tier": partner.tier},
        "qualification": {one.key: _text(one.answer) for one in facts.questions if one.answered},
    }


def _text(text: str | None) -> str | None:
    return None if text is None else text[:MAX_TEXT]


def _against_usual(facts: Facts) -> float | None:
    usual = facts.partner.usual_amount if facts.partner else None
    if facts.deal.amount is None or usual is None or not usual.points or not usual.quantile(0.5):
        return None
    return float(facts.deal.amount) / usual.quantile(0.5)


def _percentile(facts: Facts, at: datetime) -> float | None:
    stays = facts.history.stays
    return stays.percentile(facts.days_in_stage(at)) if stays.known else None
