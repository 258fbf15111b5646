"""Find out who decides, where a deal that nears its decision knows people at the customer but nobody who does."""

from collections.abc import Iterator
from datetime import datetime

from catalogues import counted, phrase
from guidance import weights
from guidance.actions import ActionKind, Candidate, Evidence, Target, Urgency
from guidance.facts import BuyingRole, Facts
from guidance.rules.reading import age_evidence, due, elsewhere, of_deal
from guidance.rules.saying import told

NEARS = 0.4
"""Win probability from which a deal needs somebody who decides."""
DECIDE = frozenset({BuyingRole.ECONOMIC_BUYER.value, BuyingRole.DECISION_MAKER.value})


def find_contact(facts: Facts, at: datetime) -> Iterator[Candidate]:
    """Silent where nobody keeps contacts of the deal: then questions and criteria ask for them."""
    if facts.stage.win_probability < NEARS or not facts.buying_roles or DECIDE & {*facts.buying_roles}:
        return
    known = counted("{n} contact, none of whom decides", "{n} contacts, none of whom decides", len(facts.buying_roles))
    yield Candidate(
        kind=ActionKind.FIND_CONTACT,
        title=told(facts, phrase("Find out who decides at the customer, and add them to the contacts")),
        rationale=told(
            facts, phrase("The deal nears its decision, and nobody among its contacts is known to make it.")
        ),
        evidence=(
            Evidence(told(facts, phrase("Contacts")), told(facts, known), of_deal(facts)),
            age_evidence(facts, at),
        ),
        due_at=due(facts, at, Urgency.NORMAL),
        effort_minutes=20,
        target=Target(stage_id=facts.stage.id),
        weight=weights.UNASKED_QUESTION * elsewhere(facts, at),
        occasion=("who decides",),
    )
