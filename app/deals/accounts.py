"""Registering a customer and changing what is known of it."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import lru_cache
from typing import Any
from uuid import UUID

import asyncpg

from app import audit
from app.database import Transaction
from app.database.sql import Slot, Statement, sql
from app.deals import account_registrations
from app.deals.account_deals import follow
from app.deals.account_locks import account_lock, respelt
from app.deals.account_values import FACTS, FIELDS
from app.deals.editing import within
from app.deals.fields import change, checked, names
from app.deals.names import name_key
from app.deals.parties import new_account, own_account, seen_account_named
from app.identity.scopes import VisibilityScope, scope_of, slots_of
from app.identity.viewer import Viewer
from app.identity.visibility import visible
from app.nouns.participation import edits
from app.outcomes import Refused, outdated, refused
from app.vocabulary import ErrorCode, Permission

ACCOUNT = Slot("account")
_NOT_YOURS = "You may read of this customer and not change it: whose record it is, or who may edit a deal with it, can."


@dataclass(frozen=True, slots=True)
class AccountSaved:
    account_id: UUID
    created: bool = False


async def upsert_account(
    viewer: Viewer,
    account_id: UUID | None,
    changes: Mapping[str, Any],
    *,
    expected_version: int | None = None,
    at: datetime | None = None,
    tx: Transaction | None = None,
) -> AccountSaved | Refused:
    """Change what `changes` has (by column, of `FIELDS`); what is as it was changes nothing.

    Without an id it is the account that `createOpportunity` would find by this name, or a new one; 0 as the expected
    version: it must be new. Its deals' criteria are met or not by what it says now, so deals may advance by themselves;
    who it is stays as deals with it were confirmed, and as its record says if that isn't theirs (`account_locks`).
    """
    if not viewer.may(Permission.EDIT_OPPORTUNITY):
        return refused(ErrorCode.FORBIDDEN, "Your role may not change customers.")
    given = checked(FIELDS, changes)
    if isinstance(given, Refused):
        return given
    if account_id is None and "name" not in given:
        return refused(ErrorCode.INVALID, "Name the customer, or say by its id which one you mean.", "name")
    async with within(tx) as own:
        return await _upsert(own, viewer, account_id, given, expected_version, at or datetime.now(UTC))


async def _upsert(
    tx: Transaction,
    viewer: Viewer,
    wanted: UUID | None,
    given: dict[str, Any],
    expected: int | None,
    at: datetime,
) -> AccountSaved | Refused:
    partner = None if viewer.is_vendor else viewer.organization_id
    id = wanted or await own_account(tx, given["name"], partner)
    created = id is None
    if id is None:
        if expected not in (None, 0):
            return refused(ErrorCode.CONFLICT, f"There is no customer “{given['name']}” yet.", "expectedVersion")
        id = await new_account(tx, given["name"], partner)
    stored = await _locked(tx, viewer, id)
    if stored is None and wanted is None:
        message = (
            f"A colleague has a deal with “{given['name']}”; register one with it yourself, and it is yours to change."
        )
        return refused(ErrorCode.CONFLICT, message, "name")
    if stored is None:
        return refused(ErrorCode.NOT_FOUND, "There is no such account.", "accountId")
    id = stored["id"]  # of one that was merged, the kept one's
    if not created and not await _edits(tx, viewer, stored):
        return refused(ErrorCode.FORBIDDEN, _NOT_YOURS, "accountId" if wanted else "name")
    changed = {column: value for column, value in given.items() if created or stored[column] != value}
    for column in respelt(viewer, stored, changed):
        del changed[column]
    problem = _stands_for_nobody(stored) or (None if created else _stale(stored, expected))
    if problem is None and not created:
        problem = await account_lock(tx, viewer, stored, changed)
    if problem is None and wanted is not None and "name" in changed:
        problem = await _taken(tx, viewer, changed["name"], stored)
    if problem:
        return problem
    if not changed and not created:
        return AccountSaved(id)
    await _write(tx, id, changed, created=created)
    await audit.add(tx, _entry(viewer, stored, changed, created=created))
    before = {fact: stored[fact] for fact in FACTS}
    if not created and not changed.keys().isdisjoint(before):
        await follow(tx, viewer, id, before, at)
    if not created:
        await account_registrations.follow(tx, viewer, id, changed, at)
    return AccountSaved(id, created)


@lru_cache(maxsize=8)
def _locking(scope: VisibilityScope) -> Statement:
    return sql(
        f"SELECT a.id, a.version, a.partner_id, a.external_id, {', '.join(f'a.{column}' for column in FIELDS)}"  # noqa: S608
        " FROM account a WHERE (a.id = {} OR a.merged_ids @> ARRAY[{}]) AND {} FOR NO KEY UPDATE OF a",
        ACCOUNT,
        ACCOUNT,
        visible(scope, "account", "a"),
    ).statement()


async def _locked(tx: Transaction, viewer: Viewer, id: UUID) -> asyncpg.Record | None:
    statement = _locking(scope_of(viewer))
    return await tx.fetchrow(statement.text, *statement.arguments({**slots_of(viewer), ACCOUNT.name: id}))


@lru_cache(maxsize=8)
def _editing(scope: VisibilityScope) -> Statement:
    deal = sql("o")
    return sql(
        "SELECT FROM opportunity o WHERE o.account_id = {} AND {} AND {} LIMIT 1",
        *(ACCOUNT, visible(scope, "opportunity", "o"), edits(scope, deal)),
    ).statement()


async def _edits(tx: Transaction, viewer: Viewer, stored: asyncpg.Record) -> bool:
    """Of the own records, and of the vendor's where one may change a deal with that customer."""
    if viewer.is_vendor or stored["partner_id"] == viewer.organization_id:
        return True
    statement = _editing(scope_of(viewer))
    slots = {**slots_of(viewer), ACCOUNT.name: stored["id"]}
    return stored["partner_id"] is None and await tx.fetchrow(statement.text, *statement.arguments(slots)) is not None


