"""Checks of a policy: what can't be in one, with its place in the input and a way out."""

import re
from collections.abc import Collection, Iterable, Sequence
from decimal import Decimal

from app.deals.fields import text_problem
from app.deals.money import MoneyError, money
from app.outcomes import Refused, refused
from app.registrations.calendars import LONGEST_HOURS, Calendar, problem
from app.registrations.conditions import FOLLOWED, JUDGED, ConditionError, Known, check
from app.registrations.policy import Benefit, Policy
from app.registrations.values import MOST_ANSWERS, NAMES
from app.vocabulary import ErrorCode

REVIEWED_AGAIN = ("account", "amount", "dealType")
"""Fields of a deal whose change may send its registration back to review, in the API's words."""
LONGEST_DAYS, MOST_REMINDERS, MOST_BENEFITS, MOST_CALENDARS = 1_095, 10, 100, 50
LONGEST_NOTE = 500
LONGEST_KEY = 80
KEBAB_CASE = re.compile(r"[a-z0-9]+(?:-[a-z0-9]+)*")
INVALID = ErrorCode.INVALID
NOT_ASKED = frozenset({"answers", "opportunity"})


def problems(policy: Policy, stages: Collection[str]) -> Iterable[Refused | None]:
    """`stages`: keys of those of its playbook."""
    yield _listed(policy.required_fields, [name for name in NAMES if name not in NOT_ASKED], "requiredFields")
    yield _listed(policy.review_again_fields, REVIEWED_AGAIN, "reviewAgainFields")
    yield from _questions(policy)
    yield _minimum(policy.minimum)
    yield text_problem(policy.eligible_message, LONGEST_NOTE, "eligibleMessage")
    yield _number(policy.review_hours, 1, LONGEST_HOURS, "reviewHours")
    yield _number(policy.max_extensions, 0, 20, "maxExtensions")
    yield _number(policy.extension_days, 1, 365, "extensionDays")
    yield _number(policy.max_open_per_partner, 1, 10_000, "maxOpenPerPartner")
    yield _number(policy.max_resubmissions, 0, 100, "maxResubmissions")
    yield from _days(policy)
    yield from _reminders(policy.remind_days_before)
    yield from _calendars(policy.calendars)
    yield from _benefits(policy.benefits)
    known = Known(frozenset(question.key for question in policy.questions), frozenset(stages))
    yield _condition(policy.eligible, JUDGED, known, "eligible")
    yield _condition(policy.auto_approve, JUDGED, known, "autoApprove")
    if policy.progress is not None:
        yield _condition(policy.progress, FOLLOWED, known, "progress")


def _listed(given: Sequence[str], known: Sequence[str], path: str) -> Refused | None:
    for place, name in enumerate(given):
        if name not in known:
            return refused(INVALID, f"The fields are: {', '.join(known)}.", path, str(place))
    return None


def _number(value: int | None, least: int, most: int, *path: str) -> Refused | None:
    if value is None or least <= value <= most:
        return None
    return refused(INVALID, f"From {least} to {most:,}.", *path)


def _questions(policy: Policy) -> Iterable[Refused | None]:
    keys = [question.key for question in policy.questions]
    if len(keys) > MOST_ANSWERS:
        yield refused(INVALID, f"At most {MOST_ANSWERS} questions.", "questions")
    for place, question in enumerate(policy.questions[:MOST_ANSWERS]):
        where = ("questions", str(place))
        yield key_problem(question.key, *where, "key")
        if question.key in keys[:place]:
            yield refused(INVALID, "Another question has this key.", *where, "key")
        yield text_problem(question.label, 200, *where, "label", least=1)
        yield text_problem(question.prompt, 1_000, *where, "prompt")


def key_problem(key: str, *path: str) -> Refused | None:
    if KEBAB_CASE.fullmatch(key) and len(key) <= LONGEST_KEY:
        return None
    message = f"A key is lower-case letters and digits, with single hyphens between words, up to {LONGEST_KEY} of them."
    return refused(INVALID, message, *path)


def _minimum(minimum: tuple[Decimal, str] | None) -> Refused | None:
    if minimum is None:
        return None
    try:
        money(*minimum)
    except MoneyError as error:
        return refused(INVALID, error.message, "minimumAmount", *error.path)
    return None


def _days(policy: Policy) -> Iterable[Refused | None]:
    tiers = [one.tier for one in policy.protection_days]
    if None not in tiers:
        yield refused(INVALID, "Say without a tier how long partners of all others are protected.", "protectionDays")
    for place, one in enumerate(policy.protection_days):
        if one.tier in tiers[:place]:
            yield refused(INVALID, "This tier is named twice.", "protectionDays", str(place), "tier")
        yield _number(one.days, 1, LONGEST_DAYS, "protectionDays", str(place), "days")


def _reminders(days: Sequence[int]) -> Iterable[Refused | None]:
    if len(days) > MOST_REMINDERS:
        yield refused(INVALID, f"At most {MOST_REMINDERS} times.", "remindDaysBefore")
    for place, one in enumerate(days[:MOST_REMINDERS]):
        yield _number(one, 1, LONGEST_DAYS, "remindDaysBefore", str(place))


def _calendars(calendars: Sequence[Calendar]) -> Iterable[Refused | None]:
    if len(calendars) > MOST_CALENDARS:
        yield refused(INVALID, f"At most {MOST_CALENDARS} calendars.", "calendars")
    regions = [(one.region or "").strip().casefold() for one in calendars]
    for place, one in enumerate(calendars[:MOST_CALENDARS]):
        where = ("calendars", str(place))
        yield text_problem(one.region, 100, *where, "region", least=1)
        if regions[place] in regions[:place]:
            yield refused(INVALID, "This region is named twice.", *where, "region")
        found = problem(one)
        if found is not None:
            part, message = found
            yield refused(INVALID, message, *where, part)


def _benefits(benefits: Sequence[Benefit]) -> Iterable[Refused | None]:
    if len(benefits) > MOST_BENEFITS:
        yield refused(INVALID, f"At most {MOST_BENEFITS} benefits.", "benefits")
    kinds = [(one.tier, one.deal_type) for one in benefits]
    for place, one in enumerate(benefits[:MOST_BENEFITS]):
        where = ("benefits", str(place))
        if kinds[place] in kinds[:place]:
            yield refused(INVALID, "This tier and kind of purchase are named twice.", *where, "tier")
        if one.discount_percent is None and one.margin_points is None and not one.note:
            yield refused(INVALID, "Say what is earned: a discount, a margin or a note.", *where, "discountPercent")
        yield _percent(one.discount_percent, *where, "discountPercent")
        yield _percent(one.margin_points, *where, "marginPoints")
        yield text_problem(one.note, LONGEST_NOTE, *where, "note")


def _percent(value: Decimal | None, *path: str) -> Refused | None:
    if value is None:
        return None
    exponent = value.as_tuple().exponent
    if isinstance(exponent, int) and exponent >= -2 and 0 <= value <= 100:
        return None
    return refused(INVALID, "From 0 to 100, with up to 2 digits after the point.", *path)


def _condition(written: str, variables: frozenset[str], known: Known, path: str) -> Refused | None:
    try:
        check(written, variables, known)
    except ConditionError as problem:
        where = "" if problem.position is None else f" At character {problem.position + 1}."
        return refused(INVALID, f"{problem.message}{where}", path)
    return None
