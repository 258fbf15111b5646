"""The demo programme as its users meet it through the API: answered as over HTTP, without a network in between."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass
from typing import Any

import orjson
from graphql import OperationType

from app.database import Database
from app.database.rls import continue_as_viewer
from app.demo.people import demo_id
from app.identity.rls_policies import rls_setting
from app.identity.users import viewer_of
from app.identity.viewer import Viewer
from schema import schema
from schema.context import Context
from schema.engine.serve.engine import Engine, Question
from tests.schema.inbox import Payload, following

VENDOR, MANAGER, SELLER, RIVAL = "Tomás Herrera", "Lena Brandt", "Jonas Frei", "Daniel Clarke"
COLLEAGUE = "Mirela Kovač"

ADVANCE = """mutation($input: AdvanceStageInput!) { advanceStage(input: $input) {
  opportunity { version stage { key } status } transition { kind reason overridden automatic }
  blockers { code } userErrors { code path } clientMutationId } }"""

ENGINE = Engine(schema)
KINDS = (OperationType.QUERY, OperationType.MUTATION)


async def person(name: str) -> Viewer:
    """A user of the demo programme."""
    found = await viewer_of(str(demo_id(f"user/{name}")))
    assert found is not None
    return found


@dataclass(frozen=True, slots=True)
class Demo:
    """Asks as a user of the demo programme. A fall-back from plans fails the test, unless it is marked `falls_back`.
    `walled`: partners' people stand behind row-level security as well."""

    database: Database
    walled: bool = True

    async def run(self, query: str, who: str = SELLER, **variables: Any) -> dict[str, Any]:
        """The data; fails the test on any error."""
        answer = await self.execute(query, who, **variables)
        assert "errors" not in answer, answer["errors"]
        data: dict[str, Any] = answer["data"]
        return data

    async def errors(self, query: str, who: str = SELLER, **variables: Any) -> list[tuple[str, Any]]:
        """Code and argument path of each error."""
        answer = await self.execute(query, who, **variables)
        found = [error["extensions"] for error in answer.get("errors", [])]
        return [(one["code"], one.get("argument")) for one in found]

    async def execute(self, query: str, who: str = SELLER, **variables: Any) -> dict[str, Any]:
        """The response's body."""
        question, viewer = Question(query, variables, None, KINDS), await person(who)

        async def answer() -> Any:
            continue_as_viewer(rls_setting(viewer) if self.walled else None)
            return await ENGINE.answer(question, Context(viewer, "test-request"))

        body = await asyncio.create_task(answer())  # what is said of the viewer to the task ends with it
        encoded = body if isinstance(body, bytes) else orjson.dumps(body, default=str)
        decoded: dict[str, Any] = orjson.loads(encoded)
        return decoded

    def follow(
        self, query: str, who: str = SELLER, **variables: Any
    ) -> AbstractAsyncContextManager[AsyncIterator[Payload]]:
        """The payloads of a subscription, as they are written to a connection; those of its first refusal as well."""
        return following(ENGINE, query, person(who), variables)

    async def statements_of(self, query: str, who: str, **variables: Any) -> int:
        """How many statements the query takes by itself: finding out who asks is kept for seconds, and not counted."""
        await person(who)
        before = self.database.statements
        await self.run(query, who, **variables)
        return self.database.statements - before

    async def value(self, statement: str, *parameters: object) -> Any:
        row = await self.database.fetchrow(statement, *parameters)
        return None if row is None else row[0]


async def deal_of(demo: Demo, who: str, condition: str = "TRUE") -> str:
    statement = (
        f"SELECT id FROM opportunity WHERE owner_id = $1 AND status = 'OPEN' AND {condition} ORDER BY id LIMIT 1"
    )
    return f"opp_{await demo.value(statement, demo_id(f'user/{who}'))}"
