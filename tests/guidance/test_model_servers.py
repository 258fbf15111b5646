"""Model servers as they are found in the wild: each of another temper, all on a real socket."""

import json
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass
from typing import Any

import pytest

from guidance import NotSharpened, Sharpened, recommend, sharpen
from guidance.dialect import Dialect, Form, Limit, Rules, Streaming
from guidance.openai_writer import OpenAIWriter, Server
from guidance.writer import Fault, Message, NotWritten, Order, Written
from tests.guidance import model_server as say
from tests.guidance.builders import NOW, facts
from tests.guidance.model_server import Answering, Asked, ModelServer, Reply, model_server

ORDER = Order((Message("system", "Be brief."), Message("user", "Hello")), "greeting", {"type": "object"}, 2_500)
Wrong = Callable[[Asked], bool]


def unless(wrong: Wrong, refusal: Answering, answer: Answering | None = None) -> Answering:
    """The refusal for a request that is wrong for this server, else the answer."""
    served = answer or say.good()
    return lambda asked: refusal(asked) if wrong(asked) else served(asked)


def has(name: str) -> Wrong:
    return lambda asked: name in asked.body


def system(asked: Asked) -> bool:
    return any(message["role"] == "system" for message in asked.body["messages"])


def form(*forms: str) -> Wrong:
    return lambda asked: asked.form in forms


def bare(code: int, body: dict[str, Any]) -> Answering:
    return lambda _: Reply(json.dumps(body).encode(), code)


def answered(**message: Any) -> Answering:
    """The good answer's JSON in other places of the message: `{}` stands for it."""

    def place(value: Any, text: str) -> Any:
        if value == "{}":
            return text
        if isinstance(value, dict):
            return {name: place(inner, text) for name, inner in value.items()}
        return [place(inner, text) for inner in value] if isinstance(value, list) else value

    def reply(asked: Asked) -> Reply:
        placed = {name: place(value, json.dumps(say.wording(asked))) for name, value in message.items()}
        return Reply(say.completion(placed.pop("content", None), **placed))

    return reply


def written_as(change: Callable[[str], str]) -> Answering:
    """The good answer's JSON text, changed as text."""
    return lambda asked: Reply(say.completion(change(json.dumps(say.wording(asked)))))


def events(*, done: bool = True, finish: str | None = "stop", step: int = 40, head: str = "", gap: str = "\n\n",
           kind: str = "text/event-stream", after: str = "") -> Answering:  # fmt: skip
    """The good answer as a stream of chunks, as a server writes it."""

    def reply(asked: Asked) -> Reply:
        text = json.dumps(say.wording(asked))
        chunks = [{"choices": [{"index": 0, "delta": {"role": "assistant"}, "finish_reason": None}]}]
        chunks += [
            {"choices": [{"index": 0, "delta": {"content": text[at : at + step]}, "finish_reason": None}]}
            for at in range(0, len(text), step)
        ]
        if finish:
            chunks.append({"choices": [{"index": 0, "delta": {}, "finish_reason": finish}]})
        lines = [f"data: {json.dumps(chunk)}" for chunk in chunks] + (["data: [DONE]"] if done else [])
        return Reply((head + gap.join(lines) + after + gap).encode(), content_type=kind)

    return reply


def lines() -> Answering:
    """Ollama's own stream: an object a line."""

    def reply(asked: Asked) -> Reply:
        text = json.dumps(say.wording(asked))
        said = [
            json.dumps({"message": {"content": text[at : at + 50]}, "done": False}) for at in range(0, len(text), 50)
        ]
        end = json.dumps({"message": {"content": ""}, "done": True, "done_reason": "stop"})
        return Reply("\n".join([*said, end]).encode(), content_type="application/x-ndjson")

    return reply


@dataclass(frozen=True)
class Temper:
    """A server's way; `requests`: how many the first answer takes, `then`: how many each later one."""

    name: str
    script: tuple[Answering, ...]
    requests: int = 1
    then: int = 1


def temper(name: str, *script: Answering, requests: int = 1, then: int = 1) -> Temper:
    return Temper(name, script, requests, then)


