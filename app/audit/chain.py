"""Sealing entries into a chain of hashes, and checking the chain.

A hash that each writer computed would make every change wait for the one before it. So entries are written unsealed,
and one sealer at a time chains what has been committed: at most a minute later, in the order in which it finds them
(an entry of a long transaction may be sealed after younger ones). Until then an entry is guarded by the trigger alone.

Who owns the database could rewrite the whole chain, or cut off its end: keep the head that `verify` prints elsewhere,
and have it checked (`expected`).

Where old entries have been dropped (`app.retention.dropping`), the chain begins with the link that was kept in their
place. That they were is an entry itself, which names that link, so that the rest of the chain speaks for it.

Where entries have lawfully lost what they held, the chain was sealed again from there on (`app.audit.resealing`); an
entry says so, and so does `verify`.
"""

from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from hashlib import sha256
from typing import Any

import asyncpg
import orjson

from app.database import Database, database
from app.jobs import jobs

GENESIS = bytes(32)
BATCH = 5_000

# Any constant will do; it keeps two sealers from giving the same numbers.
LOCK = 0x57A6E9AA
_COLUMNS = "e.seq, e.at, e.actor_id, e.action, e.mutation, e.request_id, e.subject, e.detail::text AS detail"
_LAST = "SELECT number, hash, entry_seq FROM audit_seal ORDER BY number DESC LIMIT 1"
# No transaction lasts for two days, so nothing older than that appears behind the last seal.
_UNSEALED = f"""
SELECT {_COLUMNS} FROM audit_entry e
WHERE NOT EXISTS (SELECT FROM audit_seal s WHERE s.entry_seq = e.seq)
  AND e.at >= coalesce((SELECT l.at FROM audit_entry l WHERE l.seq = $1), '-infinity') - interval '2 days'
ORDER BY e.seq LIMIT {BATCH}
"""  # noqa: S608
_SEAL = "INSERT INTO audit_seal (number, entry_seq, hash) VALUES ($1, $2, $3)"
CHAIN = f"""
SELECT s.number, s.entry_seq, s.hash, s.former_hashes, {_COLUMNS}
FROM audit_seal s LEFT JOIN audit_entry e ON e.seq = s.entry_seq
WHERE s.number > $1 ORDER BY s.number LIMIT $2
"""  # noqa: S608
# Where entries have been dropped, the chain begins behind them.
_KEPT = """
SELECT head_number AS number, head_hash AS hash FROM log_partition
WHERE parent = 'audit_entry' AND head_number IS NOT NULL
"""
_RESEALED = "SELECT at, detail::text AS detail FROM audit_entry WHERE action = 'RESEALED' ORDER BY seq"
_WAITING = (
    "SELECT count(*) AS n FROM audit_entry e WHERE NOT EXISTS (SELECT FROM audit_seal s WHERE s.entry_seq = e.seq)"
)


@dataclass(frozen=True, slots=True)
class Head:
    """The newest link. Kept elsewhere, it proves that nothing before it was changed or taken away."""

    number: int
    hash: bytes

    def __str__(self) -> str:
        return f"{self.number}:{self.hash.hex()}"

    @classmethod
    def parse(cls, text: str) -> "Head":
        """Raises `ValueError`."""
        number, _, hash = text.partition(":")
        return cls(int(number), bytes.fromhex(hash))


class Broken(Exception):
    """The first link that doesn't hold."""

    def __init__(self, number: int, reason: str) -> None:
        super().__init__(f"link {number}: {reason}")
        self.number = number
        self.reason = f"link {number}: {reason}"


class Gone(Exception):
    """The link that was to be compared has been dropped, with all before it; `since`: the one that was kept."""

    def __init__(self, since: Head) -> None:
        super().__init__(f"all before link {since.number + 1} has been dropped")
        self.since = since


@dataclass(frozen=True, slots=True)
class Resealed:
    """The chain was sealed again from link `number` on; `entries`: how many had lost something."""

    number: int
    at: datetime
    entries: int
    reason: str


@dataclass(frozen=True, slots=True)
class Verified:
    """`since`: the link from which on it was verified, where those before have been dropped. `head_is_former`: the
    expected head is that of the chain before it was sealed again."""

    head: Head
    unsealed: int
    since: Head | None = None
    resealed: tuple[Resealed, ...] = ()
    head_is_former: bool = False


