"""Sample rows of every table that holds something of partners': whose they are, said once for each table.

A row's standing is whose it is for the seller SELLER, whose manager is MANAGER:

    own        the seller's own, or meant for the seller's organisation
    shared     a colleague's, of a deal that is shared with the seller
    colleague  a colleague's, of a deal that is not
    joint      a competing partner's, of a deal that the manager's organisation sells along
    foreign    a competing partner's, or of a deal or playbook of theirs

A new table fails `test_every_table_has_a_sample` until it has a builder here: a function from what there is already and
a standing to the values of a row, by column. The tables stand in an order in which rows may refer to those before.
"""

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from app.database import Database
from app.demo.people import demo_id
from app.models.columns import new_id
from tests.tables import unless_kept

STANDINGS = ("own", "shared", "colleague", "joint", "foreign")
SELLER, COLLEAGUE, COMPETITOR, MANAGER = "Jonas Frei", "Mirela Kovač", "Daniel Clarke", "Lena Brandt"
THEIRS, COMPETITORS, OTHERS = "alpine-it", "brightwater", "delta-works"
LEADING, ALONG = "cordoba-digital", "eastgate"
"""Who leads the deal that is sold together, and who sells the other deals along."""

AT = "2026-01-15T09:30:00Z"

Values = Mapping[str, Any]


@dataclass
class Samples:
    """Primary keys by table and standing."""

    keys: dict[str, dict[str, str]] = field(default_factory=dict)

    def of(self, table: str, standing: str) -> str:
        return self.keys[table][standing]


Build = Callable[[Samples, str], Values | None]
"""None: there can be no such row; `LACKING` says why."""


def _deal_values(made: Samples, standing: str) -> dict[str, Any]:
    return {"opportunity_id": made.of("opportunity", standing)}


def _user(standing: str) -> str:
    return str(
        demo_id(f"user/{ {'own': SELLER, 'joint': 'Iker Etxebarria', 'foreign': COMPETITOR}.get(standing, COLLEAGUE) }")
    )


def _partner(standing: str) -> str:
    return str(demo_id(f"org/{ {'joint': LEADING, 'foreign': COMPETITORS}.get(standing, THEIRS) }"))


def organization(_: Samples, standing: str) -> Values | None:
    return {"id": _partner(standing)} if standing in ("own", "joint", "foreign") else None


def user_account(_: Samples, standing: str) -> Values | None:
    return None if standing in ("shared", "joint") else {"id": _user(standing)}


def api_client(_: Samples, standing: str) -> Values | None:
    if standing not in ("own", "foreign"):
        return None
    said = {"name": f"Client {standing}", "scopes": ["READ"], "secret_hash": "\\x00"}
    return {"organization_id": _partner(standing), **said}


def playbook(_: Samples, standing: str) -> Values:
    """For one partner alone; those of a colleague's deals, for a third one, so that only the deal makes it seen."""
    meant_for = {"own": THEIRS, "foreign": COMPETITORS}.get(standing, OTHERS)
    return {
        "key": f"sample-{standing}",
        "version": 1,
        "name": f"Playbook {standing}",
        "status": "PUBLISHED",
        "published_at": AT,
        "available_to_partners": [str(demo_id(f"org/{meant_for}"))],
    }


def stage(made: Samples, standing: str) -> Values:
    return {
        "playbook_id": made.of("playbook", standing),
        "key": "first",
        "name": f"Stage {standing}",
        "position": 0,
        "kind": "OPEN",
        "win_probability": 0.5,
        "forecast_category": "PIPELINE",
    }


def qualification_question(made: Samples, standing: str) -> Values:
    return {"playbook_id": made.of("playbook", standing), "key": "buyer", "label": f"Buyer {standing}", "position": 0}


def criterion(made: Samples, standing: str) -> Values:
    of_stage = {"stage_id": made.of("stage", standing), "key": "agreed", "position": 0}
    return {**of_stage, "phase": "EXIT", "description": f"Agreed {standing}", "check_kind": "MANUAL"}


def activity(made: Samples, standing: str) -> Values:
    return {"stage_id": made.of("stage", standing), "key": "call", "name": f"Call {standing}", "position": 0}


def content(_: Samples, standing: str) -> Values:
    what = {"kind": "DECK", "lifecycle_phase": "SELL", "reader": "PARTNER"}
    return {"key": f"sample-{standing}", "title": f"Content {standing}", **what}


