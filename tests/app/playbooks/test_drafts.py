"""Making playbooks, and working on their drafts."""

import asyncio
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

import pytest

from app.database import transaction
from app.models import Content, Playbook, Stage, StageContent
from app.models.columns import new_id
from app.playbooks import documents
from app.playbooks.drafts import CopyOf, FromTemplate, create_playbook, update_playbook
from app.playbooks.templates import templates
from app.playbooks.versions import PlaybookSaved
from app.vocabulary import ContentKind, PlaybookStatus, TransitionKind
from tests.app.playbooks.builders import (
    FOUR,
    LOST,
    WON,
    People,
    activity,
    criterion,
    criterion_of,
    deal,
    draft,
    errors,
    everything,
    in_force,
    log,
    saved,
    stage,
    stage_of,
    stages,
    stay,
    undone,
)


async def stored(playbook_id: UUID) -> dict[str, Any]:
    async with transaction() as tx:
        found = await documents.read(tx, playbook_id)
    assert found is not None
    return found


async def row(playbook_id: UUID) -> tuple[str, int, str]:
    playbook = await Playbook.get(id=playbook_id)
    return playbook.key, playbook.version, playbook.status.value


async def content(key: str, language: str = "en") -> Content:
    return await Content.create(key=key, title=key, kind=ContentKind.DECK, language=language)


@pytest.mark.parametrize("key", [template.key for template in templates()])
async def test_a_starter_becomes_a_draft_with_all_it_has(people: People, key: str) -> None:
    spec = next(template.spec for template in templates() if template.key == key)

    id = saved(await create_playbook(people.admin, FromTemplate(key)))

    assert await stored(id) == {**spec.model_dump(mode="json"), "review_due_at": None}
    assert await row(id) == (key, 1, "DRAFT")
    assert await log() == [("PLAYBOOK_CREATED", id, f'{{"version": 1, "playbookKey": "{key}"}}')]
    thresholds = {stage.key: stage.stall_after_days for stage in await Stage.filter(playbook_id=id)}
    assert thresholds == {stage.key: stage.target_days for stage in spec.stages}


async def test_a_starter_takes_another_key_name_and_industry(people: People) -> None:
    source = FromTemplate("it-software")
    id = saved(await create_playbook(people.admin, source, key="emea", name=" EMEA ", industry="Banking"))
    playbook = await Playbook.get(id=id)
    assert (playbook.key, playbook.name, playbook.industry) == ("emea", "EMEA", "Banking")


async def test_from_nothing_a_playbook_has_the_three_stages_it_must_have(people: People) -> None:
    id = saved(await create_playbook(people.admin, None, key="direct", name="Direct", industry="Retail"))
    found = await stored(id)
    assert [(stage["key"], stage["kind"]) for stage in found["stages"]] == [
        ("qualification", "OPEN"),
        ("won", "WON"),
        ("lost", "LOST"),
    ]
    assert (found["name"], found["industry"]) == ("Direct", "Retail")


async def test_a_copy_under_the_same_key_is_the_next_version_with_all_the_first_has(people: People) -> None:
    first = await draft(people.admin)
    piece = await content("deck")
    changed = [stage(FOUR[0], 0.1, contents=["deck"], entry_criteria=[criterion("fit", required=False)]), WON, LOST]
    questions = [{"key": "pain", "label": "Pain", "prompt": "What hurts?"}]
    saved(await update_playbook(people.admin, first, {"stages": changed, "questions": questions}))
    await Playbook.filter(id=first).update(status=PlaybookStatus.PUBLISHED)

    second = saved(await create_playbook(people.admin, CopyOf(first)))

    assert await row(second) == ("sales", 2, "DRAFT")
    assert await stored(second) == await stored(first)
    assert (await stored(second))["stages"][0]["contents"] == [str(piece.id)]
    assert (await stage_of(second, FOUR[0])).id != (await stage_of(first, FOUR[0])).id


async def test_a_copy_under_a_new_key_is_a_playbook_of_its_own(people: People) -> None:
    first = await draft(people.admin)
    second = saved(await create_playbook(people.admin, CopyOf(first), key="retail", name="Retail"))
    assert await row(second) == ("retail", 1, "DRAFT")
    assert await stored(second) == {**await stored(first), "key": "retail", "name": "Retail"}


async def test_copies_of_a_playbook_do_not_wait_for_each_other(people: People) -> None:
    source = await in_force(people.admin)
    before = await Stage.filter(playbook_id=source).count()
    async with transaction() as other:
        locked = await other.fetch("SELECT FROM stage WHERE playbook_id = $1 FOR NO KEY UPDATE", source)
        assert len(locked) == before > 0
        async with transaction() as tx:
            await tx.execute("SET LOCAL lock_timeout = '2s'")
            made = saved(await create_playbook(people.admin, CopyOf(source), key="copy", name="Copy", tx=tx))
    assert await Stage.filter(playbook_id=made).count() == before


