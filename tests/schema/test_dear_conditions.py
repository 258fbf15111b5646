"""Conditions that might take long: refused when they are saved, and answered all the same where they are stored."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any
from uuid import UUID

import pytest

from app.database.metering import Meter, metered_by, share_of
from app.deals.conditions import LANGUAGE, Subject, compile_condition
from app.deals.settling import settle
from app.deals.store import StoredDeal, deals
from app.identity.system_viewer import SYSTEM_VIEWER
from app.playbooks import trial
from tests.conftest import AT
from tests.schema.world import ADVANCE, SELLER, VENDOR, Demo, deal_of

DEAR = "deal.notes.matches('^a{1,140}b')"
SLOW = 'deal.notes.matches("(a{1,100}){1,100}b")'
CRITERIA = """query($id: ID!) { opportunity(id: $id) {
  criteria(scope: ALL) { met criterion { key expression } } allowedTransitions { allowed blockers { code } } } }"""
CREATE = "mutation($i: CreatePlaybookInput!) { createPlaybook(input: $i) { playbook { id } userErrors { path } } }"
UPDATE = """mutation($i: UpdatePlaybookInput!) { updatePlaybook(input: $i) {
  playbook { id } userErrors { code path message } } }"""
ISSUES = """query($id: ID!) { node(id: $id) { ... on Playbook {
  issues { code severity stage { key } message suggestion } } } }"""


async def stored(demo: Demo, expression: str) -> str:
    """A deal whose stage has a criterion with this condition, as if it had been saved before there were bounds."""
    id = await deal_of(demo, SELLER, "stage_id IN (SELECT id FROM stage WHERE key = 'discovery')")
    await demo.database.fetch(
        "UPDATE criterion SET expression = $1, check_kind = 'EXPRESSION' WHERE id = (SELECT c.id FROM criterion c"
        " JOIN opportunity o ON o.stage_id = c.stage_id WHERE o.id = $2 AND c.phase = 'EXIT'"
        " ORDER BY c.position LIMIT 1)",
        expression,
        id[4:],
    )
    await demo.database.fetch("UPDATE playbook SET updated_at = clock_timestamp() WHERE key = 'it-software'")
    return id


async def with_notes(demo: Demo, id: str, notes: str) -> None:
    await demo.database.fetch("UPDATE opportunity SET notes = $2 WHERE id = $1", id[4:], notes)


async def met(demo: Demo, id: str, expression: str) -> list[bool]:
    found = (await demo.run(CRITERIA, id=id))["opportunity"]["criteria"]
    return [one["met"] for one in found if one["criterion"]["expression"] == expression]


async def test_an_old_condition_is_answered_and_not_met_where_it_takes_too_long(demo: Demo) -> None:
    id = await stored(demo, SLOW)
    await with_notes(demo, id, "aaab")
    assert await met(demo, id, SLOW) == [True]
    await with_notes(demo, id, "a" * 10_000)
    assert await met(demo, id, SLOW) == [False]


@pytest.mark.parametrize("text", ["deal.notes.matches(deal.name)", "deal.none == 1", "not CEL at all", "1" * 3_000])
async def test_whatever_is_stored_breaks_no_answer(demo: Demo, text: str) -> None:
    id = await stored(demo, text)
    assert await met(demo, id, text) == [False]
    answer = (await demo.run(ADVANCE, input={"opportunityId": id, "toStageKey": "proposal"}))["advanceStage"]
    assert answer["userErrors"] != []


async def test_the_review_tells_of_it(demo: Demo) -> None:
    await stored(demo, SLOW)
    playbook = await demo.value("SELECT id FROM playbook WHERE key = 'it-software' AND status = 'PUBLISHED'")
    issues = (await demo.run(ISSUES, VENDOR, id=f"pbk_{playbook}"))["node"]["issues"]
    [found] = [issue for issue in issues if issue["code"] == "CONDITION_OUT_OF_BOUNDS"]
    assert (found["severity"], found["stage"]["key"]) == ("WARNING", "discovery")
    assert "take a shorter pattern that repeats less" in found["message"]
    assert "not met" in found["message"]


STAGES = [
    {"key": "one", "name": "Buyer meets us", "winProbability": 0.1, "forecastCategory": "PIPELINE"},
    {"key": "won", "name": "Won", "kind": "WON", "winProbability": 1.0, "forecastCategory": "CLOSED"},
    {"key": "lost", "name": "Lost", "kind": "LOST", "winProbability": 0.0, "forecastCategory": "OMITTED"},
]


async def saved(demo: Demo, *conditions: str) -> list[dict[str, Any]]:
    draft = (await demo.run(CREATE, VENDOR, i={"key": "mine", "name": "Mine"}))["createPlaybook"]["playbook"]["id"]
    criteria = [
        {"key": f"c{place}", "description": "It holds.", "expression": text} for place, text in enumerate(conditions)
    ]
    chunks = [criteria[place : place + 100] for place in range(0, len(criteria), 100)]
    stages = [
        {**STAGES[0], "key": f"one-{n}", "name": f"Buyer meets us for the {n}th time", "exitCriteria": chunk}
        for n, chunk in enumerate(chunks)
    ]
    answer = await demo.run(UPDATE, VENDOR, i={"playbookId": draft, "stages": [*stages, *STAGES[1:]]})
    return list(answer["updatePlaybook"]["userErrors"])


async def test_a_condition_that_is_too_dear_is_refused_with_its_path_and_a_way_out(demo: Demo) -> None:
    [error] = await saved(demo, "deal.amount > 1.0", SLOW)
    assert (error["code"], error["path"]) == ("INVALID", ["stages", "0", "exitCriteria", "1", "expression"])
    assert error["message"].endswith("and 25 at most; take a shorter pattern that repeats less. (at character 20)")
    assert await demo.value("SELECT count(*) FROM criterion WHERE expression = $1", SLOW) == 0


async def test_conditions_that_are_too_dear_together_are_refused(demo: Demo) -> None:
    dear = [f"deal.notes.matches('a{{1,{150 - n}}}b')" for n in range(13)]
    assert all(compile_condition(text).expression.price < LANGUAGE.dearest for text in dear)
    [error] = await saved(demo, "deal.amount > 1.0", *dear)
    assert error["path"] == ["stages", "0", "exitCriteria", "1", "expression"]
    assert "together" in error["message"]


async def test_a_playbook_has_so_many_conditions_at_most(demo: Demo) -> None:
    [error] = await saved(demo, *(f"deal.amount > {n}.0" for n in range(trial.MAX_CONDITIONS + 1)))
    assert (error["path"], error["message"]) == (["stages"], "A playbook has at most 300 conditions; this has 301.")


def holds(deal: StoredDeal, text: str) -> bool:
    return Subject(deal.variables(AT)).outcome(compile_condition(text)).met


async def test_conditions_that_are_dear_together_are_decided_apart_with_the_same_outcome(demo: Demo) -> None:
    await stored(demo, DEAR)
    await demo.database.fetch("UPDATE opportunity SET notes = repeat('a', 15000) || id::text")
    await demo.database.fetch("UPDATE opportunity SET notes = 'aaab' WHERE id::text < '8'")
    rows = await demo.database.fetch(
        "SELECT o.id FROM opportunity o JOIN playbook p ON p.id = o.playbook_id WHERE p.key = 'it-software'"
    )
    ids = [row["id"] for row in rows]
    apart, here = [await deals(demo.database, SYSTEM_VIEWER, ids) for _ in range(2)]
    await settle(apart.values(), AT)
    assert not any(deal.play.unbounded for deal in apart.values())
    assert all(deal.settled for deal in apart.values())
    decided = [{text: holds(here[id], text) for text in deal.settled} for id, deal in apart.items()]
    assert decided == [deal.settled for deal in apart.values()]
    assert {found[DEAR] for found in decided} == {True, False}


async def test_what_a_condition_takes_apart_is_debited_to_who_asks(demo: Demo) -> None:
    id = await stored(demo, SLOW)
    await with_notes(demo, id, "a" * 10_000)
    found = await deals(demo.database, SYSTEM_VIEWER, [UUID(id[4:])])
    meter = Meter(share_of(UUID(int=7), 5))
    with metering(meter):
        await settle(found.values(), AT)
    assert 0.25 <= meter.seconds < 1.0


@contextmanager
def metering(meter: Meter) -> Iterator[None]:
    metered_by(meter)
    yield
    metered_by(None)


async def test_conditions_that_are_not_dear_are_left_to_those_who_ask(demo: Demo) -> None:
    id = UUID((await deal_of(demo, SELLER))[4:])
    found = await deals(demo.database, SYSTEM_VIEWER, [id])
    await settle(found.values(), AT)
    assert found[id].settled == {}