NO_SYSTEM = {"object": "error", "message": "System role not supported", "code": 400}
ALTERNATE = {"error": {"message": "Conversation roles must alternate user/assistant/user/assistant/..."}}
NAMELESS = {"error": {"message": "", "type": "InternalServerError", "code": 500}}
OVERLOADED = {"error": {"message": "Rate limited upstream", "code": 429}}
TOOL = {"type": "function", "function": {"name": "next_best_actions", "arguments": "{}"}}
CUT = answered(reasoning_content="Let me think about it", content="", finish_reason="length")

ANSWERING = (
    temper("reasoning that eats the limit", unless(lambda a: a.body["max_tokens"] < 4_000, CUT), requests=2),
    temper("the answer among the thoughts", answered(content=None, reasoning_content="{}")),
    temper("the answer among the thoughts, named otherwise", answered(content="", reasoning="{}")),
    temper("the answer in what Ollama calls thinking", answered(content="", thinking="{}")),
    temper("a grammar that the server can't read", unless(form("json_schema"), bare(400, {"code": 400,
           "message": "Failed to initialize samplers: failed to parse grammar"})), requests=2),
    temper("no schema, by 400 without a body", unless(form("json_schema"), lambda _: Reply(b"", 400)), requests=2,
           then=2),
    temper("a choice without a message, once", say.raw(b'{"choices": [{"index": 0, "message": null}]}'), say.good(),
           requests=2),
    temper("no system role, by 400", unless(system, bare(400, NO_SYSTEM)), requests=2),
    temper("no system role, by 500", unless(system, bare(500, ALTERNATE)), requests=2),
    temper("no system role, by 422", unless(system, bare(422, {"detail": "role: unexpected value"})), requests=2),
    temper("no developer instructions", unless(system, say.status(400, "Developer instruction is not enabled for m")),
           requests=2),
    temper("no schema, by 500 without a word", unless(form("json_schema"), bare(500, NAMELESS)), requests=2, then=2),
    temper("no form at all, by 404", unless(has("response_format"), say.status(404, "No endpoints found that can "
           "handle the requested parameters")), requests=3, then=2),
    temper("no form at all, by 501", unless(has("response_format"), say.status(501, "")), requests=3, then=2),
    temper("an error in a 200, once", say.raw(json.dumps(OVERLOADED).encode()), say.good(), requests=2),
    temper("no choices, once", say.raw(b'{"id": null, "choices": null}'), say.good(), requests=2),
    temper("an empty text, once", say.text(""), say.good(), requests=2),
    temper("a stream unless told otherwise", unless(lambda a: a.body.get("stream") is not False, events(), say.good())),
    temper("a stream although told otherwise", events()),
    temper("a stream that says it is JSON", events(kind="application/json")),
    temper("a stream with remarks", events(head=": OPENROUTER PROCESSING\n\n: OPENROUTER PROCESSING\n\n")),
    temper("a stream without blank lines", events(gap="\n")),
    temper("a stream with carriage returns", events(gap="\r\n\r\n")),
    temper("a stream without an end mark", events(done=False)),
    temper("a stream that says nothing of its end but the mark", events(finish=None)),
    temper("a stream of lines", lines()),
    temper("a stream that breaks off, once", events(done=False, finish=None), say.good(), requests=2),
    temper("an error within a stream, once", say.raw(b'data: {"choices":[{"delta":{"content":"{"}}]}\n\n'
           b'data: {"error":{"code":502,"message":"Provider died"}}\n\n', "text/event-stream"), say.good(), requests=2),
    temper("the whole answer in one event", lambda a: Reply(b"data: " + say.good()(a).body + b"\n\ndata: [DONE]\n\n",  # type: ignore[operator]
           content_type="text/event-stream")),
    temper("streams only", unless(lambda a: a.body.get("stream") is not True,
           bare(400, {"detail": "Stream must be set to true"}), events()), requests=2),
    temper("streams only, without a word", unless(lambda a: a.body.get("stream") is not True, say.status(400, ""),
           events()), requests=5),
    temper("no bound on tokens", unless(has("max_tokens"), say.status(400, "Unrecognized request argument supplied: "
           "max_tokens")), requests=2),
    temper("no bound on tokens by any name", unless(lambda a: bool(a.body.keys() & {"max_tokens",
           "max_completion_tokens"}), say.status(400, "Unknown parameter: max_tokens or max_completion_tokens")),
           requests=3),
    temper("a short context", unless(has("max_tokens"), say.status(400, "'max_tokens' is too large: 2500. This model's "
           "maximum context length is 2048 tokens", error_code="context_length_exceeded")), requests=2),
    temper("nothing but messages", unless(lambda a: a.body.keys() > {"model", "messages"}, say.status(422, "")),
           requests=4, then=2),
    temper("nothing but messages, by 500", unless(lambda a: a.body.keys() > {"model", "messages"}, say.status(500, "")),
           requests=3, then=2),
    temper("a comma too many", written_as(lambda text: text[:-2] + ",]}")),
    temper("commas too many everywhere", written_as(lambda text: text.replace("}, {", ",}, {").replace("]}]", "],}]"))),
    temper("remarks in the JSON", written_as(lambda text: "// my choice\n" + text.replace("{", "{ /* so */", 1))),
    temper("a bare list", written_as(lambda text: json.dumps(json.loads(text)["actions"]))),
    temper("a bare list after prose", written_as(lambda t: "Here it is:\n" + json.dumps(json.loads(t)["actions"]))),
    temper("an object around it", written_as(lambda text: json.dumps({"next_best_actions": json.loads(text)}))),
    temper("two objects around it", written_as(lambda t: json.dumps({"result": {"next": json.loads(t)}}))),
    temper("JSON in a JSON string", written_as(json.dumps)),
    temper("a fence and prose", written_as(lambda text: f"Sure!\n```json\n{text}\n```\nGood luck!")),
    temper("thoughts in braces", written_as(lambda text: f"<think>{{a1}} or {{a2}}?</think>{text}")),
    temper("no contents", say.worded(lambda answer: [one.update(contents=None) for one in answer["actions"]])),
    temper("a tool call", answered(content=None, finish_reason="tool_calls", tool_calls=[TOOL])),
    temper("a tool call with an object", lambda a: Reply(say.completion(None, finish_reason="tool_calls", tool_calls=[
           {"function": {"name": "x", "arguments": say.wording(a)}}]))),
    temper("a function call", answered(content=None, finish_reason="function_call", function_call={"name": "x",
           "arguments": "{}"})),
    temper("parts of text", answered(content=[{"type": "thinking", "thinking": "hm"}, {"type": "text", "text": "{}"}])),
    temper("an object in place of text", lambda a: Reply(say.completion(say.wording(a)))),  # type: ignore[arg-type]
    temper("a whole answer that was cut behind its end", answered(content="{}", finish_reason="length")),
    temper("a byte-order mark", lambda a: Reply(b"\xef\xbb\xbf" + (say.good()(a).body or b""))),
    temper("blanks before the JSON", lambda a: Reply(b"\n\n   \n" + (say.good()(a).body or b""))),
    temper("gzip nobody asked for", say.zipped()),
)  # fmt: skip


