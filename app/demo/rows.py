"""The demo's deals as rows of their tables."""

from collections.abc import Iterator
from datetime import date, datetime, timedelta
from typing import Any

from app.demo.companies import in_currency
from app.demo.deals import Deal, Move
from app.demo.notes import next_step_of, notes_of
from app.demo.people import demo_id
from app.vocabulary import OpportunitySource, TeamAccess, TeamRole

SOURCES = [OpportunitySource.PARTNER] * 7 + [OpportunitySource.VENDOR, OpportunitySource.CO_SELL]
SHARED_EACH = 17


def opportunity_row(deal: Deal) -> dict[str, Any]:
    last = deal.moves[-1]
    amount, currency = in_currency(_euros(deal), deal.company.country)
    touched = _touched(deal) if deal.is_open else last.at
    return {
        "id": deal.id,
        "external_system": "api",
        "external_id": f"DEMO-{deal.n + 1:04}",
        "name": f"{deal.company.short}: {deal.story.project['name']}",
        "version": len(deal.steps),
        "amount": amount,
        "currency": currency,
        "expected_close_date": _close_date(deal) if deal.is_open else last.at.date(),
        "status": deal.status.value,
        "account_id": deal.company.id,
        "partner_id": demo_id(f"org/{deal.partner.key}"),
        "owner_id": demo_id(f"user/{deal.seller}"),
        "source": deal.chance.choice(SOURCES).value,
        "playbook_id": demo_id(f"playbook/{deal.spec.key}"),
        "stage_id": demo_id(f"{deal.spec.key}/stage/{last.step.to_key}"),
        "entered_stage_at": last.at,
        "next_step": next_step_of(deal, touched.date()) if deal.is_open else None,
        "notes": notes_of(deal),
        "created_at": deal.moves[0].at,
        "updated_at": touched,
        "closed_at": None if deal.is_open else last.at,
        "close_reason": None if deal.is_open else last.reason,
    }


LARGE = 900
YEARS = 3
SERVICES = 4_000
"""What a deal of licences is worth beside them, in euros."""


def _euros(deal: Deal) -> float:
    """Of a project, more the larger the company is; or the price of a user's licence for a year."""
    least, most = deal.story.project["price"]
    if "volume" in deal.story.words:
        return float(least + (most - least) * min(1.0, deal.company.employees / LARGE) * deal.chance.uniform(0.5, 1.0))
    return SERVICES + deal.chance.uniform(least, most) * YEARS * deal.story.seats


def _touched(deal: Deal) -> datetime:
    """When an open deal was last worked on: within about the time that its stage should take."""
    last = deal.steps[-1].at
    usual = timedelta(days=deal.stays[-1].stage.target_days or 14)
    return deal.office.at(last + min(deal.now - last, usual) * deal.chance.uniform(0.3, 1.0))


def _close_date(deal: Deal) -> date:
    """What the stages ahead should take, and some more; one in twelve has let the date pass."""
    ahead = sum(stage.target_days or 0 for stage in deal.spec.stages[len(deal.stays) - 1 :])
    late = deal.chance.random() < 0.08
    days = -deal.chance.randint(5, 25) if late else round(ahead * deal.chance.uniform(0.7, 1.6)) + 3
    return deal.office.day_from(deal.now.date() + timedelta(days=days))


def transition_rows(deal: Deal) -> Iterator[dict[str, Any]]:
    before: Move | None = None
    for seq, move in enumerate(deal.moves, 1):
        step = move.step
        yield {
            "id": demo_id(f"transition/{deal.id}/{seq}"),
            "opportunity_id": deal.id,
            "seq": seq,
            "from_stage_id": step.from_key and demo_id(f"{deal.spec.key}/stage/{step.from_key}"),
            "to_stage_id": demo_id(f"{deal.spec.key}/stage/{step.to_key}"),
            "kind": step.kind.value,
            "at": move.at,
            "actor_id": move.actor,
            "reason": move.reason,
            "automatic": move.automatic,
            "overridden": move.overridden,
            "reason_kept": False,
            "seconds_in_previous_stage": before and int((move.at - before.at).total_seconds()),
        }
        before = move


def team_rows(deal: Deal) -> Iterator[dict[str, Any]]:
    """One in so many has a second seller on its team, who is the last of the partner's people."""
    with_whom = deal.partner.people[-1]
    if deal.n % SHARED_EACH == 8 and with_whom != deal.seller:
        yield {
            "id": demo_id(f"share/{deal.id}"),
            "opportunity_id": deal.id,
            "user_id": demo_id(f"user/{with_whom}"),
            "role": TeamRole.PRESALES.value,
            "access": TeamAccess.EDIT.value,
            "added_at": deal.moves[-1].at,
            "added_by_id": demo_id(f"user/{deal.partner.people[0]}"),
        }
