"""`stagepath guidance check-model`: what an operator is told of model servers of different temper."""

import asyncio
import json
from pathlib import Path

import pytest

from tests.commands import stagepath
from tests.guidance import model_server as say
from tests.guidance.model_server import Answering, Asked, ModelServer, Reply, model_server

KEY = "sk-of-the-test"


async def checked(folder: Path, script: Answering, **settings: str) -> tuple[int, dict[str, str], ModelServer]:
    async with model_server() as server:
        server.answers(script)
        told = {"OPENAI_BASE_URL": server.url, "OPENAI_API_KEY": KEY, "STAGEPATH_LLM_MODEL": "some-model", **settings}
        done = await asyncio.to_thread(stagepath, folder, "guidance", "check-model", **told)
    assert "Traceback" not in done.stderr
    assert KEY not in done.stdout + done.stderr
    return done.returncode, {line[:16].strip(): line[16:] for line in done.stdout.splitlines()}, server


async def test_a_server_that_takes_everything(tmp_path: Path) -> None:
    status, told, server = await checked(tmp_path, say.good())
    assert (status, len(server.asked)) == (0, 1)
    assert told.pop("time").endswith(" s")
    assert told == {
        "server": server.url,
        "model": "some-model",
        "answers": "as JSON by a schema",
        "system messages": "taken",
        "token limit": "max_tokens",
        "sent": "whole",
        "requests": "1",
        "tokens": "900 in, 200 out",
        "answer": "passed all checks; 3 actions",
    }


async def test_a_server_of_few_skills(tmp_path: Path) -> None:
    def picky(asked: Asked) -> Reply:
        if any(message["role"] == "system" for message in asked.body["messages"]):
            return say.status(500, "Only user and assistant roles are supported!")(asked)
        if "response_format" in asked.body:
            return say.status(422, "response_format: extra fields not permitted")(asked)
        if "max_tokens" in asked.body:
            return say.status(400, "Unsupported parameter: max_tokens, use max_completion_tokens")(asked)
        return say.around("Sure:\n```json\n", "\n```")(asked)

    status, told, server = await checked(tmp_path, picky)
    assert (status, told["requests"], len(server.asked)) == (0, "5", 5)
    assert told["answers"] == "as text, asked for JSON in words"
    assert told["system messages"] == "refused; their text stands before the user’s"
    assert told["token limit"] == "max_completion_tokens"


async def test_a_server_that_is_told_what_it_wants_by_settings(tmp_path: Path) -> None:
    settings = {
        "STAGEPATH_LLM_EXTRA_BODY": '{"enable_thinking": false}',
        "STAGEPATH_LLM_STREAM": "false",
        "STAGEPATH_LLM_MAX_TOKENS": "900",
    }
    status, told, server = await checked(tmp_path, say.good(), **settings)
    (asked,) = server.asked
    assert (status, asked.body["enable_thinking"], asked.body["stream"], asked.body["max_tokens"]) == (
        0,
        False,
        False,
        900,
    )
    assert told["answer"].startswith("passed all checks")


async def test_a_server_that_refuses_is_quoted(tmp_path: Path) -> None:
    status, told, _ = await checked(tmp_path, say.status(401, f"Incorrect API key provided: {KEY}."))
    assert status == 1
    assert told["answer"] == "none: REFUSED: status 401 error; check OPENAI_API_KEY"
    assert told["server said"] == "Incorrect API key provided: ….; error"
    assert "answers" not in told, "nothing is known of what it takes"


async def test_an_answer_that_fails_the_checks_is_told_by_its_faults(tmp_path: Path) -> None:
    promising = say.worded(lambda answer: answer["actions"][0].update(facts=["You get a discount of 40%."]))
    status, told, server = await checked(tmp_path, promising)
    assert (status, len(server.asked)) == (1, 2)
    assert told["answer"].startswith("of no use: the answer was refused twice: ")


@pytest.mark.parametrize(
    ("settings", "said"),
    [
        ({}, "To set: OPENAI_BASE_URL, OPENAI_API_KEY, STAGEPATH_LLM_MODEL."),
        ({"OPENAI_API_KEY": KEY}, "To set: OPENAI_BASE_URL, STAGEPATH_LLM_MODEL."),
        ({"STAGEPATH_LLM_EXTRA_BODY": "{oops"}, "llm_extra_body"),
        ({"STAGEPATH_LLM_EXTRA_BODY": json.dumps([1])}, "has to be a JSON object"),
        ({"STAGEPATH_LLM_STREAM": "sometimes"}, "llm_stream"),
    ],
)
def test_what_is_missing_or_wrong_is_named(settings: dict[str, str], said: str, tmp_path: Path) -> None:
    done = stagepath(tmp_path, "guidance", "check-model", **settings)
    assert (done.returncode, done.stdout) == (2, "")
    assert said in done.stderr
    assert "Traceback" not in done.stderr
