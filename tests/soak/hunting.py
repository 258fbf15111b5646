"""Asking servers over real sockets, and looking for marks in what they say."""

import asyncio
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

import graphql
import httpx
import orjson
from graphql import GraphQLObjectType, get_named_type, is_leaf_type

from app.demo.people import demo_id
from schema import schema
from tests.processes import Process
from tests.schema.engine.generated import Generated
from tests.soak.marked import Marked
from tests.waiting import PATIENCE

_COST = re.compile(rb',?"extensions":\{"cost":\{[^}]*\}\}')
# Medians of days go on while the two are asked.
_GOES_ON = re.compile(rb"(\d\.\d\d)\d+(?:[eE]-?\d+)?")
# What is made anew by a request: advice has a time and ids of its own on each server.
OF_ITS_TIME = ("recommendations", "guidance", "nextBestActions", "analytics")


@dataclass(frozen=True, slots=True)
class Leak:
    who: str
    text: str
    variables: Mapping[str, Any]
    found: bytes

    def __str__(self) -> str:
        return f"{self.who} heard {self.found!r} by {self.text} with {self.variables}"


@dataclass
class Client:
    """One server, asked by name of the demo programme's people."""

    process: Process
    http: httpx.AsyncClient
    tokens: dict[str, str] = field(default_factory=dict)

    async def ask(self, who: str, text: str, variables: Mapping[str, Any] | None = None, *, id: str = "") -> bytes:
        token = self.tokens.setdefault(who, self.process.token_for(str(demo_id(f"user/{who}"))))
        headers = {"Authorization": f"Bearer {token}", "X-Request-ID": id or "hunting-1"}
        body = orjson.dumps({"query": text, "variables": variables})
        answer = await self.http.post(
            "/graphql", content=body, headers={**headers, "Content-Type": "application/json"}, timeout=PATIENCE
        )
        assert answer.status_code < 500, (answer.status_code, text, answer.text)
        return _GOES_ON.sub(rb"\1", _COST.sub(b"", answer.content))

    async def read(self, who: str, text: str, variables: Mapping[str, Any] | None = None) -> Any:
        answer = orjson.loads(await self.ask(who, text, variables))
        assert "errors" not in answer, answer
        return answer["data"]


def marks_in(answer: bytes, text: str, variables: Mapping[str, Any] | None, marked: Marked) -> list[bytes]:
    """Marks that the answer holds and the question didn't: what a client says comes back in messages."""
    said = text.encode() + orjson.dumps(variables or {})
    return [mark for mark in _candidates(answer, marked) if mark not in said]


def _candidates(answer: bytes, marked: Marked) -> Iterable[bytes]:
    named, amount = marked.marks[0], marked.marks[1]
    if named in answer:
        yield named
    if b'"' + amount in answer:
        yield amount
    uuids = set(re.findall(rb"[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}", answer))
    if uuids:
        yield from uuids & _uuids(marked)


_kept: dict[int, frozenset[bytes]] = {}


def _uuids(marked: Marked) -> frozenset[bytes]:
    return _kept.setdefault(id(marked), frozenset(marked.marks[2:]))


async def in_parallel(count: int, jobs: Iterable[Any]) -> None:
    """Run coroutines, `count` at a time. While the next one is made, answers are read: a server cuts who doesn't."""
    waiting, one_by_one = iter(jobs), asyncio.Lock()

    async def taken() -> Any:
        async with one_by_one:
            return await asyncio.to_thread(next, waiting, None)

    async def work() -> None:
        while (job := await taken()) is not None:
            await job

    await asyncio.gather(*(work() for _ in range(count)))


def whole_schema() -> graphql.GraphQLSchema:
    return schema._schema


def subscription_schema() -> graphql.GraphQLSchema:
    """The real schema with its subscriptions as queries, for a generator that knows nothing else."""
    real = schema._schema
    return graphql.GraphQLSchema(query=real.subscription_type, types=tuple(real.type_map.values()))


def as_subscriptions(generated: Generated) -> list[Generated]:
    """One document for each root field."""
    document = graphql.parse(generated.text)
    (operation,) = document.definitions
    assert isinstance(operation, graphql.OperationDefinitionNode)
    found = []
    for selection in operation.selection_set.selections:
        if isinstance(selection, graphql.FieldNode) and selection.name.value != "__typename":
            one = graphql.SelectionSetNode(selections=(_plain(selection),))
            text = f"subscription Q {graphql.print_ast(one)}"
            if "$" not in text:
                found.append(Generated(text, {}))
    return found


def _plain(field: graphql.FieldNode) -> graphql.FieldNode:
    """Without directives: a subscription's root field takes none."""
    return graphql.FieldNode(
        name=field.name,
        alias=field.alias,
        arguments=field.arguments,
        directives=(),
        selection_set=field.selection_set,
    )


def everything_of(type_: GraphQLObjectType, depth: int = 1) -> str:
    """A selection of all that a type says by itself, and of what it points at."""
    parts = ["__typename"]
    for name, each in type_.fields.items():
        if any(isinstance(argument.type, graphql.GraphQLNonNull) for argument in each.args.values()):
            continue
        named = get_named_type(each.type)
        if is_leaf_type(named):
            parts.append(name)
        elif depth and isinstance(named, GraphQLObjectType):
            parts.append(f"{name} {{ {everything_of(named, depth - 1)} }}")
    return " ".join(parts)
