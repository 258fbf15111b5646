"""What a model is told of a deal, as plain texts, and the short ids by which it may speak of candidates and contents.

Of people it learns nothing: neither owner nor contacts are here. Whatever is here has been chosen one by one.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from guidance.actions import Candidate
from guidance.facts import Activity, Content, Criterion, Facts, Reader, Response
from guidance.ranking import Ranked
from guidance.rules.reading import counted, longer_than, money, rounded

LONGEST_TITLE = 120
LONGEST_RATIONALE = 600
LONGEST_DRAFT = 3_000
LONGEST = {"title": LONGEST_TITLE, "rationale": LONGEST_RATIONALE, "draft": LONGEST_DRAFT}
MOST_CHOSEN = 5
FIRST = 3
MOST_CONTENTS = 10
MOST_RESPONSES = 6
MOST_ANSWER = 300
FOR = {Reader.CUSTOMER: "for customers", Reader.PARTNER: "internal", Reader.VENDOR: "internal"}
TO = {Reader.CUSTOMER: "the customer", Reader.PARTNER: "a colleague", Reader.VENDOR: "the channel manager"}


@dataclass(frozen=True)
class Briefing:
    """`candidates` and `contents` by the short ids of this one conversation. `variables` is all that templates see."""

    candidates: Mapping[str, Ranked]
    contents: Mapping[str, Content]
    least: int
    most: int
    variables: dict[str, Any]


def brief(facts: Facts, chosen: Sequence[Ranked], at: datetime) -> Briefing:
    candidates = {f"a{place}": ranked for place, ranked in enumerate(chosen, 1)}
    contents = {f"c{place}": content for place, content in enumerate(_contents(facts, chosen), 1)}
    least, most = min(FIRST, len(candidates)), min(MOST_CHOSEN, len(candidates))
    handles = {content.id: handle for handle, content in contents.items()}
    onward = facts.onward()
    variables = {
        "how_many": str(most) if least == most else f"{least} to {most}",
        "longest": LONGEST,
        "today": at.date().isoformat(),
        "deal": _deal(facts, at),
        "partner": _partner(facts),
        "stage": _stage(facts, at),
        "criteria": [
            {"description": one.description, "state": "met" if one.met else "unmet"} for one in facts.criteria
        ],
        "activities": [{"name": one.name, "state": "done" if one.done else "open"} for one in facts.activities],
        "blockers": [blocker.message for blocker in onward.blockers] if onward else [],
        "questions": [
            {"label": one.label, "answer": (one.answer or "")[:MOST_ANSWER] if one.answered else "not answered"}
            for one in facts.questions
        ],
        "responses": [_response(one) for one in _latest(facts.responses)],
        "contents": [
            {
                "id": handle,
                "title": one.title,
                "kind": _said(one.kind),
                "summary": one.summary,
                "reader": FOR[one.reader],
            }
            for handle, one in contents.items()
        ],
        "candidates": [_candidate(handle, one.candidate, handles, facts) for handle, one in candidates.items()],
    }
    return Briefing(candidates, contents, least, most, variables)


def _contents(facts: Facts, chosen: Sequence[Ranked]) -> list[Content]:
    """Those that candidates name first, then what else suits the partner in this stage and the next."""
    named = {id for ranked in chosen for id in ranked.candidate.target.content_ids}
    there = {content.id: content for content in (*facts.contents, *facts.next_contents) if content.suits}
    ordered = sorted(there.values(), key=lambda content: content.id not in named)
    return ordered[:MOST_CONTENTS]


def _deal(facts: Facts, at: datetime) -> dict[str, str]:
    deal, days, usual = facts.deal, facts.days_to_close(at), facts.partner.usual_amount if facts.partner else None
    against = ""
    if deal.amount is not None and usual is not None and usual.samples and len(usual.points) > 1:
        against = f"this partner’s deals are usually {money(rounded(usual.quantile(0.5)), deal.currency)}"
    return {
        "name": deal.name,
        "account": deal.account.name,
        "industry": deal.account.industry or "",
        "country": deal.account.country or "",
        "amount": money(deal.amount, deal.currency) if deal.amount else "",
        "against_usual": against,
        "close_date": deal.close_date.isoformat() if deal.close_date else "",
        "to_close": "" if days is None else f"{counted(abs(days), 'day')} {'ago' if days < 0 else 'from today'}",
        "next_step": deal.next_step or "",
        "notes": deal.notes or "",
        "quiet": f"{counted(int(facts.quiet_days(at)), 'day')} ago",
    }


def _partner(facts: Facts) -> dict[str, str] | None:
    return {"name": facts.partner.name, "tier": _said(facts.partner.tier or "")} if facts.partner else None


def _stage(facts: Facts, at: datetime) -> dict[str, str]:
    stage, stays, onward = facts.stage, facts.history.stays, facts.onward()
    longer = longer_than(stays, facts.days_in_stage(at), "earlier deals that moved on") if stays.known else ""
    return {
        "name": stage.name,
        "definition": stage.definition,
        "days": counted(int(facts.days_in_stage(at)), "day"),
        "target": counted(stage.target_days, "day") if stage.target_days else "",
        "percentile": longer,
        "onward": f"“{onward.stage_name}”" if onward else "no further stage",
    }


def _candidate(handle: str, candidate: Candidate, handles: Mapping[str, str], facts: Facts) -> dict[str, Any]:
    return {
        "id": handle,
        "kind": _said(candidate.kind),
        "urgency": _said(candidate.urgency),
        "due": candidate.due_at.date().isoformat() if candidate.due_at else "any time",
        "effort": counted(candidate.effort_minutes, "minute"),
        "contents": ", ".join(handles[id] for id in candidate.target.content_ids if id in handles),
        "title": candidate.title,
        "rationale": candidate.rationale,
        "draft_to": TO[candidate.message.reader] if candidate.message else "",
        "wording": _wording(candidate, facts) if candidate.message else "",
        "evidence": [{"fact": one.fact, "value": one.value, "source": one.source} for one in candidate.evidence],
    }


def _wording(candidate: Candidate, facts: Facts) -> str:
    """What the playbook would say to the customer for it."""
    target = candidate.target
    asked: list[Criterion | Activity] = [*facts.criteria, *facts.next_entry, *facts.activities]
    found = (one.customer_wording for one in asked if one.id in (target.criterion_id, target.activity_id))
    to_customer = candidate.message is not None and candidate.message.reader is Reader.CUSTOMER
    return next(found, None) or "" if to_customer else ""


def _latest(responses: Sequence[Response]) -> list[Response]:
    return sorted(responses, key=lambda one: one.at, reverse=True)[:MOST_RESPONSES]


def _response(response: Response) -> dict[str, str]:
    return {"kind": _said(response.kind), "answer": _said(response.answer), "reason": response.reason or ""}


def _said(name: str) -> str:
    return name.lower().replace("_", " ")
