"""Derived facts of a deal for the rules: readiness, silence, pressure, and its chances by history."""

import re
from collections.abc import Iterator
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from enum import Enum
from math import floor, isfinite, log10

from catalogues import Said, Text, either, phrase
from catalogues import counted as plural
from guidance import weights
from guidance.actions import Evidence, Urgency
from guidance.facts import Facts, Stage
from guidance.history import Basis, Distribution
from guidance.rules.saying import days, stage_of, told

LATE_STAGE = 0.5
"""Win probability from which a stage counts as late."""
CLOSING_DAYS = 14
LONG_SILENCE_DAYS = 60
"""From then on a silence is critical in every stage, so that a longer one never counts for less than a shorter one."""
LEAST_QUIET_DAYS = 7.0
MOST_QUIET_DAYS = 21.0
LONGEST_SPAN = 160
"""Characters of what somebody wrote, in evidence."""
TOLD = (0.1, 0.9)
"""Between these, shares of earlier deals are told."""
MOST = 0.5
"""Longer than this share of earlier deals is longer than most of them."""
MIDDAY = time(12)
SATURDAY = 5
WORD = re.compile(r"[^\W\d_]+")
DUE_DAYS = {Urgency.CRITICAL: 1, Urgency.HIGH: 3, Urgency.NORMAL: 7, Urgency.LOW: 14}


class Prospect(Enum):
    ALIVE = "alive"
    DOUBTFUL = "doubtful"
    HOPELESS = "hopeless"


def ready(facts: Facts) -> bool:
    """Nothing blocks the next move, and the stage's own work shows that the deal has earned it; after a move back,
    something has changed."""
    onward = facts.onward()
    if onward is None or not onward.allowed or facts.is_held_back:
        return False
    required = [criterion for criterion in facts.criteria if criterion.required]
    if required:
        return all(criterion.met for criterion in required)
    return bool(facts.activities) and all(activity.done for activity in facts.activities)


def is_late(facts: Facts) -> bool:
    return facts.stage.win_probability >= LATE_STAGE


def is_overdue(facts: Facts, at: datetime) -> bool:
    return facts.deal.stalled or (facts.stage_progress(at) or 0.0) > 1.0


def quiet_limit(facts: Facts) -> float:
    """Days of silence that the stage's pace allows."""
    pace = 0.75 * (facts.stage.target_days or MOST_QUIET_DAYS)
    return min(MOST_QUIET_DAYS, max(LEAST_QUIET_DAYS, pace))


def is_quiet(facts: Facts, at: datetime) -> bool:
    """A customer whom somebody has been in touch with has gone quiet."""
    if facts.is_uncontacted:
        return False
    quiet = facts.quiet_days(at)
    return quiet >= quiet_limit(facts) or (facts.deal.stalled and quiet >= LEAST_QUIET_DAYS)


def closes_soon(facts: Facts, at: datetime) -> bool:
    days = facts.days_to_close(at)
    return days is not None and 0 <= days <= CLOSING_DAYS


def presses(facts: Facts, at: datetime) -> bool:
    """Whether the close date is near or has passed: what was urgent before it is no less so after it."""
    days = facts.days_to_close(at)
    return days is not None and days <= CLOSING_DAYS


def pressure(facts: Facts, at: datetime) -> Urgency:
    """How urgent the stage's own work is; it never falls as days pass."""
    if presses(facts, at) and is_late(facts):
        return Urgency.CRITICAL
    if is_overdue(facts, at) or presses(facts, at):
        return Urgency.HIGH
    return Urgency.NORMAL


def ripeness(facts: Facts, at: datetime) -> float:
    """0 at the stage's beginning, 1 when it should end: by age or by activities done, whichever is further."""
    aged = min(1.0, facts.stage_progress(at) or 0.0)
    done = sum(activity.done for activity in facts.activities)
    return max(aged, done / len(facts.activities) if facts.activities else 0.0)


def pace_of(facts: Facts, at: datetime, *, early: float, late: float) -> float:
    """The weight between `early` and `late` that the deal's ripeness calls for."""
    return early + (late - early) * ripeness(facts, at)


def prospect(facts: Facts, at: datetime) -> Prospect:
    """A deal that is worked on, on time or nearly through is alive, whatever became of others of its age. One that has
    all it takes to move on, and lies there for months, is doubtful."""
    quiet, progress = facts.quiet_days(at), facts.stage_progress(at) or 0.0
    if ready(facts):
        return Prospect.DOUBTFUL if quiet >= LONG_SILENCE_DAYS else Prospect.ALIVE
    if not is_overdue(facts, at) or quiet < 14:
        return Prospect.ALIVE
    fate = facts.history.fate_at(facts.days_in_stage(at))
    if fate is not None:
        rate, at_entry = fate.rate or 0.0, _rate_at_entry(facts)
        if rate < 0.03 and quiet >= 30:
            return Prospect.HOPELESS
        return Prospect.DOUBTFUL if rate < 0.1 and rate < 0.5 * at_entry else Prospect.ALIVE
    if progress > 8 and quiet >= 90:
        return Prospect.HOPELESS
    return Prospect.DOUBTFUL if progress > 4 and quiet >= 30 else Prospect.ALIVE


def _rate_at_entry(facts: Facts) -> float:
    return facts.history.fates[0].rate or 0.0


