"""Imported deals advance by themselves as others do: when an import meets the last criterion, and then alone."""

import pytest

from app.models import Activity, Criterion, Playbook, Stage
from app.vocabulary import CriterionCheck, CriterionPhase
from tests.app.imports.builders import Exporter, counts, deal, path


@pytest.fixture
async def flagged(sales: Playbook) -> Playbook:
    """Qualify and Propose are left by themselves: for an amount, and for a next step."""
    for key, expression in (("qualify", "deal.amount != null"), ("propose", "deal.nextStep != null")):
        stage = await Stage.get(playbook_id=sales.id, key=key)
        await Stage.filter(id=stage.id).update(auto_advance=True)
        await Criterion.create(
            stage_id=stage.id,
            phase=CriterionPhase.EXIT,
            key="known",
            description="It is known",
            check_kind=CriterionCheck.EXPRESSION,
            expression=expression,
            position=0,
        )
    return sales


async def kinds(id: str) -> list[tuple[str, str]]:
    return [(kind, stage) for kind, stage, _ in await path(id)]


async def test_new_deals_go_to_the_end_of_what_is_met(flagged: Playbook, export: Exporter) -> None:
    rows = [deal("1", NextStep="Call"), deal("2"), deal("3", Amount=""), deal("4", "Negotiate")]
    report = await export.run(rows)
    assert (counts(report), report.advanced) == ((4, 0, 0, 0), 2)
    assert await kinds("1") == [("CREATED", "qualify"), ("FORWARD", "propose"), ("FORWARD", "negotiate")]
    assert await kinds("2") == [("CREATED", "qualify"), ("FORWARD", "propose")]
    assert await kinds("3") == [("CREATED", "qualify")]
    assert await kinds("4") == [("CREATED", "negotiate")]


async def test_an_import_moves_those_alone_whose_last_criterion_it_meets(flagged: Playbook, export: Exporter) -> None:
    await export.run([deal("1", Amount=""), deal("2", Amount="")])
    report = await export.run([deal("1", NextStep="Call"), deal("2", Amount="", NextStep="Call")])
    assert report.advanced == 1
    assert await kinds("1") == [("CREATED", "qualify"), ("FORWARD", "propose"), ("FORWARD", "negotiate")]
    assert await kinds("2") == [("CREATED", "qualify")]


async def test_a_deal_that_an_import_moves_stays_there(flagged: Playbook, export: Exporter) -> None:
    await export.run([deal("1", "Negotiate", NextStep="Call")])
    report = await export.run([deal("1", "Qualify", NextStep="Write")])
    assert report.advanced == 0
    assert await kinds("1") == [("CREATED", "negotiate"), ("BACK", "qualify")]
    assert (await export.run([deal("1", "Qualify", NextStep="Visit")])).advanced == 0


async def test_where_people_are_asked_for_something_new_deals_stay(flagged: Playbook, export: Exporter) -> None:
    stage = await Stage.get(playbook_id=flagged.id, key="qualify")
    await Activity.create(stage_id=stage.id, key="call", name="Call", required=True, position=0)
    assert (await export.run([deal("1", NextStep="Call")])).advanced == 0
    assert await kinds("1") == [("CREATED", "qualify")]


async def test_the_same_export_again_leaves_an_advanced_deal_where_it_is(flagged: Playbook, export: Exporter) -> None:
    await export.run([deal("1")])
    report = await export.run([deal("1")])
    assert (counts(report), report.advanced, export.rejects()) == ((0, 0, 1, 0), 0, [])
