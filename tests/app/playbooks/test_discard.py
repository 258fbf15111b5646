"""Throwing drafts away."""

from typing import Any

import pytest

from app.database import database
from app.models import Playbook
from app.models.columns import new_id
from app.playbooks.discard import Discarded, discard
from app.playbooks.drafts import CopyOf, create_playbook
from app.playbooks.publish import publish
from app.vocabulary import PlaybookStatus
from tests.app.playbooks.builders import People, deal, draft, errors, everything, in_force, log, published, saved
from tests.app.playbooks.publications import next_version


async def test_a_draft_goes_with_all_that_is_in_it_and_makes_room_for_another(people: People) -> None:
    first = await in_force(people.admin)
    before = await everything()
    second = await next_version(people, first, "a", "b", "c", "d")
    told = len(await log())

    assert await discard(people.admin, second) == Discarded(second)

    assert (await log())[told:] == [("PLAYBOOK_DISCARDED", second, '{"version": 2, "playbookKey": "sales"}')]
    assert {**await everything(), "event": before["event"]} == before
    again = saved(await create_playbook(people.admin, CopyOf(first)))
    assert (await Playbook.get(id=again)).version == 2
    published(await publish(people.admin, again))


@pytest.mark.parametrize("status", [PlaybookStatus.PUBLISHED, PlaybookStatus.ARCHIVED])
async def test_only_drafts_are_thrown_away(people: People, status: PlaybookStatus) -> None:
    id = await draft(people.admin)
    await Playbook.filter(id=id).update(status=status)
    before = await everything()
    assert errors(await discard(people.admin, id)) == [("INVALID", "playbookId")]
    assert await everything() == before


@pytest.mark.parametrize("gone", [False, True])
async def test_not_from_under_a_deal_nor_its_past(people: People, gone: bool) -> None:
    id, other = await draft(people.admin), await in_force(people.admin, "other")
    stands = await deal(people, id, "validate")
    if gone:
        place = await database().fetchrow("SELECT id FROM stage WHERE playbook_id = $1 AND key = 'validate'", other)
        assert place is not None
        await database().fetch(
            "UPDATE opportunity SET playbook_id = $2, stage_id = $3 WHERE id = $1", stands.id, other, place["id"]
        )
    before = await everything()
    assert errors(await discard(people.admin, id)) == [("INVALID", "playbookId")]
    assert await everything() == before


async def test_it_is_for_who_manages_playbooks_and_of_what_they_have_seen(people: People) -> None:
    id = await draft(people.admin)
    seen: Any = (await Playbook.get(id=id)).created_at
    before = await everything()
    assert errors(await discard(people.seller, id)) == [("FORBIDDEN", "")]
    assert errors(await discard(people.admin, new_id())) == [("NOT_FOUND", "playbookId")]
    assert errors(await discard(people.admin, id, expected_updated_at=seen)) == [("CONFLICT", "expectedUpdatedAt")]
    assert await everything() == before
