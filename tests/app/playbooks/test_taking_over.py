"""What becomes of the deals of other versions."""

import asyncio
from datetime import timedelta
from typing import Any
from uuid import UUID

from hypothesis import given, settings
from hypothesis import strategies as st

from app.database import database, transaction
from app.models import (
    CriterionMark,
    Opportunity,
    OpportunityActivity,
    Playbook,
    QualificationAnswer,
    StageTransition,
)
from app.models.columns import new_id
from app.playbooks.drafts import update_playbook
from app.playbooks.publish import publish
from app.vocabulary import ActivityStatus, ConfirmedBy, OpportunityStatus, PlaybookStatus, TransitionKind
from tests.app.playbooks.builders import (
    FOUR,
    LONG_AGO,
    LOST,
    WON,
    People,
    activity,
    activity_of,
    criterion,
    criterion_of,
    deal,
    draft,
    in_force,
    log,
    published,
    saved,
    stage,
    stage_of,
    stages,
    stay,
)
from tests.app.playbooks.publications import mark, marks_of, next_version, place_of, told, waits_for_a_lock


async def test_a_new_version_takes_the_open_deals_along_and_leaves_the_closed(people: People) -> None:
    first = await in_force(people.admin)
    stands = await deal(people, first, "validate", version=7)
    won, lost = await deal(people, first, "won"), await deal(people, first, "lost")
    second = await next_version(people, first)
    begun = len(await log())

    assert told(await publish(people.admin, second)) == (second, 1, (), first)

    assert await place_of(stands) == (second, "validate")
    assert [await place_of(closed) for closed in (won, lost)] == [(first, "won"), (first, "lost")]
    moved = await Opportunity.get(id=stands.id)
    assert (moved.version, moved.entered_stage_at) == (8, LONG_AGO)
    assert moved.updated_at > LONG_AGO
    assert (await Playbook.get(id=first)).status is PlaybookStatus.ARCHIVED
    assert (await log())[begun:] == [
        ("PLAYBOOK_ARCHIVED", first, '{"version": 1, "playbookKey": "sales"}'),
        ("PLAYBOOK_PUBLISHED", second, '{"version": 2, "playbookKey": "sales"}'),
        ("OPPORTUNITY_UPDATED", stands.id, '{"fields": ["playbook"]}'),
    ]
    unchanged = [await Opportunity.get(id=closed.id) for closed in (won, lost)]
    assert [(closed.version, closed.updated_at) for closed in unchanged] == [(1, LONG_AGO), (1, LONG_AGO)]


async def test_a_deal_without_a_place_stays_is_reported_and_goes_along_once_there_is_one(people: People) -> None:
    first = await in_force(people.admin)
    stuck, free = await deal(people, first, "validate"), await deal(people, first, "propose")
    second = await next_version(people, first, "qualify", "propose", "negotiate", "close")

    outcome = told(await publish(people.admin, second))

    assert outcome == (second, 1, ((stuck.id, "validate", "NO_COUNTERPART"),), first)
    assert await place_of(stuck) == (first, "validate")
    third = await next_version(people, second, *FOUR)
    assert told(await publish(people.admin, third)) == (third, 2, (), second)
    assert [await place_of(one) for one in (stuck, free)] == [(third, "validate"), (third, "propose")]


async def test_an_open_deal_never_lands_in_a_closed_stage(people: People) -> None:
    first = await in_force(people.admin, "sales", *FOUR, "signed")
    stands = await deal(people, first, "signed")
    second = await next_version(people, first)
    signed = {**LOST, "key": "signed", "name": "Signed"}
    sound = [one for one in stages(*FOUR) if one["key"] != "lost"]
    saved(await update_playbook(people.admin, second, {"stages": [*sound, signed]}))
    assert told(await publish(people.admin, second))[2] == ((stands.id, "signed", "CLOSED_STAGE"),)
    assert await place_of(stands) == (first, "signed")


