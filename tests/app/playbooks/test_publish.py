"""Putting drafts into force."""

import asyncio

import pytest

from app.database import database
from app.deals.stalling import ENOUGH_STAYS, stall_after_days
from app.deals.statistics import refresh_stall_thresholds
from app.models import (
    Opportunity,
    Playbook,
    Stage,
)
from app.models.columns import new_id
from app.playbooks.archive import archive
from app.playbooks.drafts import CopyOf, create_playbook, update_playbook
from app.playbooks.publish import Published, publish
from app.playbooks.versions import PlaybookSaved
from app.vocabulary import PlaybookStatus, TransitionKind
from tests.app.playbooks.builders import (
    LOST,
    WON,
    People,
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
    stay,
    undone,
)
from tests.app.playbooks.publications import next_version, told


async def test_the_first_version_is_published_with_its_stages(people: People) -> None:
    id = await draft(people.admin)
    begun = len(await log())
    assert told(await publish(people.admin, id)) == (id, 0, (), None)
    playbook = await Playbook.get(id=id)
    assert playbook.status is PlaybookStatus.PUBLISHED
    assert playbook.published_at is not None
    assert all(stage.published for stage in await Stage.filter(playbook_id=id))
    assert (await log())[begun:] == [("PLAYBOOK_PUBLISHED", id, '{"version": 1, "playbookKey": "sales"}')]


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
    assert told(await publish(people.admin, id)) == (id, 0, (), None)
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
    begun = len(await log())
    outcomes = await asyncio.gather(*(publish(people.admin, second) for _ in range(3)))
    assert [told(one) for one in outcomes if isinstance(one, Published)] == [(second, 5, (), first)]
    refused = [errors(one) for one in outcomes if not isinstance(one, Published)]
    assert refused == [[("INVALID", "playbookId")]] * 2
    assert len(await log()) == begun + 7
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


async def test_publishing_inside_another_transaction_is_undone_with_it(people: People) -> None:
    first = await in_force(people.admin)
    await deal(people, first, "validate")
    second = await next_version(people, first)
    before = await everything()

    async with undone() as tx:
        published(await publish(people.admin, second, tx=tx))
        third = saved(await create_playbook(people.admin, CopyOf(second), tx=tx))
        assert told(await publish(people.admin, third, tx=tx)) == (third, 1, (), second)
    assert await everything() == before


@pytest.mark.parametrize("stays", [19, 20])
async def test_thresholds_follow_the_stays_in_all_versions_once_there_are_enough(people: People, stays: int) -> None:
    first = await in_force(people.admin)
    second = await next_version(people, first)
    measured = [1.5 * n + 0.25 for n in range(stays)]
    kinds = (TransitionKind.FORWARD, TransitionKind.SKIP, TransitionKind.WON)
    for n, days in enumerate(measured):
        passed = await deal(people, first, "negotiate")
        version = first if n % 2 else second
        qualify, propose = await stage_of(version, "qualify"), await stage_of(version, "propose")
        await stay(passed, 2, qualify.id, propose.id, days, kinds[n % 3])
        await stay(passed, 3, propose.id, qualify.id, 0.1, TransitionKind.FORWARD)
    await refresh_stall_thresholds(database())
    published(await publish(people.admin, second))
    known = await Stage.filter(playbook_id=second)
    targets = {"qualify": 14, "validate": 14, "propose": 14, "negotiate": 14, "won": None, "lost": None}
    assert {one.key: one.stall_after_days for one in known} == targets  # one partner's stays are for its deals alone
    own = {one.key: one.own_stall_days[str(people.partner.id)] for one in known if one.own_stall_days}  # type: ignore[index]
    usual = round(stall_after_days(measured, 14) or 0)
    assert own == ({"qualify": usual, "propose": stall_after_days([0.1] * stays, 14)} if stays >= ENOUGH_STAYS else {})
