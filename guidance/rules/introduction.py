"""Make the first contact with a lead, where none of its stage's own activities does so."""

from collections.abc import Iterator
from datetime import datetime

from catalogues import phrase
from guidance import drafts, weights
from guidance.actions import ActionKind, Candidate, Target, Urgency
from guidance.facts import Facts, Reader
from guidance.rules.reading import age_evidence, due, elsewhere, quiet_limit, silence_evidence
from guidance.rules.saying import told


def introduce(facts: Facts, at: datetime) -> Iterator[Candidate]:
    addressed = any(one.reader is Reader.CUSTOMER and not one.done for one in facts.activities)
    if not facts.is_uncontacted or addressed:
        return
    urgency = Urgency.HIGH if facts.quiet_days(at) >= quiet_limit(facts) else Urgency.NORMAL
    yield Candidate(
        kind=ActionKind.INTRODUCE,
        title=told(facts, phrase("Introduce yourself to the customer")),
        rationale=told(facts, phrase("Nobody has been in touch with them yet, as far as the deal tells.")),
        evidence=(silence_evidence(facts, at), age_evidence(facts, at)),
        urgency=urgency,
        due_at=due(facts, at, urgency),
        effort_minutes=20,
        target=Target(stage_id=facts.stage.id),
        message=drafts.introduction(facts),
        weight=weights.INTRODUCTION * elsewhere(facts, at),
        occasion=("first contact",),
    )
