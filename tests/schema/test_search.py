"""Deals are found by any part of any word that belongs to them, however it is written; the best come first."""

from collections.abc import AsyncIterator, Iterator
from typing import Any

import asyncpg
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from app.database import Database
from app.database.rls import as_viewer
from app.database.sql import TRUE, Slot
from app.deals import search
from app.demo.people import demo_id
from app.identity.rls_policies import rls_setting
from app.identity.scopes import scope_of, slots_of
from app.identity.users import viewer_of
from app.identity.viewer import Viewer
from app.models.columns import new_id
from tests.conftest import in_use
from tests.copies import Copies, enriched
from tests.schema.world import COLLEAGUE, MANAGER, RIVAL, SELLER, VENDOR, Demo

FOUND = """query($s: String!, $first: Int, $after: Cursor, $last: Int, $before: Cursor, $order: OpportunityOrder) {
  opportunities(first: $first, after: $after, last: $last, before: $before, orderBy: $order, filter: {search: $s}) {
    totalCount nodes { name } edges { cursor } pageInfo { endCursor startCursor hasNextPage hasPreviousPage } } }"""
COPY = """
INSERT INTO opportunity (id, external_system, external_id, name, account_id, partner_id, owner_id, source, playbook_id,
  stage_id, entered_stage_at, status, notes)
SELECT given.id, 'test', given.code, given.name, o.account_id, o.partner_id, o.owner_id, o.source, o.playbook_id,
  o.stage_id, o.entered_stage_at, 'OPEN', given.notes
FROM unnest($1::uuid[], $2::text[], $3::text[], $4::text[]) AS given (id, code, name, notes),
  (SELECT * FROM opportunity WHERE owner_id = $5 ORDER BY id LIMIT 1) o
"""


async def register(
    database: Database, *names: str, who: str = SELLER, codes: tuple[str | None, ...] = (), notes: str | None = None
) -> None:
    """Deals of that person's, each newer than the one before."""
    ids = [new_id() for _ in names]
    await database.fetch(
        COPY,
        ids,
        [*codes, *[None] * len(names)][: len(names)],
        list(names),
        [notes] * len(names),
        demo_id(f"user/{who}"),
    )


async def found(demo: Demo, text: str, who: str = SELLER, **page: Any) -> list[str]:
    page = page or {"first": 100}
    nodes = (await demo.run(FOUND, who, s=text, **page))["opportunities"]["nodes"]
    return [node["name"] for node in nodes]


WRITTEN: list[tuple[str, list[str]]] = [
    ("Häusler Ölwerk", ["häusler", "hausler", "HÄUSLER", "Ha\u0308usler", "ölwerk", "lwer", "OLWERK haus"]),
    ("Ha\u0308usler O\u0308lwerk (decomposed)", ["häusler ölwerk (deco", "hausler olwerk d"]),
    ("André órfão", ["andre", "orfao", "ANDRÉ", "o\u0301rfa\u0303o", "rfã"]),
    ("Straße GmbH", ["strasse", "STRASSE", "straße", "STRAẞE", "asse"]),
    ("Große Øresund Łódź Ægir Þór", ["grosse", "oresund", "lodz", "ægir", "aegir", "thor", "øre", "ŁÓD"]),
    ("東京電力 更新", ["電力", "東京", "電", "京電 新"]),
    ("ﾌﾟﾛｼﾞｪｸﾄ", ["プロジェクト", "ロジェ", "プ"]),
    ("ＦＵＬＬ ｗｉｄｔｈ １２", ["full", "width 12", "ｗｉｄ"]),
    ("İstanbul ışık Iğdır", ["istanbul", "isik", "ISTANBUL", "ıgdır", "igdir"]),
    ("Οδυσσεύς ΣΊΣΥΦΟΣ", ["οδυσσευσ", "ΟΔΥΣΣΕΎΣ", "σισυφος", "σίσυφοσ"]),
    ("Королёв Йошкар", ["королев", "КОРОЛЁВ", "Короле\u0308в", "йошкар", "и\u0306ошк", "шка"]),
    ("مُحَمَّد شركــة", ["محمد", "شركة", "حم"]),
    ("שָׁלוֹם", ["שלום", "לו"]),
    ("Nguyễn Phước Đặng", ["nguyen", "phuoc", "dang", "nguye\u0302\u0303n", "nguye\u0303\u0302n"]),
    ("โครงการน้ำ", ["โครง", "การ", "น้ำ"]),
    ("한국전력 갱신", ["한국", "전력", "\u1112\u1161\u11ab", "국전"]),
    ("हिन्दी परियोजना", ["हिन्दी", "योजना"]),
    ("soft\u00adhyphen zero\u200bwidth", ["softhyphen", "zerowidth", "soft\u00adhy"]),
    ("🚀 launch 👩‍💻", ["🚀", "👩‍💻", "👩💻", "launch"]),
    ("ﬁnal oﬃce №5 ½", ["final", "office", "no5"]),
    ("don’t “quote” A–B", ["don't", '"quote"', "a-b"]),
    ("100% a_b c\\d *x? {'", ["100%", "a_b", "c\\d", "*x?", "{'", "%", "_", "\\"]),
]


