"""Record what a deal is worth, or check an amount that can't be right, before the forecast counts on it."""

from collections.abc import Iterator
from datetime import datetime
from decimal import Decimal

from catalogues import phrase
from guidance import weights
from guidance.actions import ActionKind, Candidate, Evidence, Target, Urgency
from guidance.facts import Facts
from guidance.rules.reading import age_evidence, due, is_late, of_deal, ready
from guidance.rules.recording import AMOUNT, missing_in
from guidance.rules.saying import money, told
from guidance.rules.vendor import ENOUGH_DEALS

TOKEN = Decimal(10)
"""Of any currency: nobody sells for less through partners."""
TOKEN_SHARE = Decimal("0.01")
"""Of the partner's usual amount."""


def repair_amount(facts: Facts, at: datetime) -> Iterator[Candidate]:
    """In a late stage, unless a criterion asks for it anyway."""
    amount = facts.deal.amount
    if not is_late(facts) or (amount and not _is_token(amount, facts)):
        return
    if any(AMOUNT in missing_in(one, facts, at) for one in facts.unmet()):
        return
    moving = ready(facts)
    urgency = Urgency.CRITICAL if moving and facts.next_stage is None else Urgency.HIGH
    value = money(amount, facts.deal.currency, facts.advice_language) if amount else told(facts, phrase("missing"))
    title = (
        phrase("Check the amount: it looks like a placeholder")
        if amount
        else phrase("Put a figure on the deal: it has none yet")
    )
    yield Candidate(
        kind=ActionKind.FIX_AMOUNT,
        title=told(facts, title),
        rationale=told(facts, phrase("The forecast counts this deal, and so does whoever has to approve its price.")),
        evidence=(Evidence(told(facts, phrase("Amount")), value, of_deal(facts)), age_evidence(facts, at)),
        urgency=urgency,
        due_at=due(facts, at, urgency),
        effort_minutes=5,
        target=Target(stage_id=facts.stage.id),
        weight=weights.AMOUNT_BEFORE_MOVING if moving else weights.MISSING_AMOUNT,
        occasion=(str(amount.normalize()) if amount else "",),
    )


def _is_token(amount: Decimal, facts: Facts) -> bool:
    usual = facts.partner.usual_amount if facts.partner else None
    known = usual is not None and (usual.samples or 0) >= ENOUGH_DEALS and len(usual.points) >= 2
    share = TOKEN_SHARE * Decimal(usual.quantile(0.5)) if usual is not None and known else Decimal(0)
    return amount <= max(TOKEN, share)
