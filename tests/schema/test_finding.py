"""One search over deals, customers, people and content: of what is visible the best first, a statement each."""

from typing import Any

import pytest

from app.demo.people import demo_id
from app.finding.search import LONGEST, MOST
from app.models.columns import new_id
from tests.schema.world import MANAGER, RIVAL, SELLER, VENDOR, Demo, deal_of

SEARCH = """query($text: String!, $first: Int) { search(text: $text, first: $first) { kind score
  opportunity { name } account { name } contact { name } registration { title } content { title } } }"""


async def hits(demo: Demo, text: str, who: str = VENDOR, first: int | None = 50) -> list[tuple[str, float, str]]:
    found = (await demo.run(SEARCH, who, text=text, first=first))["search"]
    return [(hit["kind"], hit["score"], _called(hit)) for hit in found]


def _called(hit: dict[str, Any]) -> str:
    (thing,) = (hit[kind] for kind in ("opportunity", "account", "contact", "registration", "content") if hit[kind])
    assert hit[hit["kind"].lower()] == thing
    return str(thing.get("name") or thing["title"])


@pytest.fixture
async def zirkonia(demo: Demo) -> str:
    """A customer with a deal of the seller's, somebody who works there, and a piece of content, all called alike."""
    deal, account = await deal_of(demo, SELLER), new_id()
    await demo.value("INSERT INTO account (id, name) VALUES ($1, 'Zirkonia Werke')", account)
    await demo.value(
        "UPDATE opportunity SET account_id = $1, name = 'Zirkonia rollout' WHERE id = $2::text::uuid", account, deal[4:]
    )
    for name, partner in (("Zoë Zirkonia", None), ("Rival Zirkonia", demo_id("org/brightwater"))):
        await demo.value(
            "INSERT INTO contact (id, account_id, partner_id, name) VALUES ($1, $2, $3, $4)",
            *(new_id(), account, partner, name),
        )
    await demo.value(
        "INSERT INTO content (id, key, title, kind, lifecycle_phase, reader) VALUES ($1, 'z', 'Zirkonia guide', 'DECK',"
        " 'SELL', 'PARTNER')",
        new_id(),
    )
    return deal


async def test_the_best_come_first_and_each_finds_what_they_see(demo: Demo, zirkonia: str) -> None:
    everything = [
        ("OPPORTUNITY", 0.9, "Zirkonia rollout"),
        ("ACCOUNT", 0.9, "Zirkonia Werke"),
        ("CONTENT", 0.9, "Zirkonia guide"),
        ("CONTACT", 0.75, "Rival Zirkonia"),
        ("CONTACT", 0.75, "Zoë Zirkonia"),
    ]
    assert await hits(demo, "zirkonia") == everything
    assert await hits(demo, "zirkonia", first=2) == everything[:2]
    for who in (SELLER, MANAGER):
        assert await hits(demo, "ZIRKONIA", who) == [hit for hit in everything if hit[2] != "Rival Zirkonia"]
    assert await hits(demo, "zirkonia", RIVAL) == [("CONTENT", 0.9, "Zirkonia guide")]
    assert (await hits(demo, "Zirkonia Werke"))[0][:2] == ("ACCOUNT", 1.0)
    assert [hit[2] for hit in await hits(demo, "zoe zirk")] == ["Zoë Zirkonia"]


async def test_a_letter_may_be_wrong_in_names_of_customers_and_people(demo: Demo, zirkonia: str) -> None:
    assert [hit for hit in await hits(demo, "Zirkonja") if hit[0] != "CONTENT"] == [
        ("ACCOUNT", 0.5, "Zirkonia Werke"),
        ("CONTACT", 0.5, "Rival Zirkonia"),
        ("CONTACT", 0.5, "Zoë Zirkonia"),
    ]
    assert await hits(demo, "Zirkonja", RIVAL) == []


@pytest.mark.parametrize("text", ["", "   ", "%", "'", "\\", "!!!", "\u0000"])
async def test_what_has_no_words_finds_nothing(demo: Demo, text: str) -> None:
    assert await hits(demo, text) == []


async def test_what_is_too_long_or_too_many_is_refused(demo: Demo) -> None:
    assert await demo.errors(SEARCH, text="x" * (LONGEST + 1)) == [("INVALID", ["text"])]
    for first in (-1, MOST + 1):
        assert await demo.errors(SEARCH, text="x", first=first) == [("INVALID", ["first"])]


async def test_it_takes_one_statement_for_each_noun_and_one_for_each_kind_that_is_read(
    demo: Demo, zirkonia: str
) -> None:
    await hits(demo, "zirkonia")  # whether there are trigrams is asked once
    assert (
        await demo.statements_of("query($text: String!) { search(text: $text) { kind score } }", VENDOR, text="z") == 5
    )
    assert await demo.statements_of(SEARCH, VENDOR, text="zirkonia", first=50) == 6
