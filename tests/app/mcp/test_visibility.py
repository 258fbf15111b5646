"""No tool, resource or prompt shows a partner anything of a competitor's, or changes it."""

import asyncio
from collections.abc import AsyncIterator
from itertools import cycle
from pathlib import Path
from typing import Any

import asyncpg
import orjson
import pytest

from app.database import Database, use
from app.mcp.documents import documents
from schema import schema
from tests import hunts
from tests.app.mcp.assistants import Assistants, calling, message
from tests.copies import Copies
from tests.schema.world import MANAGER, RIVAL
from tests.serving import NEVER, running, settings_for
from tests.soak.hunting import marks_in
from tests.soak.marked import MARK, Marked, mark

TOOLS = documents(schema._schema, "tools")
EACH = hunts.size(1, whole=12)
"""Ids of each kind that every tool is asked for."""


@pytest.fixture
async def hunted(demo_copies: Copies, tmp_path: Path) -> AsyncIterator[tuple[Assistants, Marked, asyncpg.Connection]]:
    """A server on whose database all that the manager's competitors have is marked."""
    url = demo_copies.take()
    database = await Database.connect(url, size=2)
    marked = await mark(database, MANAGER)
    use(None)
    await database.close()
    records = await asyncpg.connect(url)
    async with running(settings_for(url, tmp_path, cost_per_minute=10**9), pace=NEVER) as server:
        yield Assistants(server), marked, records
    await records.close()
    demo_copies.give_back()


def questions(marked: Marked) -> list[dict[str, Any]]:
    """Every tool, with every id of competitors' at every place that takes one, and with lists as wide as they go."""
    ids = [id for kind in marked.foreign.values() for id in kind[:EACH]]
    asked: list[dict[str, Any]] = []
    for name, document in TOOLS.items():
        takes = document.parameters["properties"]
        others = {key: value for key, value in FILLED.items() if key in takes}
        places = [key for key in takes if key.endswith("Id") and key != "clientMutationId"]
        asked += [calling(name, **{**others, **dict.fromkeys(places, id)}) for id in ids if places]
        asked.append(calling(name, **others))
    for kind, id in zip(cycle(("contents", "playbooks")), ids, strict=False):
        asked.append(message("resources/read", uri=f"stagepath://{kind}/{id}"))
    asked += [message("prompts/get", name="prepare_my_call", arguments={"opportunityId": id}) for id in ids]
    asked += [message("resources/list"), message("prompts/get", name="review_my_pipeline", arguments={})]
    return asked


FILLED: dict[str, Any] = {
    "text": MARK,
    "first": 50,
    "status": ["OPEN", "WON", "LOST"],
    "scope": "MY_TEAM",
    "toStageKey": "qualification",
    "reason": "why not",
    "body": "seen?",
    "name": "New",
    "accountName": "New AG",
    "playbookKey": "it-software",
    "account": {"name": "New AG"},
}


async def test_nothing_of_competitors_is_shown_or_changed(
    hunted: tuple[Assistants, Marked, asyncpg.Connection],
) -> None:
    assistants, marked, records = hunted
    theirs = [id.partition("_")[2] for id in marked.foreign["opp"]]
    state = "SELECT md5(string_agg(o::text, '|' ORDER BY id)) FROM opportunity o WHERE id::text = ANY ($1)"
    before = await records.fetchrow(state, theirs)
    at_once = asyncio.Semaphore(8)

    async def ask(question: dict[str, Any], who: str) -> bytes:
        async with at_once:
            answer = await assistants.post(question, who)
            assert answer.status_code == 200, answer.text
            return answer.content

    asked = questions(marked)
    answers = await asyncio.gather(*(ask(question, MANAGER) for question in asked))
    leaks = [
        (question["params"], found)
        for question, answer in zip(asked, answers, strict=True)
        for found in marks_in(answer, orjson.dumps(question).decode(), None, marked)
    ]
    assert leaks == []
    assert await records.fetchrow(state, theirs) == before
    proof = await ask(calling("list_deals", first=50), RIVAL)
    assert MARK.encode() in proof, "their own people see the marks"
