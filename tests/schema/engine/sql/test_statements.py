"""How many statements a document takes: as many for a hundred rows as for one, and none for what isn't asked."""

from typing import Any

import pytest

from app.database.sql import sql
from app.demo.people import demo_id
from app.identity.scopes import VisibilityScope
from app.identity.users import viewer_of
from app.identity.viewer import Viewer
from app.identity.visibility import UnknownTable
from schema.context import Context
from schema.engine.serve.engine import Question
from schema.engine.sql.frame import Builder, Frame, Unguarded
from tests.schema.engine.compare import KINDS, PLANNED
from tests.schema.world import VENDOR, Demo, deal_of

DEAL = (
    "id name version status expectedCloseDate enteredStageAt updatedAt nextStep amount { amount currency }"
    " stage { id name %s } partner { name } account { name }"
)
CONTENTS = "contents(first: 3) { nodes { title } }"
MOVES = "transitions(first: 5) { nodes { kind at toStage { name } } }"
D1 = f"query($id: ID!) {{ opportunity(id: $id) {{ {DEAL % ''} }} }}"
D2 = f"query($n: Int) {{ opportunities(first: $n) {{ nodes {{ {DEAL % ''} }} pageInfo {{ hasNextPage endCursor }} }} }}"
DEEP = f"{DEAL % CONTENTS} {MOVES}"
D3 = f"query($n: Int) {{ opportunities(first: $n) {{ nodes {{ {DEEP} }} pageInfo {{ endCursor }} }} }}"
D5 = "{ pipeline { stages { stage { name } count amount { amount currency } } total { count } } }"
ADVANCE = """mutation($input: AdvanceStageInput!) { advanceStage(input: $input) {
  opportunity { id version status stage { id key } enteredStageAt } transition { id kind at }
  blockers { code message } userErrors { code message path } } }"""


async def statements(demo: Demo, text: str, **variables: Any) -> int:
    """Of an answer by plans alone, when its plan is there already."""
    who = await viewer()
    question = Question(text, variables, None, KINDS)
    await PLANNED.answer(question, Context(who, "warm"))
    before = demo.database.statements
    assert isinstance(await PLANNED.answer(question, Context(who, "counted")), bytes)
    return demo.database.statements - before


async def viewer() -> Viewer:
    found = await viewer_of(str(demo_id(f"user/{VENDOR}")))
    assert found is not None
    return found


@pytest.mark.parametrize(("document", "expected"), [(D2, 1), (D3, 1)])
async def test_a_page_takes_one_statement_however_many_rows_it_has(demo: Demo, document: str, expected: int) -> None:
    assert [await statements(demo, document, n=n) for n in (1, 20, 100)] == [expected] * 3


async def test_a_deal_takes_one_statement_and_the_pipeline_two(demo: Demo) -> None:
    deal = await deal_of(demo, "Jonas Frei")
    assert await statements(demo, D1, id=deal) == 1
    assert await statements(demo, D5) == 2


async def test_several_lists_and_deals_take_one_statement_together(demo: Demo) -> None:
    deal = await deal_of(demo, "Jonas Frei")
    text = "query($id: ID!) { opportunity(id: $id) { name } partners { nodes { name } } accounts { totalCount } }"
    assert await statements(demo, text, id=deal) == 1


async def test_a_move_takes_three_statements(demo: Demo) -> None:
    counts = []
    for reason in ("One", "Two"):
        deal = await demo.value(
            "SELECT o.id FROM opportunity o JOIN stage s ON s.id = o.stage_id"
            " WHERE o.status = 'OPEN' AND s.key = 'qualification' ORDER BY o.id LIMIT 1"
        )
        asked = {"opportunityId": f"opp_{deal}", "toStageKey": "discovery", "override": True, "reason": reason}
        before = demo.database.statements
        answer = await PLANNED.answer(Question(ADVANCE, {"input": asked}, None, KINDS), Context(await viewer(), "move"))
        assert isinstance(answer, bytes)
        assert b'"userErrors":[]' in answer
        counts.append(demo.database.statements - before)
    assert counts[1] == 3  # the deal, the move, the payload; at first its playbook as well


COSTS_NOTHING = [
    ("{ opportunities(first: 5) { nodes { name %s } } }", "allowedTransitions { allowed stage { key } }", 2),
    ("{ opportunities(first: 5) { nodes { name %s } } }", "criteria { met }", 1),
]


@pytest.mark.parametrize(("document", "extra", "more"), COSTS_NOTHING)
async def test_what_is_computed_costs_nothing_unless_asked_for(
    demo: Demo, document: str, extra: str, more: int
) -> None:
    without = await statements(demo, document % "")
    assert (without, await statements(demo, document % extra)) == (1, 1 + more)


async def test_the_count_is_part_of_the_statement_only_when_asked_for(demo: Demo) -> None:
    texts: list[str] = []
    original = demo.database.pool
    for fields in ("nodes { name }", "nodes { name } totalCount"):
        await statements(demo, f"{{ opportunities(first: 5) {{ {fields} }} }}")
        async with original.borrow() as connection:
            found = await connection.fetch("SELECT statement FROM pg_prepared_statements ORDER BY prepare_time DESC")
        texts.append(next(row["statement"] for row in found if "opportunities" in row["statement"]))
    assert ["SELECT count(*)" in text for text in texts] == [False, True]


@pytest.mark.parametrize("scope", [VisibilityScope.ORGANIZATION, VisibilityScope.OWN_AND_SHARED])
def test_a_statement_without_a_table_s_condition_is_refused_when_it_is_compiled(scope: VisibilityScope) -> None:
    builder = Builder(scope)
    frame = Frame(builder, "opportunity")
    builder.select(frame.column("name"))
    bare = sql(f"SELECT {{}} FROM opportunity {frame.alias}", builder.selected())
    with pytest.raises(Unguarded, match="opportunity"):
        builder.statement(bare)
    assert "partner_id" in builder.statement(bare + sql(" WHERE {}", frame.seen)).text


def test_a_joined_table_needs_its_condition_as_well() -> None:
    builder = Builder(VisibilityScope.ORGANIZATION)
    frame = Frame(builder, "opportunity")
    owner = frame.follow("owner_id")
    builder.select(owner.column("name"))
    selected, joins = builder.selected(), builder.joined()
    assert builder.statement(
        sql(f"SELECT {{}} FROM opportunity {frame.alias}{{}} WHERE {{}}", selected, joins, frame.seen)
    )
    unguarded = f"SELECT {{}} FROM opportunity {frame.alias}, user_account {owner.alias} WHERE {{}}"
    with pytest.raises(Unguarded, match="user_account"):
        builder.statement(sql(unguarded, selected, frame.seen))


def test_a_table_that_nobody_said_who_sees_can_t_be_read() -> None:
    with pytest.raises(UnknownTable):
        Frame(Builder(VisibilityScope.EVERYTHING), "procrastinate_jobs")
