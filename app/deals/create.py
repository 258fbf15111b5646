"""Registering a deal."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any
from uuid import UUID

import asyncpg

from app.database import Transaction
from app.database.sql import Slot, sql
from app.deals.editing import Changed, within
from app.deals.fields import checked, insert, text_problem
from app.deals.money import MoneyError, money
from app.deals.moves import move_on
from app.deals.names import name_key, tidy
from app.deals.opportunity_fields import FIELDS, LONGEST_NAME, with_origin
from app.deals.parties import (
    account_by_id,
    account_for,
    found_account,
    new_account,
    owner_for,
    partner_for,
    wait_for_leavers,
)
from app.events import append, facts
from app.identity.viewer import Viewer
from app.models.columns import new_id
from app.nouns.playbook import takes_deals_of
from app.outcomes import Faults, Refused, refused
from app.vocabulary import ErrorCode, OpportunitySource, OpportunityStatus, Permission

LONGEST_ID = 200


@dataclass(frozen=True, slots=True)
class NewOpportunity:
    """`said`: by column of `FIELDS`, the name at least. Either `account_id` or `account_name`. `amount` is a number and
    a currency code."""

    said: Mapping[str, Any]
    account_id: UUID | None = None
    account_name: str | None = None
    partner_id: UUID | None = None
    owner_id: UUID | None = None
    playbook_key: str | None = None
    stage_key: str | None = None
    amount: tuple[Decimal, str] | None = None
    external_id: str | None = None


_PARTNER = Slot("partner")
_PLAYBOOKS = sql(
    "SELECT p.id, p.key, p.industry, s.id AS stage_id, s.key AS stage_key, s.auto_advance"
    " FROM playbook p JOIN stage s ON s.playbook_id = p.id AND s.kind = 'OPEN'"
    " WHERE p.status = 'PUBLISHED' AND {} ORDER BY p.key, s.position FOR KEY SHARE OF p",
    takes_deals_of(sql("p"), _PARTNER),
).statement()
_TRANSITION = """
INSERT INTO stage_transition (id, opportunity_id, seq, to_stage_id, kind, at, actor_id)
VALUES ($1, $2, 1, $3, 'CREATED', $4, $5)
"""


async def create(
    viewer: Viewer, new: NewOpportunity, *, at: datetime | None = None, tx: Transaction | None = None
) -> Changed | Refused:
    """Register a deal in the first open stage of a playbook: the one named, else the published one of the account's
    industry, else the only one there is. Vendor roles that may override may name a later open stage. Where nothing
    keeps it there, it advances by itself."""
    if not viewer.may(Permission.CREATE_OPPORTUNITY):
        return refused(ErrorCode.FORBIDDEN, "Your role may not register deals.")
    if new.external_id is not None:
        new = replace(new, external_id=tidy(new.external_id))  # blanks and invisible letters make no other id
    said = checked(FIELDS, new.said)
    faults = Faults()
    faults.note(*_problems(new), said)
    if not isinstance(said, Refused):
        new = replace(new, said=said)
    try:
        async with within(tx) as own:
            return await _create(own, viewer, new, faults, at or datetime.now(UTC))
    except asyncpg.UniqueViolationError:
        return refused(ErrorCode.CONFLICT, f"There is a deal with the external id “{new.external_id}”.", "externalId")


def _problems(new: NewOpportunity) -> Iterable[Refused | None]:
    if (new.account_id is None) == (new.account_name is None):
        yield refused(ErrorCode.INVALID, "Name the customer by `accountId` or by `accountName`.", "accountId")
    yield text_problem(new.account_name, LONGEST_NAME, "accountName", least=1)
    yield text_problem(new.external_id, LONGEST_ID, "externalId", least=1)
    yield money_problem(new.amount)


def money_problem(amount: tuple[Decimal, str] | None) -> Refused | None:
    if amount is None:
        return None
    try:
        money(*amount)
    except MoneyError as error:
        return refused(ErrorCode.INVALID, error.message, "amount", *error.path)
    return None


@dataclass(frozen=True, slots=True)
class _Parties:
    """`account` None: the customer is a new one. `place`: the playbook and stage to begin in."""

    partner: UUID | None
    owner: UUID | None
    account: UUID | None
    place: asyncpg.Record


async def _parties(tx: Transaction, viewer: Viewer, new: NewOpportunity, faults: Faults) -> _Parties | Refused:
    """All that the form names, or all that is wrong with it."""
    partner = await partner_for(tx, viewer, new.partner_id)
    faults.note(partner)
    if isinstance(partner, Refused) or faults.at("partnerId"):  # whose owner and playbook is not known then
        if new.account_id is not None:
            faults.note(await account_by_id(tx, viewer, new.account_id))
        return faults.refused()
    if new.owner_id is not None:
        await wait_for_leavers(tx)
    owner = await owner_for(tx, viewer, new.owner_id, partner)
    # Before its industry chooses a playbook: what comes of that would tell an invisible account from none.
    account = None if faults.at("accountId", "accountName") else await _known_account(tx, viewer, new, partner)
    faults.note(owner, account)
    if new.playbook_key is None and faults.at("accountId", "accountName"):
        return faults.refused()
    place = await _place(tx, viewer, new, partner, None if isinstance(account, Refused) else account)
    faults.note(place)
    if isinstance(owner, Refused) or isinstance(account, Refused) or isinstance(place, Refused) or faults:
        return faults.refused()
    return _Parties(partner, owner, account, place)


async def _create(
    tx: Transaction, viewer: Viewer, new: NewOpportunity, faults: Faults, at: datetime
) -> Changed | Refused:
    named = await _parties(tx, viewer, new, faults)
    if isinstance(named, Refused):
        return named
    partner, owner, place = named.partner, named.owner, named.place
    account = (
        await account_for(tx, named.account, partner)
        if named.account
        else await new_account(tx, new.account_name or "", partner)
    )
    exact = money(*new.amount) if new.amount else None
    id, transition = new_id(), new_id()
    source = OpportunitySource.VENDOR if viewer.is_vendor else OpportunitySource.PARTNER
    values = {
        "id": id,
        "external_system": await _system(tx, viewer),
        "external_id": new.external_id,
        "amount": exact and exact.amount,
        "currency": exact and exact.currency,
        "account_id": account,
        "partner_id": partner,
        "owner_id": owner,
        "playbook_id": place["id"],
        "stage_id": place["stage_id"],
        "status": OpportunityStatus.OPEN.value,
        **dict.fromkeys(("entered_stage_at", "created_at", "updated_at"), at),
    }
    await insert(tx, "opportunity", {**values, "source": source.value, **with_origin(new.said, viewer.user_id, at)})
    await tx.execute(_TRANSITION, transition, id, place["stage_id"], at, viewer.user_id)
    created = facts.opportunity_created(
        id,
        transition_id=transition,
        stage_key=place["stage_key"],
        playbook_key=place["key"],
        partner_id=partner,
        actor_id=viewer.user_id,
    )
    await append(tx, created)
    moved = await move_on(tx, viewer, None, id, at) if place["auto_advance"] else None
    return Changed(id, moved or transition)


async def _known_account(
    tx: Transaction, viewer: Viewer, new: NewOpportunity, partner: UUID | None
) -> UUID | Refused | None:
    """None: the customer is a new one."""
    if new.account_id is not None:
        return await account_by_id(tx, viewer, new.account_id)
    return await found_account(tx, viewer, new.account_name or "", partner)


async def _system(tx: Transaction, viewer: Viewer) -> str:
    """Whose external ids these are: two partners may use the same, and neither learns of the other's."""
    if viewer.is_vendor:
        return "api"
    own = await tx.fetchrow("SELECT key FROM organization WHERE id = $1", viewer.organization_id)
    return f"partner:{own['key']}" if own else "api"


