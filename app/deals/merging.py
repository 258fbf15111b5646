"""Merging accounts that are one customer, and undoing that.

All that points at the accounts follows to the one that is kept, whatever table it is in (`POINTING`, from the models);
so do their ids, external ids and names, by which requests and imports find the kept one from then on. The kept one's
own fields stay as they are. What moved is recorded, and goes back if the merge is undone within `UNDO_DAYS`, but for
what has gone elsewhere since. No deal advances by itself because of either.

Whoever inserts a row that points at an account holds that account until the transaction ends. So merging waits for
them, and they for merging; a trigger (`follow_kept_account`) then leads their row to the kept one.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

import asyncpg
import orjson

from app import models
from app.database import Transaction
from app.deals.editing import within
from app.events import append, facts
from app.identity.viewer import Viewer
from app.models.columns import new_id
from app.models.tables import columns_of, references_of
from app.nouns import BY_TABLE
from app.outcomes import Faults, Refused, refused
from app.vocabulary import ErrorCode

MOST = 20
UNDO_DAYS = 30

DERIVED = frozenset({"company_key"})
"""Computed from an account by triggers: goes with it, and comes again with it."""
POINTING: Sequence[tuple[str, str]] = sorted(
    (table, column)
    for table in BY_TABLE.keys() - DERIVED
    for column, target in references_of(table).items()
    if target == "account"
)
"""Every foreign key to an account that follows, by table and column."""
_DEALS = "opportunity"

_COLUMNS = ", ".join(sorted(columns_of(models.Account) - {"search"}))
_LOCK = """
SELECT id, partner_id, external_id, name, name_key, merged_ids FROM account WHERE id = ANY ($1::uuid[])
ORDER BY id FOR UPDATE
"""
_LOCK_DEALS = "SELECT id FROM opportunity WHERE account_id = ANY ($1::uuid[]) ORDER BY id FOR NO KEY UPDATE"
_RECORD = f"SELECT (to_jsonb(found))::text AS record FROM (SELECT {_COLUMNS} FROM account WHERE id = $1) found"  # noqa: S608
_KEEP_RECORD = """
INSERT INTO account_merge (id, kept_id, merged_id, external_id, name_key, partner_id, record, moved, at, by_id)
VALUES ($1, $2, $3, $4, $5, $6, $7::text::jsonb, $8::text::jsonb, $9, $10)
"""
_GROW = "UPDATE account SET merged_ids = merged_ids || $2::uuid[], version = version + 1 WHERE id = $1"
_SHRINK = """
UPDATE account SET version = version + 1,
  merged_ids = ARRAY(SELECT one FROM unnest(merged_ids) one WHERE NOT one = ANY ($2::uuid[]))