async def test_a_key_has_one_draft_at_a_time(people: People) -> None:
    first = await in_force(people.admin)
    saved(await create_playbook(people.admin, CopyOf(first)))
    before = await everything()

    refused = await create_playbook(people.admin, CopyOf(first))

    assert errors(refused) == [("CONFLICT", "key")]
    assert "Version 2 of “sales”" in refused.errors[0].message  # type: ignore[union-attr]
    assert await everything() == before


@pytest.mark.parametrize("source", [None, FromTemplate("it-software"), "copy"])
async def test_only_a_copy_of_a_playbook_extends_its_key(people: People, source: Any) -> None:
    await in_force(people.admin, "taken")
    source = CopyOf(await in_force(people.admin, "other")) if source == "copy" else source
    before = await everything()
    assert errors(await create_playbook(people.admin, source, key="taken", name="Taken")) == [("CONFLICT", "key")]
    assert await everything() == before


@pytest.mark.parametrize(
    ("source", "given", "expected"),
    [
        (None, {}, [("INVALID", "key"), ("INVALID", "name")]),
        (None, {"key": "Not a key", "name": " "}, [("INVALID", "key"), ("INVALID", "name")]),
        (None, {"key": "k", "name": "a\0b"}, [("INVALID", "name")]),
        (None, {"key": "k" * 121, "name": "N"}, [("INVALID", "key")]),
        (FromTemplate("it-software"), {"industry": "x" * 121}, [("INVALID", "industry")]),
        (FromTemplate("unknown"), {}, [("NOT_FOUND", "templateKey")]),
        (CopyOf(new_id()), {}, [("NOT_FOUND", "copyOf")]),
    ],
)
async def test_what_can_not_be_made_changes_nothing(
    people: People, source: Any, given: dict[str, Any], expected: list[tuple[str, str]]
) -> None:
    before = await everything()
    assert errors(await create_playbook(people.admin, source, **given)) == expected
    assert await everything() == before


async def test_partners_make_and_change_no_playbooks(people: People) -> None:
    id = await draft(people.admin)
    before = await everything()
    assert errors(await create_playbook(people.seller, FromTemplate("it-software"))) == [("FORBIDDEN", "")]
    assert errors(await update_playbook(people.seller, id, {"name": "Mine"})) == [("FORBIDDEN", "")]
    assert await everything() == before


async def test_of_two_who_begin_a_draft_at_once_one_is_told_of_the_other(people: People) -> None:
    first = await in_force(people.admin)
    outcomes = await asyncio.gather(*(create_playbook(people.admin, CopyOf(first)) for _ in range(4)))
    assert sum(isinstance(outcome, PlaybookSaved) for outcome in outcomes) == 1
    assert await Playbook.filter(key="sales").count() == 2
    fresh = await asyncio.gather(*(create_playbook(people.admin, None, key="new", name="New") for _ in range(4)))
    assert sum(isinstance(outcome, PlaybookSaved) for outcome in fresh) == 1
    assert {code for outcome in fresh if not isinstance(outcome, PlaybookSaved) for code in errors(outcome)} == {
        ("CONFLICT", "key")
    }


async def test_rows_keep_their_ids_while_they_keep_their_keys(people: People) -> None:
    id = await draft(people.admin)
    qualify = await stage_of(id, "qualify")
    budget, champion = [await criterion_of(id, "qualify", key) for key in ("budget", "champion")]

    renamed = stage(
        "qualify",
        0.3,
        name="Discovery",
        aliases=["Prospecting"],
        buyer_phase="AWARENESS",
        auto_advance=True,
        exit_criteria=[criterion("fit"), criterion("budget", expression="deal.amount > 0.0")],
        activities=[activity("demo", effort_minutes=30)],
    )
    saved(await update_playbook(people.admin, id, {"stages": [stage("first", 0.1), renamed, WON, LOST]}))

    kept = await stage_of(id, "qualify")
    assert (kept.id, kept.name, kept.position, kept.aliases) == (qualify.id, "Discovery", 1, ["Prospecting"])
    same = await criterion_of(id, "qualify", "budget")
    assert (same.id, same.expression, same.check_kind.value) == (budget.id, "deal.amount > 0.0", "EXPRESSION")
    found = await stored(id)
    assert [stage["key"] for stage in found["stages"]] == ["first", "qualify", "won", "lost"]
    assert [one["key"] for one in found["stages"][1]["exit_criteria"]] == ["fit", "budget"]
    assert [one["key"] for one in found["stages"][1]["activities"]] == ["demo"]
    assert not await type(champion).exists(id=champion.id)


