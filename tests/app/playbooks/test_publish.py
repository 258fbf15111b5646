"""Putting drafts into force, and what becomes of the deals."""

import asyncio
from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from app.database import database, transaction
from app.deals.stalling import ENOUGH_STAYS, stall_after_days
from app.deals.statistics import refresh_stall_thresholds
from app.models import (
    CriterionMark,
    Opportunity,
    OpportunityActivity,
    Playbook,
    QualificationAnswer,
    Stage,
    StageTransition,
)
from app.models.columns import new_id
from app.playbooks.drafts import CopyOf, PlaybookSaved, create_playbook, update_playbook
from app.playbooks.publish import Archived, Published, Unplaced, archive, publish
from app.vocabulary import ActivityStatus, OpportunityStatus, PlaybookStatus, TransitionKind
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
    errors,
    everything,
    in_force,
    log,
    published,
    saved,
    stage,
    stage_of,
    stages,
    stay,
    undone,
)
from tests.waiting import PATIENCE


async def next_version(people: People, of: UUID, *keys: str) -> UUID:
    id = saved(await create_playbook(people.admin, CopyOf(of)))
    if keys:
        saved(await update_playbook(people.admin, id, {"stages": stages(*keys)}))
    return id


async def place_of(opportunity: Opportunity) -> tuple[UUID, str]:
    """(playbook, stage key) where the deal stands; that its stage belongs to its playbook is asserted on the way."""
    now = await Opportunity.get(id=opportunity.id)
    at = await Stage.get(id=now.stage_id)  # type: ignore[attr-defined]
    assert at.playbook_id == now.playbook_id  # type: ignore[attr-defined]
    return at.playbook_id, at.key  # type: ignore[attr-defined]


async def test_the_first_version_is_published_with_its_stages(people: People) -> None:
    id = await draft(people.admin)
    told = len(await log())
    assert published(await publish(people.admin, id)) == Published(id, 0, (), None)
    playbook = await Playbook.get(id=id)
    assert playbook.status is PlaybookStatus.PUBLISHED
    assert playbook.published_at is not None
    assert all(stage.published for stage in await Stage.filter(playbook_id=id))
    assert (await log())[told:] == [("PLAYBOOK_PUBLISHED", id, '{"version": 1, "playbookKey": "sales"}')]


