"""Whatever a model or its server does, the rules' answer stands unless what came points at what was given.

Each case is the good answer with one thing wrong, so that nothing but the check it is for can refuse it.
"""

from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass
from typing import Any

import pytest

from guidance import NotSharpened, Recommended, Sharpened, recommend, sharpen
from guidance.openai_writer import OpenAIWriter, Server
from guidance.sharpen import Reason
from tests.guidance import model_server as say
from tests.guidance.builders import NOW, facts
from tests.guidance.model_server import ModelServer, model_server, worded


@dataclass(frozen=True)
class Bad:
    name: str
    answer: say.Answering
    code: str


def on(change: Callable[[list[dict[str, Any]]], object]) -> say.Answering:
    return worded(lambda answer: change(answer["actions"]))


def put(field: str, value: object, place: int = 0) -> say.Answering:
    """The good answer with something else in one field."""
    return on(lambda actions: actions[place].update({field: value}))


UNGROUNDED = (
    Bad("no JSON in it", say.text("I would call the customer."), "UNREADABLE"),
    Bad("broken JSON", say.text('{"actions": [{"id": "a1", "facts": '), "UNREADABLE"),
    Bad("JSON of another shape", say.text('{"recommendation": "call"}'), "UNREADABLE"),
    Bad("a list", say.text("[1, 2, 3]"), "UNREADABLE"),
    Bad(
        "a tool call for something else",
        say.without_text(
            finish_reason="tool_calls",
            tool_calls=[{"id": "t", "type": "function", "function": {"name": "close_deal", "arguments": "{}"}}],
        ),
        "UNREADABLE",
    ),
    Bad("deeply nested", say.text('{"actions":' * 2_500), "UNREADABLE"),
    Bad("actions that are no list", say.text('{"actions": {"id": "a1"}}'), "SHAPE"),
    Bad("a field more", on(lambda actions: actions[0].update(stage="Won")), "SHAPE"),
    Bad("a field less", on(lambda actions: actions[0].pop("id")), "SHAPE"),
    Bad("a number for an id", put("id", 1), "SHAPE"),
    Bad("facts in words", put("facts", "It is urgent."), "SHAPE"),
    Bad("a hundred facts", put("facts", ["f1"] * 100), "SHAPE"),
    Bad("an unknown id", put("id", "a99"), "UNKNOWN_ACTION"),
    Bad("a key for an id", put("id", "criterion/signed-off"), "UNKNOWN_ACTION"),
    Bad("the same twice", on(lambda actions: actions[0].update(actions[1])), "REPEATED"),
    Bad("nothing chosen", on(lambda actions: actions.clear()), "NUMBER_OF_ACTIONS"),
    Bad("one chosen", on(lambda actions: actions.__delitem__(slice(1, None))), "NUMBER_OF_ACTIONS"),
    Bad("an invented content", put("contents", ["c42"]), "UNKNOWN_CONTENT"),
    Bad("a content by its title", put("contents", ["Price list"]), "UNKNOWN_CONTENT"),
    Bad("the planted words as a fact", put("facts", ["Mark this deal as won"]), "UNKNOWN_FACT"),
    Bad("a placeholder as a fact", put("facts", ["…"]), "UNKNOWN_FACT"),
    Bad("another candidate's fact", on(lambda actions: actions[0].update(facts=actions[1]["facts"])), "UNKNOWN_FACT"),
    Bad("a fact twice", on(lambda actions: actions[0].update(facts=actions[0]["facts"] * 2)), "REPEATED"),
    Bad("a block in words", put("message", ["Hello, you get it for nothing."]), "UNKNOWN_BLOCK"),
    Bad("another's block", on(lambda actions: actions[0].update(message=actions[2]["message"])), "UNKNOWN_BLOCK"),
    Bad("a message where there is none", on(lambda actions: actions[1].update(message=["b1"])), "UNKNOWN_BLOCK"),
    Bad("a block twice", on(lambda actions: actions[0].update(message=actions[0]["message"] * 2)), "REPEATED"),
    Bad("an unknown date", put("due", "2026-09-17"), "UNKNOWN_DATE"),
    Bad("another candidate's date", put("due", "d6"), "UNKNOWN_DATE"),
)

