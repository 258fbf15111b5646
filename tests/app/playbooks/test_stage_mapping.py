"""Stages that a new version renames, splits and merges, and what publishing tells beforehand."""

from typing import Any
from uuid import UUID

import asyncpg
import pytest

from app.database import transaction
from app.models import Opportunity, StageTransition
from app.models.columns import new_id
from app.playbooks.drafts import CopyOf, create_playbook, update_playbook
from app.playbooks.planning import LISTED
from app.playbooks.publish import Published, publish
from app.vocabulary import PlacementBasis, UnplacedReason
from tests.app.playbooks.builders import (
    FOUR,
    LOST,
    WON,
    People,
    activity,
    criterion,
    criterion_of,
    deal,
    errors,
    everything,
    in_force,
    log,
    published,
    saved,
    stage,
    stages,
)
from tests.app.playbooks.publications import mark, marks_of, next_version, place_of, told

Place = tuple[int, str, int, str | None, str | None]


def placements(outcome: Published) -> list[Place]:
    """(version, stage, deals, stage there, by what or why not)."""
    return [
        (one.from_version, one.from_key, one.deals, one.to_key, (one.basis or one.reason or "").value)  # type: ignore[union-attr]
        for one in outcome.placements
    ]


async def with_stages(people: People, of: UUID, *some: dict[str, Any]) -> UUID:
    id = saved(await create_playbook(people.admin, CopyOf(of)))
    return saved(await update_playbook(people.admin, id, {"stages": [*some, WON, LOST]}))


RENAMED = (
    stage("discovery", 0.2, name="Discovery", aliases=["Qualify"]),
    stage("proof", 0.4, name="Proof of value", aliases=["validate"]),
    stage("offer", 0.6, name="Offer"),
    stage("negotiate", 0.8),
)


async def test_renamed_stages_are_found_by_mapping_and_by_aliases(people: People) -> None:
    first = await in_force(people.admin)
    deals = {key: await deal(people, first, key) for key in FOUR}
    second = await with_stages(people, first, *RENAMED)

    outcome = published(await publish(people.admin, second, stage_mapping=[("propose", "offer")]))

    assert placements(outcome) == [
        (1, "qualify", 1, "discovery", PlacementBasis.ALIAS),
        (1, "validate", 1, "proof", PlacementBasis.ALIAS),
        (1, "propose", 1, "offer", PlacementBasis.MAPPING),
        (1, "negotiate", 1, "negotiate", PlacementBasis.KEY),
    ]
    now = {key: (await place_of(one))[1] for key, one in deals.items()}
    assert now == {"qualify": "discovery", "validate": "proof", "propose": "offer", "negotiate": "negotiate"}
    assert (outcome.moved, outcome.staying, outcome.unplaced) == (4, 0, ())


async def test_merged_stages_come_together_and_of_what_was_said_the_last_word_that_holds_counts(people: People) -> None:
    first = await in_force(people.admin)
    one, other = await deal(people, first, "qualify"), await deal(people, first, "validate")
    for key in ("qualify", "validate"):
        await mark(one, (await criterion_of(first, key, "budget")).id, people, key)
    merged = stage("start", 0.2, exit_criteria=[criterion("money", description="the BUDGET  is confirmed.")])
    second = await with_stages(people, first, merged, stage("propose", 0.5), stage("negotiate", 0.7))

    outcome = published(
        await publish(people.admin, second, stage_mapping=[("qualify", "start"), ("validate", "start")])
    )

    assert [await place_of(each) for each in (one, other)] == [(second, "start")] * 2
    assert outcome.moved == 2
    money = await criterion_of(second, "start", "money")
    assert (await marks_of(one))[money.id] in ("qualify", "validate")
    assert outcome.lapses == ()


