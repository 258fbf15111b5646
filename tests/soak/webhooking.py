"""A worker that delivers webhooks as a process of its own, to be killed; its argument is the URL of the database.

The port that it may call is in its environment."""

import asyncio
import os
import sys

from pydantic import SecretStr

from app.background import in_background
from app.consumers.running import consume
from app.database import use
from app.settings import Settings, use_settings
from app.webhooks.courier import Rounds, deliver
from app.webhooks.webhook_consumer import WEBHOOKS
from tests.soak.consuming import PACE, _connected

PORT = "STAGEPATH_HUNTED_PORT"
SECRET = "development-secret-of-the-hunt-0123456789"
ROUNDS = Rounds(poll=0.1, pause=0.0, within=1.0, spare=2.0, stumble=0.5)


def hunted(port: int) -> Settings:
    """Settings that let this port of the machine be called."""
    return Settings(
        _env_file=None,
        secret_key=SecretStr(SECRET),
        outgoing_ports=(port,),
        outgoing_networks=("127.0.0.1/32",),
    )


async def main(url: str, settings: Settings) -> None:
    use_settings(settings)
    database = await _connected(url)
    use(database)
    async with in_background(deliver(database, settings, ROUNDS), name="courier"):
        await consume(database, [WEBHOOKS], PACE)


def run() -> None:
    asyncio.run(main(sys.argv[1], hunted(int(os.environ[PORT]))))