def stage_content(made: Samples, standing: str) -> Values:
    return {"stage_id": made.of("stage", standing), "content_id": made.of("content", standing), "position": 0}


def account(_: Samples, standing: str) -> Values:
    """One that its deal makes seen, but for the competitor's, who created it."""
    partner = _partner(standing) if standing == "foreign" else None
    return {"name": f"Customer {standing}", "name_key": f"customer {standing}", "partner_id": partner}


def account_merge(made: Samples, standing: str) -> Values:
    """Of one that went into it."""
    record = {"name": f"Merged {standing}", "external_id": f"CRM {standing}"}
    about = {"merged_id": str(demo_id(f"merged/{standing}")), "record": record, "moved": {}, "at": AT}
    return {"kept_id": made.of("account", standing), **about}


def opportunity(made: Samples, standing: str) -> Values:
    return {
        "name": f"Deal {standing}",
        "status": "OPEN",
        "source": "PARTNER",
        "amount": 7000,
        "currency": "EUR",
        "account_id": made.of("account", standing),
        "partner_id": _partner(standing),
        "owner_id": _user(standing),
        "playbook_id": made.of("playbook", standing),
        "stage_id": made.of("stage", standing),
        "entered_stage_at": AT,
        "next_step": f"Step {standing}",
        "notes": f"Notes {standing}",
    }


def contact(made: Samples, standing: str) -> Values:
    """The vendor's record; the competitor's, of one's own customer."""
    whose, customer = (_partner(standing), "own") if standing == "foreign" else (None, standing)
    about = {"name": f"Contact {standing}", "email": f"{standing}@example.com", "phone": "+43 1 7777"}
    return {"account_id": made.of("account", customer), "partner_id": whose, **about}


def comment(made: Samples, standing: str) -> Values:
    """To everyone on the deal; the competitor's, for its own people."""
    audience = "OWN_ORGANIZATION" if standing == "foreign" else "EVERYONE_ON_IT"
    said = {"audience": audience, "body": f"Comment {standing}"}
    whose = {"author_id": _user(standing), "organization_id": _partner(standing)}
    return {**_deal_values(made, standing), **whose, **said}


def task(made: Samples, standing: str) -> Values:
    """Of the deal's own partner, which nobody but the vendor sees without the deal; of the deal that is sold together,
    the manager's own."""
    whose = str(demo_id(f"org/{THEIRS}")) if standing == "joint" else _partner(standing)
    said = {"title": f"Task {standing}", "description": f"Details {standing}", "due_at": AT}
    return {**_deal_values(made, standing), "organization_id": whose, "from_organization_id": whose, **said}


def calendar_feed(_: Samples, standing: str) -> Values | None:
    if standing in ("shared", "joint"):
        return None
    return {"user_id": _user(standing), "secret_hash": f"\\x{STANDINGS.index(standing):02d}"}


def automation(_: Samples, standing: str) -> Values | None:
    """The vendor's."""
    if standing != "foreign":
        return None
    said = {"name": f"Automation {standing}", "condition": f'deal.name == "Condition {standing}"'}
    return {"key": f"sample-{standing}", "role": "CHANNEL_MANAGER", "steps": [], **said}


def automation_run(made: Samples, standing: str) -> Values:
    done = {"version": 1, "moment": f"sample/{standing}", "status": "DONE", "error": f"Error {standing}"}
    return {"automation_id": made.of("automation", "foreign"), **_deal_values(made, standing), **done}


def automation_step_run(made: Samples, standing: str) -> Values:
    step = {"kind": "COMMENT", "settings": {"body": f"Words {standing}"}, "afterMinutes": 0}
    done = {"status": "DONE", "due_at": AT, "outcome": f"Outcome {standing}"}
    return {"run_id": made.of("automation_run", standing), "position": 0, "kind": "COMMENT", "step": step, **done}


def automation_cause(_: Samples, standing: str) -> Values | None:
    return {"xid": 1, "depth": 1, "at": AT} if standing == "foreign" else None


def deal_pulse(made: Samples, standing: str) -> Values:
    return {**_deal_values(made, standing), "last_at": AT}


def opportunity_contact(made: Samples, standing: str) -> Values:
    return {**_deal_values(made, standing), "contact_id": made.of("contact", standing), "position": 0}


