"""Writing enablement content."""

import asyncio
from dataclasses import replace
from typing import Any
from uuid import UUID

import pytest

from app.database import database
from app.enablement.upsert import ContentInput, ContentSaved, StageLink, upsert_content
from app.models import Content, Playbook
from app.outcomes import Refused
from app.playbooks.drafts import CopyOf, create_playbook
from app.vocabulary import ContentKind, LifecyclePhase, PartnerTier, PlaybookStatus
from tests.app.playbooks.builders import People, draft, errors, everything, in_force, log, saved, undone

CARD = ContentInput(
    key="battlecard",
    title="Battlecard",
    kind=ContentKind.BATTLECARD,
    summary="What to say when they ask for the others.",
    body="# They say\n\n*We say*",
    url="https://example.com/card?x=1#top",
    language="en",
    lifecycle_phase=LifecyclePhase.SELL,
    audience=(PartnerTier.GOLD, PartnerTier.SILVER, PartnerTier.GOLD),
    industries=("IT software", "Retail"),
)


def written(outcome: ContentSaved | Refused) -> UUID:
    assert isinstance(outcome, ContentSaved), outcome
    return outcome.content_id


async def links_of(content_id: UUID) -> dict[tuple[str, int, str], int]:
    rows = await database().fetch(
        "SELECT p.key AS playbook, p.version, s.key AS stage, l.position FROM stage_content l"
        " JOIN stage s ON s.id = l.stage_id JOIN playbook p ON p.id = s.playbook_id WHERE l.content_id = $1",
        content_id,
    )
    return {(row["playbook"], row["version"], row["stage"]): row["position"] for row in rows}


async def test_a_new_piece_is_stored_as_it_was_written(people: People) -> None:
    outcome = await upsert_content(people.admin, CARD)
    id = written(outcome)
    assert outcome == ContentSaved(id, created=True)
    stored = await Content.get(id=id)
    same = ("key", "title", "kind", "summary", "body", "url", "language", "lifecycle_phase", "archived")
    assert {name: getattr(stored, name) for name in same} == {name: getattr(CARD, name) for name in same}
    assert (stored.audience, stored.industries) == (["GOLD", "SILVER"], ["IT software", "Retail"])
    assert stored.version == 1
    assert await log() == [
        (
            "CONTENT_CHANGED",
            id,
            '{"fields": ["archived", "audience", "body", "industries", "kind", "lifecyclePhase", "reader", "stages", '
            '"summary", "title", "url"], "version": 1, "contentKey": "battlecard"}',
        )
    ]


async def test_writing_it_again_changes_nothing(people: People) -> None:
    await in_force(people.admin)
    linked = replace(CARD, stages=[StageLink("sales", "qualify")])
    id = written(await upsert_content(people.admin, linked))
    before = await everything()
    assert await upsert_content(people.admin, linked) == ContentSaved(id, created=False)
    assert await upsert_content(people.admin, replace(linked, language="EN", title=" Battlecard ")) == ContentSaved(
        id, created=False
    )
    assert await everything() == before


async def test_a_change_raises_the_version_and_names_what_changed(people: People) -> None:
    id = written(await upsert_content(people.admin, CARD))
    old = await Content.get(id=id)
    changed = replace(CARD, title="Card", body=None, lifecycle_phase=LifecyclePhase.ENABLE, expected_version=1)
    assert await upsert_content(people.admin, changed) == ContentSaved(id, created=False)
    stored = await Content.get(id=id)
    assert [stored.title, stored.body, stored.version] == ["Card", None, 2]
    assert stored.updated_at > old.updated_at
    told = '{"fields": ["body", "lifecyclePhase", "title"], "version": 2, "contentKey": "battlecard"}'
    assert (await log())[1:] == [("CONTENT_CHANGED", id, told)]


async def test_translations_are_pieces_of_their_own_under_one_key(people: People) -> None:
    english = written(await upsert_content(people.admin, CARD))
    brazilian = written(await upsert_content(people.admin, replace(CARD, language="PT-br")))
    assert english != brazilian
    assert (await Content.get(id=brazilian)).language == "pt-BR"


async def test_links_lead_to_the_published_and_the_draft_version(people: People) -> None:
    first = await in_force(people.admin)
    second = await in_force(people.admin, "other")
    saved(await create_playbook(people.admin, CopyOf(first)))
    written(await upsert_content(people.admin, replace(CARD, key="deck", stages=[StageLink("sales", "qualify", 4)])))
    places = [StageLink("sales", "qualify"), StageLink("sales", "validate", 3), StageLink("other", "qualify", 0)]
    id = written(await upsert_content(people.admin, replace(CARD, stages=places)))
    assert await links_of(id) == {
        ("sales", 1, "qualify"): 5,
        ("sales", 2, "qualify"): 5,
        ("sales", 1, "validate"): 3,
        ("sales", 2, "validate"): 3,
        ("other", 1, "qualify"): 0,
    }
    await Playbook.filter(id=second).update(status=PlaybookStatus.ARCHIVED)
    written(await upsert_content(people.admin, replace(CARD, stages=[])))
    assert await links_of(id) == {("other", 1, "qualify"): 0}
    told = '{"fields": ["stages"], "version": 2, "contentKey": "battlecard"}'
    assert (await log())[-1] == ("CONTENT_CHANGED", id, told)