async def _place(
    tx: Transaction, viewer: Viewer, new: NewOpportunity, partner: UUID | None, account: UUID | None
) -> asyncpg.Record | Refused:
    """The playbook and stage to begin in; a playbook that isn't for the partner is as good as none."""
    rows = await tx.fetch(_PLAYBOOKS.text, *_PLAYBOOKS.arguments({_PARTNER.name: partner}))
    keys = list(dict.fromkeys(row["key"] for row in rows))
    key = new.playbook_key
    if key is None:
        industry = await tx.fetchrow("SELECT industry FROM account WHERE id = $1", account)
        of_account = name_key(industry["industry"] or "") if industry else ""
        made_for = [row["key"] for row in rows if of_account and name_key(row["industry"] or "") == of_account]
        key = made_for[0] if made_for else keys[0] if len(keys) == 1 else None
    stages = [row for row in rows if row["key"] == key]
    if not stages:
        listed = ", ".join(keys) or "none is published yet"
        return refused(ErrorCode.INVALID, f"Name a published playbook: {listed}.", "playbookKey")
    if new.stage_key is None:
        return stages[0]
    for row in stages:
        if row["stage_key"] == new.stage_key:
            if row is not stages[0] and not viewer.may(Permission.OVERRIDE):
                message = f"A new deal begins in “{stages[0]['stage_key']}”; only the vendor may begin later."
                return refused(ErrorCode.FORBIDDEN, message, "stageKey")
            return row
    known = ", ".join(row["stage_key"] for row in stages)
    return refused(ErrorCode.INVALID, f"The playbook's open stages are {known}.", "stageKey")