async def test_a_split_stage_has_its_deals_in_the_one_and_their_marks_in_both(people: People) -> None:
    first = await in_force(people.admin)
    stands = await deal(people, first, "qualify")
    for key in ("budget", "champion"):
        await mark(stands, (await criterion_of(first, "qualify", key)).id, people, key)
    halves = (
        stage("early", 0.1, exit_criteria=[criterion("champion")]),
        stage("late", 0.2, exit_criteria=[criterion("budget")]),
    )
    second = await with_stages(people, first, *halves, *(stage(key, 0.3 + n / 10) for n, key in enumerate(FOUR[1:])))

    published(await publish(people.admin, second, stage_mapping=[("qualify", "early")]))

    assert await place_of(stands) == (second, "early")
    both = [(await criterion_of(second, at, key)).id for at, key in (("early", "champion"), ("late", "budget"))]
    assert await marks_of(stands) == dict(zip(both, ("champion", "budget"), strict=True))


async def test_deals_of_every_version_before_go_along(people: People) -> None:
    first = await in_force(people.admin)
    oldest = await deal(people, first, "qualify")
    second = await next_version(people, first, "discover", "validate", "propose", "negotiate")
    assert told(await publish(people.admin, second))[2] == ((oldest.id, "qualify", "NO_COUNTERPART"),)
    newer = await deal(people, second, "discover")
    third = await next_version(people, second, "start", "validate", "propose", "negotiate")

    mapping = [("qualify", "start"), ("discover", "start")]
    outcome = published(await publish(people.admin, third, stage_mapping=mapping))

    assert placements(outcome) == [
        (1, "qualify", 1, "start", "MAPPING"),
        (2, "discover", 1, "start", "MAPPING"),
    ]
    assert [await place_of(one) for one in (oldest, newer)] == [(third, "start")] * 2


async def test_closed_deals_stay_where_they_were_closed(people: People) -> None:
    first = await in_force(people.admin)
    closed = [await deal(people, first, key) for key in ("won", "lost")]
    before = [await Opportunity.get(id=one.id).values() for one in closed]
    second = await with_stages(people, first, *RENAMED)
    published(await publish(people.admin, second, stage_mapping=[("propose", "offer")]))
    assert [await Opportunity.get(id=one.id).values() for one in closed] == before


async def test_a_deal_keeps_its_day_of_entry_and_its_past(people: People) -> None:
    first = await in_force(people.admin)
    stands = await deal(people, first, "propose")
    past = await StageTransition.all().values()
    second = await with_stages(people, first, *RENAMED)
    begun = len(await log())
    published(await publish(people.admin, second, stage_mapping=[("propose", "offer")]))
    now = await Opportunity.get(id=stands.id)
    assert (now.entered_stage_at, now.version) == (stands.entered_stage_at, 2)
    assert await StageTransition.all().values() == past
    assert (await log())[begun + 2 :] == [("OPPORTUNITY_UPDATED", stands.id, '{"fields": ["playbook", "stage"]}')]


@pytest.mark.parametrize(
    ("mapping", "expected"),
    [
        ([("no-such-stage", "offer")], [("INVALID", "stageMapping.0.from")]),
        ([("propose", "no-such-stage")], [("INVALID", "stageMapping.0.to")]),
        ([("propose", "won")], [("INVALID", "stageMapping.0.to")]),
        ([("won", "offer")], [("INVALID", "stageMapping.0.from")]),
        ([("propose", "offer"), ("propose", "proof")], [("INVALID", "stageMapping.1.from")]),
        ([("", "\0")], [("INVALID", "stageMapping.0.from"), ("INVALID", "stageMapping.0.to")]),
        ([("propose", "offer")] * 501, [("INVALID", "stageMapping")]),
    ],
)
async def test_a_mapping_of_what_is_not_there_changes_nothing(
    people: People, mapping: list[tuple[str, str]], expected: list[tuple[str, str]]
) -> None:
    first = await in_force(people.admin)
    await deal(people, first, "propose")
    second = await with_stages(people, first, *RENAMED)
    before = await everything()
    for dry_run in (True, False):
        assert errors(await publish(people.admin, second, stage_mapping=mapping, dry_run=dry_run)) == expected
    assert await everything() == before


