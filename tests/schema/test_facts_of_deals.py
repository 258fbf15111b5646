"""The facts that the rules get of a deal as it is changed through the API: contacts apart from changes, and moves."""

from datetime import UTC, datetime
from typing import Any
from uuid import UUID

from app.recommendations.facts import gather
from guidance import recommend
from guidance.facts import Facts, MoveKind
from tests.schema.test_handover import CREATE, DO, MARK, MOVE, NEXT_PARTNER, UPDATE, done
from tests.schema.world import SELLER, VENDOR, Demo

ASKED = """query($id: ID!) { opportunity(id: $id) { stage { key activities { id } } formerMarks { nodes { met } }
  criteria(scope: EXIT_CURRENT) { met criterion { id key check } } } }"""
WHY = "The customer rejected the samples"


async def begun(demo: Demo) -> str:
    given = {"name": "Retrofit", "accountName": "Ostermann Anlagen", "playbookKey": "it-software"}
    made = await demo.run(CREATE, SELLER, input=given)
    return str(made["createOpportunity"]["opportunity"]["id"])


async def known(demo: Demo, id: str) -> Facts:
    key = UUID(id[4:])
    return (await gather(demo.database, [key], datetime.now(UTC)))[key].facts


async def moved(demo: Demo, id: str, to: str, **more: Any) -> None:
    await done(demo, MOVE, VENDOR, opportunityId=id, toStageKey=to, override=True, reason=WHY, **more)


async def test_an_edit_is_a_change_and_no_contact(demo: Demo) -> None:
    id = await begun(demo)
    lead = await known(demo, id)
    assert (lead.last_contact_at, lead.last_change_at, lead.is_uncontacted) == (None, None, True)
    await done(demo, UPDATE, SELLER, opportunityId=id, expectedCloseDate="2031-01-31")
    edited = await known(demo, id)
    assert edited.last_contact_at is None
    assert edited.last_change_at is not None
    asked = (await demo.run(ASKED, SELLER, id=id))["opportunity"]
    activity = asked["stage"]["activities"][0]["id"]
    await done(demo, DO, SELLER, opportunityId=id, activityId=activity, status="SKIPPED")
    assert (await known(demo, id)).last_contact_at is None, "what was left out reached nobody"
    await done(demo, DO, SELLER, opportunityId=id, activityId=activity)
    spoken = await known(demo, id)
    assert not spoken.is_uncontacted
    assert spoken.last_contact_at is not None
    assert spoken.last_contact_at > edited.last_change_at


async def test_a_deal_that_was_sent_back_isnt_told_to_move_on_before_something_changed(demo: Demo) -> None:
    id = await begun(demo)
    for to in ("qualification", "discovery", "qualification"):
        await moved(demo, id, to)
    there = await known(demo, id)
    assert [move.kind for move in there.moves[-2:]] in (
        [MoveKind.FORWARD, MoveKind.BACK],
        [MoveKind.SKIP, MoveKind.BACK],
    )
    assert there.setback is not None
    assert (there.setback.reason, there.setback.stage_key) == (WHY, "qualification")
    assert there.is_held_back
    await done(demo, UPDATE, SELLER, opportunityId=id, nextStep="Send other samples")
    assert not (await known(demo, id)).is_held_back


async def test_what_the_stages_left_behind_had_met_is_asked_anew_and_said_again_with_one_click(demo: Demo) -> None:
    id = await begun(demo)
    for to in ("qualification", "discovery"):
        await moved(demo, id, to)
    asked = (await demo.run(ASKED, SELLER, id=id))["opportunity"]
    manual = [one["criterion"] for one in asked["criteria"] if one["criterion"]["check"] == "MANUAL"]
    for one in manual:
        await demo.run(MARK, SELLER, input={"opportunityId": id, "criterionId": one["id"], "met": True})
    await moved(demo, id, "qualification")
    await moved(demo, id, "discovery")
    back = (await demo.run(ASKED, SELLER, id=id))["opportunity"]
    keys = {one["key"] for one in manual}
    assert {one["criterion"]["key"] for one in back["criteria"] if one["met"]} & keys == set()
    advised = {
        one.candidate.target.criterion_id for one in recommend(await known(demo, id), at=datetime.now(UTC)).actions
    }
    assert {f"discovery/{key}" for key in keys} & {str(one) for one in advised}
    await done(demo, MARK, SELLER, opportunityId=id, criterionId=manual[0]["id"], met=True)
    again = (await demo.run(ASKED, SELLER, id=id))["opportunity"]
    assert manual[0]["key"] in {one["criterion"]["key"] for one in again["criteria"] if one["met"]}


async def test_the_next_partner_isnt_told_when_the_former_one_last_did_something(demo: Demo) -> None:
    id = await begun(demo)
    asked = (await demo.run(ASKED, SELLER, id=id))["opportunity"]
    await done(demo, DO, SELLER, opportunityId=id, activityId=asked["stage"]["activities"][0]["id"])
    await done(demo, UPDATE, SELLER, opportunityId=id, notes="Called them")
    former = await known(demo, id)
    assert former.last_contact_at is not None
    assert former.last_change_at is not None
    await done(demo, UPDATE, VENDOR, opportunityId=id, partnerId=NEXT_PARTNER)
    handed = await demo.value("SELECT at FROM handover WHERE opportunity_id = $1::uuid", id[4:])
    after = await known(demo, id)
    assert (after.last_contact_at, after.deal.came_at) == (None, handed)
    assert after.last_change_at is None or after.last_change_at >= handed
    assert after.quiet_days(handed) == 0