async def test_marks_activities_and_answers_go_along_with_the_deal(people: People) -> None:
    first = await in_force(people.admin)
    stands, closed = await deal(people, first, "validate"), await deal(people, first, "won")
    kept, dropped = [await criterion_of(first, "qualify", key) for key in ("budget", "champion")]
    done = await activity_of(first, "validate", "demo")
    for one in (stands, closed):
        await mark(one, kept.id, people, "mail")
        await mark(one, dropped.id, people, "call")
        await OpportunityActivity.create(
            opportunity_id=one.id, activity_id=done.id, status=ActivityStatus.COMPLETED, completed_at=LONG_AGO
        )
    await QualificationAnswer.create(
        opportunity_id=stands.id, question_key="pain", answer="Scrap", answered_at=LONG_AGO
    )
    second = await next_version(people, first)
    changed = stages(*FOUR)
    changed[0]["exit_criteria"] = [criterion("fit"), criterion("budget")]
    saved(await update_playbook(people.admin, second, {"stages": changed}))

    published(await publish(people.admin, second))

    assert await marks_of(stands) == {(await criterion_of(second, "qualify", "budget")).id: "mail", dropped.id: "call"}
    assert await marks_of(closed) == {kept.id: "mail", dropped.id: "call"}
    states = {row.opportunity_id: row.activity_id for row in await OpportunityActivity.all()}  # type: ignore[attr-defined]
    assert states == {stands.id: (await activity_of(second, "validate", "demo")).id, closed.id: done.id}
    answer = await QualificationAnswer.get(opportunity_id=stands.id)
    assert (answer.question_key, answer.answer) == ("pain", "Scrap")


async def test_marks_of_a_deal_without_a_place_stay(people: People) -> None:
    first = await in_force(people.admin)
    stuck = await deal(people, first, "validate")
    budget = await criterion_of(first, "qualify", "budget")
    await mark(stuck, budget.id, people, "mail")
    second = await next_version(people, first, "qualify", "propose", "negotiate", "close")
    published(await publish(people.admin, second))
    assert await marks_of(stuck) == {budget.id: "mail"}


async def test_the_chain_of_transitions_goes_on_by_stage_key(people: People) -> None:
    first = await in_force(people.admin)
    stands = await deal(people, first, "validate")
    second = await next_version(people, first)
    before = await StageTransition.all().values()
    published(await publish(people.admin, second))
    assert await StageTransition.all().values() == before
    now = await Opportunity.get(id=stands.id)
    propose = await stage_of(second, "propose")
    await stay(stands, 2, now.stage_id, propose.id, 5, TransitionKind.FORWARD)  # type: ignore[attr-defined]
    rows = await database().fetch(
        "SELECT f.key AS was, t.key AS now FROM stage_transition x JOIN stage t ON t.id = x.to_stage_id"
        " LEFT JOIN stage f ON f.id = x.from_stage_id WHERE x.opportunity_id = $1 ORDER BY x.seq",
        stands.id,
    )
    assert [(row["was"], row["now"]) for row in rows] == [(None, "validate"), ("validate", "propose")]


async def test_a_deal_that_moves_on_meanwhile_is_taken_over_where_it_is_then(people: People) -> None:
    first = await in_force(people.admin)
    stands = await deal(people, first, "validate")
    propose = await stage_of(first, "propose")
    second = await next_version(people, first)
    async with database().pool.acquire() as other:
        await other.execute("BEGIN")
        await other.execute(
            "UPDATE opportunity SET stage_id = $2, version = version + 1 WHERE id = $1", stands.id, propose.id
        )
        publishing = asyncio.create_task(publish(people.admin, second))
        await waits_for_a_lock()
        await other.execute("COMMIT")
    assert told(await publishing) == (second, 1, (), first)
    assert await place_of(stands) == (second, "propose")
    assert (await Opportunity.get(id=stands.id)).version == 3


async def test_a_deal_that_is_made_meanwhile_is_taken_over_too(people: People) -> None:
    first = await in_force(people.admin)
    qualify = await stage_of(first, "qualify")
    second = await next_version(people, first)
    made = Opportunity(
        id=new_id(),
        name="Late",
        account=people.account,
        playbook_id=first,
        stage_id=qualify.id,
        entered_stage_at=LONG_AGO,
    )
    async with database().transaction() as other:
        await made.save(using_db=other.orm)
        publishing = asyncio.create_task(publish(people.admin, second))
        await waits_for_a_lock()
    assert told(await publishing) == (second, 1, (), first)
    assert await place_of(made) == (second, "qualify")


async def test_publishing_takes_as_many_statements_for_many_deals_as_for_one(people: People) -> None:
    async def statements(playbook_id: UUID) -> int:
        seen: list[Any] = []
        async with transaction() as tx:
            tx.connection.add_query_logger(seen.append)
            published(await publish(people.admin, playbook_id, tx=tx))
            tx.connection.remove_query_logger(seen.append)
        return len(seen)

    first = await in_force(people.admin)
    await deal(people, first, "validate")
    second = await next_version(people, first)
    for_one = await statements(second)
    for n in range(40):
        await deal(people, second, FOUR[n % 4])
    third = await next_version(people, second)
    assert await statements(third) == for_one
    assert await Opportunity.filter(playbook_id=third).count() == 41


