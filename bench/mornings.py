"""Advice on all open deals of some partners, as a worker would have kept it: what `nextBestActions` lists."""

from datetime import UTC, datetime

from app.database import Database, use
from app.recommendations.serve import renew
from bench.world import Viewer

PARTNERS = 4
BATCH = 50

_OPEN = "SELECT id FROM opportunity WHERE partner_id = ANY ($1::uuid[]) AND status = 'OPEN' ORDER BY id"


def chosen(viewers: list[Viewer]) -> list[Viewer]:
    return viewers[:PARTNERS]


async def advise(url: str, viewers: list[Viewer]) -> None:
    database = await Database.connect(url, size=2)
    use(database)
    try:
        rows = await database.fetch(_OPEN, [viewer.partner for viewer in chosen(viewers)])
        for n in range(0, len(rows), BATCH):
            await renew(database, [row["id"] for row in rows[n : n + BATCH]], datetime.now(UTC), read=False)
    finally:
        use(None)
        await database.close()
