"""Verification of the chain a part at a time, for those who wait for an answer.

Each part begins at the head that the one before has led to, which whoever asks keeps; it has to be in the chain still.
"""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass

import asyncpg

from app.audit import chain
from app.audit.chain import GENESIS, Broken, Gone, Head, Resealed
from app.database import Database

MOST = 5_000
AT_A_TURN = 500
"""After so many links, others have their turn."""

_LAST = "SELECT number, entry_seq FROM audit_seal ORDER BY number DESC LIMIT 1"
_SEAL = "SELECT number, hash, former_hashes FROM audit_seal WHERE number = $1"
# As the sealer has it: nothing older than two days appears behind the last seal.
_UNSEALED = """
SELECT count(*) AS n FROM audit_entry e
WHERE NOT EXISTS (SELECT FROM audit_seal s WHERE s.entry_seq = e.seq)
  AND e.at >= coalesce((SELECT l.at FROM audit_entry l WHERE l.seq = $1), '-infinity') - interval '2 days'
"""


@dataclass(frozen=True, slots=True)
class PartVerified:
    """`head`: the last link that holds; `last`: the number of the newest; `since`: of the one that the chain begins
    behind. `problem`: why the link after the head doesn't hold. `resealed`: what was sealed again, where the part has
    such links."""

    head: Head
    last: int
    since: int
    complete: bool
    unsealed: int
    resealed: Sequence[Resealed] = ()
    problem: str | None = None


async def verify_part(
    db: Database, after: Head | None = None, expected: Head | None = None, *, most: int = MOST
) -> PartVerified:
    """`most` links at most, behind `after`. Raises `Gone` when `after` or `expected` has been dropped."""
    since = await chain.beginning(db) or Head(0, GENESIS)
    for given in (after, expected):
        if given is not None and given.number < since.number:
            raise Gone(since)
    last = await db.fetchrow(_LAST)
    newest = max(last["number"] if last else 0, since.number)
    part = _Part(db, after or since, expected)
    problem = await part.verify(since, most)
    if problem is None and expected is not None and newest <= part.head.number < expected.number:
        problem = f"the chain ends before link {expected.number}, whose hash was kept"
    (row,) = await db.fetch(_UNSEALED, last["entry_seq"] if last else None)
    complete = problem is None and part.head.number >= newest
    return PartVerified(part.head, newest, since.number, complete, row["n"], part.resealed, problem)


class _Part:
    def __init__(self, db: Database, head: Head, expected: Head | None) -> None:
        self._db = db
        self._expected = expected
        self.head = head
        self.resealed: Sequence[Resealed] = ()

    async def verify(self, since: Head, most: int) -> str | None:
        """Why the link after the head doesn't hold, wherever that is then."""
        try:
            await self._begin(since)
            await self._go_on(self.head.number + most)
        except Broken as broken:
            return broken.reason
        return None

    async def _begin(self, since: Head) -> None:
        """Raises `Broken` for a head that is not, or no longer, the chain's."""
        row = await self._db.fetchrow(_SEAL, self.head.number)
        known = since.hash if self.head.number == since.number else row and row["hash"]
        if known != self.head.hash:
            raise Broken(self.head.number, "the chain has no such link, or has it no longer: begin anew")
        chain.compared(self.head, self._expected, chain.former(row) if row else ())

    async def _go_on(self, end: int) -> None:
        """Raises `Broken`."""
        while page := await self._turn(end):
            if not self.resealed and any(stored["former_hashes"] for stored in page):
                self.resealed = await chain.resealings(self._db)
            first = chain.first_of(self.resealed)
            for stored in page:
                following = chain.checked(self.head, stored, first)
                chain.compared(following, self._expected, chain.former(stored))
                self.head = following
            await asyncio.sleep(0)

    async def _turn(self, end: int) -> Sequence[asyncpg.Record]:
        most = min(AT_A_TURN, end - self.head.number)
        return await self._db.fetch(chain.CHAIN, self.head.number, most) if most else ()