async def test_links_stay_when_nothing_is_said_about_them(people: People) -> None:
    await in_force(people.admin)
    id = written(await upsert_content(people.admin, replace(CARD, stages=[StageLink("sales", "qualify", 2)])))
    written(await upsert_content(people.admin, replace(CARD, title="Other")))
    assert await links_of(id) == {("sales", 1, "qualify"): 2}


async def test_a_new_translation_stands_where_the_others_do(people: People) -> None:
    await in_force(people.admin)
    written(await upsert_content(people.admin, replace(CARD, stages=[StageLink("sales", "qualify", 2)])))
    german = written(await upsert_content(people.admin, replace(CARD, language="de")))
    apart = written(await upsert_content(people.admin, replace(CARD, language="fr", stages=[])))
    assert await links_of(german) == {("sales", 1, "qualify"): 2}
    assert await links_of(apart) == {}


async def test_a_translation_that_names_its_stage_alone_stands_beside_its_original(people: People) -> None:
    await in_force(people.admin)
    stage = [StageLink("sales", "qualify")]
    written(await upsert_content(people.admin, replace(CARD, stages=stage)))
    for key in ("one", "two"):
        written(await upsert_content(people.admin, replace(CARD, key=key, stages=stage)))
    german = written(await upsert_content(people.admin, replace(CARD, language="de", stages=stage)))
    other = written(await upsert_content(people.admin, replace(CARD, key="three", stages=stage)))
    assert await links_of(german) == {("sales", 1, "qualify"): 0}
    assert await links_of(other) == {("sales", 1, "qualify"): 3}


async def test_a_translation_stands_where_its_original_does(people: People) -> None:
    await in_force(people.admin)
    there = [StageLink("sales", "qualify", 4)]
    german = written(await upsert_content(people.admin, replace(CARD, language="de", stages=there)))
    english = written(await upsert_content(people.admin, replace(CARD, stages=[StageLink("sales", "qualify", 1)])))
    assert await links_of(english) == await links_of(german) == {("sales", 1, "qualify"): 1}

    elsewhere = [StageLink("sales", "qualify", 7), StageLink("sales", "validate", 3)]
    written(await upsert_content(people.admin, replace(CARD, language="de", stages=elsewhere)))
    assert await links_of(german) == {("sales", 1, "qualify"): 1, ("sales", 1, "validate"): 3}
    assert await links_of(english) == {("sales", 1, "qualify"): 1}

    written(await upsert_content(people.admin, replace(CARD, stages=[StageLink("sales", "propose", 2)])))
    assert await links_of(english) == await links_of(german) == {("sales", 1, "propose"): 2}
    assert (await Content.get(id=german)).version == 4
    told = ("CONTENT_CHANGED", german, '{"fields": ["stages"], "version": 4, "contentKey": "battlecard"}')
    assert told in (await log())[-2:]
    before = await everything()
    written(await upsert_content(people.admin, replace(CARD, stages=[StageLink("sales", "propose", 2)])))
    assert await everything() == before


async def test_without_one_in_the_programmes_language_the_first_there_was_is_the_original(people: People) -> None:
    await in_force(people.admin)
    french = written(
        await upsert_content(people.admin, replace(CARD, language="fr", stages=[StageLink("sales", "qualify", 2)]))
    )
    german = written(
        await upsert_content(people.admin, replace(CARD, language="de", stages=[StageLink("sales", "qualify", 5)]))
    )
    assert await links_of(french) == await links_of(german) == {("sales", 1, "qualify"): 2}


async def test_a_draft_whose_links_change_counts_as_changed(people: People) -> None:
    in_work = await draft(people.admin)
    others = await draft(people.admin, "other")
    old = {one.id: one.updated_at for one in await Playbook.all()}
    written(await upsert_content(people.admin, replace(CARD, stages=[StageLink("sales", "qualify")])))
    new = {one.id: one.updated_at for one in await Playbook.all()}
    assert new[in_work] > old[in_work]
    assert new[others] == old[others]


async def test_a_link_that_leads_nowhere_is_named(people: People) -> None:
    await in_force(people.admin)
    before = await everything()
    links = [StageLink("sales", "qualify"), StageLink("sales", "nowhere"), StageLink("unknown", "qualify")]
    refused = await upsert_content(people.admin, replace(CARD, stages=links))
    assert errors(refused) == [("INVALID", "stages.1"), ("INVALID", "stages.2")]
    assert await everything() == before


