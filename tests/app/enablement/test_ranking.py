"""The order in which a stage's content is shown."""

import itertools
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from app.database import database
from app.database.sql import Sql, all_of, joined, sql
from app.enablement.ranking import best_translation, meant_for_deal, rank_for_deal, rank_of
from app.identity.scopes import scope_of, slots_of
from app.identity.viewer import Viewer
from app.identity.visibility import visible
from app.models import Content, Stage, StageContent
from app.models.columns import new_id
from app.settings import Settings, use_settings
from app.vocabulary import ContentKind, OrganizationKind, PartnerTier, Role
from tests.app.playbooks.builders import People, in_force, stage_of


@pytest.fixture
async def stage(people: People) -> Stage:
    return await stage_of(await in_force(people.admin), "qualify")


def seller(**changes: Any) -> Viewer:
    known = {"language": "de", "tier": PartnerTier.GOLD, "industries": ("Retail",), **changes}
    return Viewer(new_id(), new_id(), OrganizationKind.PARTNER, Role.PARTNER_SELLER, **known)


VENDOR = Viewer(new_id(), new_id(), OrganizationKind.VENDOR, Role.CHANNEL_MANAGER, "de")


async def piece(stage: Stage, name: str, position: int = 0, **changes: Any) -> None:
    given = {"key": name, "language": "en", "kind": ContentKind.DECK, **changes}
    made = await Content.create(title=name, **given)
    await StageContent.create(stage_id=stage.id, content_id=made.id, position=position)


async def shown(stage: Stage, viewer: Viewer) -> list[str]:
    scope = scope_of(viewer)
    where = [visible(scope, "content", "c"), best_translation("c", "l", visible(scope, "content", "bc"))]
    return await _read(stage, viewer, where, [*rank_of("c", "l"), sql("c.id")])


async def shown_for_deal(stage: Stage, viewer: Viewer, tier: PartnerTier | None, industry: str | None) -> list[str]:
    facts = {"tier": sql("{}::text", tier and tier.value), "industry": sql("{}::text", industry)}
    where = [meant_for_deal("c", **facts), best_translation("c", "l", meant_for_deal("bc", **facts))]
    return await _read(stage, viewer, where, [*rank_for_deal("c", "l", **facts), sql("c.id")])


async def _read(stage: Stage, viewer: Viewer, where: list[Sql], order: list[Sql]) -> list[str]:
    statement = sql(
        "SELECT c.title FROM stage_content l JOIN content c ON c.id = l.content_id"
        " WHERE l.stage_id = {} AND {} ORDER BY {}",
        stage.id,
        all_of(where),
        joined(", ", order),
    ).statement()
    rows = await database().fetch(statement.text, *statement.arguments(slots_of(viewer)))
    return [row["title"] for row in rows]


async def test_the_playbook_goes_first_then_language_then_fit_then_the_kind(stage: Stage) -> None:
    await piece(stage, "english", 7)
    await piece(stage, "austrian checklist", 7, language="de-AT", kind=ContentKind.CHECKLIST)
    await piece(stage, "german deck", 7, language="de")
    await piece(stage, "german late", 9, language="de", audience=["GOLD"], industries=["Retail"])
    await piece(stage, "german for gold", 7, language="de", audience=["GOLD"])
    await piece(stage, "german for retail", 7, language="DE", industries=["Retail", "Banking"])
    await piece(stage, "german for both", 7, language="de", audience=["GOLD"], industries=["Retail"])
    await piece(stage, "english for gold", 7, audience=["GOLD", "SILVER"])
    await piece(stage, "french early", 2, language="fr")
    await piece(stage, "english early", 2)
    assert await shown(stage, seller()) == [
        "english early",
        "german for both",
        "german for gold",
        "german for retail",
        "german deck",
        "austrian checklist",
        "english for gold",
        "english",
        "german late",
    ]


async def test_kinds_stand_in_the_order_of_their_list(stage: Stage) -> None:
    for kind in sorted(ContentKind):
        await piece(stage, kind.value, kind=kind)
    assert await shown(stage, seller()) == [kind.value for kind in ContentKind]


async def test_what_ties_stands_in_the_order_of_its_making(stage: Stage) -> None:
    for name in ("b", "a", "c"):
        await piece(stage, name)
    assert await shown(stage, seller()) == ["b", "a", "c"]


