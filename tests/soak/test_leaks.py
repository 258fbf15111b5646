"""Nothing of a partner's competitors is heard, counted, ordered by or told apart, whatever is asked.

Two servers over two databases: in one, competitors have thousands of rows, every text, amount and id of which is known;
in the other they have none. The people of partner A ask both the same: no mark is heard, and the answers are the same,
byte for byte. The hunt proves itself: without visibility, it finds marks of every type.
"""

import asyncio
import json
from collections import Counter
from collections.abc import AsyncIterator, Iterator
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field
from itertools import product
from pathlib import Path
from random import Random
from typing import Any

import httpx
import orjson
import pytest
from graphql import GraphQLEnumType, GraphQLObjectType
from hypothesis_graphql import mutations, queries
from websockets.asyncio.client import connect
from websockets.typing import Subprotocol

from app.database import Database, use
from schema import schema
from schema.engine.declare import _BY_PREFIX
from schema.engine.serve.turns import OF_ONE
from tests import hunts
from tests.copies import administer, with_database
from tests.processes import Process
from tests.schema.engine.generated import Ids, documents_ahead
from tests.schema.world import ADVANCE, COLLEAGUE, MANAGER, RIVAL, SELLER, VENDOR
from tests.soak.hunting import (
    OF_ITS_TIME,
    Client,
    Leak,
    as_subscriptions,
    everything_of,
    in_parallel,
    marks_in,
    subscription_schema,
    whole_schema,
)
from tests.soak.marked import Marked, contents, copied, mark, take_away
from tests.waiting import PATIENCE

QUERIES, CHANGES, STREAMS = hunts.size(40, whole=16_000), hunts.size(15, whole=3_000), hunts.size(10, whole=1_500)
PROOF = hunts.size(60, whole=1_000)
ROLES = (MANAGER, SELLER, COLLEAGUE)
UNBOUND = {"COST_PER_MINUTE": str(10**9), "MAX_QUERY_COST": str(10**8), "WORKER_IN_SERVER": "false", "DEMO": "false"}
AFTER = "<the log's beginning>"
NOBODY = "00000000-0000-7000-8000-000000000000"


class Lifted(Process):
    """Without the application's conditions."""

    program = "tests.soak.lifted:run"


@dataclass
class Field:
    """Where the hunt takes place: a client of the server with competitors and of the one without, and what is known."""

    postgres: str
    folder: Path
    marked: Marked
    full: str
    bare: str
    database: Database
    leaks: list[Leak] = field(default_factory=list)

    def ids(self) -> Ids:
        prefixes = {*self.marked.own, *self.marked.foreign}
        own = {p: self.marked.own.get(p, [])[:20] + self.marked.foreign.get(p, [])[:20] for p in prefixes}
        return {prefix: ids or [f"{prefix}_{NOBODY}"] for prefix, ids in own.items()}

    def look(self, who: str, text: str, variables: Any, answer: bytes) -> None:
        for found in marks_in(answer, text, variables, self.marked):
            self.leaks.append(Leak(who, text, variables or {}, found))


@asynccontextmanager
async def client(kind: type[Process], url: str, folder: Path, **settings: str) -> AsyncIterator[Client]:
    folder.mkdir(parents=True, exist_ok=True)  # noqa: ASYNC240
    process = kind(url, folder, **{**UNBOUND, **settings})
    patience = httpx.Limits(keepalive_expiry=1)  # while documents are generated, the server lets idle lines go
    async with (
        process,
        httpx.AsyncClient(base_url=process.base_url, trust_env=False, limits=patience, timeout=PATIENCE) as http,
    ):
        yield Client(process, http)


@pytest.fixture
async def ground(postgres: str, demo_template: str, tmp_path: Path) -> AsyncIterator[Field]:
    async with AsyncExitStack() as stack:
        full = await _database(stack, postgres, demo_template, "hunted")
        bare = await _database(stack, postgres, demo_template, "alone")
        async with client(Process, full.url, tmp_path / "before") as before:
            for who in (RIVAL, "Aoife Byrne"):  # so that there is advice to be heard of
                await before.read(who, "{ opportunities(first: 30) { nodes { recommendations { actions { id } } } } }")
        marked = await mark(full, MANAGER)
        await take_away(bare, MANAGER)
        yield Field(postgres, tmp_path, marked, full.url, bare.url, full)


async def _database(stack: AsyncExitStack, postgres: str, template: str, name: str) -> Database:
    await copied(postgres, template, name)
    stack.push_async_callback(administer, postgres, f"DROP DATABASE {name} WITH (FORCE)")
    database = await Database.connect(with_database(postgres, name), size=2)
    stack.push_async_callback(database.close)
    stack.callback(use, None)
    return database


