"""Documents, plans and answers' texts are shared by all viewers; what was read for one never reaches another."""

import asyncio
from itertools import permutations
from pathlib import Path
from typing import Any

import pytest

from app.demo.people import demo_id
from app.web.trusted import hash_of
from tests.schema.world import MANAGER, RIVAL, SELLER, Demo, deal_of
from tests.serving import Server, running, settings_for

MINE = """query($id: ID!, $f: OpportunityFilter) { viewer { user { name } organization { name } }
  node(id: $id) { id ... on Opportunity { name account { name } } } opportunity(id: $id) { notes owner { name } }
  opportunities(first: 50, filter: $f) { totalCount nodes { id name amount { amount } partner { name } } }
  pipeline(filter: $f) { total { count } } accounts(first: 50) { totalCount nodes { name } }
  events(first: 20) { totalCount nodes { cursor opportunity { name } } } }"""
LITERAL = '{ opportunity(id: "%s") { id name notes owner { name } transitions(first: 5) { nodes { reason } } } }'


async def ask(server: Server, who: str, **body: Any) -> Any:
    headers = {"Authorization": f"Bearer {server.token_for(str(demo_id(f'user/{who}')))}"}
    answer = (await server.client.post("/graphql", json=body, headers={**headers, "X-Request-ID": "shared-1"})).json()
    answer.get("extensions", {}).pop("cost", None)
    return answer


@pytest.mark.parametrize("only", [False, True], ids=["any", "trusted-only"])
async def test_no_document_that_others_used_gives_anything_of_theirs(demo: Demo, tmp_path: Path, only: bool) -> None:
    documents = tmp_path / "documents"
    documents.mkdir()
    (documents / "mine.graphql").write_text(MINE)
    named = {"extensions": {"persistedQuery": {"version": 1, "sha256Hash": hash_of(MINE)}}}
    forms = (named, {"query": MINE}, {"query": MINE, **named})
    people = (SELLER, MANAGER, RIVAL)
    deals = [await deal_of(demo, who) for who in (SELLER, RIVAL)]
    asked = [{"id": id, "f": {"status": ["OPEN"]}} for id in deals]
    chosen = settings_for(demo.database.url, tmp_path, trusted_documents=documents, trusted_documents_only=only)
    alone: dict[tuple[str, int], Any] = {}
    for who in people:  # each on a server that nobody else has used
        async with running(chosen) as server:
            for n, variables in enumerate(asked):
                alone[who, n] = await ask(server, who, variables=variables, **named)
    for n in range(len(asked)):
        assert len({str(alone[who, n]) for who in people}) == len(people)
    assert all("errors" not in answer for answer in alone.values())
    for order in ([*people], [*reversed(people)]):
        async with running(chosen) as server:
            for form, (n, variables) in ((form, each) for form in forms for each in enumerate(asked)):
                for who in order:
                    assert await ask(server, who, variables=variables, **form) == alone[who, n], (who, form)
            together = [(who, n) for n in range(len(asked)) for who in order] * 2
            answers = await asyncio.gather(*(ask(server, who, variables=asked[n], **named) for who, n in together))
            assert answers == [alone[one] for one in together]


async def test_no_plan_that_was_made_for_others_literals_gives_anything_of_theirs(demo: Demo, tmp_path: Path) -> None:
    deals = {who: await deal_of(demo, who) for who in (SELLER, RIVAL)}
    async with running(settings_for(demo.database.url, tmp_path)) as server:
        for first, second in permutations(deals):
            for who in (first, second, first):
                for owner, id in deals.items():
                    answer = await ask(server, who, query=LITERAL % id)
                    seen = answer["data"]["opportunity"]
                    assert (seen is not None) == (who == owner)
                    assert seen is None or (seen["id"], seen["owner"]["name"]) == (id, who)
