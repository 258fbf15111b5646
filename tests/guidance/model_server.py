"""An OpenAI-compatible server on a real socket, whose every answer a test decides.

    async with model_server() as server:
        server.answers(status(500), good())        # one for each request, the last one for all that follow
        writer = OpenAIWriter(Server(server.url, "key", "model", timeout=0.2, first_wait=0.001))
        …
        assert len(server.asked) == 2              # what it was asked: headers and the request's JSON

`good()` answers as a sensible model would: it reads the candidates from the prompt and chooses the first three. The
other answers are made by `worded(change)`, which takes the good one and changes it, and by the functions below it,
which break HTTP, JSON or the server itself. `server.refuses = {"json_schema"}` makes it answer 400 to that
`response_format`, `server.parameters = {"model", "messages"}` to any other parameter.
"""

import asyncio
import gzip
import json
import re
from collections.abc import AsyncIterator, Awaitable, Callable, Set
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field
from typing import Any

CANDIDATE = re.compile(r"^(a\d+), .*\n\s*title: .*\n((?:  .*\n)*)", re.MULTILINE)
OWN_FACT = re.compile(r"^  own fact (f\d+): ", re.MULTILINE)
BLOCK = re.compile(r"^  block (b\d+), (\w+)", re.MULTILINE)
DEAL_FACT = re.compile(r"^(f\d+): ", re.MULTILINE)
CONTENT = re.compile(r"^(c\d+): ", re.MULTILINE)
ENDLESS = 3_600.0


@dataclass(frozen=True)
class Asked:
    headers: dict[str, str]
    body: dict[str, Any]

    @property
    def prompt(self) -> str:
        """The message with the deal's data."""
        return str(next(one for one in self.body["messages"] if one["role"] == "user")["content"])

    @property
    def last(self) -> str:
        return str(self.body["messages"][-1]["content"])

    @property
    def form(self) -> str:
        return str(self.body.get("response_format", {}).get("type", "text"))


@dataclass(frozen=True)
class Reply:
    """`body` of None breaks the connection; `length`: what the header claims; `after`: seconds before it is sent."""

    body: bytes | None
    status: int = 200
    headers: dict[str, str] = field(default_factory=dict)
    content_type: str = "application/json"
    length: int | None = None
    chunked: bool = False
    after: float = 0.0
    every: float | None = None
    """Seconds between two bytes of the body."""


Answering = Callable[[Asked], Reply]
Change = Callable[[dict[str, Any]], object]


class ModelServer:
    def __init__(self) -> None:
        self.url = ""
        self.asked: list[Asked] = []
        self.refuses: Set[str] = frozenset()
        self.parameters: Set[str] | None = None
        self.at_once = 0
        """The most requests that were under way at the same time."""
        self._script: list[Answering] = [good()]
        self._under_way = 0
        self.hold: Callable[[Asked], Awaitable[None]] | None = None
        """Awaited before each answer, for tests of what happens meanwhile."""

    def answers(self, *script: Answering) -> None:
        self._script = list(script)

    async def reply(self, asked: Asked) -> Reply:
        self.asked.append(asked)
        self._under_way += 1
        self.at_once = max(self.at_once, self._under_way)
        try:
            if self.hold:
                await self.hold(asked)
            refused = self._refused(asked)
            if refused:
                return refused
            answering = self._script.pop(0) if len(self._script) > 1 else self._script[0]
            reply = answering(asked)
            await asyncio.sleep(reply.after)
            return reply
        finally:
            self._under_way -= 1

    def _refused(self, asked: Asked) -> Reply | None:
        unknown = set(asked.body) - self.parameters if self.parameters is not None else set()
        if unknown:
            return status(400, f"unknown parameter: {min(unknown)}")(asked)
        if asked.form in self.refuses:
            return status(400, f"response_format {asked.form} is not supported")(asked)
        return None