async def test_a_dry_run_changes_nothing_and_tells_what_publishing_then_tells(people: People) -> None:
    first = await next_version(people, await in_force(people.admin))
    asking = stages(*FOUR)
    asking[0]["exit_criteria"] = [criterion(key, description=f"First, the {key} is.") for key in ("budget", "champion")]
    saved(await update_playbook(people.admin, first, {"stages": asking}))
    published(await publish(people.admin, first))
    for key in (*FOUR, "propose"):
        stands = await deal(people, first, key)
        for name in ("budget", "champion"):
            await mark(stands, (await criterion_of(first, "qualify", name)).id, people, name)
    await deal(people, first, "won")
    reworded = [criterion("budget", description="The budget is signed off."), criterion("fit")]
    changed = [{**RENAMED[0], "exit_criteria": reworded, "activities": [activity("call")]}, *RENAMED[1:]]
    second = await with_stages(people, first, *changed)
    before = await everything()

    foreseen = published(await publish(people.admin, second, dry_run=True))

    assert await everything() == before
    assert placements(foreseen)[2] == (2, "propose", 2, None, UnplacedReason.NO_COUNTERPART)
    assert [(one.stage_key, one.criterion_key, one.reason, one.new_wording, one.marks) for one in foreseen.lapses] == [
        ("qualify", "budget", "REWORDED", "The budget is signed off.", 3),
        ("qualify", "champion", "REMOVED", None, 3),
    ]
    done = published(await publish(people.admin, second))
    assert foreseen.dry_run
    assert not done.dry_run
    assert {**vars_of(foreseen), "dry_run": False} == vars_of(done)


def vars_of(outcome: Published) -> dict[str, object]:
    return {name: getattr(outcome, name) for name in Published.__slots__}


async def test_a_dry_run_can_write_nothing_and_locks_nothing(people: People) -> None:
    first = await in_force(people.admin)
    stands = await deal(people, first, "propose")
    second = await with_stages(people, first, *RENAMED)
    async with transaction() as other:
        await other.execute("SELECT FROM playbook FOR UPDATE")
        await other.execute("SELECT FROM opportunity WHERE id = $1 FOR UPDATE", stands.id)
        assert published(await publish(people.admin, second, dry_run=True)).staying == 1
    async with transaction() as tx:
        await tx.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ READ ONLY")
        assert published(await publish(people.admin, second, dry_run=True, tx=tx)).staying == 1
        with pytest.raises(asyncpg.ReadOnlySQLTransactionError):
            await publish(people.admin, second, tx=tx)


async def test_a_dry_run_is_refused_as_publishing_is(people: People) -> None:
    first = await in_force(people.admin)
    poor = await with_stages(people, first, stage("qualify", 0.5, exit_criteria=[]), stage("validate", 0.4))
    for id in (poor, first, new_id()):
        refusals = [errors(await publish(people.admin, id, dry_run=dry_run)) for dry_run in (True, False)]
        assert refusals[0] == refusals[1]
    assert errors(await publish(people.seller, poor, dry_run=True)) == [("FORBIDDEN", "")]


async def test_of_many_that_stay_all_are_counted_and_the_first_are_named(people: People) -> None:
    first = await in_force(people.admin)
    stands = await deal(people, first, "propose")
    columns = "name, account_id, partner_id, playbook_id, stage_id, status, entered_stage_at, source"
    async with transaction() as tx:
        await tx.execute(
            f"INSERT INTO opportunity (id, {columns}) SELECT gen_random_uuid(), {columns}"
            " FROM opportunity, generate_series(1, $2) WHERE id = $1",
            stands.id,
            LISTED,
        )
    second = await with_stages(people, first, *RENAMED)
    outcome = published(await publish(people.admin, second))
    assert (outcome.staying, len(outcome.unplaced)) == (LISTED + 1, LISTED)
    assert {one.reason for one in outcome.unplaced} == {UnplacedReason.NO_COUNTERPART}
