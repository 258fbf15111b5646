"""`stagepath guidance drafts`: every message that the advice on open deals would send, to be read first."""

import asyncio
from collections import Counter
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Annotated

import typer

from app.command import explained
from app.recommendations.drafts import drafts_of
from app.settings import Settings
from app.start import prepared
from guidance.actions import Draft

Language = Annotated[
    str | None, typer.Option(metavar="TAG", help="As if all sellers read this language, such as de; else their own.")
]


def list_drafts(language: Language = None) -> None:
    """Print every distinct draft of the open deals, its reader and the number of its deals."""
    with explained() as chosen:
        found = asyncio.run(_listed(chosen, language))
    for draft, deals in sorted(found.items(), key=lambda one: (one[0].reader, -one[1], one[0].text)):
        typer.echo(f"=== {draft.reader}, {draft.language}, {deals} {'deal' if deals == 1 else 'deals'}\n{draft.text}\n")
    readers = Counter(draft.reader for draft in found)
    told = ", ".join(f"{number} to {reader.lower()}" for reader, number in sorted(readers.items()))
    typer.echo(f"{len(found)} distinct drafts: {told or 'none'}")


async def _listed(chosen: Settings, language: str | None) -> Mapping[Draft, int]:
    async with prepared(chosen) as database:
        return await drafts_of(database, datetime.now(UTC), language)
