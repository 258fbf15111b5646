"""Messages to chats: their bodies as the services take them, and no way into the network."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import timedelta
from typing import Any

import orjson
import pytest

from app.notifications.addresses import open_address, seal_anew
from app.settings import Settings, settings, use_settings
from tests.app.notifications.telling import AT, Post
from tests.schema.world import SELLER

MARKUP = "<!channel> *bold* [x](https://evil.example) & <b>"


class Room:
    """`answers`: what it says next, if not that it is fine."""

    def __init__(self) -> None:
        self.heard: list[dict[str, Any]] = []
        self.answers: list[bytes] = []

    async def listen(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        head = await reader.readuntil(b"\r\n\r\n")
        length = next(int(line.split(b":")[1]) for line in head.split(b"\r\n") if line.lower().startswith(b"content-l"))
        self.heard.append(orjson.loads(await reader.readexactly(length)))
        writer.write(self.answers.pop(0) if self.answers else b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok")
        await writer.drain()
        writer.close()


@asynccontextmanager
async def room(post: Post, service: str, **chosen: Any) -> AsyncIterator[Room]:
    made = Room()
    server = await asyncio.start_server(made.listen, "127.0.0.1", 0)
    port = server.sockets[0].getsockname()[1]
    await post.begin(**{"outgoing_networks": ("127.0.0.0/8",), "outgoing_ports": (port,), **chosen})
    off = {"kind": "AUTOMATION", "channel": "EMAIL", "pace": "OFF"}
    on = {"kind": "AUTOMATION", "channel": "CHAT", "pace": "AT_ONCE"}
    chat = {"service": service, "url": f"http://127.0.0.1:{port}/secret"}
    answer = await post.choose(preferences=[off, on], chat=chat)
    assert answer["userErrors"] == []
    assert answer["notificationPreferences"]["chat"] == {"service": service, "host": "127.0.0.1"}
    try:
        yield made
    finally:
        server.close()
        await server.wait_closed()


async def test_slack_gets_blocks_of_plain_text(post: Post) -> None:
    async with room(post, "SLACK") as there:
        await post.tell(MARKUP, body=MARKUP)
        await post.deliver()
    (said,) = there.heard
    assert said["mrkdwn"] is False
    assert said["text"].startswith("&lt;!channel&gt;")
    assert [block["type"] for block in said["blocks"]] == ["header", "section"]
    assert {block["text"]["type"] for block in said["blocks"]} == {"plain_text"}


async def test_teams_gets_an_adaptive_card_without_markdown(post: Post) -> None:
    async with room(post, "MICROSOFT_TEAMS") as there:
        await post.tell(MARKUP, body=MARKUP)
        await post.deliver()
    ((attachment,),) = [said["attachments"] for said in there.heard]
    assert attachment["contentType"] == "application/vnd.microsoft.card.adaptive"
    card = attachment["content"]
    assert (card["type"], card["version"]) == ("AdaptiveCard", "1.4")
    assert {block["type"] for block in card["body"]} == {"RichTextBlock"}
    assert card["body"][0]["inlines"][0] == {"type": "TextRun", "text": MARKUP, "weight": "Bolder"}


async def test_others_get_plain_json_with_an_id_that_stays(post: Post) -> None:
    async with room(post, "GENERIC") as there:
        there.answers.append(b"HTTP/1.1 503 Busy\r\nRetry-After: 300\r\nContent-Length: 0\r\n\r\n")
        await post.tell("Hello", body="World")
        await post.deliver()
        assert await post.demo.value("SELECT due_at FROM notification_message") == AT + timedelta(seconds=300)
        await post.deliver(at=AT + timedelta(seconds=300))
        await post.deliver(at=AT + timedelta(days=1))
    first, second = there.heard
    assert first == second
    assert (first["title"], first["items"][0]["text"]) == ("Hello", "World")


@pytest.mark.parametrize("service", ["SLACK", "MICROSOFT_TEAMS", "GENERIC"])
async def test_a_digest_too_long_for_a_message_comes_in_several(post: Post, service: str) -> None:
    async with room(post, service, mail_per_hour=2) as there:
        titles = [f"number {n}." for n in range(25)]
        for title in titles:
            await post.tell(title)
        for hour, messages in ((10, 2), (11, 4), (12, 5)):
            await post.deliver(at=AT.replace(hour=hour))
            assert len(there.heard) == messages
    told = [str(said) for said in there.heard]
    assert [sum(title in said for said in told) for title in titles] == [1] * 25


@pytest.mark.parametrize("status", [404, 410])
async def test_a_chat_that_is_gone_is_not_tried_again(post: Post, status: int) -> None:
    async with room(post, "GENERIC") as there:
        there.answers.append(b"HTTP/1.1 %d Gone\r\nContent-Length: 0\r\n\r\n" % status)
        await post.tell("Hello")
        await post.deliver()
    assert await post.demo.value("SELECT due_at FROM notification_message") is None


async def test_no_chat_leads_into_the_network(post: Post) -> None:
    async with room(post, "GENERIC") as there:
        await post.begin(outgoing_networks=())
        await post.tell("Hello")
        await post.deliver()
    assert there.heard == []
    assert await post.demo.value("SELECT sent_at FROM notification_message") is None
    for url in ("file:///etc/passwd", "http://user:pw@example.com/", "http://0x7f.1/", "http://127.0.0.1/"):
        answer = await post.choose(chat={"service": "GENERIC", "url": url})
        assert [error["path"] for error in answer["userErrors"]] == [["chat", "url"]], url


STORED = "SELECT chat_secret_url FROM notification_setting"


async def test_the_address_is_kept_sealed_and_only_its_host_is_shown(post: Post) -> None:
    url = "https://hooks.example.com/services/T0/very-secret"
    answer = await post.choose(chat={"service": "SLACK", "url": url})
    assert answer["notificationPreferences"]["chat"] == {"service": "SLACK", "host": "hooks.example.com"}
    kept = await post.demo.value(STORED)
    assert "hooks" not in kept
    assert open_address(kept, post.user(SELLER)) == url
    assert open_address(kept, post.user("Lena Brandt")) is None
    assert open_address(url, post.user(SELLER)) is None
    rows = await post.demo.database.fetch("SELECT detail::text AS detail FROM audit_entry")
    assert not [row for row in rows if "very-secret" in row["detail"]]


async def test_the_address_is_sealed_anew_under_another_key_and_lost_without_either(post: Post) -> None:
    await post.choose(chat={"service": "SLACK", "url": "https://hooks.example.com/x"})
    given, old, new = settings().model_dump(exclude_unset=True), settings().secret(), "n" * 40
    given.pop("secret_key", None)
    assert await seal_anew(post.demo.database) == 0
    use_settings(Settings(**given, secret_keys=f"{new},{old}"))
    assert [await seal_anew(post.demo.database) for _ in range(2)] == [1, 0]
    use_settings(Settings(**given, secret_keys=new))
    assert open_address(await post.demo.value(STORED), post.user(SELLER)) == "https://hooks.example.com/x"
    use_settings(Settings(**given, secret_keys="o" * 40))
    assert open_address(await post.demo.value(STORED), post.user(SELLER)) is None
    assert (await post.choose(dailyAt="09:00"))["notificationPreferences"]["chat"] is None


async def test_a_message_to_an_address_that_was_lost_is_given_up(post: Post) -> None:
    async with room(post, "GENERIC") as there:
        await post.demo.value("UPDATE notification_setting SET chat_secret_url = 'lost' RETURNING id")
        await post.tell("Hello")
        await post.deliver()
    assert there.heard == []
    reason = await post.demo.value("SELECT reason FROM notification_message WHERE due_at IS NULL")
    assert reason == "The address can't be read any more: it has to be named again."
