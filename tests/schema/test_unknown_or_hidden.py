"""What a viewer may not see is answered as what isn't there: same bytes, headers and cost by the same statements."""

import re
from collections.abc import AsyncIterator, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
from graphql import GraphQLNamedType, GraphQLObjectType, get_named_type

from app.database import database
from app.database.sql import sql
from app.demo.people import demo_id
from app.identity.scopes import scope_of, slots_of
from app.identity.users import viewer_of
from app.identity.visibility import visible
from app.models.columns import new_id
from app.vocabulary import Role
from schema import schema
from schema.engine.declare import _BY_PREFIX
from tests.samples import put
from tests.schema.mutation_matrix import (
    NOBODY,
    PEOPLE,
    ROWS,
    TARGETS,
    Objects,
    Row,
)
from tests.schema.subscribers import Line, over_sse, over_websocket
from tests.schema.test_mutation_matrix import document, input_for
from tests.schema.world import SELLER, VENDOR, Demo
from tests.serving import Server, running, settings_for
from tests.statements import counting

TIMES = 3
SCHEMA = schema._schema
ROOTS = {
    "opportunity": "opp",
    "account": "acc",
    "apiClient": "cli",
    "automation": "aut",
    "contact": "con",
    "partner": "ptr",
    "playbook": "pbk",
    "registration": "reg",
    "task": "tsk",
    "user": "usr",
    "webhookDelivery": "whd",
    "webhookEndpoint": "whe",
}
"""Which root field reads by its `id` what sort of thing."""


@dataclass
class Asking:
    """Asks the server, and keeps all that an answer shows, and the statements that it took.

    The first answer isn't kept: it takes more, to work the document out and to find out who asks.
    """

    server: Server
    answers: list[tuple[Any, ...]] = field(default_factory=list)
    budget: tuple[str, int] | None = None

    async def ask(self, who: str, text: str, varied: str, *, name: str = "", **variables: Any) -> dict[str, Any]:
        """`varied`, `name`: the id, and the mutation's, that are taken out of what is kept."""
        token = self.server.token_for(str(demo_id(f"user/{who}")))
        headers = {"Authorization": f"Bearer {token}", "X-Request-ID": "is-it-there"}
        body = {"query": text, "variables": variables}
        async with counting(database(), of_requests=True) as statements:
            response = await self.server.client.post("/graphql", json=body, headers=headers)
        answer: dict[str, Any] = response.json()
        known, taken = self.budget is not None, self._taken(answer)
        if known:
            shown = {name: value for name, value in response.headers.items() if name != "date"}
            told = _LEFT.sub("", response.text.replace(varied, "ID").replace(name or "NAME", "NAME"))
            sent = [_NUMBERED.sub("", statement) for statement in statements]
            self.answers.append((response.status_code, shown, told, taken, sent))
        return answer

    def _taken(self, answer: dict[str, Any]) -> int:
        """How much less is left of the viewer's budget than after the answer before."""
        cost = answer["extensions"]["cost"]
        before = self.budget[1] if self.budget is not None and self.budget[0] == cost["resetAt"] else cost["limit"]
        self.budget = (cost["resetAt"], cost["remaining"])
        return int(before - cost["remaining"])

    def all_alike(self) -> bool:
        assert len(self.answers) >= 2 * TIMES
        assert all(statements for *_, statements in self.answers), "none were heard"
        return all(answer == self.answers[0] for answer in self.answers)


_LEFT = re.compile(r'"remaining":\d+,"resetAt":"[^"]*"')
_NUMBERED = re.compile(r"(?<=__asyncpg_savepoint_)[0-9a-f]+")
"""Savepoints are numbered through the process."""


@pytest.fixture
async def server(demo: Demo, tmp_path: Path) -> AsyncIterator[Server]:
    async with running(settings_for(demo.database.url, tmp_path)) as server:
        yield server