def elsewhere(facts: Facts, at: datetime) -> float:
    """The factor of the stage's work when the deal may already leave it, or when nobody should put more into it."""
    chances = prospect(facts, at)
    if chances is Prospect.ALIVE and ready(facts):
        return weights.READY_TO_MOVE_ON
    return weights.GIVEN_UP if chances is Prospect.HOPELESS else 1.0


def due(facts: Facts, at: datetime, urgency: Urgency) -> datetime:
    """Midday of a working day to come: by the urgency, and on the close date at the latest, as long as that lies ahead
    and isn't before the next working day."""
    today, close = at.date(), facts.deal.close_date
    day = today + timedelta(days=DUE_DAYS[urgency])
    if close is not None and today < close < day:
        day = close
    return datetime.combine(_working_day(day, after=today), MIDDAY, tzinfo=at.tzinfo)


def _working_day(day: date, *, after: date) -> date:
    """The last one up to `day`; where that isn't after the other, the next one after it."""
    while day.weekday() >= SATURDAY:
        day -= timedelta(days=1)
    return day if day > after else working_day_from(after + timedelta(days=1))


def working_day_from(day: date) -> date:
    """The day itself, or the Monday after it."""
    while day.weekday() >= SATURDAY:
        day += timedelta(days=1)
    return day


def age_evidence(facts: Facts, at: datetime) -> Evidence:
    spent, target, stage = days(int(facts.days_in_stage(at))), facts.stage.target_days, stage_of(facts)
    if target:
        said = either(
            phrase("{days} in “{stage}” (target {target})", days=spent, stage=stage, target=days(target)),
            phrase("{days} (target {target})", days=spent, target=days(target)),
        )
    else:
        said = either(phrase("{days} in “{stage}”", days=spent, stage=stage), spent)
    return Evidence(told(facts, phrase("Days in stage")), told(facts, said), of_deal(facts))


def silence_evidence(facts: Facts, at: datetime) -> Evidence:
    ago: Said = phrase("not recorded")
    if facts.last_contact_at is not None:
        ago = plural("{n} day ago", "{n} days ago", int(facts.quiet_days(at)))
    return Evidence(told(facts, phrase("Last contact")), told(facts, ago), of_deal(facts))


def setback_evidence(facts: Facts, at: datetime) -> Iterator[Evidence]:
    """Where the deal was sent back from, and why."""
    back = facts.setback
    if back is None:
        return
    ago = plural("{n} day ago", "{n} days ago", max(0, (at - back.at).days))
    where: Said = ago
    if back.from_name:
        left = Text(back.from_name, facts.stage.language or facts.playbook_language)
        where = either(phrase("from “{stage}”, {ago}", stage=left, ago=ago), ago)
    reason = within(back.reason or "", LONGEST_SPAN)
    yield Evidence(told(facts, phrase("Sent back")), told(facts, where), of_deal(facts), reason or None)


def of_deal(facts: Facts) -> str:
    """The source of what the deal itself says."""
    return told(facts, phrase("deal"))


def of_stage(facts: Facts, stage: Stage | None = None) -> str:
    """The source of what the playbook says of a stage, without one that of the deal's."""
    return told(facts, either(phrase("playbook, stage “{stage}”", stage=stage_of(facts, stage)), phrase("playbook")))


def basis_said(basis: Basis, facts: Facts) -> str:
    """The source of a figure over earlier deals, in words."""
    stage = stage_of(facts)
    match basis:
        case Basis.PARTNERS:
            said = either(
                phrase("earlier deals of all partners in “{stage}”", stage=stage),
                phrase("earlier deals of all partners in this stage"),
            )
        case Basis.OWN:
            said = either(
                phrase("your organisation’s earlier deals in “{stage}”", stage=stage),
                phrase("your organisation’s earlier deals in this stage"),
            )
        case Basis.ALL:
            said = either(phrase("history of “{stage}”", stage=stage), phrase("history of the stage"))
    return told(facts, said)


def told_share(stays: Distribution, days: float) -> float | None:
    """The share of `stays` that `days` exceed. Beyond the slowest and the fastest tenth nothing is told: a single deal
    would decide it. None: no longer than nearly all."""
    share = stays.percentile(days)
    return None if share < TOLD[0] else min(share, TOLD[1])


def money(amount: Decimal | float, currency: str | None) -> str:
    """For a prompt."""
    return f"{amount:,.0f} {currency or ''}".strip()


def rounded(number: float, digits: int = 2) -> float:
    """To so many significant digits: what a figure over several deals is told with."""
    return number if not number or not isfinite(number) else round(number, digits - 1 - floor(log10(abs(number))))


def clipped(text: str, length: int) -> str:
    """At a word's end, with an ellipsis."""
    text = " ".join(text.split())
    if len(text) <= length:
        return text
    return text[: length - 1].rsplit(" ", 1)[0].rstrip(" ,;:.") + "…"


def stems(text: str) -> frozenset[str]:
    """The beginnings of its longer words, by which texts that speak of the same are known."""
    return frozenset(word[:5].casefold() for word in WORD.findall(text) if len(word) >= 4)


def within(text: str, length: int) -> str:
    """As much of it, word for word, as a quote may hold."""
    text = " ".join(text.split())
    return text if len(text) <= length else text[: length + 1].rsplit(" ", 1)[0][:length]


def lowered(text: str) -> str:
    """The first letter small, but for an acronym or a name's beginning that a second capital gives away."""
    return text[:1].lower() + text[1:] if text[1:2].islower() else text