def registration_policy(_: Samples, standing: str) -> Values:
    """Of a playbook that its standing's registration makes seen."""
    rules = {"review_hours": 16, "max_extensions": 1, "extension_days": 30}
    return {"key": f"sample-{standing}", "playbook_key": f"sample-{standing}", **rules}


def deal_registration(made: Samples, standing: str) -> Values:
    about = {"account_name": f"Registered {standing}", "contact_name": f"Person {standing}", "need": f"Need {standing}"}
    whose = {"partner_id": _partner(standing), "owner_id": _user(standing)}
    number = f"DR-2026-00000{STANDINGS.index(standing)}"
    policy = {"policy_id": made.of("registration_policy", standing), "status": "SUBMITTED", "number": number}
    return {**_deal_values(made, standing), **whose, **policy, **about}


def _registration_values(made: Samples, standing: str) -> dict[str, Any]:
    return {"registration_id": made.of("deal_registration", standing)}


def registration_step(made: Samples, standing: str) -> Values:
    took = {"seq": 1, "kind": "SUBMIT", "to_status": "SUBMITTED", "at": AT, "reason": f"Reason {standing}"}
    return {**_registration_values(made, standing), **took}


def change_request(made: Samples, standing: str) -> Values:
    asked = {"field": "need", "message": f"Message {standing}", "requested_at": AT}
    return {**_registration_values(made, standing), **asked}


def registration_extension(made: Samples, standing: str) -> Values:
    asked = {"status": "PENDING", "requested_at": AT, "reason": f"Longer {standing}"}
    return {**_registration_values(made, standing), **asked}


def decided_conflict(made: Samples, standing: str) -> Values:
    met = {"opportunity_id": made.of("opportunity", standing), "decision": "NOT_THE_SAME", "about": "-"}
    return {**_registration_values(made, standing), **met, "note": f"Note {standing}", "decided_at": AT}


def opportunity_words(made: Samples, standing: str) -> Values:
    """Written by triggers."""
    return _deal_values(made, standing)


def _led(standing: str) -> dict[str, Any] | None:
    """Of whom a sum is; of deals that are shared or sold along there is none."""
    if standing in ("shared", "joint"):
        return None
    return {"partner_id": _partner(standing), "owner_id": _user(standing)}


def _rollup(made: Samples, standing: str, values: Values) -> Values | None:
    """Beside those of the demo programme: of a stage of its own."""
    whose = _led(standing)
    return whose and {"level": 1, **whose, "stage_id": made.of("stage", standing), **values}


def deal_rollup(made: Samples, standing: str) -> Values | None:
    sums = {"status": "OPEN", "currency": "EUR", "month": "2031-01-01", "category": "COMMIT", "deals": 1, "amount": 10}
    return _rollup(made, standing, sums)


def age_rollup(made: Samples, standing: str) -> Values | None:
    return _rollup(made, standing, {"week": 1, "deals": 1})


def expected_rollup(made: Samples, standing: str) -> Values:
    """Of everybody's deals, in a stage of its own."""
    key = {"days": 1, "dated": True, "first_day": 20_000, "stage_id": made.of("stage", standing), "currency": "EUR"}
    sums = {"deals": 1, "amount": 10, "squares": 100, "amount_days": 0, "square_days": 0}
    return {**key, "by_hand": False, **sums}


def rollup_change(made: Samples, standing: str) -> Values | None:
    whose = _led(standing)
    deal = {"stage_id": made.of("stage", standing), "status": "OPEN", "entered_stage_at": AT}
    return whose and {**_deal_values(made, standing), "sign": 1, **whose, **deal}


def team_member(made: Samples, standing: str) -> Values:
    """Of the own deal, a colleague; of a colleague's, the seller; else their own people."""
    name = {"own": COLLEAGUE, "shared": SELLER, "colleague": "Samuel Ott"}.get(standing, "Aoife Byrne")
    return {
        "opportunity_id": made.of("opportunity", standing),
        "user_id": str(demo_id(f"user/{name}")),
        "access": "READ",
    }


def deal_partner(made: Samples, standing: str) -> Values:
    """The own organisation, of the deal that is sold together; else a third. Of the competitor's, they have asked."""
    asked = demo_id(f"org/{THEIRS if standing == 'joint' else ALONG}")
    said = {"status": "ACCEPTED", "invited_at": AT, "message": f"Message {standing}", "reason": f"Accepted {standing}"}
    inviter = str(demo_id(f"org/{COMPETITORS}")) if standing == "foreign" else None
    return {**_deal_values(made, standing), "partner_id": str(asked), "inviter_id": inviter, **said}


