"""The nightly snapshots of forecasts, of the organisations of those who ask: what the modelled part is read with, and
the accuracy of past forecasts."""

from datetime import UTC, datetime
from uuid import UUID

from app.database import Database, use
from app.forecast.looking_back import take_missing
from app.forecast.snapshots import take_snapshots
from bench.data.shape import ORGANIZATION, id_of
from bench.world import World


async def take(url: str, world: World) -> None:
    database = await Database.connect(url, size=2)
    use(database)
    try:
        asking = [world.viewers[nth].partner for nth in range(len(world.viewers))]
        vendor = id_of(ORGANIZATION, world.size.partners)
        await take_snapshots(database, organizations=[UUID(id) for id in (vendor, *asking)])
        await take_missing(database, datetime.now(UTC))
    finally:
        use(None)
        await database.close()