@pytest.fixture
async def server() -> AsyncIterator[ModelServer]:
    async with model_server() as served:
        yield served


def writer_for(server: ModelServer, **told: Any) -> OpenAIWriter:
    return OpenAIWriter(Server(server.url, "key-of-the-test", "some-model", **{"first_wait": 0.001} | told))


@pytest.mark.parametrize("one", ANSWERING, ids=lambda one: one.name)
async def test_an_answer_comes_of_it(one: Temper, server: ModelServer) -> None:
    server.answers(*one.script)
    writer, advice = writer_for(server), recommend(facts(), at=NOW)
    first = await sharpen(advice, writer, at=NOW)
    assert isinstance(first, Sharpened), first
    assert (len(first.calls), len(server.asked)) == (1, one.requests), "taken at once, without a second try at wording"
    second = await sharpen(advice, writer, at=NOW)
    await writer.close()
    assert isinstance(second, Sharpened)
    assert len(server.asked) == one.requests + one.then


async def test_what_was_given_up_without_a_reason_is_taken_up_again(server: ModelServer) -> None:
    server.answers(unless(system, say.status(400, ""), say.text("Good day")))
    writer = writer_for(server)
    asked = []
    for _ in range(6):
        before = len(server.asked)
        assert isinstance(await writer.write(ORDER), Written)
        asked.append(len(server.asked) - before)
    await writer.close()
    assert writer.capabilities.dialect == Dialect(Form.SCHEMA, Limit.TOKENS, Streaming.OFF, system=False)
    assert asked == [4, 1, 2, 1, 1, 1], "the system's role is refused again; the rest was given up for nothing"