@pytest.mark.parametrize(
    ("speaks", "languages", "best"),
    [
        ("de", ("en", "de", "fr"), "de"),
        ("de-AT", ("de-CH", "de", "de-AT", "en"), "de-AT"),
        ("de-AT", ("de-CH", "de", "en"), "de"),
        ("de-AT", ("en", "de-CH"), "de-CH"),
        ("de", ("de-AT", "de"), "de"),
        ("ja", ("fr", "en", "de"), "en"),
        ("ja", ("fr", "en-GB", "en"), "en"),
        ("ja", ("fr", "en-GB"), "en-GB"),
        ("pt-PT", ("en", "pt-BR"), "pt-BR"),
        ("zh-Hant-TW", ("zh-Hans", "en"), "en"),
        ("zh-Hant-TW", ("zh-Hans", "zh-Hant", "zh"), "zh-Hant"),
        ("zh-TW", ("zh-Hant", "en"), "zh-Hant"),
    ],
)
async def test_of_translations_the_one_in_the_best_language_is_shown(
    stage: Stage, speaks: str, languages: tuple[str, ...], best: str
) -> None:
    for language in languages:
        await piece(stage, language, key="card", language=language)
    assert await shown(stage, seller(language=speaks)) == [best]


@pytest.mark.parametrize(
    ("speaks", "languages"),
    [("en", ("fr", "pt-BR")), ("en-GB", ("de",)), ("ja", ("fr", "de")), ("zh-Hant", ("zh-Hans",)), ("de", ("nds",))],
)
async def test_what_is_neither_in_the_readers_language_nor_in_the_programmes_is_not_shown(
    stage: Stage, speaks: str, languages: tuple[str, ...]
) -> None:
    for n, language in enumerate(languages):
        await piece(stage, language, n, language=language)
    await piece(stage, "guide", 9)
    assert await shown(stage, seller(language=speaks)) == ["guide"]
    assert await shown_for_deal(stage, seller(language=speaks), PartnerTier.GOLD, "Retail") == ["guide"]


async def test_the_programmes_language_is_a_setting(stage: Stage) -> None:
    for language in ("en", "fr", "de"):
        await piece(stage, language, language=language)
    use_settings(Settings(default_language="FR"))
    try:
        assert await shown(stage, seller(language="ja")) == ["fr"]
        assert await shown(stage, seller(language="de")) == ["de", "fr"]
    finally:
        use_settings(None)


async def test_industries_are_the_same_in_any_case(stage: Stage) -> None:
    await piece(stage, "retail", industries=["RETAIL"])
    await piece(stage, "öl", 1, industries=["ÖL & GAS", 'a "quoted", one'])
    await piece(stage, "banking", 2, industries=["Banking"])
    assert await shown(stage, seller(industries=("retail", "Öl & gas"))) == ["retail", "öl"]
    assert await shown_for_deal(stage, VENDOR, None, "öL & Gas") == ["öl"]
    assert await shown_for_deal(stage, VENDOR, None, 'A "QUOTED", one') == ["öl"]


async def test_a_translation_that_is_not_for_the_viewer_hides_no_other(stage: Stage) -> None:
    await piece(stage, "for platinum", key="card", language="de", audience=["PLATINUM"])
    await piece(stage, "archived", key="card", language="de-AT", archived=True)
    await piece(stage, "for all", key="card")
    assert await shown(stage, seller()) == ["for all"]


async def test_the_vendor_sees_for_a_deal_what_its_partner_sees(stage: Stage) -> None:
    await piece(stage, "gold", 3, audience=["GOLD"], key="card", language="de")
    await piece(stage, "all", 1, key="card")
    await piece(stage, "silver", 2, audience=["SILVER"])
    await piece(stage, "retail", 4, industries=["Retail"])
    await piece(stage, "banking", 5, industries=["Banking"])
    await piece(stage, "archived", archived=True)
    assert await shown_for_deal(stage, VENDOR, PartnerTier.GOLD, "Retail") == ["gold", "retail"]
    assert await shown_for_deal(stage, VENDOR, PartnerTier.SILVER, "Banking") == ["all", "silver", "banking"]
    assert await shown_for_deal(stage, VENDOR, None, None) == ["silver", "gold", "retail", "banking"]
    assert await shown_for_deal(stage, VENDOR, PartnerTier.GOLD, "Retail") == await shown(stage, seller())


TRIPLES = list(itertools.product(("de", "de-AT", "en", "fr"), ((), ("GOLD",), ("SILVER",)), ((), ("Retail",))))


@settings(max_examples=25)
@given(
    pieces=st.lists(
        st.tuples(st.sampled_from(["a", "b", "c"]), st.sampled_from(TRIPLES), st.integers(0, 3)),
        max_size=8,
        unique_by=lambda one: (one[0], one[1][0]),
    )
)
async def test_every_piece_that_the_viewer_may_see_is_shown_once_in_one_language(
    stage: Stage, pieces: list[tuple[str, tuple[str, tuple[str, ...], tuple[str, ...]], int]]
) -> None:
    await StageContent.all().delete()
    await Content.all().delete()
    for key, (language, audience, industries), position in pieces:
        await piece(
            stage, f"{key} {language}", position, key=key, language=language, audience=audience, industries=industries
        )
    titles = await shown(stage, seller())
    may_see = {key for key, (spoken, audience, _), _ in pieces if audience in ((), ("GOLD",)) and spoken != "fr"}
    assert sorted(title.split()[0] for title in titles) == sorted(may_see)
    assert await shown(stage, seller()) == titles