async def test_parts_that_are_not_given_stay_as_they_are(people: People) -> None:
    id = await draft(people.admin)
    before = await stored(id)
    due = datetime(2027, 1, 1, tzinfo=UTC)
    saved(await update_playbook(people.admin, id, {"review_due_at": due, "description": "For all."}))
    assert await stored(id) == {**before, "review_due_at": due, "description": "For all."}
    saved(await update_playbook(people.admin, id, {"review_due_at": None}))
    assert await stored(id) == {**before, "description": "For all."}


async def test_an_update_without_a_difference_changes_nothing(people: People) -> None:
    id = await draft(people.admin)
    await content("deck")
    await content("deck", "de")
    with_links = [stage("qualify", 0.2, contents=["deck"]), WON, LOST]
    saved(await update_playbook(people.admin, id, {"stages": with_links}))
    before = await everything()
    saved(await update_playbook(people.admin, id, {"stages": with_links, "name": " Sales "}))
    assert await everything() == before


async def test_an_update_is_told_and_makes_the_playbook_younger(people: People) -> None:
    id = await draft(people.admin)
    old, told = await Playbook.get(id=id), len(await log())
    saved(await update_playbook(people.admin, id, {"name": "Better"}))
    assert (await Playbook.get(id=id)).updated_at > old.updated_at
    assert (await log())[told:] == [("PLAYBOOK_UPDATED", id, '{"version": 1, "playbookKey": "sales"}')]


async def test_content_is_linked_by_key_with_all_translations_or_by_id_alone(people: People) -> None:
    english, german, other = await content("deck"), await content("deck", "de"), await content("card")
    id = await draft(people.admin)
    linked = [
        stage("qualify", 0.1, contents=[str(other.id), "deck"]),
        stage("propose", 0.5, contents=[str(german.id), "deck"]),
    ]
    saved(await update_playbook(people.admin, id, {"stages": [*linked, WON, LOST]}))

    async def places(key: str) -> dict[UUID, int]:
        rows = await StageContent.filter(stage_id=(await stage_of(id, key)).id)
        return {link.content_id: link.position for link in rows}  # type: ignore[attr-defined]

    assert await places("qualify") == {other.id: 0, english.id: 1, german.id: 1}
    assert await places("propose") == {german.id: 0, english.id: 0}  # a translation stands where its original does


async def test_all_problems_are_reported_at_once(people: People) -> None:
    id = await draft(people.admin)
    before = await everything()
    broken = [
        stage("qualify", 1.5, exit_criteria=[criterion("a", expression="deal.amount >"), criterion("a")]),
        stage("qualify", 0.5, contents=["nowhere"], activities=[activity("call", effort_minutes=0)]),
        {**WON, "win_probability": 0.9},
    ]
    refused = await update_playbook(people.admin, id, {"name": "", "stages": broken})
    assert sorted(errors(refused)) == [
        ("INVALID", "name"),
        ("INVALID", "stages"),  # no lost stage
        ("INVALID", "stages.0.exitCriteria.0.expression"),
        ("INVALID", "stages.0.exitCriteria.1.key"),
        ("INVALID", "stages.0.winProbability"),
        ("INVALID", "stages.1.activities.0.effortMinutes"),
        ("INVALID", "stages.1.contents.0"),
        ("INVALID", "stages.1.key"),
        ("INVALID", "stages.1.name"),
        ("INVALID", "stages.2.winProbability"),
    ]
    assert await everything() == before


@pytest.mark.parametrize(
    ("changes", "path"),
    [
        ({"stages": "no list"}, "stages"),
        ({"stages": [1, "two", None]}, "stages.0"),
        ({"stages": [{**WON, "contents": [5]}]}, "stages.0.contents.0"),
        ({"stages": [{**WON, "contents": ["a\0b"]}]}, "stages.0.contents.0"),
        ({"stages": [{**WON, "exit_criteria": 7}]}, "stages.0.exitCriteria"),
        ({"review_due_at": datetime(2027, 1, 1)}, "reviewDueAt"),  # noqa: DTZ001
        ({"review_due_at": datetime.max.replace(tzinfo=UTC)}, "reviewDueAt"),
        ({"description": "a\0b"}, "description"),
        ({"description": "\ud800"}, "description"),
        ({"name": None}, "name"),
        ({"version": 7}, "version"),
        ({"key": "other"}, "key"),
        ({"questions": [{"key": "a", "label": "A"}] * 2}, "questions.1.key"),
        ({"stages": stages(*(f"s{n}" for n in range(101)))}, "stages"),
    ],
)
async def test_what_is_no_playbook_is_refused(people: People, changes: dict[str, Any], path: str) -> None:
    id = await draft(people.admin)
    before = await everything()
    assert ("INVALID", path) in errors(await update_playbook(people.admin, id, changes))
    assert await everything() == before