SIGNS = ("100% a_b c\\d", "Häusler Straße")
OTHERS = ("Ölwerk: phase II (re-bid)", "x" * 200, "ab", "a\u0301b")
NAMES = (*(name for name, _ in WRITTEN), *SIGNS, *OTHERS)


@pytest.fixture(scope="module")
def named_copies(postgres: str, demo_template: str) -> Iterator[Copies]:
    with enriched(postgres, demo_template, "named", lambda database: register(database, *NAMES)) as copies:
        yield copies


@pytest.fixture
async def named(named_copies: Copies) -> AsyncIterator[Demo]:
    """With a deal of each of `NAMES`."""
    async with in_use(named_copies) as demo:
        yield demo


@pytest.mark.parametrize(("name", "texts"), WRITTEN, ids=[name for name, _ in WRITTEN])
@pytest.mark.parametrize("who", [SELLER, VENDOR])
async def test_a_name_is_found_however_it_is_written(named: Demo, who: str, name: str, texts: list[str]) -> None:
    newest = {"field": "CREATED_AT", "direction": "DESC"}
    for text in texts:
        assert name in await found(named, text, who, first=100, order=newest), text


@pytest.mark.parametrize("text", ["10_%", "a%b", "c_d", "\\d%", "hausler strase", "zz%", "%%"])
async def test_signs_stand_for_themselves_and_every_word_has_to_occur(named: Demo, text: str) -> None:
    assert await found(named, text) == []


async def test_any_part_of_a_name_of_two_letters_or_more_finds_its_deal(named: Demo) -> None:
    rows = await named.database.fetch(
        "SELECT 'opp_' || id AS id, search_fold(name) AS name FROM opportunity WHERE name = ANY ($1) ORDER BY id", NAMES
    )
    tried: list[tuple[str, str]] = []

    @given(st.data())
    @settings(max_examples=60)
    def choose(data: st.DataObject) -> None:
        row = rows[data.draw(st.integers(0, len(rows) - 1))]
        start = data.draw(st.integers(0, len(row["name"]) - 2))
        tried.append((row["id"], row["name"][start : data.draw(st.integers(start + 2, len(row["name"])))]))

    choose()
    query = "query($f: OpportunityFilter) { opportunities(filter: $f) { nodes { id } } }"
    for id, part in tried:
        for who in (SELLER, VENDOR):
            answer = await named.run(query, who, f={"search": part, "ids": [id]})
            assert answer["opportunities"]["nodes"] == [{"id": id}], part