KEYS = ("qualify", "validate", "propose", "negotiate", "sign", "verify")


@settings(max_examples=12)
@given(
    versions=st.lists(st.lists(st.sampled_from(KEYS), min_size=4, unique=True), min_size=2, max_size=4),
    places=st.lists(st.tuples(st.integers(0, 5), st.sampled_from(["open", "won"])), max_size=6),
)
async def test_after_publishing_every_open_deal_is_at_its_stage_in_the_new_version_or_reported(
    people: People, versions: list[list[str]], places: list[tuple[int, str]]
) -> None:
    key = f"sales-{new_id()}"
    current = await in_force(people.admin, key, *versions[0])
    deals = [
        await deal(people, current, versions[0][n % len(versions[0])] if status == "open" else "won")
        for n, status in places
    ]
    for keys in versions[1:]:
        before = {one.id: await place_of(one) for one in deals}
        fresh = await next_version(people, current, *keys)
        outcome = published(await publish(people.admin, fresh))
        reported = {one.opportunity_id: one.stage_key for one in outcome.unplaced}
        open_ids = {one.id for one in deals if one.status is OpportunityStatus.OPEN}
        assert set(reported) == {id for id in open_ids if before[id][1] not in keys}
        assert outcome.moved == len(open_ids) - len(reported)
        for one in deals:
            was = before[one.id]
            moves = one.id in open_ids and one.id not in reported
            assert await place_of(one) == ((fresh, was[1]) if moves else was)
            assert reported.get(one.id, was[1]) == was[1]
        current = fresh


async def test_the_moment_of_change_rises_even_where_it_lay_ahead(people: People) -> None:
    first = await in_force(people.admin)
    ahead = LONG_AGO + timedelta(days=36_500)
    stands = await deal(people, first, "validate", updated_at=ahead)
    published(await publish(people.admin, await next_version(people, first)))
    assert (await Opportunity.get(id=stands.id)).updated_at > ahead


async def test_an_activity_and_a_criterion_of_one_key_do_not_mix(people: People) -> None:
    first = await draft(people.admin)
    same = [stage(key, 0.1 * (n + 1)) for n, key in enumerate(FOUR)]
    for one in same:
        one["exit_criteria"], one["activities"] = [criterion("call")], [activity("call")]
    saved(await update_playbook(people.admin, first, {"stages": [*same, WON, LOST]}))
    published(await publish(people.admin, first))
    stands = await deal(people, first, "validate")
    await mark(stands, (await criterion_of(first, "propose", "call")).id, people, "mail")
    second = await next_version(people, first)
    published(await publish(people.admin, second))
    assert await marks_of(stands) == {(await criterion_of(second, "propose", "call")).id: "mail"}


async def test_of_two_that_become_one_the_word_of_who_may_confirm_most_goes_along(people: People) -> None:
    said = {"description": "The price is approved."}
    twins = stages(*FOUR)
    twins[0]["exit_criteria"] = [criterion("a", **said), criterion("b", **said)]
    twins[0]["activities"] = [activity("a", name="Check it"), activity("b", name="Check it")]
    first = await draft(people.admin)
    saved(await update_playbook(people.admin, first, {"stages": twins}))
    published(await publish(people.admin, first))
    stands = await deal(people, first, "qualify")
    for key, by, days in (("a", ConfirmedBy.VENDOR, 0), ("b", ConfirmedBy.ANYONE_ON_DEAL, 1)):
        at = LONG_AGO + timedelta(days=days)
        asked, todo = await criterion_of(first, "qualify", key), await activity_of(first, "qualify", key)
        done = {"opportunity_id": stands.id, "confirmed_as": by}
        await CriterionMark.create(criterion_id=asked.id, met=True, marked_at=at, **done)
        completed = ActivityStatus.COMPLETED
        await OpportunityActivity.create(activity_id=todo.id, status=completed, completed_at=at, **done)
    second = await next_version(people, first)
    twins[0]["exit_criteria"] = [criterion("c", confirmed_by="VENDOR", **said)]
    twins[0]["activities"] = [activity("c", name="Check it", confirmed_by="VENDOR")]
    saved(await update_playbook(people.admin, second, {"stages": twins}))
    published(await publish(people.admin, second))
    asked, todo = await criterion_of(second, "qualify", "c"), await activity_of(second, "qualify", "c")
    assert (await CriterionMark.get(criterion_id=asked.id)).confirmed_as is ConfirmedBy.VENDOR
    assert (await OpportunityActivity.get(activity_id=todo.id)).confirmed_as is ConfirmedBy.VENDOR
