"""Taking playbooks out of use."""

from dataclasses import replace

from app.deals.advance import Advanced, advance
from app.deals.create import NewOpportunity, create
from app.deals.editing import Changed
from app.models import (
    Opportunity,
    Playbook,
)
from app.playbooks.archive import Archived, archive
from app.playbooks.drafts import update_playbook
from app.playbooks.publish import publish
from app.vocabulary import PlaybookStatus
from tests.app.playbooks.builders import (
    People,
    deal,
    draft,
    errors,
    everything,
    in_force,
    log,
    saved,
)
from tests.app.playbooks.publications import next_version, place_of, told


async def test_a_version_is_archived_and_its_deals_go_on(people: People) -> None:
    id = await in_force(people.admin)
    stands = await deal(people, id, "validate")
    await deal(people, id, "won")
    told = len(await log())
    assert await archive(people.admin, id) == Archived(id, staying=1)
    assert (await Playbook.get(id=id)).status is PlaybookStatus.ARCHIVED
    assert (await log())[told:] == [("PLAYBOOK_ARCHIVED", id, '{"version": 1, "playbookKey": "sales"}')]
    moved = await advance(people.admin, stands.id, "propose", override=True, reason="It goes on")
    assert isinstance(moved, Advanced)
    assert await place_of(stands) == (id, "propose")


async def test_no_deal_begins_on_it(people: People) -> None:
    kept, gone = await in_force(people.admin, "kept"), await in_force(people.admin, "gone")
    await archive(people.admin, gone)
    new = NewOpportunity({"name": "Deal"}, account_name="Customer", playbook_key="gone")
    before = await everything()
    refused = await create(people.seller, new)
    assert errors(refused) == [("INVALID", "playbookKey")]
    assert refused.errors[0].message == "Name a published playbook: kept."  # type: ignore[union-attr]
    assert await everything() == before
    made = await create(people.seller, replace(new, playbook_key=None))
    assert isinstance(made, Changed)
    assert (await Opportunity.get(id=made.opportunity_id)).playbook_id == kept  # type: ignore[attr-defined]


async def test_a_later_version_takes_its_deals_along(people: People) -> None:
    first = await in_force(people.admin)
    stands = await deal(people, first, "validate")
    assert isinstance(await archive(people.admin, first), Archived)
    second = await next_version(people, first)
    assert told(await publish(people.admin, second)) == (second, 1, (), None)
    assert await place_of(stands) == (second, "validate")


async def test_what_is_archived_already_or_has_changed_is_not(people: People) -> None:
    id = await draft(people.admin, "other")
    seen = (await Playbook.get(id=id)).updated_at
    saved(await update_playbook(people.admin, id, {"name": "New"}))
    before = await everything()
    assert errors(await archive(people.admin, id, expected_updated_at=seen)) == [("CONFLICT", "expectedUpdatedAt")]
    assert await everything() == before
    assert isinstance(await archive(people.admin, id), Archived)
    before = await everything()
    assert errors(await archive(people.admin, id)) == [("INVALID", "playbookId")]
    assert await everything() == before