async def hidden_id(prefix: str, who: str) -> str | None:
    """Of something of that sort that this person may not see."""
    viewer = await viewer_of(str(demo_id(f"user/{who}")))
    assert viewer is not None
    table = _BY_PREFIX[prefix].table
    condition = visible(scope_of(viewer), table, "t")
    statement = sql(f"SELECT t.id FROM {table} t WHERE ({{}}) IS NOT TRUE ORDER BY 1 LIMIT 1", condition).statement()
    row = await database().fetchrow(statement.text, *statement.arguments(slots_of(viewer)))
    return None if row is None else f"{prefix}_{row['id']}"


MANAGERS_OF = (
    "SELECT u.name FROM user_account u JOIN webhook_endpoint e USING (organization_id) WHERE {}"
    " AND u.active AND u.role IN ('PARTNER_MANAGER', 'VENDOR_ADMIN') ORDER BY u.id LIMIT 1"
)
SEEN_BY = {
    "ntf": "SELECT u.name FROM notification n JOIN user_account u ON u.id = n.user_id WHERE n.id = $1::text::uuid",
    "whd": MANAGERS_OF.format("e.id = (SELECT d.endpoint_id FROM webhook_delivery d WHERE d.id = $1::text::uuid)"),
    "whe": MANAGERS_OF.format("e.id = $1::text::uuid"),
}
"""Somebody who sees what the vendor doesn't see either."""


async def who_sees(demo: Demo, prefix: str, id: str) -> str:
    name: str = VENDOR if prefix not in SEEN_BY else await demo.value(SEEN_BY[prefix], id.partition("_")[2])
    return name


def by_id(prefix: str) -> Iterator[str]:
    named: GraphQLNamedType = SCHEMA.type_map[_BY_PREFIX[prefix].origin.__name__]
    assert isinstance(named, GraphQLObjectType)
    yield f"query($id: ID!) {{ node(id: $id) {{ __typename ... on {named.name} {{ id }} }} }}"
    yield "query($id: ID!) { nodes(ids: [$id, $id]) { id } }"
    for root, its in ROOTS.items():
        if its == prefix:
            yield f"query($id: ID!) {{ {root}(id: $id) {{ __typename id }} }}"


def test_every_query_by_id_is_asked() -> None:
    assert SCHEMA.query_type is not None
    fields = SCHEMA.query_type.fields.items()
    taking = {name for name, each in fields if any(get_named_type(a.type).name == "ID" for a in each.args.values())}
    assert taking == {*ROOTS, "node", "nodes"}


async def test_no_query_tells_the_hidden_from_the_unknown(demo: Demo, server: Server) -> None:
    await put(demo.database)
    for prefix in _BY_PREFIX:
        hidden = await hidden_id(prefix, SELLER)
        assert hidden is not None, f"the demo hides nothing of {prefix}"
        for text in by_id(prefix):
            asking = Asking(server)
            await asking.ask(SELLER, text, "", id=f"{prefix}_{NOBODY[:-1]}1")
            for id in (hidden, f"{prefix}_{NOBODY}") * TIMES:
                answer = await asking.ask(SELLER, text, id, id=id)
                assert list(answer["data"].values()) in ([None], [[None, None]])
            assert asking.all_alike(), (text, asking.answers)
        seen = await demo.run(next(by_id(prefix)), await who_sees(demo, prefix, hidden), id=hidden)
        assert seen["node"]["id"] == hidden


FILTERS = {"partnerId": "ptr", "ownerId": "usr", "accountId": "acc", "ids": "opp"}


async def test_no_filter_tells_the_hidden_from_the_unknown(demo: Demo, server: Server) -> None:
    text = """query($f: OpportunityFilter) {
      opportunities(filter: $f) { totalCount nodes { id } pageInfo { endCursor } }
      pipeline(filter: $f) { total { count } } }"""
    for name, prefix in FILTERS.items():
        hidden, unknown, asking = await hidden_id(prefix, SELLER), f"{prefix}_{NOBODY}", Asking(server)
        assert hidden is not None
        for id in (unknown, *(hidden, unknown) * TIMES):
            answer = await asking.ask(SELLER, text, id, f={name: [id] if name == "ids" else id})
            assert answer["data"]["opportunities"]["totalCount"] == 0
        assert asking.all_alike(), (name, asking.answers)