async def test_what_was_learned_is_forgotten_after_a_day(server: ModelServer) -> None:
    now = [0.0]
    server.refuses = {"json_schema"}
    server.answers(say.text("Good day"))
    where = Server(server.url, "key", "some-model", first_wait=0.001)
    writer = OpenAIWriter(where, lambda: now[0])
    await writer.write(ORDER)
    now[0] += 23 * 3_600
    await writer.write(ORDER)
    server.refuses = set()
    now[0] += 2 * 3_600
    await writer.write(ORDER)
    await writer.close()
    assert [asked.form for asked in server.asked] == ["json_schema", "json_object", "json_object", "json_schema"]


async def test_a_server_that_is_down_teaches_nothing(server: ModelServer) -> None:
    server.answers(say.status(500, ""))
    writer = writer_for(server, retries=2)
    failed = await writer.write(ORDER)
    assert isinstance(failed, NotWritten)
    assert (failed.fault, len(server.asked)) == (Fault.SERVER_ERROR, 3)
    server.answers(say.text("Good day"))
    assert isinstance(await writer.write(ORDER), Written)
    await writer.close()
    assert (server.asked[-1].form, writer.capabilities.dialect) == ("json_schema", Dialect())


async def test_a_server_that_has_answered_is_only_waited_for(server: ModelServer) -> None:
    server.answers(say.text("Good day"), say.status(500, ""), say.text("Good day"))
    writer = writer_for(server)
    await writer.write(ORDER)
    await writer.write(ORDER)
    await writer.close()
    assert [asked.form for asked in server.asked] == ["json_schema"] * 3


async def test_a_server_that_refuses_everything_is_asked_a_bounded_number_of_times(server: ModelServer) -> None:
    server.answers(say.status(400, "I don't like your response_format, max_tokens, stream, system role"))
    writer = writer_for(server)
    refused = await writer.write(ORDER)
    await writer.close()
    assert isinstance(refused, NotWritten)
    assert refused.fault is Fault.REFUSED
    assert len(server.asked) <= 7


async def test_extra_fields_are_sent_and_win(server: ModelServer) -> None:
    refusal = say.status(400, "parameter.enable_thinking must be set to false for non-streaming calls")
    server.answers(unless(lambda asked: asked.body.get("enable_thinking") is not False, refusal, say.text("Good day")))
    writer = writer_for(server, extra_body={"enable_thinking": False, "max_tokens": 7})
    assert isinstance(await writer.write(ORDER), Written)
    await writer.close()
    (asked,) = server.asked
    assert (asked.body["enable_thinking"], asked.body["max_tokens"]) == (False, 7)


@pytest.mark.parametrize(("rules", "sent"), [(Rules(may_wait=False), [True]), (Rules(may_stream=False), [False])])
async def test_streaming_is_settled_by_the_setting(rules: Rules, sent: list[bool], server: ModelServer) -> None:
    server.answers(say.text("Good day"))
    writer = writer_for(server, rules=rules)
    await writer.write(ORDER)
    await writer.close()
    assert [asked.body["stream"] for asked in server.asked] == sent


async def test_a_server_may_not_insist_on_streams_that_the_setting_excludes(server: ModelServer) -> None:
    server.answers(say.status(400, "Stream must be set to true"))
    writer = writer_for(server, rules=Rules(may_stream=False))
    assert isinstance(await writer.write(ORDER), NotWritten)
    await writer.close()
    assert all(asked.body.get("stream") is not True for asked in server.asked)


async def test_more_room_is_asked_for_twice_at_most_and_what_it_took_is_counted(server: ModelServer) -> None:
    server.answers(say.text("{", finish_reason="length"))
    writer = writer_for(server)
    cut = await writer.write(ORDER)
    await writer.close()
    assert isinstance(cut, NotWritten)
    assert (cut.fault, "STAGEPATH_LLM_MAX_TOKENS" in cut.detail) == (Fault.UNREADABLE, True)
    assert [asked.body["max_tokens"] for asked in server.asked] == [2_500, 5_000, 10_000]
    assert cut.call is not None
    assert cut.call.usage.input_tokens >= 3 * 900


