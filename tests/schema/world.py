"""The demo programme as its users meet it through the API, without a network in between."""

from dataclasses import dataclass
from typing import Any

from app.database import Database
from app.database.wall import behind
from app.demo.people import demo_id
from app.identity.users import viewer_of
from app.identity.walls import seen_by
from schema import schema
from schema.context import Context

VENDOR, MANAGER, SELLER, RIVAL = "Tomás Herrera", "Lena Brandt", "Jonas Frei", "Daniel Clarke"
COLLEAGUE = "Mirela Kovač"

ADVANCE = """mutation($input: AdvanceStageInput!) { advanceStage(input: $input) {
  opportunity { version stage { key } status } transition { kind reason overridden automatic }
  blockers { code } userErrors { code path } clientMutationId } }"""


@dataclass(frozen=True, slots=True)
class Demo:
    """The API as a user of the demo programme meets it, without a network in between."""

    database: Database

    async def run(self, query: str, who: str = SELLER, **variables: Any) -> dict[str, Any]:
        """The data; fails the test on any error."""
        result = await self.execute(query, who, **variables)
        assert result.errors is None, result.errors
        assert result.data is not None
        return dict(result.data)

    async def errors(self, query: str, who: str = SELLER, **variables: Any) -> list[tuple[str, Any]]:
        """Code and argument path of each error."""
        result = await self.execute(query, who, **variables)
        found = [error.extensions or {} for error in result.errors or []]
        return [(one["code"], one.get("argument")) for one in found]

    async def execute(self, query: str, who: str, **variables: Any) -> Any:
        viewer = await viewer_of(str(demo_id(f"user/{who}")))
        assert viewer is not None
        with behind(seen_by(viewer)):
            return await schema.execute(query, variable_values=variables, context_value=Context(viewer, "test-request"))

    async def statements_of(self, query: str, who: str, **variables: Any) -> int:
        """How many statements the query takes by itself: finding out who asks is kept for seconds, and not counted."""
        viewer = await viewer_of(str(demo_id(f"user/{who}")))
        assert viewer is not None
        before = self.database.statements
        context = Context(viewer, "test-request")
        result = await schema.execute(query, variable_values=variables, context_value=context)
        assert result.errors is None, result.errors
        return self.database.statements - before

    async def value(self, statement: str, *parameters: object) -> Any:
        row = await self.database.fetchrow(statement, *parameters)
        return None if row is None else row[0]


async def deal_of(demo: Demo, who: str, condition: str = "TRUE") -> str:
    statement = (
        f"SELECT id FROM opportunity WHERE owner_id = $1 AND status = 'OPEN' AND {condition} ORDER BY id LIMIT 1"
    )
    return f"opp_{await demo.value(statement, demo_id(f'user/{who}'))}"
