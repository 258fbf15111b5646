"""`stagepath worker`: runs background jobs apart from servers."""

import asyncio
import signal
from contextlib import suppress

import typer

from app import jobs
from app.command import end_if_told, explained, kept_up
from app.recommendations.upkeep import advise_soon
from app.settings import Settings
from app.start import consumed, folded, followed, opened
from app.webhooks.bodies import Answer, use_answers


def worker() -> None:
    """Run background jobs, until told to stop."""
    with explained() as chosen:
        asyncio.run(_work(chosen))


def _answers() -> Answer:
    """The schema takes seconds to build; a worker does so when the first document of a webhook is to be answered."""
    from schema.webhook.answering import answer  # with the package, which assembles it

    return answer


async def _work(chosen: Settings) -> None:
    use_answers(_answers)
    async with (
        opened(chosen) as database,
        followed(database, chosen),
        consumed(database, chosen),
        folded(database),
    ):
        await advise_soon(database)
        working = asyncio.create_task(jobs.work(database.url, role=database.session.get("role")))
        for number in (signal.SIGINT, signal.SIGTERM):
            asyncio.get_running_loop().add_signal_handler(number, working.cancel)
        end_if_told()
        with kept_up(), suppress(asyncio.CancelledError):
            typer.echo("Working. Ctrl-C stops it.")
            await working