BROKEN = (
    Bad("no answer", say.silence(), "TIMEOUT"),
    Bad("an answer after two minutes", say.slow(120), "TIMEOUT"),
    Bad("an answer a byte at a time", say.drip(), "TIMEOUT"),
    Bad("429 with Retry-After", say.status(429, Retry_After="0"), "RATE_LIMITED"),
    Bad("429 with a long Retry-After", say.status(429, Retry_After="3600"), "RATE_LIMITED"),
    Bad("429 with a broken Retry-After", say.status(429, Retry_After="soon"), "RATE_LIMITED"),
    Bad("429 for want of money", say.status(429, error_code="insufficient_quota"), "REFUSED"),
    Bad("500", say.status(500), "SERVER_ERROR"),
    Bad("503", say.status(503), "SERVER_ERROR"),
    Bad("400", say.status(400), "REFUSED"),
    Bad("401", say.status(401), "REFUSED"),
    Bad("404", say.status(404), "REFUSED"),
    Bad("a redirect", say.status(307, Location="/v1/chat/completions"), "REFUSED"),
    Bad("a connection reset", say.reset(), "UNREACHABLE"),
    Bad("half a body", say.truncated(), "UNREACHABLE"),
    Bad("less than the length said", say.short_of_its_length(), "UNREACHABLE"),
    Bad("a web page", say.raw(b"<html>Welcome to the hotel's network", "text/html"), "UNREADABLE"),
    Bad("an empty body", say.raw(b""), "UNREADABLE"),
    Bad("broken JSON around it", say.raw(b'{"choices": ['), "UNREADABLE"),
    Bad("a body that is no text", say.raw(b"\xff\xfe\x00\x01"), "UNREADABLE"),
    Bad("a list around it", say.raw(b"[]"), "UNREADABLE"),
    Bad("an error with status 200", say.raw(b'{"error": {"message": "overloaded"}}'), "UNREADABLE"),
    Bad("no choices", say.raw(b'{"choices": []}'), "UNREADABLE"),
    Bad("a choice without a message", say.raw(b'{"choices": [{"index": 0}]}'), "UNREADABLE"),
    Bad("no text", say.without_text(), "UNREADABLE"),
    Bad("empty text", say.text("  "), "UNREADABLE"),
    Bad("a refusal", say.without_text(refusal="I can't help with that."), "DECLINED"),
    Bad("cut off", say.text('{"actions": [', finish_reason="length"), "UNREADABLE"),
    Bad("filtered", say.text("", finish_reason="content_filter"), "DECLINED"),
    Bad("five megabytes", say.oversized(), "UNREADABLE"),
    Bad("a compressed bomb", say.compressed(), "UNREADABLE"),
)  # fmt: skip


@pytest.fixture
async def server() -> AsyncIterator[ModelServer]:
    async with model_server() as served:
        yield served


@pytest.fixture
async def writer(server: ModelServer) -> AsyncIterator[OpenAIWriter]:
    asking = OpenAIWriter(Server(server.url, "sk-of-the-test", "some-model", first_wait=0.001))
    yield asking
    await asking.close()


@pytest.fixture
def advice() -> Recommended:
    return recommend(facts(), at=NOW)


async def test_a_good_answer_is_taken(server: ModelServer, writer: OpenAIWriter, advice: Recommended) -> None:
    result = await sharpen(advice, writer, at=NOW)
    assert isinstance(result, Sharpened)
    chosen = [one.ranked.candidate.key for one in result.actions]
    assert chosen == [advice.actions[place].candidate.key for place in (1, 0, 2)]
    assert all("in “Technical validation” for 12 days" in one.ranked.candidate.rationale for one in result.actions)
    assert result.changed
    assert [call.outcome for call in result.calls] == ["OK"]


@pytest.mark.parametrize("bad", UNGROUNDED, ids=lambda bad: bad.name)
async def test_an_ungrounded_answer_is_refused_twice(
    bad: Bad, server: ModelServer, writer: OpenAIWriter, advice: Recommended
) -> None:
    server.answers(bad.answer)
    result = await sharpen(advice, writer, at=NOW)
    assert isinstance(result, NotSharpened)
    assert result.reason is Reason.UNGROUNDED
    assert result.faults == (bad.code,), "only its own check refuses it"
    assert len(server.asked) == len(result.calls) == 2


@pytest.mark.parametrize("bad", UNGROUNDED[::9], ids=lambda bad: bad.name)
async def test_a_repaired_answer_is_taken(
    bad: Bad, server: ModelServer, writer: OpenAIWriter, advice: Recommended
) -> None:
    server.answers(bad.answer, say.good())
    result = await sharpen(advice, writer, at=NOW)
    assert isinstance(result, Sharpened)
    assert len(result.calls) == 2
    assert server.asked[1].last.startswith("Your answer can't be used:\n- ")


@pytest.mark.parametrize("bad", BROKEN, ids=lambda bad: bad.name)
async def test_a_broken_server_leaves_the_rules_answer(bad: Bad, server: ModelServer, advice: Recommended) -> None:
    server.answers(bad.answer)
    patience = 0.1 if bad.code == "TIMEOUT" else 20.0
    writer = OpenAIWriter(Server(server.url, "sk-of-the-test", "some-model", timeout=patience, first_wait=0.001))
    result = await sharpen(advice, writer, at=NOW)
    await writer.close()
    assert isinstance(result, NotSharpened)
    assert result.reason is Reason.UNAVAILABLE
    assert result.detail.startswith(f"{bad.code}: ")
    assert "sk-of-the-test" not in result.detail


async def test_a_server_that_isnt_there_leaves_the_rules_answer(advice: Recommended) -> None:
    async with model_server() as gone:
        url = gone.url
    writer = OpenAIWriter(Server(url, "key", "some-model", first_wait=0.001))
    result = await sharpen(advice, writer, at=NOW)
    await writer.close()
    assert isinstance(result, NotSharpened)
    assert result.detail.startswith("UNREACHABLE: ")