def deal_offer(made: Samples, standing: str) -> Values:
    return {**_deal_values(made, standing), "mode": "IN_TURN", "message": f"Offer {standing}"}


def revenue_split(made: Samples, standing: str) -> Values:
    partner = str(demo_id(f"org/{THEIRS}")) if standing == "joint" else _partner(standing)
    return {
        **_deal_values(made, standing),
        "partner_id": partner,
        "kind": "REVENUE",
        "percent": 40,
        "month": "2026-01-01",
    }


def qualification_answer(made: Samples, standing: str) -> Values:
    said = {"question_key": "buyer", "answer": f"Answer {standing}", "answered_at": AT, "answered_by_id": None}
    return {**_deal_values(made, standing), **said}


def criterion_mark(made: Samples, standing: str) -> Values:
    said = {"met": True, "marked_at": AT, "marked_by_id": _user(standing), "evidence": f"Evidence {standing}"}
    return {**_deal_values(made, standing), "criterion_id": made.of("criterion", standing), **said}


def stage_transition(made: Samples, standing: str) -> Values:
    to = {"to_stage_id": made.of("stage", standing), "kind": "CREATED", "at": AT}
    return {**_deal_values(made, standing), "seq": 1, **to}


def former_mark(made: Samples, standing: str) -> Values:
    said = {"met": True, "marked_at": AT, "evidence": f"Former {standing}", "ended_at": AT}
    return {**_deal_values(made, standing), "stage_key": "first", "criterion_key": "agreed", **said}


def opportunity_activity(made: Samples, standing: str) -> Values:
    done = {"status": "COMPLETED", "completed_at": AT, "note": f"Note {standing}"}
    return {**_deal_values(made, standing), "activity_id": made.of("activity", standing), **done}


def correction(made: Samples, standing: str) -> Values:
    what = {"field": "nextStep", "before": f"Before {standing}", "after": f"After {standing}"}
    return {**_deal_values(made, standing), **what, "reason": f"Reason {standing}", "at": AT}


def field_change(made: Samples, standing: str) -> Values:
    """Of words, from the time of who leads the deal."""
    said = {"field": "nextStep", "before": f"Before {standing}", "after": f"After {standing}", "at": AT}
    return {**_deal_values(made, standing), **said, "partner_id": _partner(standing)}


def recommendation(made: Samples, standing: str) -> Values:
    times = {"basis_at": AT, "generated_at": AT, "fresh_until": AT}
    about = {"opportunity_version": 1, "state": f"state {standing}", "source": "RULES", "enrichment": "NOT_CONFIGURED"}
    return {**_deal_values(made, standing), **about, **times}


def next_best_action(made: Samples, standing: str) -> Values:
    return {
        **_deal_values(made, standing),
        "key": "sample",
        "kind": "DO_ACTIVITY",
        "position": 0,
        "title": f"Title {standing}",
        "rationale": f"Rationale {standing}",
        "score": 0.5,
        "urgency": "HIGH",
        "effort_minutes": 10,
        "evidence": [],
        "status": "PROPOSED",
        "source": "RULES",
        "stage_key": "first",
        "playbook_key": f"sample-{standing}",
        "partner_id": _partner(standing),
        "created_at": AT,
    }


def shown_slate(made: Samples, standing: str) -> Values:
    shown: dict[str, Any] = {"digest": "sample", "at": AT, "served": 1, "candidates": []}
    return {**_deal_values(made, standing), **shown, "playbook_key": f"sample-{standing}", "stage_key": "first"}


def action_content(made: Samples, standing: str) -> Values:
    content_id = made.of("content", standing)
    return {"action_id": made.of("next_best_action", standing), "content_id": content_id, "position": 0}


def event(made: Samples, standing: str) -> Values:
    return {**_deal_values(made, standing), "type": "OPPORTUNITY_UPDATED", "payload": {"fields": ["nextStep"]}}


def handover(made: Samples, standing: str) -> Values:
    return {**_deal_values(made, standing), "at": AT, "to_partner_id": _partner(standing)}


def kept_text(made: Samples, standing: str) -> Values:
    told = {"kind": "NOTES", "label": "Notes", "text": f"Kept {standing}"}
    whose = {"handover_id": made.of("handover", standing), "partner_id": _partner(standing)}
    return {**_deal_values(made, standing), **whose, **told}


