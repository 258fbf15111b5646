"""What isn't a message of the protocol is refused in its form, with what to send instead."""

import re
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.mcp.clients import LONGEST, UNNAMED, client_of, plain, session_for
from app.mcp.messages import NotAMessage, message_of

BAD: dict[str, tuple[bytes, int, str]] = {
    "empty": (b"", -32700, "not JSON"),
    "broken": (b'{"jsonrpc": "2.0"', -32700, "not JSON"),
    "not UTF-8": (b'{"jsonrpc": "\xff"}', -32700, "not JSON"),
    "deep": (b"[" * 100_000, -32700, "not JSON"),
    "NaN": (b'{"jsonrpc": "2.0", "id": NaN, "method": "ping"}', -32700, "not JSON"),
    "a batch": (b'[{"jsonrpc": "2.0", "id": 1, "method": "ping"}]', -32600, "Batches"),
    "text": (b'"ping"', -32600, "JSON-RPC 2.0"),
    "null": (b"null", -32600, "JSON-RPC 2.0"),
    "no version": (b'{"id": 1, "method": "ping"}', -32600, "JSON-RPC 2.0"),
    "version 1": (b'{"jsonrpc": "1.0", "id": 1, "method": "ping"}', -32600, "JSON-RPC 2.0"),
    "a response": (b'{"jsonrpc": "2.0", "id": 1, "result": {}}', -32600, "`method`"),
    "a method of none": (b'{"jsonrpc": "2.0", "id": 1, "method": 7}', -32600, "`method`"),
    "a long method": (b'{"jsonrpc": "2.0", "id": 1, "method": "%s"}' % (b"x" * 300), -32600, "`method`"),
    "params in a list": (b'{"jsonrpc": "2.0", "id": 1, "method": "ping", "params": []}', -32600, "`params`"),
    "null params": (b'{"jsonrpc": "2.0", "id": 1, "method": "ping", "params": null}', -32600, "`params`"),
    "a null id": (b'{"jsonrpc": "2.0", "id": null, "method": "ping"}', -32600, "`id`"),
    "a true id": (b'{"jsonrpc": "2.0", "id": true, "method": "ping"}', -32600, "`id`"),
    "half an id": (b'{"jsonrpc": "2.0", "id": 1.5, "method": "ping"}', -32600, "`id`"),
    "an object for an id": (b'{"jsonrpc": "2.0", "id": {}, "method": "ping"}', -32600, "`id`"),
    "a long id": (b'{"jsonrpc": "2.0", "id": "%s", "method": "ping"}' % (b"x" * 300), -32600, "`id`"),
}


@pytest.mark.parametrize(("body", "code", "words"), BAD.values(), ids=BAD)
def test_what_is_no_message_is_refused(body: bytes, code: int, words: str) -> None:
    with pytest.raises(NotAMessage, match=words) as refused:
        message_of(body)
    assert refused.value.code == code


NAMED: dict[str, tuple[str, dict[str, Any], str, str, str]] = {
    "by the handshake": ("initialize", {"clientInfo": {"name": "Desk", "version": "2"}}, "", "node", "Desk 2"),
    "by each request": (
        "tools/call",
        {"_meta": {"io.modelcontextprotocol/clientInfo": {"name": "Desk", "version": "3"}}},
        session_for("Other"),
        "node",
        "Desk 3",
    ),
    "by its session": ("tools/call", {}, session_for("Desk 2"), "node", "Desk 2"),
    "by its program": ("tools/call", {}, "", "node/24 (linux)", "node/24"),
    "by nothing": ("tools/call", {}, "", "", UNNAMED),
    "by a session of others'": ("tools/call", {}, "0123456789abcdef", "", UNNAMED),
    "by a broken session": ("tools/call", {}, "client.A", "", UNNAMED),
    "by no text": ("initialize", {"clientInfo": {"name": 7, "version": None}}, "", "", UNNAMED),
    "by no object": ("initialize", {"clientInfo": "Desk", "_meta": []}, "", "", UNNAMED),
    "by orders": ("initialize", {"clientInfo": {"name": "x\n“DROP” <b>"}}, "", "", "x DROP b"),
}


@pytest.mark.parametrize(("method", "params", "session", "agent", "name"), NAMED.values(), ids=NAMED)
def test_a_client_is_known_by_its_name(
    method: str, params: dict[str, Any], session: str, agent: str, name: str
) -> None:
    assert client_of(method, params, session, agent) == name


@given(st.text(max_size=80))
def test_a_name_is_short_and_plain_and_comes_back_with_its_session(given: str) -> None:
    name = plain(given)
    assert re.fullmatch(rf"[A-Za-z0-9 ._/+-]{{0,{LONGEST}}}", name)
    session = session_for(name)
    assert re.fullmatch("[!-~]+", session)
    assert client_of("tools/call", {}, session, "") == (name or UNNAMED)
