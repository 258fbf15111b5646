"""Register the deal, where its playbook registers deals, and extend its registration before the protection ends."""

from collections.abc import Iterator
from datetime import datetime

from catalogues import Said, phrase
from guidance.actions import ActionKind, Candidate, Evidence, Target, Urgency
from guidance.facts import Facts, Registration
from guidance.rules.reading import due, elsewhere, of_deal
from guidance.rules.saying import days, told

SOON_DAYS = 21
"""Before the protection ends: the review of an extension takes its time."""
PRESSING_DAYS = 7
PARTNERS = "PARTNER"
"""A deal that the partner has found: what the vendor passes on is the partner's already."""
EARLY = 0.5
"""Win probability up to which there is something to protect."""


def register(facts: Facts, at: datetime) -> Iterator[Candidate]:
    one = facts.registration
    if one is None or facts.partner is None:
        return
    if not one.is_begun and facts.deal.source == PARTNERS and facts.stage.win_probability <= EARLY:
        yield _candidate(
            facts,
            at,
            phrase("Register this deal"),
            phrase("Deals of its playbook can be registered, and an approved registration protects this one."),
            Evidence(told(facts, phrase("Registration")), told(facts, phrase("none yet")), of_deal(facts)),
            Urgency.NORMAL,
            "unregistered",
        )
    elif (left := _days_left(one, at)) is not None and 0 <= left <= SOON_DAYS:
        yield _candidate(
            facts,
            at,
            phrase("Ask for an extension of the registration"),
            phrase("Its protection ends soon, and the deal is still open."),
            Evidence(told(facts, phrase("Protection left")), told(facts, days(left)), of_deal(facts)),
            Urgency.HIGH if left <= PRESSING_DAYS else Urgency.NORMAL,
            f"until {one.protected_until:%Y-%m-%d}",
        )


def _days_left(one: Registration, at: datetime) -> int | None:
    return (one.protected_until.date() - at.date()).days if one.protected_until else None


def _candidate(
    facts: Facts, at: datetime, title: Said, why: Said, evidence: Evidence, urgency: Urgency, occasion: str
) -> Candidate:
    return Candidate(
        kind=ActionKind.REGISTER_DEAL,
        title=told(facts, title),
        rationale=told(facts, why),
        evidence=(evidence,),
        urgency=urgency,
        due_at=due(facts, at, urgency),
        effort_minutes=15,
        target=Target(stage_id=facts.stage.id),
        weight=elsewhere(facts, at),
        occasion=(occasion,),
    )