def hidden_from(role: Role, row: Row) -> list[str]:
    """The targets of the row that are told not to be there, if they hide something; none is of a manager's own people,
    whom a manager sees."""
    told = [target for target, said in zip(TARGETS, row.expected[role].split(), strict=True) if said == "NOT_FOUND"]
    hidden = [target for target in told if role is not Role.PARTNER_MANAGER or target != "colleague"]
    return hidden if len(hidden) > 1 else []


def placed(given: dict[str, Any], argument: str, id: Any) -> dict[str, Any]:
    """`registrations.partnerId`: in the one of the list."""
    name, _, inner = argument.partition(".")
    return given | {name: [{**given[name][0], inner: id}] if inner else id}


def codes_in(payload: dict[str, Any]) -> list[str]:
    """Of the whole, and of each of many objects."""
    return [one["code"] for told in (payload, *payload.get("results", ())) for one in told["userErrors"]]


@pytest.mark.parametrize(("role", "ids_asked"), [(Role.PARTNER_MANAGER, 62), (Role.PARTNER_SELLER, 42)])
async def test_no_mutation_tells_the_hidden_from_the_unknown(
    demo: Demo, server: Server, role: Role, ids_asked: int
) -> None:
    asked = set()
    for row in ROWS:
        objects = Objects(demo)  # nothing comes of what is refused: deals are handed out again
        targets = hidden_from(role, row)
        if not targets or row.argument is None or row.kind is None:
            continue
        asked.add(f"{row.mutation}.{row.argument}")
        text, given = document(row.mutation), await input_for(objects, row, "unknown")
        ids = {target: await row.kind(objects, target) for target in targets}
        for named in (False, True):
            asking = Asking(server)
            for target in ("unknown", *targets * TIMES):
                # what is done to many isn't refused as a whole, so that its name is taken; else one is as good as new
                name = (str(new_id()) if "results {" in text else "once") if named else None
                input = placed(given, row.argument, ids[target]) | {"clientMutationId": name}
                varied = ids[target] if isinstance(ids[target], str) else ids[target][0]
                answer = await asking.ask(PEOPLE[role], text, varied, name=name or "", input=input)
                assert codes_in(answer["data"][row.mutation]) == ["NOT_FOUND"], (row, role, target, answer)
            assert asking.all_alike(), (row, role, asking.answers)
    assert len(asked) == ids_asked, asked


@pytest.mark.parametrize("line", [over_websocket, over_sse], ids=["websocket", "sse"])
async def test_no_subscription_tells_the_hidden_from_the_unknown(demo: Demo, server: Server, line: Line) -> None:
    """Who asks to follow a deal's events instead hears nothing, of either: the hunt for leaks listens."""
    hidden = await hidden_id("opp", SELLER)
    token = server.token_for(str(demo_id(f"user/{SELLER}")))
    text = "subscription($id: ID!) { recommendationsUpdated(opportunityId: $id) { source } }"
    told = []
    for id in (f"opp_{NOBODY}", *(hidden, f"opp_{NOBODY}") * TIMES):
        async with (
            counting(database(), of_requests=True) as statements,
            line(server.base_url, token, text, {"id": id}) as payloads,
        ):
            [heard] = [payload async for payload in payloads]
        for error in heard["errors"]:
            del error["extensions"]["requestId"]
        told.append((heard, statements))
    assert all(statements for _, statements in told), "none were heard"
    assert all(one == told[1] for one in told[1:]), told
    assert [error["extensions"]["code"] for error in told[0][0]["errors"]] == ["NOT_FOUND"]
