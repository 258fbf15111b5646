"""Mails as the bytes that a real mail server got: headers are ours alone, and whole."""

import re
from email.header import decode_header, make_header
from typing import Any

import pytest

from app.notifications.unsubscribing import read_token
from app.vocabulary import NotificationKind
from tests.app.notifications.telling import AT, Post
from tests.schema.world import SELLER, deal_of

OURS = [
    "From", "To", "Subject", "Date", "Message-ID", "References", "In-Reply-To", "List-Id", "Auto-Submitted",
    "X-Auto-Response-Suppress", "List-Unsubscribe", "List-Unsubscribe-Post", "Content-Language", "MIME-Version",
    "Content-Type",
]  # fmt: skip
PAY = "=?utf-8?q?Re:_x=0D=0AContent-Type:_text/html=0D=0A=0D=0A<h1>Pay_here</h1>?="
HOSTILE = {
    "an encoded word": PAY,
    "one in base64": "=?utf-8?b?eA0KQmNjOiBhbGxAZXhhbXBsZS5jb20NCg0KUGF5?=",
    "one in another charset": "=?utf-7?q?+AA0ACg-Bcc:_x@example.com?= =?iso-8859-1?q?=0D=0ABcc:_x@y.example?=",
    "one beside letters": f"Zürich {PAY} {PAY}",
    "one inside another": "==??utf-8?q?=0ABcc:_x@example.com?==??=",
    "one that a control character breaks": "=\x01?utf-8?q?=0D=0ABcc:_x?= =\u200b?utf-8?q?=0D=0ABcc:_x?=",
    "line breaks": "x\r\nBcc: all@example.com\r\n\r\n<h1>Pay</h1>\u2028Bcc: y\u0085Bcc: z",
    "another address": '"x" <evil@example.com>, Müller, <b@example.com>; (c) \\" ü',
    "a long one": "Ärger, mit <x@example.com>, " * 40,
    "a long one of ASCII": 'a"b, <c@example.com> ' * 40,
}


def headers_of(raw: bytes) -> dict[str, str]:
    """By the wire's own rules: a line that begins with white space goes on with the one before."""
    head, _, body = raw.partition(b"\r\n\r\n")
    assert body.startswith(b"--")  # the first part of the body, whose boundary the headers name
    assert all(len(line) <= 998 for line in raw.split(b"\r\n"))
    found: dict[str, str] = {}
    for line in re.sub(r"\r\n(?=[ \t])", "", head.decode("ascii")).split("\r\n"):
        name, colon, value = line.partition(": ")
        assert colon
        assert name not in found
        found[name] = value
    return found


def shown(value: str) -> str:
    return str(make_header(decode_header(value)))


async def received(post: Post, **names: Any) -> list[bytes]:
    deal = (await deal_of(post.demo, SELLER)).removeprefix("opp_")
    for column, table, text in (("name", "user_account", names["person"]), ("name", "opportunity", names["deal"])):
        id = post.user(SELLER) if table == "user_account" else deal
        statement = f"UPDATE {table} SET {column} = $2 WHERE id = $1 RETURNING id"
        await post.demo.value(statement, id, text)
    await post.tell(names["deal"], body="It is.", deal=deal)  # type: ignore[arg-type]
    before = len(post.mailbox.raw)
    await post.deliver()
    found = post.mailbox.raw[before:]
    assert len(found) == 1
    return found


async def test_what_people_write_is_neither_a_header_nor_a_body(post: Post) -> None:
    await post.begin(mail_per_hour=100)
    for text in HOSTILE.values():
        for raw in await received(post, person=f"Eve {text}", deal=text):
            headers = headers_of(raw)
            assert list(headers) == OURS
            assert headers["Content-Type"].startswith("multipart/alternative; boundary=")
            assert headers["List-Id"] == "Stagepath <notifications.vendor.example>"
            assert headers["To"].endswith(" <jonas.frei@alpine-it.example>")
            assert len(re.findall("<", re.sub(r'"(\\.|[^"\\])*"', "", headers["To"]))) == 1
            for name in ("Subject", "To"):
                assert "\n" not in shown(headers[name])
                assert "Pay here" not in shown(headers[name])
                for word in re.findall(r"=\?\S*", headers[name]):
                    assert re.fullmatch(r"=\?utf-8\?[bq]\?[!->@-~]+\?=", word)
                    assert len(word) <= 75


@pytest.mark.parametrize("sender", [f'"{PAY}" <noreply@vendor.example>', '"Größe, GmbH" <noreply@vendor.example>'])
async def test_the_sender_s_name_is_one_as_well(post: Post, sender: str) -> None:
    await post.begin(mail_from=sender)
    for raw in await received(post, person="Jonas", deal="Fine"):
        headers = headers_of(raw)
        assert list(headers) == OURS
        assert headers["From"].endswith(" <noreply@vendor.example>")
        assert "Pay here" not in shown(headers["From"])


async def test_links_and_ids_are_whole_however_long_they_are(post: Post) -> None:
    domain = f"{'mail.' * 15}vendor.example"
    await post.begin(mail_from=f"Stagepath <noreply@{domain}>", public_url=f"https://portal.example/{'path/' * 30}")
    deal = await deal_of(post.demo, SELLER)
    for raw in await received(post, person="Jonas", deal="Fine"):
        head = raw.partition(b"\r\n\r\n")[0].decode("ascii").split("\r\n")
        lines = dict(line.split(": ", 1) for line in head if not line.startswith(" "))
        root = f"<{deal}.{post.user(SELLER)}@{domain}>"
        assert (lines["References"], lines["In-Reply-To"]) == (root, root)
        assert lines["Message-ID"].endswith(f"@{domain}>")
        assert lines["List-Id"] == f"Stagepath <notifications.{domain}>"
        link = re.fullmatch(
            r"<(https://portal\.example/\S+/notifications/unsubscribe\?token=(\S+))>", lines["List-Unsubscribe"]
        )
        assert link is not None
        stopped = read_token(link[2])
        assert stopped is not None
        assert stopped.user_id == post.user(SELLER)


async def test_a_digest_of_every_kind_can_be_stopped_by_its_link(post: Post) -> None:
    own = [{"kind": kind, "channel": "EMAIL", "pace": "HOURLY"} for kind in NotificationKind]
    await post.choose(preferences=own)
    for kind in NotificationKind:
        await post.tell(f"of {kind}", kind=kind)
    await post.deliver(at=AT.replace(hour=11, minute=0))
    (raw,) = post.mailbox.raw
    link = headers_of(raw)["List-Unsubscribe"]
    assert len(link) > 300
    stopped = read_token(link.strip("<>").partition("token=")[2])
    assert stopped is not None
    assert set(stopped.kinds) == set(NotificationKind)