def link(before: bytes, number: int, entry: Any) -> bytes:
    """SHA-256 over the hash before and the entry's content, as JSON with sorted keys."""
    content = {
        "number": number,
        "seq": entry["seq"],
        "at": entry["at"].isoformat(),
        "actor": str(entry["actor_id"]) if entry["actor_id"] else None,
        "action": entry["action"],
        "mutation": entry["mutation"],
        "request": entry["request_id"],
        "subject": entry["subject"],
        "detail": orjson.loads(entry["detail"]),
    }
    return sha256(before + orjson.dumps(content, option=orjson.OPT_SORT_KEYS)).digest()


async def seal(db: Database) -> int:
    """Chain what is committed and not yet chained; how many entries that were."""
    sealed = 0
    while True:
        async with db.transaction() as tx:
            await tx.execute("SELECT pg_advisory_xact_lock($1)", LOCK)
            last = await tx.fetchrow(_LAST)
            head = Head(last["number"], last["hash"]) if last else Head(0, GENESIS)
            entries = await tx.fetch(_UNSEALED, last["entry_seq"] if last else None)
            links = []
            for entry in entries:
                head = Head(head.number + 1, link(head.hash, head.number + 1, entry))
                links.append((head.number, entry["seq"], head.hash))
            await tx.executemany(_SEAL, links)
        sealed += len(links)
        if len(links) < BATCH:
            return sealed


async def verify(db: Database, expected: Head | None = None) -> Verified:
    """Raises `Broken` at the first link that doesn't hold, or when the chain doesn't pass through `expected`; `Gone`
    when that has been dropped."""
    since = await beginning(db)
    if since is not None and expected is not None and expected.number < since.number:
        raise Gone(since)
    head, resealed, is_former = since or Head(0, GENESIS), await resealings(db), False
    first = first_of(resealed)
    compared(head, expected, ())
    async for stored in _links(db, head.number):
        head = checked(head, stored, first)
        is_former = compared(head, expected, former(stored)) or is_former
    if expected is not None and head.number < expected.number:
        raise Broken(head.number + 1, f"the chain ends before link {expected.number}, whose hash was kept")
    (waiting,) = await db.fetch(_WAITING)
    return Verified(head, waiting["n"], since, resealed, is_former)


async def beginning(db: Database) -> Head | None:
    """The link that was kept in the place of entries that have been dropped."""
    kept = await db.fetchrow(_KEPT)
    return Head(kept["number"], kept["hash"]) if kept else None


def first_of(resealed: Sequence[Resealed]) -> int | None:
    """The first link that may have been sealed again."""
    return min((one.number for one in resealed), default=None)


def former(stored: Any) -> list[bytes]:
    """The hashes that a link had before it was sealed again, one after the other in one value."""
    kept: bytes = stored["former_hashes"] or b""
    return [kept[at : at + len(GENESIS)] for at in range(0, len(kept), len(GENESIS))]


async def resealings(db: Database) -> tuple[Resealed, ...]:
    found = []
    for row in await db.fetch(_RESEALED):
        detail = orjson.loads(row["detail"])
        if "from" in detail:
            found.append(Resealed(detail["from"], row["at"], detail["count"], detail["reason"]))
    return tuple(found)


def compared(head: Head, expected: Head | None, former: Sequence[bytes]) -> bool:
    """Whether the expected one is a hash that this link had before."""
    if expected is None or head.number != expected.number or head.hash == expected.hash:
        return False
    if expected.hash in former:
        return True
    raise Broken(head.number, "its hash is not the one that was kept")


async def _links(db: Database, after: int) -> AsyncIterator[asyncpg.Record]:
    while page := await db.fetch(CHAIN, after, BATCH):
        for stored in page:
            yield stored
        after = page[-1]["number"]


def checked(before: Head, stored: Any, first_resealed: int | None) -> Head:
    """The link after `before`. Raises `Broken`."""
    number = before.number + 1
    if stored["number"] != number:
        raise Broken(number, "it is missing")
    if stored["seq"] is None:
        raise Broken(number, f"its entry {stored['entry_seq']} is missing")
    hash = link(before.hash, number, stored)
    if hash != stored["hash"]:
        raise Broken(number, f"entry {stored['seq']} or its seal was changed")
    if stored["former_hashes"] and (first_resealed is None or number < first_resealed):
        raise Broken(number, "it was sealed again, and no entry says why")
    return Head(number, hash)


@jobs.periodic(cron="* * * * *")
@jobs.task(name="seal_audit_log", queueing_lock="seal_audit_log")
async def seal_every_minute(timestamp: int) -> None:  # noqa: ARG001 # every periodic task is given its time
    await seal(database())