async def test_a_new_version_takes_the_open_deals_along_and_leaves_the_closed(people: People) -> None:
    first = await in_force(people.admin)
    stands = await deal(people, first, "validate", version=7)
    won, lost = await deal(people, first, "won"), await deal(people, first, "lost")
    second = await next_version(people, first)
    told = len(await log())

    assert published(await publish(people.admin, second)) == Published(second, 1, (), first)

    assert await place_of(stands) == (second, "validate")
    assert [await place_of(closed) for closed in (won, lost)] == [(first, "won"), (first, "lost")]
    moved = await Opportunity.get(id=stands.id)
    assert (moved.version, moved.entered_stage_at) == (8, LONG_AGO)
    assert moved.updated_at > LONG_AGO
    assert (await Playbook.get(id=first)).status is PlaybookStatus.ARCHIVED
    assert (await log())[told:] == [
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

    outcome = published(await publish(people.admin, second))

    assert outcome == Published(second, 1, (Unplaced(stuck.id, "validate"),), first)
    assert await place_of(stuck) == (first, "validate")
    third = await next_version(people, second, *FOUR)
    assert published(await publish(people.admin, third)) == Published(third, 2, (), second)
    assert [await place_of(one) for one in (stuck, free)] == [(third, "validate"), (third, "propose")]


async def test_an_open_deal_never_lands_in_a_closed_stage(people: People) -> None:
    first = await in_force(people.admin, "sales", *FOUR, "signed")
    stands = await deal(people, first, "signed")
    second = await next_version(people, first)
    signed = {**LOST, "key": "signed", "name": "Signed"}
    sound = [one for one in stages(*FOUR) if one["key"] != "lost"]
    saved(await update_playbook(people.admin, second, {"stages": [*sound, signed]}))
    assert published(await publish(people.admin, second)).unplaced == (Unplaced(stands.id, "signed"),)
    assert await place_of(stands) == (first, "signed")


async def mark(opportunity: Opportunity, criterion_id: UUID, people: People, evidence: str) -> None:
    await CriterionMark.create(
        opportunity_id=opportunity.id,
        criterion_id=criterion_id,
        met=True,
        marked_at=LONG_AGO,
        marked_by_id=people.seller.user_id,
        evidence=evidence,
    )


async def marks_of(opportunity: Opportunity) -> dict[UUID, str | None]:
    rows = await CriterionMark.filter(opportunity_id=opportunity.id)
    assert all(row.met and row.marked_at == LONG_AGO for row in rows)
    return {row.criterion_id: row.evidence for row in rows}  # type: ignore[attr-defined]


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


@pytest.mark.parametrize("stays", [19, 20])
async def test_thresholds_follow_the_stays_in_all_versions_once_there_are_enough(people: People, stays: int) -> None:
    first = await in_force(people.admin)
    second = await next_version(people, first)
    measured = [1.5 * n + 0.25 for n in range(stays)]
    kinds = (TransitionKind.FORWARD, TransitionKind.SKIP, TransitionKind.WON)
    for n, days in enumerate(measured):
        passed = await deal(people, first, "propose")
        version = first if n % 2 else second
        qualify, propose = await stage_of(version, "qualify"), await stage_of(version, "propose")
        await stay(passed, 2, qualify.id, propose.id, days, kinds[n % 3])
        await stay(passed, 3, qualify.id, propose.id, 900, TransitionKind.BACK)
        await stay(passed, 4, propose.id, qualify.id, 0.1, TransitionKind.FORWARD)
    await refresh_stall_thresholds(database())
    published(await publish(people.admin, second))
    known = await Stage.filter(playbook_id=second)
    targets = {"qualify": 14, "validate": 14, "propose": 14, "negotiate": 14, "won": None, "lost": None}
    assert {one.key: one.stall_after_days for one in known} == targets  # one partner's stays are for its deals alone
    own = {one.key: one.own_stall_days[str(people.partner.id)] for one in known if one.own_stall_days}  # type: ignore[index]
    usual = round(stall_after_days(measured, 14) or 0)
    assert own == ({"qualify": usual, "propose": stall_after_days([0.1] * stays, 14)} if stays >= ENOUGH_STAYS else {})


async def test_a_playbook_that_the_review_finds_in_error_is_not_published(people: People) -> None:
    first = await in_force(people.admin)
    await deal(people, first, "validate")
    second = await next_version(people, first)
    poor = [stage("qualify", 0.5, exit_criteria=[]), stage("validate", 0.4, definition=""), WON, LOST]
    saved(await update_playbook(people.admin, second, {"stages": poor}))
    before = await everything()

    refused = await publish(people.admin, second)

    assert errors(refused) == [
        ("INVALID", "stages.0"),  # no exit criteria
        ("INVALID", "stages.1"),  # no definition
        ("INVALID", "stages.1"),  # probability falls
    ]
    assert await everything() == before


async def test_a_draft_that_an_import_left_unsound_is_not_published(people: People) -> None:
    id = await draft(people.admin)
    at = await stage_of(id, "propose")
    await Stage.filter(id=at.id).update(aliases=["Qualify"])
    before = await everything()
    assert errors(await publish(people.admin, id)) == [("INVALID", "stages.2.aliases.0")]
    assert await everything() == before


async def test_deals_may_stand_on_a_draft_that_is_published(people: People) -> None:
    id = await draft(people.admin)
    stands = await deal(people, id, "validate")
    assert published(await publish(people.admin, id)) == Published(id, 0, (), None)
    assert (await Opportunity.get(id=stands.id)).version == 1


@pytest.mark.parametrize("status", [PlaybookStatus.PUBLISHED, PlaybookStatus.ARCHIVED])
async def test_only_drafts_are_published(people: People, status: PlaybookStatus) -> None:
    id = await draft(people.admin)
    await Playbook.filter(id=id).update(status=status)
    before = await everything()
    refused = await publish(people.admin, id)
    assert errors(refused) == [("INVALID", "playbookId")]
    assert "create a draft copy" in refused.errors[0].message  # type: ignore[union-attr]
    assert await everything() == before


async def test_partners_publish_and_archive_nothing_and_nobody_what_is_not_there(people: People) -> None:
    id = await draft(people.admin)
    before = await everything()
    assert errors(await publish(people.seller, id)) == [("FORBIDDEN", "")]
    assert errors(await archive(people.seller, id)) == [("FORBIDDEN", "")]
    assert errors(await publish(people.admin, new_id())) == [("NOT_FOUND", "playbookId")]
    assert errors(await archive(people.admin, new_id())) == [("NOT_FOUND", "playbookId")]
    assert await everything() == before


async def test_publishing_what_somebody_else_has_changed_is_a_conflict(people: People) -> None:
    id = await draft(people.admin)
    seen = (await Playbook.get(id=id)).updated_at
    saved(await update_playbook(people.admin, id, {"name": "Other"}))
    before = await everything()
    refused = await publish(people.admin, id, expected_updated_at=seen)
    assert errors(refused) == [("CONFLICT", "expectedUpdatedAt")]
    assert await everything() == before


async def test_of_two_who_publish_at_once_one_is_refused(people: People) -> None:
    first = await in_force(people.admin)
    stands = [await deal(people, first, "validate") for _ in range(5)]
    second = await next_version(people, first)
    told = len(await log())
    outcomes = await asyncio.gather(*(publish(people.admin, second) for _ in range(3)))
    assert [one for one in outcomes if isinstance(one, Published)] == [Published(second, 5, (), first)]
    refused = [errors(one) for one in outcomes if not isinstance(one, Published)]
    assert refused == [[("INVALID", "playbookId")]] * 2
    assert len(await log()) == told + 7
    assert {(await Opportunity.get(id=one.id)).version for one in stands} == {2}


async def test_an_update_beside_a_publication_is_in_it_or_refused(people: People) -> None:
    for n in range(6):
        id = await draft(people.admin, f"sales-{n}")
        updated, outcome = await asyncio.gather(
            update_playbook(people.admin, id, {"name": "Late"}), publish(people.admin, id)
        )
        assert isinstance(outcome, Published)
        name = (await Playbook.get(id=id)).name
        if isinstance(updated, PlaybookSaved):
            assert name == "Late"
        else:
            assert errors(updated) == [("INVALID", "playbookId")]
            assert name == f"Sales-{n}"


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
    assert published(await publishing) == Published(second, 1, (), first)
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
    assert published(await publishing) == Published(second, 1, (), first)
    assert await place_of(made) == (second, "qualify")


async def waits_for_a_lock() -> None:
    """Until some session of this database waits for another's lock."""
    waiting = "SELECT FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'"
    async with asyncio.timeout(PATIENCE):
        while not await database().fetch(waiting):
            pass


async def test_publishing_inside_another_transaction_is_undone_with_it(people: People) -> None:
    first = await in_force(people.admin)
    await deal(people, first, "validate")
    second = await next_version(people, first)
    before = await everything()

    async with undone() as tx:
        published(await publish(people.admin, second, tx=tx))
        third = saved(await create_playbook(people.admin, CopyOf(second), tx=tx))
        assert published(await publish(people.admin, third, tx=tx)) == Published(third, 1, (), second)
    assert await everything() == before


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


async def test_a_version_without_open_deals_is_archived(people: People) -> None:
    id = await in_force(people.admin)
    await deal(people, id, "won")
    told = len(await log())
    assert await archive(people.admin, id) == Archived(id)
    assert (await Playbook.get(id=id)).status is PlaybookStatus.ARCHIVED
    assert (await log())[told:] == [("PLAYBOOK_ARCHIVED", id, '{"version": 1, "playbookKey": "sales"}')]


async def test_a_version_with_open_deals_and_an_archived_one_are_not_archived(people: People) -> None:
    used, archived = await in_force(people.admin), await draft(people.admin, "other")
    await deal(people, used, "validate")
    assert isinstance(await archive(people.admin, archived), Archived)
    before = await everything()
    refused = await archive(people.admin, used)
    assert errors(refused) == [("INVALID", "playbookId")]
    assert "1 open deal is on it" in refused.errors[0].message  # type: ignore[union-attr]
    assert errors(await archive(people.admin, archived)) == [("INVALID", "playbookId")]
    assert await everything() == before


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