async def test_a_deal_is_found_by_all_that_belongs_to_it(demo: Demo) -> None:
    await register(demo.database, "Wombat", codes=("Q-77/Ä",), notes="Ask for the zebrafish")
    await demo.database.fetch("UPDATE opportunity SET next_step = 'Send Okapi list' WHERE name = 'Wombat'")
    row = await demo.database.fetchrow(
        "SELECT a.name AS customer, g.name AS partner, u.name AS owner FROM opportunity o JOIN account a"
        " ON a.id = o.account_id JOIN organization g ON g.id = o.partner_id JOIN user_account u ON u.id = o.owner_id"
        " WHERE o.name = 'Wombat'"
    )
    assert row is not None
    for text in ("q-77", "7/a", "zebraf", "okapi", *row.values()):
        assert await found(demo, f"wombat {text}") == ["Wombat"], text
    assert await found(demo, "wombat nobody") == []


async def test_what_changes_its_name_is_found_by_the_new_one_alone(demo: Demo) -> None:
    await register(demo.database, "Wombat")
    for table, column in (("account", "account_id"), ("organization", "partner_id"), ("user_account", "owner_id")):
        change = f"UPDATE {table} SET name = $1 WHERE id = (SELECT {column} FROM opportunity WHERE name = 'Wombat')"
        old, new = f"Quokka{column}", f"Numbat{column}"
        for name, absent in ((old, new), (new, old)):
            await demo.database.fetch(change, name)
            assert await found(demo, f"wombat {name}") == ["Wombat"], table
            assert await found(demo, f"wombat {absent}") == [], table
    await demo.database.fetch("UPDATE opportunity SET name = 'Dingo' WHERE name = 'Wombat'")
    assert (await found(demo, "wombat"), await found(demo, "dingo")) == ([], ["Dingo"])
    await demo.database.fetch("DELETE FROM opportunity WHERE name = 'Dingo'")
    assert await found(demo, "dingo") == []


async def test_a_deal_that_is_handed_over_is_found_by_its_new_people_alone(demo: Demo) -> None:
    await register(demo.database, "Wombat")
    to = "UPDATE opportunity SET owner_id = $1, partner_id = (SELECT organization_id FROM user_account WHERE id = $1)"
    for new, others in ((COLLEAGUE, (SELLER, RIVAL)), (RIVAL, (SELLER, COLLEAGUE, MANAGER))):
        await demo.database.fetch(f"{to} WHERE name = 'Wombat'", demo_id(f"user/{new}"))
        assert await found(demo, "wombat", new) == ["Wombat"]
        for other in others:
            assert await found(demo, "wombat", other) == []


async def test_the_best_match_comes_first(demo: Demo) -> None:
    await register(
        demo.database,
        "Beginning: vole",  # oldest
        "Vole first",
        "Another volery",
        "The vole here",
        "Anything",
        codes=(None, None, None, None, "VOLE"),
    )
    wanted = ["Anything", "Vole first", "The vole here", "Beginning: vole", "Another volery"]
    assert await found(demo, "vole") == wanted
    assert await found(demo, "Vole", VENDOR) == wanted
    by_name = {"field": "NAME", "direction": "ASC"}
    assert await found(demo, "vole", first=10, order=by_name) == sorted(wanted)


@pytest.mark.parametrize("who", [SELLER, VENDOR])
async def test_pages_of_a_search_hold_every_match_once_in_one_order(demo: Demo, who: str) -> None:
    """Also beyond the matches that are ranked."""
    many = search.RANKED + 130
    names = [f"{'vole' if n % 7 == 0 else 'the volery'} {n}" for n in range(many)]
    await register(demo.database, *names, codes=(None, None, "VOLE"))
    newest = list(range(many - 1, many - search.RANKED - 1, -1))
    ranked = [n for n in newest if n % 7 == 0] + [n for n in newest if n % 7]
    rest = [n for n in range(many - search.RANKED - 1, -1, -1) if n != 2]
    wanted = [names[n] for n in (2, *ranked, *rest)]

    async def walk(size: str, cursor: str, end: str, more: str) -> list[str]:
        seen: list[list[str]] = []
        place: str | None = None
        while True:
            page = (await demo.run(FOUND, who, s="vole", **{size: 90, cursor: place}))["opportunities"]
            assert page["totalCount"] == many
            seen.append([node["name"] for node in page["nodes"]])
            if not page["pageInfo"][more]:
                break
            place = page["pageInfo"][end]
        return [name for names in (seen if size == "first" else reversed(seen)) for name in names]

    assert await walk("first", "after", "endCursor", "hasNextPage") == wanted
    assert await walk("last", "before", "startCursor", "hasPreviousPage") == wanted


