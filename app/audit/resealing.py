"""Sealing a part of the chain again, because entries in it have lawfully lost what they held.

The links from the first such entry on are computed anew, each keeping the hash that it had (`former_hashes`), and an
entry RESEALED says from where on, why, and what the newest hash was. `verify` reports it: a head kept from before
proves the chain up to there.
"""

from collections.abc import Awaitable, Callable, Sequence

from app.audit.chain import BATCH, CHAIN, GENESIS, LOCK, Head, link
from app.audit.entries import Entry, add
from app.database import Transaction

_FIRST = "SELECT min(number) AS number FROM audit_seal WHERE entry_seq = ANY ($1::bigint[])"
_LAST = "SELECT number, hash FROM audit_seal ORDER BY number DESC LIMIT 1"
_BEFORE = "SELECT hash FROM audit_seal WHERE number = $1"
_SEAL = "UPDATE audit_seal SET former_hashes = coalesce(former_hashes, '') || hash, hash = $2 WHERE number = $1"
MOST_LISTED = 1_000


async def reseal(
    tx: Transaction,
    entries: Sequence[int],
    redact: Callable[[], Awaitable[None]],
    *,
    reason: str,
) -> None:
    """`redact` changes these entries, by their numbers. The transaction is that of the tables' owner."""
    await tx.execute("SELECT pg_advisory_xact_lock($1)", LOCK)
    for table in ("audit_entry", "audit_seal"):
        await tx.execute(f"ALTER TABLE {table} DISABLE TRIGGER USER")
    await redact()
    first, last = await tx.fetchrow(_FIRST, list(entries)), await tx.fetchrow(_LAST)
    detail: dict[str, object] = {
        "entries": list(entries[:MOST_LISTED]),
        "count": len(entries),
        "reason": reason,
    }
    if first is not None and first["number"] is not None and last is not None:
        detail |= {"from": first["number"], "head": str(Head(last["number"], last["hash"]))}
        await _seal_from(tx, first["number"])
    for table in ("audit_entry", "audit_seal"):
        await tx.execute(f"ALTER TABLE {table} ENABLE TRIGGER USER")
    await add(tx, Entry("RESEALED", detail=detail))


async def _seal_from(tx: Transaction, number: int) -> None:
    before = await tx.fetchrow(_BEFORE, number - 1)
    head = Head(number - 1, before["hash"] if before else GENESIS)
    while page := await tx.fetch(CHAIN, head.number, BATCH):
        links = []
        for stored in page:
            head = Head(stored["number"], link(head.hash, stored["number"], stored))
            links.append((head.number, head.hash))
        await tx.executemany(_SEAL, links)
        if len(page) < BATCH:
            return
