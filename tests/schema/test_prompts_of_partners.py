"""What a language model is told about one partner's deal holds nothing of another's, nor content meant for others."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from app.database import database
from app.demo.people import demo_id
from guidance.cleaning import clean
from tests.guidance.model_server import ModelServer, model_server
from tests.schema.test_enrichment import ASK, portal
from tests.schema.world import MANAGER, RIVAL
from tests.soak.marked import MARK, mark
from tests.waiting import until

HIDDEN = """UPDATE content SET audience = '{REGISTERED}', title = $1::text || ' ' || key, summary = $1::text,
  body = $1::text
WHERE hashtext(key) % 2 = 0 RETURNING id"""
"""Half of all content is meant for another tier than those of both partners."""
REACHED_AT = ("zanzibar@quux.example", "+99 123 4567890")
OPEN = """SELECT o.id, a.name AS customer FROM opportunity o JOIN account a ON a.id = o.account_id
WHERE o.status = 'OPEN' AND $1 IN (o.partner_id, o.owner_id) ORDER BY o.id LIMIT 4"""


@pytest.fixture
async def served() -> AsyncIterator[ModelServer]:
    async with model_server() as served:
        yield served


async def test_no_prompt_holds_anything_of_another_partner(
    database_url: str, tmp_path: Path, served: ModelServer
) -> None:
    async with portal(database_url, tmp_path, served, llm_daily_tokens=None) as server:
        marked = await mark(database(), MANAGER)
        assert await database().fetch(HIDDEN, MARK)
        assert await database().fetch("UPDATE contact SET email = $1, phone = $2 RETURNING id", *REACHED_AT)

        async def told_of(who: str, whose: str) -> list[str]:
            """All that the model was told so far, once it was told of this partner's deals because its person asked."""
            token = server.token_for(str(demo_id(f"user/{who}")))
            deals = await database().fetch(OPEN, demo_id(whose))
            assert len(deals) >= 1
            for deal in deals:
                answer = await server.ask(ASK, {"id": f"opp_{deal['id']}", "refresh": True}, token=token)
                assert answer["data"]["opportunity"]["recommendations"]["actions"]
                assert who != MANAGER or MARK not in str(answer)

            def prompts() -> list[str]:
                return ["\n".join(str(said["content"]) for said in asked.body["messages"]) for asked in served.asked]

            async def told_of_all() -> bool:
                return all(any(clean(deal["customer"]) in prompt for prompt in prompts()) for deal in deals)

            await until(told_of_all)
            return prompts()

        own = await told_of(MANAGER, "org/alpine-it")
        assert len(own) >= 4
        for prompt in own:
            assert not [
                found for found in (MARK, "7777", *REACHED_AT, *map(bytes.decode, marked.marks[2:])) if found in prompt
            ]
        assert any(MARK in prompt for prompt in await told_of(RIVAL, f"user/{RIVAL}")), "they tell of their own deal"