WHERE id = $1
"""
_DELETE = "DELETE FROM account WHERE id = $1"
_MERGE = """
SELECT id, kept_id, merged_id, record::text AS record, moved::text AS moved, at, undone_at FROM account_merge
WHERE id = $1 FOR UPDATE
"""
_KEPT_BY = "SELECT kept_id FROM account_merge WHERE id = $1"
_RESTORE = f"""
INSERT INTO account ({_COLUMNS}) SELECT {_COLUMNS} FROM jsonb_populate_record(NULL::account, $1::text::jsonb)
"""  # noqa: S608
_UNDONE = "UPDATE account_merge SET undone_at = $2, undone_by_id = $3 WHERE id = $1"


@dataclass(frozen=True, slots=True)
class AccountsMerged:
    """`moved`: how many deals came to the kept account."""

    account_id: UUID
    merge_ids: tuple[UUID, ...]
    moved: int = 0


@dataclass(frozen=True, slots=True)
class MergeUndone:
    merge_id: UUID
    account_id: UUID
    kept_id: UUID


async def merge_accounts(
    viewer: Viewer,
    keep_id: UUID,
    merge_ids: Sequence[UUID],
    *,
    at: datetime | None = None,
    tx: Transaction | None = None,
) -> AccountsMerged | Refused:
    """Into an account of the vendor's or, where all are one partner's, of that partner's: nobody may come to see what
    another partner has recorded of a customer."""
    when, faults = at or datetime.now(UTC), Faults()
    faults.note(*_form_problems(keep_id, merge_ids))
    async with within(tx) as own:
        if faults.at("mergeIds"):
            return faults.refused()
        known = {row["id"]: row for row in await own.fetch(_LOCK, [keep_id, *merge_ids])}
        faults.note(*_problems(known, keep_id, merge_ids))
        if faults:
            return faults.refused()
        await own.fetch(_LOCK_DEALS, list(merge_ids))
        merges, deals = [], []
        for id in merge_ids:
            merge, moved = await _merge(own, viewer, known[id], keep_id, when)
            merges.append(merge)
            deals += moved
        updated = (facts.opportunity_updated(id, fields=["account"], actor_id=viewer.user_id) for id in sorted(deals))
        merged = facts.accounts_merged(keep_id, merged_ids=merge_ids, deals=len(deals), actor_id=viewer.user_id)
        await append(own, merged, *updated)
        return AccountsMerged(keep_id, tuple(merges), len(deals))


def _form_problems(keep_id: UUID, merge_ids: Sequence[UUID]) -> list[Refused]:
    if not 0 < len(merge_ids) <= MOST:
        return [refused(ErrorCode.INVALID, f"Name 1 to {MOST} accounts to merge.", "mergeIds")]
    message = "Name each account once; the one to keep isn't merged."
    return [
        refused(ErrorCode.INVALID, message, "mergeIds", str(place))
        for place, id in enumerate(merge_ids)
        if id == keep_id or id in merge_ids[:place]
    ]


def _problems(known: Mapping[UUID, asyncpg.Record], keep_id: UUID, merge_ids: Sequence[UUID]) -> list[Refused]:
    kept = known.get(keep_id)
    found = [problem] if (problem := _problem(kept, "keepId")) else []
    for place, id in enumerate(merge_ids):
        path = ("mergeIds", str(place))
        if problem := _problem(known.get(id), *path):
            found.append(problem)
        elif kept is not None and kept["partner_id"] not in (None, known[id]["partner_id"]):
            message = "The account to keep is a partner's, and this one isn't that partner's: keep one of the vendor's."
            found.append(refused(ErrorCode.INVALID, message, *path))
    return found


def _problem(account: asyncpg.Record | None, *path: str) -> Refused | None:
    if account is None:
        return refused(ErrorCode.NOT_FOUND, "There is no such account.", *path)
    if (account["external_id"] or "").endswith(":"):
        message = "This stands for customers that an import didn't name; give its deals customers of their own."
        return refused(ErrorCode.INVALID, message, *path)
    return None


async def _merge(
    tx: Transaction, viewer: Viewer, merged: asyncpg.Record, keep_id: UUID, at: datetime
) -> tuple[UUID, list[UUID]]:
    """The merge, and the deals that have moved."""
    id, former = new_id(), merged["id"]
    moved = {f"{table}.{column}": await _move(tx, table, column, former, keep_id) for table, column in POINTING}
    record = await tx.fetchrow(_RECORD, former)
    assert record is not None, "it is locked"
    # Freed before it is recorded, since what points at it has gone.
    await tx.execute(_DELETE, former)
    values = (merged["external_id"], merged["name_key"], merged["partner_id"], record["record"])
    told = orjson.dumps(moved, default=str).decode()
    await tx.execute(_KEEP_RECORD, id, keep_id, former, *values, told, at, viewer.user_id)
    await tx.execute(_GROW, keep_id, [former, *merged["merged_ids"]])
    return id, moved[f"{_DEALS}.account_id"]


async def _move(
    tx: Transaction, table: str, column: str, source: UUID, target: UUID, only: Sequence[UUID] | None = None
) -> list[UUID]:
    """The rows that pointed at `source` and point at `target` now; `only`: of these."""
    terms = [f"{column} = $2"]
    columns = columns_of(BY_TABLE[table].model)
    terms += ["version = version + 1"] if "version" in columns else []
    terms += ["updated_at = greatest(clock_timestamp(), updated_at)"] if "updated_at" in columns else []
    statement = f"UPDATE {table} SET {', '.join(terms)} WHERE {column} = $1"  # noqa: S608 (names of the models)
    if only is None:
        rows = await tx.fetch(f"{statement} RETURNING id", source, target)
    else:
        rows = await tx.fetch(f"{statement} AND id = ANY ($3::uuid[]) RETURNING id", source, target, list(only))
    return [row["id"] for row in rows]


async def undo_merge(
    viewer: Viewer, merge_id: UUID, *, at: datetime | None = None, tx: Transaction | None = None
) -> MergeUndone | Refused:
    """The account is there again, with all of its that still points at the one it went into."""
    when = at or datetime.now(UTC)
    try:
        async with within(tx) as own:
            return await _undo(own, viewer, merge_id, when)
    except asyncpg.UniqueViolationError:
        message = "Another account has its external id meanwhile; give that one another first."
        return refused(ErrorCode.CONFLICT, message, "mergeId")


async def _undo(tx: Transaction, viewer: Viewer, merge_id: UUID, at: datetime) -> MergeUndone | Refused:
    # Accounts first, as merging locks them; whoever merges the kept one meanwhile moves what was merged into it.
    for row in await tx.fetch(_KEPT_BY, merge_id):
        await tx.fetch(_LOCK, [row["kept_id"]])
    merge = await tx.fetchrow(_MERGE, merge_id)
    if merge is None:
        return refused(ErrorCode.NOT_FOUND, "There is no such merge.", "mergeId")
    if merge["undone_at"] is not None:
        return refused(ErrorCode.INVALID, "This merge was undone before.", "mergeId")
    if at - merge["at"] > timedelta(days=UNDO_DAYS):
        return refused(ErrorCode.INVALID, f"A merge is undone within {UNDO_DAYS} days; register it anew.", "mergeId")
    kept, former = merge["kept_id"], merge["merged_id"]
    record: dict[str, Any] = orjson.loads(merge["record"])
    moved: dict[str, list[str]] = orjson.loads(merge["moved"])
    holder = next(iter(await tx.fetch(_LOCK, [kept])), None)
    if holder is None:
        message = "The account that it was merged into was merged on just now; try again."
        return refused(ErrorCode.CONFLICT, message, "mergeId")
    # Of those that had gone into it before, some may be there again by themselves.
    record["merged_ids"] = [id for id in record["merged_ids"] if UUID(id) in holder["merged_ids"]]
    ids = [UUID(id) for id in moved.get(f"{_DEALS}.account_id", ())]
    await tx.fetch("SELECT id FROM opportunity WHERE id = ANY ($1::uuid[]) ORDER BY id FOR NO KEY UPDATE", ids)
    await tx.execute(_SHRINK, kept, [former, *map(UUID, record["merged_ids"])])
    await tx.execute(_RESTORE, orjson.dumps({**record, "version": record["version"] + 1}).decode())
    # Before anything moves: until then, the trigger leads whatever names the account to the kept one.
    await tx.execute(_UNDONE, merge_id, at, viewer.user_id)
    back: list[UUID] = []
    for place, keys in moved.items():
        table, _, column = place.partition(".")
        returned = await _move(tx, table, column, kept, former, [UUID(key) for key in keys])
        back += returned if table == _DEALS else []
    updated = (facts.opportunity_updated(id, fields=["account"], actor_id=viewer.user_id) for id in sorted(back))
    undone = facts.merge_undone(former, kept_id=kept, deals=len(back), actor_id=viewer.user_id)
    await append(tx, undone, *updated)
    return MergeUndone(merge_id, former, kept)
