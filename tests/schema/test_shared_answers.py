"""What many are told of one event is worked out once, and is still each viewer's own answer."""

import asyncio
import json
from collections.abc import AsyncIterator, Sequence
from contextlib import AsyncExitStack, aclosing, asynccontextmanager
from pathlib import Path
from typing import Any

import pytest
from websockets.asyncio.client import ClientConnection, connect
from websockets.typing import Subprotocol

from app.database import database
from app.demo.people import demo_id
from app.events.tail import tail
from app.identity.users import viewer_of
from app.models import TeamMember, User
from schema import schema
from schema.context import Context
from schema.engine.serve.kept import kept
from tests.copies import administer, with_database
from tests.schema.world import ADVANCE, MANAGER, RIVAL, SELLER, VENDOR
from tests.serving import Server, running, settings_for
from tests.waiting import PATIENCE

COLLEAGUE, ANOTHER_OF_THE_VENDOR = "Mirela Kovač", "Grace Adeyemi"
CHANGES = """subscription Changes($filter: StageChangeFilter, $after: Cursor, $owner: Boolean = false) {
  opportunityStageChanged(filter: $filter, after: $after) {
    cursor transition { kind toStage { key } } opportunity { id name owner @include(if: $owner) { name } } } }"""
MOVES = ("qualification", "deal-registration")


@pytest.fixture
async def server(postgres: str, demo_template: str, tmp_path: Path) -> AsyncIterator[Server]:
    await administer(postgres, f"CREATE DATABASE answers TEMPLATE {demo_template}")
    async with running(settings_for(with_database(postgres, "answers"), tmp_path)) as server:
        yield server
    await administer(postgres, "DROP DATABASE answers WITH (FORCE)")


class Client:
    def __init__(self, socket: ClientConnection) -> None:
        self.socket = socket

    async def say(self, **message: object) -> None:
        await self.socket.send(json.dumps(message))

    async def hear(self) -> str:
        """The next message's text."""
        async with asyncio.timeout(PATIENCE):
            return await self.socket.recv(decode=True)

    async def subscribe(self, id: str = "1", query: str = CHANGES, **variables: object) -> None:
        await self.say(type="subscribe", id=id, payload={"query": query, "variables": variables})

    async def settle(self) -> None:
        """Returns when the server has read what was said, and runs nothing for this client any more."""
        await self.say(type="ping")
        assert json.loads(await self.hear()) == {"type": "pong"}

    async def event(self) -> dict[str, Any]:
        message = json.loads(await self.hear())
        assert message["type"] == "next", message
        assert "errors" not in message["payload"], message
        changed: dict[str, Any] = message["payload"]["data"]["opportunityStageChanged"]
        return changed


@asynccontextmanager
async def client(server: Server, who: str) -> AsyncIterator[Client]:
    async with connect(
        server.socket_url, subprotocols=[Subprotocol("graphql-transport-ws")], open_timeout=PATIENCE, compression=None
    ) as socket:
        one = Client(socket)
        token = server.token_for(str(demo_id(f"user/{who}")))
        await one.say(type="connection_init", payload={"Authorization": f"Bearer {token}"})
        assert json.loads(await one.hear()) == {"type": "connection_ack"}
        yield one


async def joined(number: int) -> None:
    """Returns when so many subscriptions are followed."""
    fanout = tail().fanout
    async with asyncio.timeout(PATIENCE):
        while sum(len(l.receivers) for c in fanout._channels.values() for l in c.listeners.values()) < number:  # noqa: ASYNC110, E741
            await asyncio.sleep(0.001)


async def deal_of(who: str) -> str:
    row = await database().fetchrow(
        "SELECT o.id FROM opportunity o JOIN stage s ON s.id = o.stage_id JOIN playbook p ON p.id = o.playbook_id"
        " WHERE o.owner_id = $1 AND o.status = 'OPEN' AND p.key = 'it-software' AND s.key <> ALL($2)"
        " ORDER BY o.id LIMIT 1",
        demo_id(f"user/{who}"),
        list(MOVES),
    )
    assert row is not None
    return f"opp_{row['id']}"


async def move(server: Server, deal: str, stage: str = MOVES[0]) -> None:
    vendor = server.token_for(str(demo_id(f"user/{VENDOR}")))
    given = {"opportunityId": deal, "toStageKey": stage, "reason": "Agreed", "override": True}
    answer = await server.ask(ADVANCE, {"input": given}, token=vendor)
    assert answer["data"]["advanceStage"]["userErrors"] == [], answer