@pytest.mark.parametrize(
    ("changes", "paths"),
    [
        ({"key": "Not a key"}, ["key"]),
        ({"key": ""}, ["key"]),
        ({"title": "  "}, ["title"]),
        ({"title": "x" * 121}, ["title"]),
        ({"summary": "x" * 10_001}, ["summary"]),
        ({"summary": "a\0b"}, ["summary"]),
        ({"body": "a\0b"}, ["body"]),
        ({"body": "x" * 200_001}, ["body"]),
        ({"body": "é" * 100_001}, ["body"]),
        ({"body": "\ud800"}, ["body"]),
        ({"url": "javascript:alert(1)"}, ["url"]),
        ({"url": "data:text/html,x"}, ["url"]),
        ({"url": "ftp://example.com"}, ["url"]),
        ({"url": "https://"}, ["url"]),
        ({"url": "https:///path"}, ["url"]),
        ({"url": "/relative"}, ["url"]),
        ({"url": "https://[::1"}, ["url"]),
        ({"url": "https://example.com:99999/"}, ["url"]),
        ({"url": "https://exa mple.com"}, ["url"]),
        ({"url": "https://example.com/\nx"}, ["url"]),
        ({"url": "https://bank.example@evil.example/"}, ["url"]),
        ({"url": "https://example.com/" + "x" * 2_000}, ["url"]),
        ({"language": ""}, ["language"]),
        ({"language": "english"}, ["language"]),
        ({"language": "en_US"}, ["language"]),
        ({"language": "e"}, ["language"]),
        ({"language": "en-"}, ["language"]),
        ({"language": "en-us-"}, ["language"]),
        ({"audience": ["BRONZE"]}, ["audience.0"]),
        ({"industries": ["IT", ""]}, ["industries.1"]),
        ({"industries": ["a\0"]}, ["industries.0"]),
        ({"industries": [str(n) for n in range(101)]}, ["industries"]),
        ({"kind": "POEM"}, ["kind"]),
        ({"stages": [StageLink("sales", "qualify", -1)]}, ["stages.0.position"]),
        ({"stages": [StageLink("sales", "qualify", 2**40)]}, ["stages.0.position"]),
        ({"key": "No", "title": "", "url": "x", "language": "?"}, ["key", "title", "url", "language"]),
    ],
)
async def test_what_is_no_content_is_refused(people: People, changes: dict[str, Any], paths: list[str]) -> None:
    written(await upsert_content(people.admin, CARD))
    before = await everything()
    refused = await upsert_content(people.admin, replace(CARD, **changes))
    assert errors(refused) == [("INVALID", path) for path in paths]
    assert await everything() == before


@pytest.mark.parametrize(
    "changes",
    [
        {"body": "é" * 100_000},
        {"url": "HTTP://example.com"},
        {"url": "http://localhost:8080/a?b=c&d=%20#e"},
        {"language": "zh-Hant-TW"},
        {"language": "de-1996"},
        {"language": "es-419"},
        {"language": "gsw"},
    ],
)
async def test_what_is_content_is_taken(people: People, changes: dict[str, Any]) -> None:
    id = written(await upsert_content(people.admin, replace(CARD, **changes)))
    stored = await Content.get(id=id)
    assert {name: getattr(stored, name) for name in changes} == changes


async def test_the_longest_text_can_be_searched_however_many_words_it_has(people: People) -> None:
    words = "".join(f"a{n:x}-b{n:x}-c{n:x} " for n in range(11_800))
    assert 190_000 < len(words) < 200_000
    id = written(await upsert_content(people.admin, replace(CARD, body=words)))
    found = await database().fetch("SELECT id FROM content WHERE search @@ to_tsquery('simple', 'c2e17')")
    assert [row["id"] for row in found] == [id]


async def test_inside_another_transaction_everything_is_undone_with_it(people: People) -> None:
    before = await everything()
    async with undone() as tx:
        written(await upsert_content(people.admin, CARD, tx=tx))
    assert await everything() == before


@pytest.mark.parametrize("expected", [1, 3])
async def test_a_change_made_on_another_version_is_a_conflict(people: People, expected: int) -> None:
    written(await upsert_content(people.admin, CARD))
    written(await upsert_content(people.admin, replace(CARD, title="Theirs")))
    before = await everything()
    refused = await upsert_content(people.admin, replace(CARD, title="Mine", expected_version=expected))
    assert errors(refused) == [("CONFLICT", "expectedVersion")]
    assert await everything() == before


async def test_version_zero_is_expected_of_what_is_not_there(people: People) -> None:
    new = replace(CARD, expected_version=0)
    assert errors(await upsert_content(people.admin, replace(CARD, expected_version=1))) == [
        ("CONFLICT", "expectedVersion")
    ]
    assert await Content.all().count() == 0
    written(await upsert_content(people.admin, new))
    assert errors(await upsert_content(people.admin, new)) == [("CONFLICT", "expectedVersion")]


async def test_partners_write_no_content(people: People) -> None:
    before = await everything()
    assert errors(await upsert_content(people.seller, CARD)) == [("FORBIDDEN", "")]
    assert await everything() == before


async def test_of_many_who_write_a_new_piece_at_once_one_creates_it(people: People) -> None:
    outcomes = await asyncio.gather(
        *(upsert_content(people.admin, replace(CARD, title=f"Title {n}")) for n in range(5))
    )
    assert len({written(outcome) for outcome in outcomes}) == 1
    assert sum(isinstance(outcome, ContentSaved) and outcome.created for outcome in outcomes) == 1
    assert (await Content.get(key=CARD.key)).version == 5
