"""A server and its worker consume the log, and say how far they are."""

from pathlib import Path

from app.consumer_list import CONSUMERS
from app.database import Database
from app.events.tail import tail, wake
from app.readiness.report import readiness
from app.recommendations.upkeep import RENEW
from app.sampling import sample
from tests.app.events.world import note, write
from tests.serving import running, settings_for
from tests.waiting import until


async def test_a_change_of_a_deal_has_its_advice_looked_after_and_lag_is_told(
    database: Database, tmp_path: Path
) -> None:
    async with running(settings_for(database.url, tmp_path, worker_in_server=True)) as server:
        registered = "SELECT count(*) AS n FROM consumer_cursor"

        async def follows() -> bool:
            return bool((await database.fetch(registered))[0]["n"] == len(CONSUMERS))

        await until(follows)
        await write(database, note(), note())
        wake()

        async def enqueued() -> bool:
            jobs = "SELECT count(*) AS n FROM procrastinate_jobs WHERE task_name = $1 AND scheduled_at > now()"
            return bool((await database.fetch(jobs, RENEW))[0]["n"] == 1)

        await until(enqueued)
        names = [consumer.name for consumer in CONSUMERS]
        assert "advice" in names
        figures = {f"consumer_{name}_{figure}": 0 for name in names for figure in ("lag_seconds", "events_put_aside")}

        async def told() -> bool:
            """Once all of them have come to the end of the log."""
            readiness().sample = await sample(database, tail())
            checks = (await server.client.get("/readyz?verbose")).json()["checks"]
            return {one["check"]: one["value"] for one in checks if one["check"].startswith("consumer_")} == figures

        await until(told)
        metrics = (await server.client.get("/metrics")).text
        assert 'stagepath_consumer_lag_seconds{consumer="advice"' in metrics
        assert 'stagepath_consumer_events_put_aside{consumer="advice"' in metrics
