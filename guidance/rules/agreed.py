"""The next step that the seller has agreed with the customer, with the advice that it belongs to.

That is what speaks of the same; where nothing does, what gets in touch with the customer next.
"""

from collections.abc import Sequence

from catalogues import phrase
from guidance.actions import ActionKind, Candidate, Evidence
from guidance.facts import Facts
from guidance.rules.reading import LONGEST_SPAN, of_deal, stems, within
from guidance.rules.saying import sentence, told

STEPS = frozenset({ActionKind.COMPLETE_CRITERION, ActionKind.DO_ACTIVITY, ActionKind.PREPARE_NEXT_STAGE})
IN_TOUCH = (ActionKind.RE_ENGAGE, ActionKind.REQUALIFY, *STEPS)


def with_next_step(found: tuple[Candidate, ...], facts: Facts) -> tuple[Candidate, ...]:
    step = within(facts.deal.next_step or "", LONGEST_SPAN)
    if not step or not (chosen := _belonging(found, step, facts)):
        return found
    return tuple(_with(one, step, facts, chosen[one.key]) if one.key in chosen else one for one in found)


def _belonging(found: Sequence[Candidate], step: str, facts: Facts) -> dict[str, bool]:
    """Keys, with whether the action is about this step."""
    steps = [(_alike(one, step, facts), one.target.activity_id is not None, one.key) for one in found]
    shared, _, best = max(steps, key=lambda one: one[:2], default=(0, False, ""))
    about = best if shared else None
    silent = next((one.key for one in found if one.kind in (ActionKind.RE_ENGAGE, ActionKind.REQUALIFY)), None)
    touching = silent or about or next((one.key for one in found if one.kind in IN_TOUCH), None)
    chosen = dict.fromkeys(filter(None, (touching,)), False)
    return chosen | ({about: True} if about else {})


def _alike(candidate: Candidate, step: str, facts: Facts) -> int:
    """How many words they share."""
    target = candidate.target
    asked = [one.description for one in (*facts.criteria, *facts.next_entry) if one.id == target.criterion_id]
    asked += [f"{one.name} {one.description}" for one in facts.activities if one.id == target.activity_id]
    return len(stems(step) & stems(" ".join(asked)))


def _with(candidate: Candidate, step: str, facts: Facts, is_it: bool) -> Candidate:
    evidence = Evidence(
        told(facts, phrase("Agreed next step")), told(facts, phrase("as it stands in the deal")), of_deal(facts), step
    )
    if not is_it:
        return candidate.told(evidence=(*candidate.evidence, evidence))
    reason = sentence(candidate.rationale, told(facts, phrase("It belongs to the next step that you agreed.")))
    return candidate.told(evidence=(*candidate.evidence, evidence), rationale=reason)