LISTED = "totalCount nodes { id name amount { amount } owner { name } account { name } partner { name } }"
PAGE = "pageInfo { hasNextPage hasPreviousPage startCursor endCursor }"
DEALS = f"query($f: OpportunityFilter) {{ opportunities(first: 50, filter: $f) {{ {LISTED} {PAGE} }} }}"
REGISTER = """mutation($input: CreateOpportunityInput!) { createOpportunity(input: $input) { opportunity { id } } }"""
PIPELINE = """query($f: OpportunityFilter) { pipeline(filter: $f) { total { count } stages {
  count amount { amount } weightedAmount { amount } stalledCount medianDaysInStage } } }"""
MET = "kind score reasons blocks decision registration { id } opportunity { id name } account { id name }"
CONFLICTS = f"conflicts {{ {MET} }}"
PLAIN = (
    '{ accounts(first: 100, search: "MARKB") { totalCount nodes { id name } } }',
    "{ accounts(first: 100) { totalCount nodes { id name } } }",
    "{ partners(first: 100) { totalCount nodes { id name key } } }",
    "{ events(first: 100) { totalCount nodes { cursor type at actor { name } opportunity { id name } } } }",
    "{ playbooks(first: 50) { totalCount nodes { id key status issues { code message } stages { id name } } } }",
    "{ contents(first: 50) { totalCount nodes { id key title } } }",
    f"{{ registrations(first: 50) {{ totalCount nodes {{ id version {CONFLICTS} }} }} }}",
    f'{{ checkRegistration(account: {{name: "MARKB account_name"}}) {{ {MET} }} }}',
    f'{{ checkRegistration(account: {{name: "Brauhaus", city: "MARKB account_city"}}) {{ {MET} }} }}',
    "{ viewer { user { id name } organization { id name } permissions } }",
)


def by_hand(marked: Marked) -> Iterator[tuple[str, dict[str, Any]]]:
    """What a curious partner would try."""
    firsts = {prefix: ids[0] for prefix, ids in marked.foreign.items() if ids}
    for prefix, ids in marked.foreign.items():
        type_ = schema._schema.type_map[_BY_PREFIX[prefix].origin.__name__]
        assert isinstance(type_, GraphQLObjectType)
        text = f"query($id: ID!) {{ node(id: $id) {{ ... on {type_.name} {{ {everything_of(type_)} }} }} }}"
        for id in ids[:3]:
            yield text, {"id": id}
    yield "query($ids: [ID!]!) { nodes(ids: $ids) { __typename id } }", {"ids": list(firsts.values())}
    for root, prefix in (("opportunity", "opp"), ("account", "acc"), ("partner", "ptr")):
        yield f"query($id: ID!) {{ {root}(id: $id) {{ id name }} }}", {"id": firsts[prefix]}
    filters: list[dict[str, Any]] = [
        {"search": "MARKB"},
        {"ids": marked.foreign["opp"][:50] + marked.own["opp"][:5]},
        {"partnerId": firsts["ptr"]},
        {"accountId": firsts["acc"]},
        {"ownerId": firsts["usr"]},
        {"amount": {"min": "7777000"}},
        {"stalled": True},
        {"status": ["OPEN", "WON", "LOST"]},
    ]
    for filter in filters:
        yield DEALS, {"f": filter}
        yield PIPELINE, {"f": filter}
    orders = schema._schema.type_map["OpportunityOrderField"]
    assert isinstance(orders, GraphQLEnumType)
    for order, direction, size in product(orders.values, ("ASC", "DESC"), ("first: 7", "last: 7")):
        text = f"query($o: OpportunityOrder) {{ opportunities({size}, orderBy: $o) {{ {LISTED} {PAGE} }} }}"
        yield text, {"o": {"field": order, "direction": direction}}
    for text in PLAIN:
        yield text, {}


def in_order(answer: bytes) -> bytes:
    """Fields that fail side by side are told in the order in which they do, which is chance."""
    said = orjson.loads(answer)
    if "errors" not in said:
        return answer
    said["errors"].sort(key=orjson.dumps)
    return orjson.dumps(said)


TRIES = 12


