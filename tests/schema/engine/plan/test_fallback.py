"""Nothing is left to graphql-core unseen, and what a plan raises by mistake is told as one."""

import asyncio
import logging
from collections.abc import Iterator, MutableMapping
from typing import Any

import pytest
import structlog
from structlog.testing import capture_logs

from app.events.tail import tail
from schema import schema
from schema.engine.plan import fallback
from schema.engine.plan.fallback import Cause
from schema.engine.serve.documents import known
from tests.conftest import counted
from tests.schema.world import ADVANCE, SELLER, VENDOR, Demo, deal_of
from tests.waiting import PATIENCE

NAMES = "{ opportunities(first: 2) { nodes { name nextStep } } }"
MOVES = "subscription { opportunityStageChanged { opportunity { name nextStep } } }"
AGAIN = """INSERT INTO event (type, actor_id, opportunity_id, transition_id, payload)
  SELECT type, actor_id, opportunity_id, transition_id, payload FROM event WHERE transition_id IS NOT NULL
  ORDER BY seq DESC LIMIT 1"""
Line = MutableMapping[str, Any]


async def break_plans(demo: Demo) -> None:
    """From now on, what reads the next step of a deal is no statement of this database's."""
    async with demo.database.transaction() as tx:
        await tx.execute("SET LOCAL ROLE NONE")
        await tx.execute("ALTER TABLE opportunity RENAME COLUMN next_step TO step_after")


@pytest.fixture
def heard() -> Iterator[None]:
    """The log is heard whatever level a server before has left it at."""
    before = structlog.get_config()
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(logging.INFO))
    yield
    structlog.configure(**before)


def told_of(logged: list[Line]) -> list[tuple[str, str]]:
    return [(line["reason"], line["detail"]) for line in logged if line["event"] == "answered by graphql-core"]


@pytest.mark.falls_back("introspection")
@pytest.mark.parametrize(
    ("query", "cause", "field"),
    [
        ('{ __type(name: "Stage") { name } }', Cause.INTROSPECTION, "__type"),
        ("{ __schema { types { name } } viewer { user { id } } }", Cause.INTROSPECTION, "__schema"),

    ],
)  # fmt: skip
async def test_a_fall_back_is_counted_each_time_and_logged_once(
    heard: None, demo: Demo, query: str, cause: Cause, field: str
) -> None:
    fallback._told.discard(cause)
    before = counted()
    with capture_logs() as logged:
        for _ in range(3):
            await demo.run(query, VENDOR)
    assert told_of(logged) == [(cause.value, f"{field} has a resolver of its own")]
    risen = {name: times - before.get(name, 0) for name, times in counted().items()}
    assert {name: times for name, times in risen.items() if times} == {cause.value: 3}


async def test_an_error_of_the_clients_is_no_other_cause(demo: Demo) -> None:
    before = counted()
    assert await demo.errors('{ a: opportunity(id: "opp_1") { name } b: viewer { user { name } } }') != []
    assert counted().get("error", 0) - before.get("error", 0) == 1


@pytest.mark.falls_back("unreached")
async def test_an_error_that_graphql_core_never_comes_to_is_a_cause_of_its_own(demo: Demo) -> None:
    query = (
        '{ opportunities(filter: {search: "nobody has this"}) { nodes { transitions(first: 1000) { totalCount } } } }'
    )
    assert (await demo.run(query))["opportunities"] == {"nodes": []}


@pytest.mark.parametrize("who", [VENDOR, SELLER])
async def test_a_mistake_of_a_plan_is_internal_and_not_tried_again(heard: None, demo: Demo, who: str) -> None:
    await demo.run(NAMES, who)
    await break_plans(demo)
    before = demo.database.statements
    with capture_logs() as logged:
        answer = await demo.execute(NAMES, who)
    (error,) = answer["errors"]
    assert (answer["data"], error["path"], error["extensions"]["code"]) == (None, ["opportunities"], "INTERNAL")
    assert "step" not in error["message"]
    assert demo.database.statements - before == 1
    (line,) = (line for line in logged if line["event"] == "request failed")
    assert "next_step" in str(line["exc_info"])


async def test_a_mistake_in_telling_of_an_event_is_internal(demo: Demo) -> None:
    id = await deal_of(demo, SELLER)
    given = {"opportunityId": id, "toStageKey": "closed-lost", "reason": "No budget"}
    async with demo.follow(MOVES, VENDOR) as payloads, asyncio.timeout(PATIENCE):
        await demo.run(ADVANCE, input=given)
        assert (await anext(payloads))["data"]["opportunityStageChanged"]["opportunity"]["name"]
        await break_plans(demo)
        await demo.value(AGAIN)
        await tail().rouse()
        told = await anext(payloads)
    assert told["data"] is None
    assert [error["extensions"]["code"] for error in told["errors"]] == ["INTERNAL"]


async def test_queries_of_a_socket_go_by_plans(demo: Demo) -> None:
    text = NAMES.replace("name", "called: name")
    async with demo.follow(text, SELLER) as payloads:
        (answer,) = [payload async for payload in payloads]
    assert len(answer["data"]["opportunities"]["nodes"]) == 2
    found = known(schema._schema, text)
    assert isinstance(found, tuple)
    operation = found[0].operation(None)
    assert operation is not None
    assert len(operation._plans) == 1
