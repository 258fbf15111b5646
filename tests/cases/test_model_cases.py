"""Model servers as they were reported, each a real one whose every answer is scripted."""

import json
from collections.abc import Callable
from typing import Any

import pytest

from guidance import Sharpened, recommend, sharpen
from guidance.openai_writer import OpenAIWriter, Server
from tests.cases.reported import FOLDER
from tests.cases.test_cases import Verdict, verdict
from tests.guidance import model_server as say
from tests.guidance.builders import NOW, facts
from tests.guidance.model_server import Answering, Asked, Reply, model_server
from tests.guidance.test_model_servers import ANSWERING, system

__all__ = ["verdict"]

FILE = FOLDER / "21-model-servers.json"
GOOD = "<the good JSON>"
WHEN: dict[str, Callable[[Asked], bool]] = {
    "max_tokens < 4000": lambda asked: int(asked.body.get("max_tokens", 0)) < 4_000,
    "a system message is among them": system,
    "response_format is json_schema": lambda asked: asked.form == "json_schema",
    "`stream` is not false": lambda asked: asked.body.get("stream") is not False,
    "stream is not true": lambda asked: asked.body.get("stream") is not True,
    "enable_thinking is not false": lambda asked: asked.body.get("enable_thinking") is not False,
    "max_tokens is given": lambda asked: "max_tokens" in asked.body,
}
EXTRA = {"thinking must be off": {"enable_thinking": False}}


async def answered(script: tuple[Answering, ...], extra: dict[str, Any]) -> str:
    """What is wrong; empty when an answer comes of it, twice."""
    async with model_server() as server:
        server.answers(*script)
        writer = OpenAIWriter(Server(server.url, "key", "some-model", first_wait=0.001, extra_body=extra))
        advice = recommend(facts(), at=NOW)
        results = [await sharpen(advice, writer, at=NOW) for _ in range(2)]
        await writer.close()
    return "; ".join(result.detail for result in results if not isinstance(result, Sharpened))


def told(case: dict[str, Any]) -> tuple[Answering, ...]:
    bad, wrong = _bad(case), WHEN.get(case.get("when", ""))
    if wrong is not None:
        return (lambda asked: bad(asked) if wrong(asked) else say.good()(asked),)
    return (bad, say.good()) if "times" in case else (bad,)


def _bad(case: dict[str, Any]) -> Answering:
    def reply(asked: Asked) -> Reply:
        good = json.dumps(say.wording(asked))
        if "text" in case:
            return Reply(say.completion(_completed(case["text"], json.loads(good)["actions"])))
        if case.get("content_type") == "text/event-stream":
            chunk = {"choices": [{"index": 0, "delta": {"content": good}, "finish_reason": "stop"}]}
            return Reply(f"data: {json.dumps(chunk)}\n\ndata: [DONE]\n\n".encode(), content_type="text/event-stream")
        body = json.dumps(case["answer"]).replace(json.dumps(GOOD), json.dumps(good))
        return Reply(body.encode(), case.get("status", 200))

    return reply


def _completed(text: str, actions: list[dict[str, Any]]) -> str:
    """The sample's text with the actions in it that it leaves out."""
    if "contents" in text:
        return json.dumps({"actions": [action | {"contents": None} for action in actions]})
    listed = json.dumps(actions)
    if text.startswith("["):
        return listed
    inner = listed[1:-1] + ("," if ",]" in text.replace(" ", "") else "")
    return text.replace("[ … ,]", f"[{inner}]").replace("[…]", listed)


async def test_our_own_servers(verdict: Verdict) -> None:
    said = [(one.name, await answered(one.script, {})) for one in ANSWERING]
    verdict("21", f"{len(said)} of our own", [f"{name}: {fault}" for name, fault in said if fault])


async def test_the_reported_servers(verdict: Verdict) -> None:
    if not FILE.is_file():
        pytest.skip("the reported files are not beside this checkout (../shared/cases)")
    cases = json.loads(FILE.read_text(encoding="utf-8"))
    said = [(case["name"], await answered(told(case), EXTRA.get(case["name"], {}))) for case in cases]
    verdict("21", f"{len(said)} reported", [f"{name}: {fault}" for name, fault in said if fault])