async def test_an_unknown_content_is_named(people: People) -> None:
    id = await draft(people.admin)
    before = await everything()
    unknown = [stage("qualify", 0.1, contents=["nowhere", str(new_id())]), WON, LOST]
    refused = await update_playbook(people.admin, id, {"name": "New", "stages": unknown})
    assert errors(refused) == [("INVALID", "stages.0.contents.0"), ("INVALID", "stages.0.contents.1")]
    assert await everything() == before


async def test_a_stage_under_deals_or_their_past_stays(people: People) -> None:
    id = await draft(people.admin)
    for _ in range(2):
        await deal(people, id, "validate")
    passed = await deal(people, id, "negotiate")
    propose, negotiate = await stage_of(id, "propose"), await stage_of(id, "negotiate")
    await stay(passed, 2, propose.id, negotiate.id, 3, TransitionKind.FORWARD)
    before = await everything()

    refused = await update_playbook(people.admin, id, {"stages": stages("qualify", "negotiate")})

    assert errors(refused) == [("INVALID", "stages"), ("INVALID", "stages")]
    assert [error.message.split(".")[0] for error in refused.errors] == [  # type: ignore[union-attr]
        "“validate” can't be removed: 2 deals stand on it or came through it",
        "“propose” can't be removed: 1 deal stand on it or came through it",
    ]
    assert await everything() == before
    saved(await update_playbook(people.admin, id, {"stages": stages("validate", "propose", "negotiate")}))


async def test_a_stage_under_deals_keeps_its_kind(people: People) -> None:
    id = await draft(people.admin)
    await deal(people, id, "negotiate")
    before = await everything()
    others = [stage for stage in stages(*FOUR) if stage["key"] not in ("negotiate", "lost")]
    turned = {**LOST, "key": "negotiate", "name": "Negotiate"}
    refused = await update_playbook(people.admin, id, {"stages": [*others, turned]})
    assert errors(refused) == [("INVALID", "stages.4.kind")]
    assert await everything() == before


async def test_deals_stay_on_the_stages_of_a_draft_that_changes(people: People) -> None:
    id = await draft(people.admin)
    stands = await deal(people, id, "validate")
    saved(await update_playbook(people.admin, id, {"stages": stages("first", "validate", "last")}))
    await stands.refresh_from_db()
    assert stands.stage_id == (await stage_of(id, "validate")).id  # type: ignore[attr-defined]


@pytest.mark.parametrize("status", [PlaybookStatus.PUBLISHED, PlaybookStatus.ARCHIVED])
async def test_only_drafts_change(people: People, status: PlaybookStatus) -> None:
    id = await draft(people.admin)
    await Playbook.filter(id=id).update(status=status)
    before = await everything()
    refused = await update_playbook(people.admin, id, {"name": "New"})
    assert errors(refused) == [("INVALID", "playbookId")]
    assert "create a draft copy" in refused.errors[0].message  # type: ignore[union-attr]
    assert await everything() == before


async def test_an_unknown_playbook_is_not_found(people: People) -> None:
    assert errors(await update_playbook(people.admin, new_id(), {"name": "New"})) == [("NOT_FOUND", "playbookId")]


async def test_a_change_made_on_an_older_state_is_a_conflict(people: People) -> None:
    id = await draft(people.admin)
    seen = (await Playbook.get(id=id)).updated_at
    saved(await update_playbook(people.admin, id, {"name": "Theirs"}, expected_updated_at=seen))
    before = await everything()
    refused = await update_playbook(people.admin, id, {"name": "Mine"}, expected_updated_at=seen)
    assert errors(refused) == [("CONFLICT", "expectedUpdatedAt")]
    assert await everything() == before


async def test_inside_another_transaction_everything_is_undone_with_it(people: People) -> None:
    id = await draft(people.admin)
    before = await everything()

    async with undone() as tx:
        saved(await create_playbook(people.admin, FromTemplate("it-software"), tx=tx))
        saved(await update_playbook(people.admin, id, {"name": "New"}, tx=tx))
    assert await everything() == before


async def test_a_draft_measured_by_an_import_can_be_copied_as_it_is(people: People) -> None:
    id = await draft(people.admin)
    await Stage.filter(playbook_id=id, key="validate").update(name="x" * 300)
    copied = saved(await create_playbook(people.admin, CopyOf(id), key="copied"))
    assert (await stage_of(copied, "validate")).name == "x" * 300