async def test_other_filters_hold_for_what_is_found(demo: Demo) -> None:
    """Those that fail don't take the places of those that pass, however many match."""
    await register(demo.database, "vole kept", *[f"vole {n}" for n in range(search.RANKED + 5)])
    await demo.database.fetch("UPDATE opportunity SET amount = 77, currency = 'EUR' WHERE name = 'vole kept'")
    query = """query($f: OpportunityFilter) { opportunities(first: 3, filter: $f) { totalCount nodes { name } }
      pipeline(filter: $f) { total { count } } }"""
    for who in (SELLER, VENDOR):
        wanted = {"search": "vole", "amount": {"min": "77", "max": "77"}, "stalled": False, "status": ["OPEN"]}
        answer = await demo.run(query, who, f=wanted)
        assert answer["opportunities"] == {"totalCount": 1, "nodes": [{"name": "vole kept"}]}
        assert answer["pipeline"] == {"total": {"count": 1}}


async def test_nothing_to_look_for_is_no_filter_and_too_much_is_refused(demo: Demo) -> None:
    everything = (await demo.run(FOUND, s="", first=1))["opportunities"]["totalCount"]
    assert everything > 0
    for text in (" ", "\u00a0\t", "\0"):
        assert (await demo.run(FOUND, s=text, first=1))["opportunities"]["totalCount"] == everything
    assert await demo.errors(FOUND, s="x" * 401, first=1) == [("INVALID", ["filter", "search"])]
    assert await found(demo, "x" * 400) == []


async def entries_read(database: Database, who: Viewer, text: str) -> int:
    """How many entries of all indexes of words, and rows besides, a search reads as_viewer the wall."""
    wanted = Slot("text")
    statement = search.ranked(scope_of(who), wanted, search.Meant(), search.Rest(TRUE, False, 26)).statement()
    counted = (
        "SELECT sum(pg_stat_get_xact_tuples_returned(read.id))::bigint AS n FROM (SELECT indexrelid AS id FROM pg_index"
        " WHERE indrelid = 'opportunity_words'::regclass UNION ALL SELECT 'opportunity_words'::regclass) read"
    )
    with as_viewer(rls_setting(who)):
        async with database.transaction() as tx:
            await tx.fetch("SET LOCAL enable_seqscan = off")
            before = (await tx.fetch(counted))[0]["n"]
            await tx.fetch(statement.text, *statement.arguments({**slots_of(who), "text": text}))
            return int((await tx.fetch(counted))[0]["n"] - before)


async def test_a_partners_search_reads_the_words_of_its_own_deals_alone(demo: Demo) -> None:
    """So neither its time nor its answer can depend on others' deals."""
    who = await viewer_of(str(demo_id(f"user/{MANAGER}")))
    assert who is not None
    own = await demo.value("SELECT count(*) FROM opportunity WHERE partner_id = $1", who.organization_id)
    await register(demo.database, *["numbat"] * 400, who=RIVAL)
    connection = await asyncpg.connect(demo.database.url)
    await connection.execute("VACUUM ANALYZE opportunity_words")  # as it is where anybody has been at work for a minute
    await connection.close()
    assert await entries_read(demo.database, who, "wombat") == own
    await register(demo.database, *["wombat"] * 200, who=RIVAL)
    assert await entries_read(demo.database, who, "wombat") == own
    assert await found(demo, "wombat", MANAGER) == []
