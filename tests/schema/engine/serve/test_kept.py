"""What is kept of documents fits into its bytes, plans included, and what isn't kept is gone at once."""

import gc

import pytest

from app.settings import use_settings
from schema import schema
from schema.context import Context
from schema.engine.serve.documents import Faulty, attempt
from schema.engine.serve.engine import Question
from schema.engine.serve.kept import Kept, kept
from tests.conftest import SETTINGS
from tests.schema.engine.compare import KINDS, PLANNED
from tests.schema.engine.test_differential import viewer
from tests.schema.world import SELLER, Demo

pytestmark = pytest.mark.falls_back("introspection")


def test_what_was_used_longest_ago_goes_first() -> None:
    cache = Kept(most=100)
    for name in "abc":
        cache.put(name, name.upper(), 30)
    assert cache.get("a") == "A"
    cache.put("d", "D", 30)
    assert [cache.get(name) for name in "abcd"] == ["A", None, "C", "D"]
    assert cache.held == 90


def test_what_grows_makes_room_and_may_go_itself() -> None:
    cache = Kept(most=100)
    values = [object(), object()]
    for name, value in zip("ab", values, strict=True):
        cache.put(name, value, 40)
    cache.grow("b", values[1], 30)
    assert (cache.get("a"), cache.get("b"), cache.held) == (None, values[1], 70)
    cache.grow("a", values[0], 1_000)  # gone already
    cache.grow("b", values[0], 1_000)  # another one
    assert cache.held == 70
    cache.grow("b", values[1], 1_000)
    assert (len(cache), cache.held) == (0, 0)


async def test_documents_with_their_plans_stay_within_their_bytes(demo: Demo) -> None:
    most = 2_000_000
    use_settings(SETTINGS.model_copy(update={"document_cache_bytes": most}))
    seller, numbers = await viewer(SELLER), set()
    for turn in range(20):
        fields = " ".join(f"a{turn}x{n}: viewer {{ user {{ name role }} }}" for n in range(100))
        answer = await PLANNED.answer(Question(f"{{ {fields} }}", None, None, KINDS), Context(seller, "request"))
        assert isinstance(answer, bytes)
        assert kept.held <= most
        if turn:  # before, it holds what other tests have asked
            numbers.add(len(kept))
    assert max(numbers) < 20, "each takes more than 100 kB, most of it by its plan"


WRONG = "{ " + " ".join(f"x{n}" for n in range(1_000)) + " }"


@pytest.mark.parametrize("text", [WRONG, WRONG[:-2], WRONG.replace("x0", "viewer { nobody }")])
def test_nothing_of_a_wrong_document_is_left_to_the_collector(text: str) -> None:
    use_settings(SETTINGS)
    attempt(schema._schema, "{ nobody }")  # whatever is made once
    gc.collect()
    gc.disable()
    try:
        assert isinstance(attempt(schema._schema, text), Faulty)
        assert gc.collect() < 500  # objects; the document has thousands
    finally:
        gc.enable()
        use_settings(None)


def fields(part: str, number: int = 60) -> str:
    return " ".join(part.format(n=n) for n in range(number))


OF_ALL_KINDS = {
    "planned": "{ " + fields("a{{}}x{n}: viewer {{ user {{ name role }} }}") + " }",
    "with literals": "{ "
    + fields("b{{}}x{n}: opportunities(first: 3) {{ nodes {{ id name stage {{ name }} }} }}", 20)
    + " }",
    "with an error at each field": "{ "
    + fields('c{{}}x{n}: opportunity(id: "{n}") {{ name account {{ name }} }}')
    + " }",
    "in fragments": (
        "query d{} { " + fields("...f{n}") + " } " + fields("fragment f{n} on Query {{ viewer {{ permissions }} }}")
    ),
    "by graphql-core": "{ e{}: __schema { types { name fields { name } } } }",
    "wrong": "{ " + fields("g{{}}x{n}") + " }",
    "unreadable": "{ " * 60 + "{}",
}


@pytest.mark.parametrize("kind", OF_ALL_KINDS)
async def test_nothing_of_a_document_that_was_answered_is_left_to_the_collector(demo: Demo, kind: str) -> None:
    """Each document is new, and the one before it goes: a collector that had to find them would stop the server."""
    use_settings(SETTINGS.model_copy(update={"document_cache_bytes": 1_000_000}))
    seller = await viewer(SELLER)

    async def ask(turn: int) -> None:
        text = OF_ALL_KINDS[kind].replace("{}", str(turn))
        await PLANNED.answer(Question(text, None, None, KINDS), Context(seller, "request"))
        kept._entries.clear()
        kept.held = 0

    for turn in (0, 1):  # whatever is made once
        await ask(turn)
    gc.collect()
    gc.disable()
    try:
        for turn in range(2, 12):
            await ask(turn)
        assert gc.collect() / 10 < 150  # objects for each; the documents have thousands
    finally:
        gc.enable()