def client_mutation(_: Samples, standing: str) -> Values | None:
    if standing in ("shared", "joint"):
        return None
    return {"user_id": _user(standing), "key": "sample", "mutation": "advanceStage", "input_hash": "\\x00"}


def guidance_rule(_: Samples, standing: str) -> Values:
    said = {"condition": "deal.amount > 0.0", "title": "Title", "rationale": "Rationale", "kind": "CUSTOM"}
    weighed = {"weight": 0.5, "urgency": "NORMAL", "effort_minutes": 10}
    return {"playbook_key": f"sample-{standing}", "stage_key": "first", "key": "sample", **said, **weighed}


def playbook_prompt(_: Samples, standing: str) -> Values:
    return {"playbook_key": f"sample-{standing}", "prompt_version": "v3"}


def model_budget(_: Samples, standing: str) -> Values | None:
    return {"owner": _partner(standing), "day": AT[:10], "tokens": 10} if standing in ("own", "foreign") else None


def model_call(made: Samples, standing: str) -> Values:
    asked = {"playbook_key": f"sample-{standing}", "stage_key": "first", "prompt_version": "v3", "model": "m"}
    took = {"requests": 1, "input_tokens": 1, "output_tokens": 1, "cost": 0, "milliseconds": 1}
    ended = {"outcome": "ok", "verdict": "DONE"}
    whose = {"partner_id": _partner(standing), "at": AT, "day": AT[:10]}
    return {**_deal_values(made, standing), **whose, **asked, **took, **ended}


def stage_history(_: Samples, standing: str) -> Values:
    learned: dict[str, Any] = {"stays": [0, []], "remaining": [0, []], "fates": [], "computed_at": AT}
    return {"playbook_key": f"sample-{standing}", "stage_key": "first", **learned}


def partner_history(_: Samples, standing: str) -> Values | None:
    if standing not in ("own", "foreign"):
        return None
    return {"partner_id": _partner(standing), "currency": "XTS", "samples": 1, "points": [], "computed_at": AT}


def action_outcome(_: Samples, standing: str) -> Values | None:
    if standing not in ("own", "foreign"):
        return None
    became = {"accepted": 1, "completed": 1, "dismissed": 1, "ignored": 1}
    return {"kind": "CUSTOM", "stage_key": "", "partner_id": _partner(standing), **became}


def action_effect(_: Samples, standing: str) -> Values | None:
    if standing != "foreign":
        return None
    went_on = {"completed_advanced": 1, "completed_days": 1, "dismissed_advanced": 1, "dismissed_days": 1}
    return {"kind": "CUSTOM", **went_on}


def benchmark_day(_: Samples, standing: str) -> Values | None:
    return {"name": "sample", "measured_on": AT[:10]} if standing == "foreign" else None


def stage_benchmark(_: Samples, standing: str) -> Values | None:
    if standing not in ("own", "foreign"):
        return None
    about = {"playbook_key": f"sample-{standing}", "stage_key": "first", "measured_on": AT[:10]}
    return {**about, "partner_id": _partner(standing)}


def webhook_endpoint(_: Samples, standing: str) -> Values | None:
    if standing not in ("own", "foreign"):
        return None
    whose = {"organization_id": _partner(standing), "owner_id": _user(standing), "secret": "\\x00"}
    said = {"url": f"https://hooks.example.com/{standing}", "description": f"Hook {standing}"}
    return {
        **whose,
        **said,
        "enabled": False,
        "document": f"subscription {standing}",
        "condition": f"'{standing}' != ''",
    }


def webhook_delivery(made: Samples, standing: str) -> Values | None:
    if standing not in ("own", "foreign"):
        return None
    said = {"payload": {"said": standing}, "error": f"Error {standing}", "answer": f"Answer {standing}"}
    return {"endpoint_id": made.of("webhook_endpoint", standing), "type": "PING", "at": AT, **said}


def action_benchmark(_: Samples, standing: str) -> Values | None:
    if standing != "foreign":
        return None
    return {"kind": "CUSTOM", "stage_key": "sample", "rate": 0.5, "measured_on": AT[:10]}


_PERIOD = {"period": "2026-01", "kind": "MONTH", "first_day": "2026-01-01", "last_day": "2026-01-31"}


def sales_target(_: Samples, standing: str) -> Values | None:
    if standing in ("shared", "joint"):
        return None
    whose = {"partner_id": _partner(standing), "owner_id": _user(standing)}
    return {**whose, **_PERIOD, "amount": 7000, "currency": "EUR", "set_at": AT}


