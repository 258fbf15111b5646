"""Whatever is sent is answered: never a 500, never an exception that somebody else has to explain, never a silence."""

import asyncio
import json
from collections.abc import Iterator, Sequence
from pathlib import Path
from random import Random
from typing import Any

import asyncpg
import httpx
import hypothesis
import pytest
from graphql import GraphQLScalarType, StringValueNode, build_schema, is_specified_scalar_type
from hypothesis import Phase
from hypothesis_graphql import mutations, queries

from app.demo.people import demo_id
from schema import printed, schema
from schema.engine.declare import _BY_PREFIX
from tests import hunts
from tests.processes import Process
from tests.soak.nasty import Nasty

GENERATED, HAND_MADE = hunts.size(60, whole=6_000), hunts.size(200, whole=15_000)
WARMED_UP = hunts.size(60, whole=6_000)
AT_ONCE = 6
SLOWEST_SECONDS = 60.0
GROWTH = 1.2


async def ids_of(database_url: str) -> list[str]:
    connection = await asyncpg.connect(database_url)
    found = []
    for prefix, entity in _BY_PREFIX.items():
        rows = await connection.fetch(f"SELECT id FROM {entity.table} ORDER BY id LIMIT 4")
        found += [f"{prefix}_{row['id']}" for row in rows]
    await connection.close()
    return found


def generated(number: int, seed: int) -> list[dict[str, Any]]:
    """As hypothesis-graphql makes them from the schema, the same number for every operation."""
    definition = build_schema(printed())
    found: list[dict[str, Any]] = []
    kinds = ((queries, definition.query_type), (mutations, definition.mutation_type))
    fields = [(make, name) for make, root in kinds if root for name in root.fields]
    each = max(1, number // len(fields))
    scalars = {
        name: hypothesis.strategies.text(max_size=20).map(_text)
        for name, type_ in definition.type_map.items()
        if isinstance(type_, GraphQLScalarType) and not is_specified_scalar_type(type_)
    }
    for make, name in fields:

        @hypothesis.seed(seed)
        @hypothesis.settings(max_examples=each, phases=[Phase.generate])
        @hypothesis.given(make(definition, fields=[name], custom_scalars=scalars))
        def collect(document: str) -> None:
            found.append({"query": document})

        collect()
    return found


def _text(value: str) -> Any:
    return StringValueNode(value=value)


class Hunt:
    def __init__(self, process: Process, tokens: Sequence[str]) -> None:
        self._process = process
        self._tokens = tokens
        self.sent = 0
        self.with_data = 0
        self.codes: dict[str, int] = {}
        self.faults: list[str] = []

    async def send(self, requests: Sequence[dict[str, Any]]) -> None:
        waiting = iter(requests)
        async with httpx.AsyncClient(
            base_url=self._process.base_url, trust_env=False, timeout=SLOWEST_SECONDS
        ) as client:
            await asyncio.gather(*(self._send_all(client, waiting) for _ in range(AT_ONCE)))

    async def _send_all(self, client: httpx.AsyncClient, waiting: Iterator[dict[str, Any]]) -> None:
        for request in waiting:
            self.sent += 1
            token = self._tokens[self.sent % len(self._tokens)]
            headers = {"Authorization": f"Bearer {token}", "Content-Type": "application/json"}
            try:
                response = await client.post("/graphql", content=json.dumps(request), headers=headers)
            except httpx.HTTPError as error:
                self.faults.append(f"{error!r}: {json.dumps(request)[:2000]}")
                continue
            self._judge(request, response)

    def _judge(self, request: dict[str, Any], response: httpx.Response) -> None:
        try:
            body = response.json()
        except ValueError:
            self.faults.append(f"no JSON {response.text[:200]} {json.dumps(request)[:2000]}")
            return
        codes = {error.get("extensions", {}).get("code") for error in body.get("errors", [])}
        for code in codes:
            self.codes[str(code)] = self.codes.get(str(code), 0) + 1
        self.with_data += body.get("data") is not None
        if response.status_code >= 500 or codes & {"INTERNAL", "UNAVAILABLE", "TIMEOUT", None}:
            self.faults.append(f"{response.status_code} {codes} {json.dumps(request)[:2000]}")


@pytest.mark.soak
async def test_everything_is_answered(database_url: str, tmp_path: Path) -> None:
    seed = hunts.seed()
    print(f"seed {seed}")  # noqa: T201 # to repeat it
    async with Process(database_url, tmp_path, LOG_LEVEL="error", WORKER_IN_SERVER="false") as process:
        people = ("Ingrid Solberg", "Tomás Herrera", "Lena Brandt", "Jonas Frei")
        hunt = Hunt(process, [process.token_for(str(demo_id(f"user/{name}"))) for name in people])
        nasty = Nasty(schema._schema, Random(seed), await ids_of(database_url))
        operations = nasty.operations()
        made = [nasty.request(*operations[n % len(operations)]) for n in range(HAND_MADE)]
        requests = made + await asyncio.to_thread(generated, GENERATED, seed)
        Random(seed).shuffle(requests)
        await hunt.send(requests[:WARMED_UP])
        before = process.resident()
        await hunt.send(requests[WARMED_UP:])
        after = process.resident()
        trouble = [line for line in process.lines() if '"error"' in line]
    hunts.record(
        "Bad input by the thousand",
        f"seed {seed}; {hunt.sent} documents against {len(operations)} operations as {len(people)} people, "
        f"{len(made)} of them hand-made with nasty values, the others by hypothesis-graphql",
        f"{hunt.with_data} answered with data; codes: " + ", ".join(f"{c} {n}" for c, n in sorted(hunt.codes.items())),
        f"{len(hunt.faults)} answers were a 500, masked, late or none",
        f"memory of the server: {before / 1e6:.0f} MB after the first {WARMED_UP}, {after / 1e6:.0f} MB at the end",
    )
    assert hunt.faults == [], "\n".join([*hunt.faults[:10], *(line[:3000] for line in trouble[:5])])
    if hunts.WHOLE:  # a sample is over before every operation has been made once
        assert after < before * GROWTH
