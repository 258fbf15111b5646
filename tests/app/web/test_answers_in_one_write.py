"""An answer that goes out past all layers is the answer that would have gone through them."""

import asyncio
from pathlib import Path

import orjson
import pytest

from app.database import Database
from app.models import User
from app.web.requests import REQUEST_ID, new_request_id
from tests.serving import Server, running, settings_for

WHO = "{ viewer { user { name } } }"


def request(server: Server, user: User, query: str = WHO, *more: str, version: str = "1.1") -> bytes:
    body = orjson.dumps({"query": query})
    head = (
        f"POST /graphql HTTP/{version}",
        "Host: stagepath.example",
        "Content-Type: application/json",
        f"Authorization: Bearer {server.token_for(user)}",
        f"Content-Length: {len(body)}",
        *more,
    )
    return "\r\n".join((*head, "", "")).encode() + body


class Line:
    """One connection."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.reader, self.writer = reader, writer

    async def answer(self) -> tuple[bytes, dict[bytes, bytes], dict[str, object]]:
        """The first line, the headers, and the body."""
        head = (await self.reader.readuntil(b"\r\n\r\n")).split(b"\r\n")
        pairs = [line.split(b": ", 1) for line in head[1:-2]]
        headers = {name.lower(): value for name, value in pairs}
        assert len(headers) == len(pairs)  # none came twice
        body = await self.reader.readexactly(int(headers[b"content-length"]))
        return head[0], headers, orjson.loads(body)

    async def ends(self) -> bool:
        return await self.reader.read() == b""


async def line_to(server: Server) -> Line:
    host, _, port = server.base_url.removeprefix("http://").partition(":")
    return Line(*await asyncio.open_connection(host, int(port)))


async def test_one_line_carries_one_answer_after_the_other(server: Server, seller: User) -> None:
    line = await line_to(server)
    for n in range(3):
        line.writer.write(request(server, seller, WHO, f"X-Request-ID: number-{n:04}"))
        status, headers, body = await line.answer()
        assert status == b"HTTP/1.1 200 OK"
        assert headers[b"x-request-id"] == f"number-{n:04}".encode()
        assert headers[b"content-type"] == b"application/json; charset=utf-8"
        assert b"date" in headers
        assert body["data"] == {"viewer": {"user": {"name": seller.name}}}
    line.writer.close()


async def test_it_says_what_the_layers_say(database: Database, seller: User, tmp_path: Path) -> None:
    answers = []
    for level in ("error", "debug"):  # a line is said of every answer that goes through the layers
        async with running(settings_for(database.url, tmp_path, log_level=level)) as server:
            line = await line_to(server)
            line.writer.write(request(server, seller, WHO, "X-Request-ID: the-same-one"))
            status, headers, body = await line.answer()
            line.writer.close()
        del headers[b"date"], body["extensions"]
        answers.append((status, headers, body))
    assert answers[0] == answers[1]


async def test_requests_that_come_at_once_are_answered_in_their_order(server: Server, seller: User) -> None:
    line = await line_to(server)
    names = [f"n{n}" for n in range(20)]
    line.writer.write(b"".join(request(server, seller, WHO.replace("name", f"{name}: name")) for name in names))
    answered = [(await line.answer())[2]["data"] for _ in names]
    assert answered == [{"viewer": {"user": {name: seller.name}}} for name in names]
    line.writer.close()


@pytest.mark.parametrize(("version", "more"), [("1.1", ("Connection: close",)), ("1.0", ())])
async def test_who_wants_no_further_answer_sees_the_end(
    server: Server, seller: User, version: str, more: tuple[str, ...]
) -> None:
    line = await line_to(server)
    line.writer.write(request(server, seller, WHO, *more, version=version))
    _, headers, body = await line.answer()
    assert headers[b"connection"] == b"close"
    assert body["data"]
    assert await line.ends()
    line.writer.close()


async def test_who_asks_before_sending_is_told_to_go_on(server: Server, seller: User) -> None:
    line = await line_to(server)
    head, _, body = request(server, seller, WHO, "Expect: 100-continue").partition(b"\r\n\r\n")
    line.writer.write(head + b"\r\n\r\n")
    assert (await line.reader.readuntil(b"\r\n\r\n")).startswith(b"HTTP/1.1 100")
    line.writer.write(body)
    assert (await line.answer())[2]["data"]
    line.writer.close()


async def test_browsers_of_listed_origins_may_read_it(database: Database, seller: User, tmp_path: Path) -> None:
    portal = "https://portal.example"
    async with running(settings_for(database.url, tmp_path, cors_origins=(portal,))) as server:
        line = await line_to(server)
        line.writer.write(request(server, seller, WHO, f"Origin: {portal}"))
        _, headers, body = await line.answer()
        assert headers[b"access-control-allow-origin"] == portal.encode()
        assert body["data"]
        line.writer.close()


def test_requests_without_an_id_get_one_of_their_own() -> None:
    made = [new_request_id({"headers": []}) for _ in range(1_000)]
    assert len(set(made)) == len(made)
    assert all(REQUEST_ID.fullmatch(one) for one in made)
    assert len({one[:12] for one in made} | {one[-12:] for one in made}) == 2 * len(
        made
    )  # none tells of its neighbours
