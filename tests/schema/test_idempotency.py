"""A mutation that is sent again with its `clientMutationId` is made once, whichever it is."""

import asyncio
from datetime import timedelta
from typing import Any

import pytest

from app.database import Database, use
from app.idempotency import forget_old
from app.vocabulary import Role
from tests.schema.mutation_matrix import PEOPLE, ROWS, Objects, Row
from tests.schema.test_mutation_matrix import document, input_for
from tests.schema.world import ADVANCE, COLLEAGUE, SELLER, Demo, deal_of
from tests.tables import contents_of_all_tables

ADMIN = PEOPLE[Role.VENDOR_ADMIN]
WITHOUT = {"transition": None, "handover": None, "rule": "removeGuidanceRule"}
"""What an answer may lack, and (unless None: any) the only mutation whose answer may."""
ENTRIES = "SELECT action, subject, detail::text, count(*) AS times FROM audit_entry WHERE seq > $1 GROUP BY 1, 2, 3"
TRACELESS = {"tryAutomation", "removeCalendarFeed"}
"""They change nothing, as they are given here."""
WORKING = [row for row in ROWS if row.expected[Role.VENDOR_ADMIN].split()[0] == "ok"]


async def send(demo: Demo, row: Row, given: dict[str, Any]) -> dict[str, Any]:
    answer: dict[str, Any] = (await demo.run(document(row.mutation), ADMIN, input=given))[row.mutation]
    return answer


@pytest.mark.parametrize("row", WORKING, ids=lambda row: f"{row.mutation}-{row.argument}")
async def test_sent_again_it_answers_as_at_first_and_changes_nothing(demo: Demo, row: Row) -> None:
    objects = Objects(demo)
    given = await input_for(objects, row, "own")
    first = await send(demo, row, {**given, "clientMutationId": "mine"})
    assert (first["userErrors"], first["clientMutationId"]) == ([], "mine")
    assert all(v is not None for name, v in first.items() if WITHOUT.get(name, "") not in (None, row.mutation)), first

    other = await input_for(objects, row, "own")
    before = await contents_of_all_tables(demo.database)
    assert await send(demo, row, {**given, "clientMutationId": "mine"}) == first
    if other != given:
        (error,) = (await send(demo, row, {**other, "clientMutationId": "mine"}))["userErrors"]
        assert (error["code"], error["path"]) == ("IDEMPOTENCY_MISMATCH", ["clientMutationId"])
    assert await contents_of_all_tables(demo.database) == before


@pytest.mark.parametrize("row", WORKING, ids=lambda row: f"{row.mutation}-{row.argument}")
async def test_of_five_that_arrive_at_once_one_is_made_and_all_get_its_answer(demo: Demo, row: Row) -> None:
    given = {**await input_for(Objects(demo), row, "own"), "clientMutationId": "mine"}
    before = await demo.value("SELECT coalesce(max(seq), 0) FROM audit_entry")
    answers = await asyncio.gather(*(send(demo, row, given) for _ in range(5)))
    assert answers[0]["userErrors"] == []
    assert all(answer == answers[0] for answer in answers)
    entries = await demo.database.fetch(ENTRIES, before)
    assert {entry["times"] for entry in entries} == (set() if row.mutation in TRACELESS else {1}), entries
    assert await demo.value("SELECT count(*) FROM client_mutation") == 1


async def test_it_is_known_to_a_server_that_was_started_after_it(demo: Demo) -> None:
    given = {"opportunityId": await deal_of(demo, SELLER), "toStageKey": "closed-lost", "reason": "x"}
    given["clientMutationId"] = "mine"
    first = await demo.run(ADVANCE, SELLER, input=given)
    another = await Database.connect(demo.database.url)
    try:
        use(another)
        before = await contents_of_all_tables(another)
        assert await Demo(another).run(ADVANCE, SELLER, input=given) == first
        assert await contents_of_all_tables(another) == before
    finally:
        use(demo.database)
        await another.close()


async def test_a_refusal_is_decided_anew(demo: Demo) -> None:
    id = await deal_of(demo, SELLER)
    given = {"opportunityId": id, "toStageKey": "closed-lost", "reason": "x", "clientMutationId": "mine"}
    stale = await demo.run(ADVANCE, SELLER, input={**given, "expectedVersion": 99})
    assert stale["advanceStage"]["userErrors"][0]["code"] == "CONFLICT"
    assert await demo.value("SELECT count(*) FROM client_mutation") == 0
    assert (await demo.run(ADVANCE, SELLER, input=given))["advanceStage"]["userErrors"] == []


async def test_an_id_means_nothing_to_other_viewers(demo: Demo) -> None:
    for who in (SELLER, COLLEAGUE):
        given = {"opportunityId": await deal_of(demo, who), "toStageKey": "closed-lost", "reason": "x"}
        answer = (await demo.run(ADVANCE, who, input={**given, "clientMutationId": "1"}))["advanceStage"]
        assert answer["userErrors"] == []


@pytest.mark.parametrize("key", ["", "x" * 201, "a\0b"])
async def test_an_id_that_is_none_is_refused(demo: Demo, key: str) -> None:
    given = {"opportunityId": await deal_of(demo, SELLER), "toStageKey": "closed-lost", "reason": "x"}
    before = await contents_of_all_tables(demo.database)
    answer = (await demo.run(ADVANCE, SELLER, input={**given, "clientMutationId": key}))["advanceStage"]
    assert answer["userErrors"] == [{"code": "INVALID", "path": ["clientMutationId"]}]
    assert await contents_of_all_tables(demo.database) == before


async def test_a_move_with_an_id_takes_as_many_statements_as_one_without(demo: Demo) -> None:
    counts = []
    for key in (None, None, "mine"):  # the first one reads the playbook besides
        given = {"opportunityId": await deal_of(demo, SELLER), "toStageKey": "closed-lost", "reason": "x"}
        before = demo.database.statements
        await demo.run(ADVANCE, SELLER, input={**given, "clientMutationId": key})
        counts.append(demo.database.statements - before)
    assert counts[1] == counts[2]


async def test_old_ids_are_forgotten(demo: Demo) -> None:
    given = {"opportunityId": await deal_of(demo, SELLER), "toStageKey": "closed-lost", "reason": "x"}
    await demo.run(ADVANCE, SELLER, input={**given, "clientMutationId": "mine"})
    await forget_old(demo.database, timedelta(days=1))
    assert await demo.value("SELECT count(*) FROM client_mutation") == 1
    await demo.database.fetch("UPDATE client_mutation SET at = at - interval '2 days'")
    await forget_old(demo.database, timedelta(days=1))
    assert await demo.value("SELECT count(*) FROM client_mutation") == 0