def forecast_submission(_: Samples, standing: str) -> Values | None:
    if standing in ("shared", "joint"):
        return None
    whose = {"organization_id": _partner(standing), "partner_id": _partner(standing), "owner_id": _user(standing)}
    said = {"amount": 7000, "currency": "EUR", "note": f"Note {standing}"}
    return {**whose, **_PERIOD, **said, "submitted_at": AT, "submitted_by_id": _user(standing)}


def forecast_snapshot(_: Samples, standing: str) -> Values | None:
    if standing not in ("own", "foreign"):
        return None
    return {"organization_id": _partner(standing), "taken_on": AT[:10], "taken_at": AT, "figures": {}}


def forecast_basis(_: Samples, standing: str) -> Values | None:
    if standing not in ("own", "foreign"):
        return None
    return {"organization_id": _partner(standing), "measured_at": AT, "found": {}}


def prediction_model(_: Samples, standing: str) -> Values | None:
    """Of a partner's own deals."""
    if standing in ("shared", "colleague"):
        return None
    whose = {"partner_id": _partner(standing), "of_whom": _partner(standing), "audience": "PARTNER"}
    made_of = {"basis": "STAGE_PROBABILITY", "trained_at": AT, "deals": 0, "wins": 0, "content": {}}
    lists = {"backtest": [], "calibration": [], "warnings": [], "missing": [f"Deals {standing}"]}
    flags = {"better_than_baseline": False, "current": True, "held": False}
    return {"playbook_key": f"sample-{standing}", "version": 1, **whose, **made_of, **lists, **flags}


def prediction(made: Samples, standing: str) -> Values:
    said = {"basis": "STAGE_PROBABILITY", "win_probability": 0.5, "low": 0.4, "high": 0.6, "base_rate": 0.5}
    more = {"reasons": [["stage", f"Stage {standing}", 1]], "as_of": AT, "trend": "STEADY", "opportunity_version": 1}
    of = made.of("prediction_model", standing if standing in ("joint", "foreign") else "own")
    deal = made.of("opportunity", standing)
    return {"id": deal, "opportunity_id": deal, "partner_id": _partner(standing), "model_id": of, **said, **more}


def notification(made: Samples, standing: str) -> Values | None:
    if standing in ("shared", "joint"):
        return None
    about = {"kind": "DEAL_STALLED", "key": f"sample/{standing}", "number": 1, "details": {"days": 9}}
    return {**_deal_values(made, standing), **about, "user_id": _user(standing), "own_title": f"Told {standing}"}


def inbox(_: Samples, standing: str) -> Values | None:
    return None if standing in ("shared", "joint") else {"user_id": _user(standing), "unread": 1, "last_number": 1}


def notification_preference(_: Samples, standing: str) -> Values | None:
    if standing in ("shared", "joint"):
        return None
    return {"user_id": _user(standing), "kind": "DEAL_STALLED", "channel": "EMAIL", "pace": "HOURLY"}


def notification_setting(_: Samples, standing: str) -> Values | None:
    if standing in ("shared", "joint"):
        return None
    chat = {"chat_service": "SLACK", "chat_secret_url": f"https://chat.example.com/{standing}"}
    return {"user_id": _user(standing), "quiet_from": 1_320, "quiet_until": 420, **chat}


def notification_default(_: Samples, standing: str) -> Values | None:
    if standing != "foreign":
        return None
    return {"role": "VENDOR_ADMIN", "kind": "COMMENT_ADDED", "channel": "EMAIL", "pace": "DAILY"}


SAMPLES: Mapping[str, Build] = {
    build.__name__: build
    for build in (
        organization,
        user_account,
        api_client,
        playbook,
        stage,
        qualification_question,
        criterion,
        activity,
        content,
        stage_content,
        account,
        account_merge,
        opportunity,
        contact,
        opportunity_contact,
        comment,
        registration_policy,
        deal_registration,
        registration_step,
        change_request,
        registration_extension,
        decided_conflict,
        opportunity_words,
        deal_rollup,
        age_rollup,
        expected_rollup,
        rollup_change,
        team_member,
        deal_partner,
        deal_offer,
        revenue_split,
        qualification_answer,
        criterion_mark,
        stage_transition,
        former_mark,
        opportunity_activity,
        correction,
        field_change,
        recommendation,
        next_best_action,
        action_content,
        task,
        calendar_feed,
        automation,
        automation_run,
        automation_step_run,
        automation_cause,
        deal_pulse,
        shown_slate,
        event,
        handover,
        kept_text,
        client_mutation,
        guidance_rule,
        playbook_prompt,
        model_budget,
        model_call,
        stage_history,
        partner_history,
        action_outcome,
        action_effect,
        benchmark_day,
        stage_benchmark,
        action_benchmark,
        webhook_endpoint,
        webhook_delivery,
        sales_target,
        forecast_submission,
        forecast_snapshot,
        forecast_basis,
        prediction_model,
        prediction,
        notification,
        inbox,
        notification_preference,
        notification_setting,
        notification_default,
    )
}