async def test_one_execution_serves_all_whose_answer_is_the_same_whatever_they_filter_by(server: Server) -> None:
    deal = await deal_of(SELLER)
    spent = []
    for number in (2, 12):
        async with AsyncExitStack() as stack:
            clients = [
                await stack.enter_async_context(client(server, (VENDOR, ANOTHER_OF_THE_VENDOR)[n % 2]))
                for n in range(number)
            ]
            for n, one in enumerate(clients):
                await one.subscribe(filter={"toStageKeys": [*MOVES, f"none-{n % 5}"]})
            await joined(number)
            await move(server, deal, MOVES[1])
            for one in clients:
                await one.event()
            spent.append(min([await one_execution(server, deal, clients, stage) for stage in (*MOVES, MOVES[0])]))
    assert spent == [4, 4]  # those of the move, and of the answer


async def one_execution(server: Server, deal: str, clients: Sequence[Client], stage: str) -> int:
    """How many statements were sent until all heard of a move, those that the tail sends by its clock included."""
    executions, statements = tail().fanout.executions, database().statements
    await move(server, deal, stage)
    texts = {await one.hear() for one in clients}
    assert len(texts) == 1
    assert json.loads(texts.pop())["payload"]["data"]["opportunityStageChanged"]["opportunity"]["id"] == deal
    assert tail().fanout.executions == executions + 1
    return database().statements - statements


async def test_another_selection_or_value_that_it_uses_is_another_answer(server: Server) -> None:
    deal = await deal_of(SELLER)
    async with client(server, VENDOR) as one:
        await one.subscribe("with", owner=True)
        await one.subscribe("without", owner=False)
        await one.subscribe("default")
        await one.subscribe("renamed", query=CHANGES.replace("opportunity {", "deal: opportunity {"))
        await joined(4)
        executions = tail().fanout.executions
        await move(server, deal)
        heard = [json.loads(await one.hear()) for _ in range(4)]
        found = {m["id"]: m["payload"]["data"]["opportunityStageChanged"] for m in heard}
        assert found["with"]["opportunity"]["owner"] == {"name": SELLER}
        assert found["without"] == found["default"]
        assert "owner" not in found["without"]["opportunity"]
        assert found["renamed"]["deal"] == found["without"]["opportunity"]
        assert tail().fanout.executions == executions + 3


async def test_literals_that_say_which_events_are_wanted_part_no_answers_and_others_do(server: Server) -> None:
    deal = await deal_of(SELLER)
    written = """subscription { opportunityStageChanged(filter: {toStageKeys: [%s]}) {
      cursor opportunity { id stage { contents(first: %d) { nodes { id } } } } } }"""
    asked = [(f'"{MOVES[0]}", "none-{n}"', 1) for n in range(4)] + [(f'"{MOVES[0]}"', 2), ('"none"', 1)]
    async with AsyncExitStack() as stack:
        clients = [await stack.enter_async_context(client(server, VENDOR)) for _ in asked]
        for one, literals in zip(clients, asked, strict=True):
            await one.say(type="subscribe", id="1", payload={"query": written % literals})
        await joined(len(asked))
        assert len(tail().fanout._channels) == 2
        executions = tail().fanout.executions
        await move(server, deal)
        *alike, another = [await one.hear() for one in clients[:-1]]
        assert tail().fanout.executions == executions + 2
        assert len(set(alike)) == 1
        told = [json.loads(text)["payload"]["data"]["opportunityStageChanged"] for text in (alike[0], another)]
        assert told[0]["cursor"] == told[1]["cursor"]
        assert [len(one["opportunity"]["stage"]["contents"]["nodes"]) for one in told] == [1, 2]
        await clients[-1].settle()


