"""The consumer by which automations follow the log: it begins runs, and remembers when somebody last did something in a
deal. What runs do is done by a job, in transactions of its own."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, tzinfo
from typing import Any
from uuid import UUID

import asyncpg

from app.automation import facts as known
from app.automation import store
from app.automation.beginning import Moment, begin, concerns, run_soon
from app.automation.language import Facts
from app.automation.late import begin_late
from app.automation.limits import depth_of
from app.consumers.consumer import Consumer
from app.database import Transaction
from app.events.log import LoggedEvent, Reader
from app.events.visible import vendor_hears
from app.nouns import REGISTRATION
from app.vocabulary import EventType

_PULSE = """
INSERT INTO deal_pulse (id, opportunity_id, last_at)
SELECT gen_random_uuid(), o.id, $2 FROM opportunity o WHERE o.id = $1
ON CONFLICT (opportunity_id) DO UPDATE SET last_at = greatest(deal_pulse.last_at, excluded.last_at)
"""


async def _follow(tx: Transaction, event: LoggedEvent) -> None:
    if event.readers is not None or not vendor_hears(event):
        return
    deal_id = deal_of(event)
    depth = await depth_of(tx, event, deal_id)
    if deal_id is not None:
        if _is_a_sign_of_life(event, depth):
            await tx.execute(_PULSE, deal_id, event.at)
        await begin_late(tx, event, deal_id, depth)
    automations = [one for one in await store.of_event(tx, event.type) if one.is_active(event.at)]
    if not automations:
        return
    now = datetime.now(UTC)
    about = await about_event(tx, event)
    told = await known.of_event(tx, event, by_automation=depth > 0)
    zones = {one.trigger.time_zone: one.trigger.zone for one in automations}
    facts = {name: Facts({**about.values(now, zone), "event": told}) for name, zone in zones.items()}
    concerned = [one for one in automations if concerns(one, facts[one.trigger.time_zone])]
    for automation in concerned:
        key = f"event/{event.seq}"
        moment = Moment(key, event.at, about.opportunity_id, about.registration_id, event.seq, depth)
        await begin(tx, automation, moment, now)
    if concerned:
        await run_soon(tx)


def _is_a_sign_of_life(event: LoggedEvent, depth: int) -> bool:
    """As `store.SIGN_OF_LIFE` says it in SQL."""
    if event.type is EventType.OPPORTUNITY_CREATED:
        return True
    return depth == 0 and event.actor_id is not None and event.type not in store.MEANINGLESS


@dataclass(frozen=True, slots=True)
class About:
    """What an event is about, as it stands now; without what is no more."""

    deal: asyncpg.Record | None
    registration: asyncpg.Record | None
    opportunity_id: UUID | None = None
    registration_id: UUID | None = None

    def values(self, now: datetime, zone: tzinfo) -> Mapping[str, Any]:
        """`zone`: the automation's."""
        of_it = None if self.registration is None else known.of_registration(self.registration, now, zone)
        if self.deal is None:
            return known.NOTHING if of_it is None else of_it
        values = known.of_deal(self.deal, now, zone)
        if of_it is not None:  # the event's, whichever is the deal's latest
            values["registration"] = of_it["registration"]
        return values


async def about_event(db: Reader, event: LoggedEvent) -> About:
    deal_id, registration_id = deal_of(event), registration_of(event)
    registration = None if registration_id is None else await known.registration(db, registration_id)
    if registration is None:
        registration_id = None
    elif deal_id is None:
        deal_id = registration["opportunity_id"]
    row = (await known.deals(db, [deal_id])).get(deal_id) if deal_id is not None else None
    return About(row, registration, None if row is None else deal_id, registration_id)


def deal_of(event: LoggedEvent) -> UUID | None:
    return event.opportunity_id or _named(event, "opportunityId")


def registration_of(event: LoggedEvent) -> UUID | None:
    return event.id_of(REGISTRATION) or _named(event, "registrationId")


def _named(event: LoggedEvent, name: str) -> UUID | None:
    said = event.payload.get(name)
    return UUID(said) if isinstance(said, str) else None


AUTOMATIONS = Consumer("automations", frozenset(EventType), _follow)