def _stands_for_nobody(stored: asyncpg.Record) -> Refused | None:
    """An import's placeholder, with which deals of all partners are as long as nobody knows their customers."""
    if not (stored["external_id"] or "").endswith(":"):
        return None
    message = "This stands for customers that an import didn't name; give the deal a customer of its own instead."
    return refused(ErrorCode.INVALID, message, "accountId")


def _stale(stored: asyncpg.Record, expected: int | None) -> Refused | None:
    if expected in (None, stored["version"]):
        return None
    message = f"“{stored['name']}” is at version {stored['version']} now; read it again and retry."
    return outdated(stored["id"], message, "expectedVersion")


async def _taken(tx: Transaction, viewer: Viewer, name: str, stored: asyncpg.Record) -> Refused | None:
    """One name stands for one customer of a partner: by it, `createOpportunity` finds it again. Nobody learns by it of
    one that they don't see."""
    if name_key(name) == name_key(stored["name"]):
        return None
    other = await seen_account_named(tx, viewer, name, stored["partner_id"])
    if other in (None, stored["id"]):
        return None
    return refused(ErrorCode.CONFLICT, f"There is a customer “{name}” already; change that one instead.", "name")


async def _write(tx: Transaction, id: UUID, changed: Mapping[str, Any], *, created: bool) -> None:
    values = dict(changed)
    if "name" in values:
        values["name_key"] = name_key(values["name"])
    await change(tx, "account", id, values, *([] if created else ["version = version + 1"]))


def _entry(viewer: Viewer, stored: asyncpg.Record, changed: Mapping[str, Any], *, created: bool) -> audit.Entry:
    fields = names(FIELDS, changed)
    version = stored["version"] + (0 if created else 1)
    return audit.Entry(
        "ACCOUNT_SAVED",
        viewer.user_id,
        f"acc_{stored['id']}",
        {"fields": fields, "version": version, "created": created},
    )