async def compared(ground: Field, full: Client, bare: Client, who: str, text: str, variables: Any, id: str) -> bool:
    """Ask both; whether the answers were compared.

    Of several fields that fail and may not be null, chance says which is told, in either world alone as well, and a
    deal's age in days may change between two requests: so both are asked until they once say the same.
    """
    worlds: tuple[set[bytes], set[bytes]] = (set(), set())
    for _ in range(TRIES):
        answers = await asyncio.gather(full.ask(who, text, variables, id=id), bare.ask(who, text, variables, id=id))
        ground.look(who, text, variables, answers[0])
        if any(word in text for word in OF_ITS_TIME):
            return False
        for said, answer in zip(worlds, answers, strict=True):
            said.add(in_order(answer))
        if worlds[0] & worlds[1]:
            return True
    raise AssertionError(f"{who} {text} {variables}\n{worlds[0]!r}\n{worlds[1]!r}")


BY_CONDITION_ALONE = ("conflicts", "checkRegistration")
"""Fields that read past row-level security, since terms of companies are nobody's to read: their statements say
themselves whose rows they look at, and nothing else holds it."""


@pytest.mark.soak
@pytest.mark.parametrize("kind", [Process, pytest.param(Lifted, id="Lifted")], ids=lambda kind: kind.__name__)
async def test_nothing_of_competitors_is_heard_and_no_answer_depends_on_them(
    ground: Field, kind: type[Process]
) -> None:
    """With both walls, and with PostgreSQL's alone."""
    start, asked = hunts.seed(), Counter[str]()
    random = Random(start)
    before = await contents(ground.database, ground.marked)
    count = QUERIES if kind is Process else max(30, QUERIES // 8)
    generated = documents_ahead(whole_schema, ground.ids(), count=count, start=start)
    async with (
        client(kind, ground.full, ground.folder / "full") as full,
        client(kind, ground.bare, ground.folder / "bare") as bare,
    ):

        async def query(n: int, text: str, variables: Any) -> None:
            if kind is Lifted and any(word in text for word in BY_CONDITION_ALONE):
                return
            if n % 5 == 0:  # what others were answered must not be kept for A
                await full.ask(VENDOR, text, variables)
                await full.ask(RIVAL, text, variables)
            who = ROLES[n % len(ROLES)]
            asked["compared"] += await compared(ground, full, bare, who, text, variables, f"hunting-{n:08}")
            asked["queries"] += 1

        by_hand_asked = [(text, given) for text, given in by_hand(ground.marked) for _ in ROLES]
        await in_parallel(4, (query(n, *one) for n, one in enumerate(by_hand_asked)))
        await in_parallel(4, (query(n, one.text, one.variables) for n, one in enumerate(generated)))
        if kind is Process:
            asked["subscriptions"] = await streams(ground, full, start)
            changes = documents_ahead(whole_schema, ground.ids(), count=CHANGES, start=start, kind=mutations)

            async def change(text: str, variables: Any) -> None:
                who = random.choice(ROLES)
                ground.look(who, text, variables, await full.ask(who, text, variables))
                asked["mutations"] += 1

            await in_parallel(1, (change(one.text, one.variables) for one in changes))
    assert ground.leaks == [], "\n".join(map(str, ground.leaks[:5]))
    if kind is Process:
        assert await changed(ground, before) <= {"opportunity"}
    title = "Leaks" if kind is Process else "Leaks, held by PostgreSQL alone"
    hunts.record(
        title,
        f"seed {start}",
        *(f"{number:,} {what}" for what, number in sorted(asked.items())),
        f"{len(ground.marked.marks):,} marks looked for, none heard",
    )


async def changed(ground: Field, before: dict[str, object]) -> set[str]:
    """Tables of the competitors that were changed; deals are, by the competitors' own moves."""
    after = await contents(ground.database, ground.marked)
    moved = {"opportunity", "stage_transition", "recommendation", "next_best_action", "action_content"}
    return {table for table in after if after[table] != before[table]} - (moved - {"opportunity"})


AT_ONCE = OF_ONE - 8
"""Each is a new document, planned with the first event that all hear: no more of one viewer's may wait."""


async def streams(ground: Field, full: Client, start: int) -> int:
    """Subscribe to everything that can be, from the log's beginning on, while the competitors move their deals."""
    made = documents_ahead(subscription_schema, ground.ids(), count=STREAMS, start=start, kind=queries)
    wanted = [one.text for generated in made for one in as_subscriptions(generated)]
    deals, partners = ground.marked.foreign["opp"][:10], ground.marked.foreign["ptr"][:3]
    of_deal = (
        'subscription {{ opportunityUpdated(opportunityId: "{}", after: "{}") {{ cursor opportunity {{ name }} }} }}'
    )
    by_hand = [of_deal.format(id, AFTER) for id in deals]
    filters = [f"opportunityIds: {json.dumps(deals)}", *(f'partnerId: "{id}"' for id in partners)]
    changed = (
        'subscription {{ opportunityStageChanged(filter: {{{}}}, after: "{}") {{ cursor opportunity {{ name }} }} }}'
    )
    by_hand += [changed.format(filter, AFTER) for filter in filters]
    for who in ROLES:
        await _listen(ground, full, who, by_hand)
    for n in range(0, len(wanted), AT_ONCE):
        await _listen(ground, full, ROLES[n // AT_ONCE % len(ROLES)], wanted[n : n + AT_ONCE])
    return len(wanted) + len(by_hand) * len(ROLES)


async def _listen(ground: Field, full: Client, who: str, texts: list[str]) -> None:
    first = await full.read(who, "{ events(first: 1) { nodes { cursor } } }")
    after = first["events"]["nodes"][0]["cursor"]  # its own: where it may not see an event, it can't begin
    texts = [text.replace(AFTER, after) for text in texts]
    headers = {"Authorization": f"Bearer {full.tokens.setdefault(who, full.process.token_for(''))}"}
    async with connect(
        full.process.base_url.replace("http", "ws", 1) + "/graphql",
        subprotocols=[Subprotocol("graphql-transport-ws")],
        open_timeout=PATIENCE,
        additional_headers=headers,
        max_size=None,
    ) as socket:
        await socket.send(orjson.dumps({"type": "connection_init"}).decode())
        assert orjson.loads(await socket.recv())["type"] == "connection_ack"
        fence = f'subscription {{ opportunityStageChanged(after: "{after}") {{ opportunity {{ id }} }} }}'
        for id, text in enumerate([*texts, fence]):
            await socket.send(orjson.dumps({"type": "subscribe", "id": str(id), "payload": {"query": text}}).decode())
        rival = await full.read(RIVAL, "{ opportunities(first: 5, filter: {status: [OPEN]}) { nodes { id } } }")
        theirs = [deal["id"] for deal in rival["opportunities"]["nodes"]]
        for deal in (*theirs, await _registered(full, RIVAL, "MARKB deal")):
            given = {"opportunityId": deal, "toStageKey": "closed-lost", "reason": "MARKB reason"}
            await full.ask(RIVAL, ADVANCE, {"input": given})
        own = await _registered(full, who, "Own deal")
        async with asyncio.timeout(PATIENCE):
            heard = 0
            while heard < 2:  # the fence tells it from the backlog or live, and after it there is nothing left
                message = await socket.recv(decode=False)
                said = orjson.loads(message)
                assert said.get("id") != str(len(texts)) or said["type"] == "next", said
                if said.get("id") == str(len(texts)) and own.encode() in bytes(message):
                    heard = 2
                text = texts[int(said["id"])] if "id" in said and int(said["id"]) < len(texts) else fence
                ground.look(who, text, None, bytes(message))


async def _registered(full: Client, who: str, name: str) -> str:
    given = {"name": name, "accountName": f"{name}'s customer", "notes": name, "playbookKey": "it-software"}
    made = await full.read(who, REGISTER, {"input": given})
    return str(made["createOpportunity"]["opportunity"]["id"])


@pytest.mark.soak
async def test_without_visibility_the_hunt_finds_every_type(ground: Field) -> None:
    start = hunts.seed()
    async with client(Lifted, ground.full, ground.folder / "open", ROW_LEVEL_SECURITY="false") as open_:
        heard: set[str] = set()
        for text, variables in by_hand(ground.marked):
            before = len(ground.leaks)
            answer = await open_.ask(SELLER, text, variables)
            ground.look(SELLER, text, variables, answer)
            if len(ground.leaks) > before and "node(id" in text:
                heard.add(text.split("... on ")[1].split()[0])
        owned = {_BY_PREFIX[prefix].origin.__name__ for prefix, ids in ground.marked.foreign.items() if ids}
        assert heard == owned
        found = len(ground.leaks)
        for one in documents_ahead(whole_schema, ground.ids(), count=PROOF, start=start):
            ground.look(SELLER, one.text, one.variables, await open_.ask(SELLER, one.text, one.variables))
        assert len(ground.leaks) > found
    hunts.record(
        "Leaks, with visibility switched off",
        f"seed {start}",
        f"marks of every type heard: {', '.join(sorted(heard))}",
        f"{len(ground.leaks):,} marks in all, {len(ground.leaks) - found:,} of them by generated documents",
    )