LACKING: Mapping[str, frozenset[str]] = {
    # A partner is a competitor or one's own.
    "organization": frozenset({"shared", "colleague"}),
    **dict.fromkeys(
        (
            *("api_client", "model_budget", "partner_history", "action_outcome", "stage_benchmark"),
            *("webhook_endpoint", "webhook_delivery", "forecast_snapshot", "forecast_basis"),
        ),
        frozenset({"shared", "colleague", "joint"}),
    ),
    # Sums are of whole deals' owners.
    **dict.fromkeys(("deal_rollup", "age_rollup", "rollup_change"), frozenset({"shared", "joint"})),
    "prediction_model": frozenset({"shared", "colleague"}),
    # A colleague is one, whatever is shared.
    **dict.fromkeys(
        (
            *("user_account", "client_mutation", "calendar_feed", "sales_target", "forecast_submission"),
            *("notification", "inbox", "notification_preference", "notification_setting"),
        ),
        frozenset({"shared", "joint"}),
    ),
    # Learned from all partners, it is nobody's.
    **dict.fromkeys(
        (
            "action_effect",
            "benchmark_day",
            "action_benchmark",
            "automation",
            "automation_cause",
            "notification_default",
        ),
        frozenset({"own", "shared", "colleague", "joint"}),
    ),
}
"""Standings of which a table can have no row."""

_ROLLUPS = ("deal_rollup", "age_rollup", "rollup_change")
KEYS = {
    "event": "seq",
    "opportunity_words": "opportunity_id",
    "expected_rollup": "seq",
    "automation_cause": "xid",
    **dict.fromkeys(_ROLLUPS, "seq"),
}
"""Primary keys that aren't called `id`."""
_KEPT = frozenset({"organization", "user_account", "opportunity_words"})
"""Tables whose sample rows are there already."""


def key_of(table: str) -> str:
    return KEYS.get(table, "id")


async def put(database: Database) -> Samples:
    """Into the demo programme, all of them."""
    made = Samples()
    for table, build in SAMPLES.items():
        made.keys[table] = {}
        for standing in STANDINGS:
            values = build(made, standing)
            if values is not None:
                made.keys[table][standing] = await _put(database, table, values)
    return made


async def _put(database: Database, table: str, values: Values) -> str:
    key = key_of(table)
    if table in _KEPT:
        statement = f"SELECT {key} AS key FROM {table} WHERE {key} = $1"
        (row,) = await database.fetch(statement, values[key])
        return str(row["key"])
    row = {"id": str(new_id()), **values} if key == "id" else values
    names = ", ".join(row)
    (inserted,) = await database.fetch(
        f"INSERT INTO {table} ({names}) SELECT {names} FROM jsonb_populate_record(NULL::{table}, $1::jsonb)"
        f" RETURNING {key} AS key",
        json.dumps(row),
    )
    return str(inserted["key"])


async def contents_of(database: Database, samples: Samples, standing: str) -> dict[str, str | None]:
    """Each sample row of that standing as text, by table; null where it has gone."""
    return await unless_kept(database, lambda database: _read(database, samples, standing), name=standing)


async def _read(database: Database, samples: Samples, standing: str) -> dict[str, str | None]:
    rows = {table: keys[standing] for table, keys in samples.keys.items() if standing in keys}
    statement = " UNION ALL ".join(
        f"SELECT '{table}' AS name,"
        f" (SELECT t::text FROM {table} t WHERE t.{key_of(table)}::text = ($1::text[])[{n}]) AS row"
        for n, table in enumerate(rows, 1)
    )
    found = await database.fetch(statement, list(rows.values()))
    return {row["name"]: row["row"] for row in found}
