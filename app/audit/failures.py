"""Tokens that were refused, counted, and written to the audit log every few seconds.

An entry for each would let anybody who reaches the port fill the disk. A process that is killed loses its last seconds.
"""

import asyncio
from collections import Counter
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from ipaddress import ip_address, ip_network

from app.audit.digests import NOBODY, digest, salt_of
from app.audit.entries import Entry, add
from app.background import in_background
from app.database import Database
from app.database.failures import MAYBE_UNREACHABLE
from app.database.incidents import met

EVERY_SECONDS = 5.0
MOST_SOURCES = 1_000
"""Kept apart within one interval; further ones are counted together."""

_refused: Counter[tuple[str, str]] = Counter()


def token_refused(code: str, address: str) -> None:
    """`code`: a `TokenErrorCode` or UNKNOWN_USER. `address`: the client's, as the server sees it."""
    known = (code, address) in _refused or len(_refused) < MOST_SOURCES
    _refused[(code, address if known else "others")] += 1


def network_of(address: str) -> str | None:
    """Where it came from, as far as that is no single person's: 256 addresses of IPv4, a /48 of IPv6."""
    try:
        parsed = ip_address(address)
    except ValueError:
        return None
    return str(ip_network(f"{parsed}/{24 if parsed.version == 4 else 48}", strict=False))


async def flush(db: Database) -> None:
    """Write what was counted. What can't be written is kept for the next time."""
    counted = _refused.copy()
    _refused.clear()
    try:
        while counted:
            (code, address), times = next(iter(counted.items()))
            salted = digest(await salt_of(db, NOBODY), "address", address)
            detail = {"code": code, "network": network_of(address), "address": salted, "times": times}
            await add(db, Entry("TOKEN_REFUSED", detail=detail))
            del counted[(code, address)]
    except MAYBE_UNREACHABLE as error:
        met(error, by="recording refused tokens")
    finally:
        _refused.update(counted)


@asynccontextmanager
async def recording(db: Database) -> AsyncIterator[None]:
    """Writes while the block runs, and once more when it ends."""

    async def run() -> None:
        while True:
            await asyncio.sleep(EVERY_SECONDS)
            await flush(db)

    try:
        async with in_background(run(), name="refused tokens"):
            yield
    finally:
        await flush(db)