REASONS = (
    ("a wrong key", say.status(401, "bad key"), Fault.REFUSED, "OPENAI_API_KEY"),
    ("a key that may not", say.status(403, "no access"), Fault.REFUSED, "OPENAI_API_KEY"),
    ("a key refused by 400", say.status(400, "API key not valid. Please pass a valid API key."), Fault.REFUSED,
     "OPENAI_API_KEY"),
    ("an unknown model", say.status(404, 'model "x" not found, try pulling it first'), Fault.REFUSED,
     "STAGEPATH_LLM_MODEL"),
    ("an unknown model, by 400", say.status(400, "The model `x` does not exist"), Fault.REFUSED, "STAGEPATH_LLM_MODEL"),
    ("a wrong address", lambda _: Reply(b"404 page not found", 404, content_type="text/plain"), Fault.REFUSED,
     "OPENAI_BASE_URL"),
    ("another service", bare(404, {"detail": "Not Found"}), Fault.REFUSED, "OPENAI_BASE_URL"),
    ("another method", say.status(405, "Method Not Allowed"), Fault.REFUSED, "OPENAI_BASE_URL"),
    ("a redirect", say.status(302, Location="https://login.invalid/"), Fault.REFUSED, "OPENAI_BASE_URL"),
    ("a page to sign in at", say.raw(b"<!DOCTYPE html><html>Sign in", "text/html"), Fault.UNREADABLE,
     "OPENAI_BASE_URL"),
    ("too long a prompt", say.status(400, "maximum context length is 512 tokens"), Fault.REFUSED,
     "STAGEPATH_LLM_MODEL"),
    ("no money", say.status(429, "You exceeded your current quota", error_code="insufficient_quota"), Fault.REFUSED,
     "used up"),
    ("no money, in a 200", say.raw(b'{"error": {"code": 402, "message": "Insufficient credits"}}'), Fault.REFUSED,
     "used up"),
    ("too many requests", say.status(429, "slow down"), Fault.RATE_LIMITED, "STAGEPATH_LLM_CONCURRENCY"),
    ("something that it wants", say.status(400, "please send foo"), Fault.REFUSED, "STAGEPATH_LLM_EXTRA_BODY"),
    ("a wrong schema of the error", say.raw(b'{"error": "boom"}'), Fault.UNREADABLE, "error in place"),
    ("a compression of its own", lambda _: Reply(b"xx", headers={"Content-Encoding": "br"}), Fault.UNREADABLE, "br"),
)  # fmt: skip


@pytest.mark.parametrize(("answer", "fault", "named"), [one[1:] for one in REASONS], ids=[one[0] for one in REASONS])
async def test_the_reason_names_what_to_look_at(
    answer: Answering, fault: Fault, named: str, server: ModelServer
) -> None:
    server.answers(answer)
    writer = writer_for(server, retries=1)
    failed = await writer.write(ORDER)
    await writer.close()
    assert isinstance(failed, NotWritten)
    assert failed.fault is fault
    assert named in failed.detail
    assert "key-of-the-test" not in failed.detail


async def test_an_absurd_wait_is_bounded(server: ModelServer) -> None:
    server.answers(say.status(429, Retry_After="99999999"))
    writer = writer_for(server)
    failed = await writer.write(ORDER)
    await writer.close()
    assert isinstance(failed, NotWritten)
    assert (failed.retry_after, len(server.asked)) == (3_600.0, 1)


TRUNCATED = ('{"actions": [%s', '{"actions": [%s], "note": "and', '{"x": [%s]', 'So {"actions": [%s, {"id": "a2"')


@pytest.mark.parametrize("around", TRUNCATED)
async def test_what_breaks_off_is_never_mended(around: str, server: ModelServer) -> None:
    def broken(asked: Asked) -> Reply:
        first = json.dumps(say.wording(asked)["actions"][0])
        return Reply(say.completion(around % ", ".join([first] * 3)))

    server.answers(broken)
    writer = writer_for(server)
    result = await sharpen(recommend(facts(), at=NOW), writer, at=NOW)
    await writer.close()
    assert isinstance(result, NotSharpened)
    assert result.faults == ("UNREADABLE",)