async def test_each_hears_only_of_the_deals_they_may_see_now(server: Server) -> None:
    mine, theirs, colleagues = await deal_of(SELLER), await deal_of(RIVAL), await deal_of(COLLEAGUE)
    async with AsyncExitStack() as stack:
        clients = {
            who: await stack.enter_async_context(client(server, who)) for who in (VENDOR, MANAGER, SELLER, RIVAL)
        }
        for one in clients.values():
            await one.subscribe()
        await joined(4)
        for deal in (colleagues, theirs, mine):
            await move(server, deal)
        expected = {VENDOR: [colleagues, theirs, mine], MANAGER: [colleagues, mine], SELLER: [mine], RIVAL: [theirs]}
        for who, deals in expected.items():
            assert [(await clients[who].event())["opportunity"]["id"] for _ in deals] == deals
        await TeamMember.create(opportunity_id=colleagues.removeprefix("opp_"), user_id=demo_id(f"user/{SELLER}"))
        await move(server, colleagues, MOVES[1])
        await move(server, mine, MOVES[1])
        for who, deals in {SELLER: [colleagues, mine], MANAGER: [colleagues, mine], RIVAL: []}.items():
            assert [(await clients[who].event())["opportunity"]["id"] for _ in deals] == deals
        await clients[RIVAL].settle()


async def test_language_and_person_part_answers_where_they_matter(server: Server) -> None:
    deal = await deal_of(SELLER)
    best = CHANGES.replace("opportunity {", "opportunity { stage { contents(first: 50) { nodes { language title } } } ")
    await User.filter(id=demo_id(f"user/{ANOTHER_OF_THE_VENDOR}")).update(language="de")
    async with client(server, VENDOR) as english, client(server, ANOTHER_OF_THE_VENDOR) as german:
        for one in (english, german):
            await one.subscribe(query=best)
        await joined(2)
        await move(server, deal)
        seen = []
        for one in (english, german):
            nodes = (await one.event())["opportunity"]["stage"]["contents"]["nodes"]
            seen.append({node["language"] for node in nodes})
        assert seen[0] == {"en"}
        assert seen[1] == {"en", "de"}


async def test_who_resumes_joins_those_who_listen(server: Server) -> None:
    deal = await deal_of(SELLER)
    async with client(server, VENDOR) as live, client(server, ANOTHER_OF_THE_VENDOR) as resumed:
        await live.subscribe()
        await joined(1)
        await move(server, deal)
        first = await live.event()
        await move(server, deal, MOVES[1])
        second = await live.event()
        await resumed.subscribe(after=first["cursor"])
        assert await resumed.event() == second
        await joined(2)
        executions = tail().fanout.executions
        await move(server, deal)
        assert await resumed.event() == await live.event()
        assert tail().fanout.executions == executions + 1


async def test_the_stock_executor_says_the_same(server: Server) -> None:
    deal = await deal_of(SELLER)
    viewer = await viewer_of(str(demo_id(f"user/{VENDOR}")))
    assert viewer is not None
    async with client(server, VENDOR) as live:
        await live.subscribe(owner=True)
        await joined(1)
        await move(server, deal)
        first = await live.event()
        await move(server, deal, MOVES[1])
        told = await live.event()
    variables = {"owner": True, "after": first["cursor"]}
    results = await schema.subscribe(CHANGES, variable_values=variables, context_value=Context(viewer, "test"))
    async with aclosing(results) as found:
        result = await anext(found)
    assert result.errors is None
    assert result.data is not None
    assert result.data["opportunityStageChanged"] == told


def _planned() -> set[Any]:
    return {key for key in kept._entries if isinstance(key, tuple) and key[0] == "planned"}


async def test_ids_written_into_the_document_part_neither_executions_nor_plans(server: Server) -> None:
    deals = [await deal_of(SELLER), await deal_of(COLLEAGUE)]
    about = 'subscription { opportunityUpdated(opportunityId: "%s") { type opportunity { id name } } }'
    advice = 'subscription { recommendationsUpdated(opportunityId: "%s") { actions { title } source } }'
    planned = _planned()
    async with client(server, VENDOR) as adviser, client(server, VENDOR) as one:
        for n, deal in enumerate(deals):
            await adviser.subscribe(f"advice-{n}", query=advice % deal)
            await one.subscribe(f"about-{n}", query=about % deal)
        begun = [json.loads(await adviser.hear()) for _ in deals]
        assert {message["id"] for message in begun} == {"advice-0", "advice-1"}
        await joined(4)
        for n, deal in enumerate(deals):
            await move(server, deal)
            id = None
            while id != f"about-{n}":  # the move before may have more to tell
                told = json.loads(await one.hear())
                id = told["id"]
                about_it = deals[int(id[-1])]
                assert told["payload"]["data"]["opportunityUpdated"]["opportunity"]["id"] == about_it
        assert len(_planned() - planned) == 2  # others may have made room for them
        assert len(tail().fanout._channels) == 3  # what happens to deals, and advice for each of two