@asynccontextmanager
async def model_server() -> AsyncIterator[ModelServer]:
    served, connections = ModelServer(), set[asyncio.Task[None]]()

    async def connected(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task is not None
        connections.add(task)
        with suppress(asyncio.CancelledError, ConnectionError, asyncio.IncompleteReadError):
            await _serve(served, reader, writer)
        connections.discard(task)
        writer.close()

    listener = await asyncio.start_server(connected, "127.0.0.1", 0)
    port = listener.sockets[0].getsockname()[1]
    served.url = f"http://127.0.0.1:{port}/v1"
    try:
        yield served
    finally:
        listener.close()
        ending = list(connections)
        for task in ending:
            task.cancel()
        await asyncio.gather(*ending, return_exceptions=True)


async def _serve(served: ModelServer, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    while head := await reader.readuntil(b"\r\n\r\n"):
        lines = head.decode("latin-1").split("\r\n")
        headers = {
            name.lower(): value.strip() for name, _, value in (line.partition(":") for line in lines[1:] if line)
        }
        body = json.loads(await reader.readexactly(int(headers.get("content-length", "0"))))
        reply = await served.reply(Asked(headers, body))
        if not lines[0].startswith("POST /v1/chat/completions "):
            reply = Reply(b"not here", 404, content_type="text/plain")
        if reply.body is None:
            writer.transport.abort()
            return
        writer.write(_head(reply, len(reply.body)))
        for byte in reply.body if reply.every else b"":
            writer.write(bytes([byte]))
            await asyncio.sleep(reply.every or 0)
        writer.write(b"" if reply.every else _framed(reply))
        await writer.drain()
        if reply.chunked or reply.length is not None:
            return


def _head(reply: Reply, length: int) -> bytes:
    framing = "Transfer-Encoding: chunked" if reply.chunked else f"Content-Length: {reply.length or length}"
    lines = [f"HTTP/1.1 {reply.status} x", f"Content-Type: {reply.content_type}", framing]
    lines += [f"{name}: {value}" for name, value in reply.headers.items()]
    return ("\r\n".join(lines) + "\r\n\r\n").encode()


def _framed(reply: Reply) -> bytes:
    """Of a chunked answer one chunk, and never the last."""
    assert reply.body is not None
    return b"%x\r\n%s\r\n" % (len(reply.body), reply.body) if reply.chunked else reply.body


def wording(asked: Asked, change: Change | None = None) -> dict[str, Any]:
    """The good answer: the first three candidates, the second before the first, each with its own facts and one of the
    deal's as its reason, and with the last of the blocks that its message may have in each place."""
    found, said = CANDIDATE.findall(asked.prompt)[:3], DEAL_FACT.findall(asked.prompt)
    contents = CONTENT.findall(asked.prompt)
    answer: dict[str, Any] = {
        "actions": [
            {
                "id": id,
                "facts": [*OWN_FACT.findall(told), *said[:1]],
                "message": list({place: block for block, place in BLOCK.findall(told)}.values()) or None,
                "contents": contents[:1] if place == 0 else [],
                "due": None,
                "quotes": [],
            }
            for place, (id, told) in enumerate([*found[1:2], *found[:1], *found[2:]])
        ],
        "readings": [],
    }
    if change:
        change(answer)
    return answer


def completion(text: str | None, *, usage: object = None, **message: object) -> bytes:
    counted = {"prompt_tokens": 900, "completion_tokens": 200, "total_tokens": 1_100} if usage is None else usage
    finish = message.pop("finish_reason", "stop")
    choice = {"index": 0, "finish_reason": finish, "message": {"role": "assistant", "content": text, **message}}
    whole = {"id": "x", "object": "chat.completion", "created": 1, "model": "m", "choices": [choice], "usage": counted}
    return json.dumps(whole).encode()


def good() -> Answering:
    return worded()


def worded(change: Change | None = None) -> Answering:
    """The good answer after `change`, which gets the answer's dict and alters it."""
    return lambda asked: Reply(completion(json.dumps(wording(asked, change))))


def text(said: str, **message: object) -> Answering:
    return lambda _: Reply(completion(said, **message))


def around(before: str, after: str) -> Answering:
    """The good answer with prose around it."""
    return lambda asked: Reply(completion(before + json.dumps(wording(asked)) + after))


def without_text(**message: object) -> Answering:
    return lambda _: Reply(completion(None, **message))


def raw(body: bytes, content_type: str = "application/json", **headers: str) -> Answering:
    return lambda _: Reply(body, content_type=content_type, headers=headers)


def status(code: int, message: str = "no", *, error_code: str | None = None, **headers: str) -> Answering:
    body = json.dumps({"error": {"message": message, "type": "error", "code": error_code}}).encode()
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    return lambda _: Reply(body, code, named)


def reset() -> Answering:
    return lambda _: Reply(None)


def silence() -> Answering:
    return slow(ENDLESS)


def slow(seconds: float) -> Answering:
    return lambda asked: Reply(completion(json.dumps(wording(asked))), after=seconds)


def truncated() -> Answering:
    """A chunked body whose end never comes."""
    return lambda asked: Reply(completion(json.dumps(wording(asked)))[:200], chunked=True)


def drip() -> Answering:
    """The good answer a byte at a time, each well within any timeout between two of them."""
    return lambda asked: Reply(completion(json.dumps(wording(asked))), every=0.01)


def oversized() -> Answering:
    """The good answer, and five megabytes of blanks."""
    return lambda asked: Reply(completion(json.dumps(wording(asked))) + b" " * 5_000_000)


def compressed() -> Answering:
    """The good answer and five megabytes of blanks, in a few kilobytes."""
    return lambda asked: Reply(
        gzip.compress(completion(json.dumps(wording(asked))) + b" " * 5_000_000), headers={"Content-Encoding": "gzip"}
    )


def zipped() -> Answering:
    """The good answer, compressed although the client didn't offer to read that."""
    return lambda asked: Reply(
        gzip.compress(completion(json.dumps(wording(asked)))), headers={"Content-Encoding": "gzip"}
    )


def short_of_its_length() -> Answering:
    return lambda asked: Reply(completion(json.dumps(wording(asked)))[:200], length=5_000)
