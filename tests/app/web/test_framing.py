"""Bytes that two readers of HTTP could take for different messages have one outcome, and hidden requests never run."""

from collections.abc import AsyncIterator, Callable
from pathlib import Path

import pytest

from app import metrics
from tests.messages import HANDSHAKE, HIDDEN, LAST, REFUSED, SIZE, TAKEN, UPGRADES, get, post
from tests.raw import Target, recording


@pytest.fixture
async def target(tmp_path: Path) -> AsyncIterator[Target]:
    async with recording(tmp_path) as target:
        yield target


CUTS: dict[str, Callable[[bytes], list[bytes]]] = {
    "whole": lambda sent: [sent + HIDDEN + LAST],
    "what is behind it apart": lambda sent: [sent, HIDDEN + LAST],
    "in the middle": lambda sent: [sent[: len(sent) // 2], sent[len(sent) // 2 :] + HIDDEN + LAST],
    "before its last byte": lambda sent: [sent[:-1], sent[-1:] + HIDDEN + LAST],
}


@pytest.mark.parametrize("cut", CUTS)
async def test_what_is_unclear_is_refused_once_and_nothing_behind_it_runs(target: Target, cut: str) -> None:
    for name, (status, sent) in REFUSED.items():
        outcome = await target.exchange(*CUTS[cut](sent))
        assert (outcome.statuses, outcome.left) == ([status], b""), name
        assert outcome.answers[0].headers["connection"] == "close", name
        assert set(target.bodies) <= {b"(gone)"}, name  # a good head may have begun, and then heard of its end
        assert set(target.ran) <= {"POST /own"}, name


async def test_those_before_it_are_answered_first(target: Target) -> None:
    for name, (status, sent) in REFUSED.items():
        outcome = await target.exchange(get(b"GET /one HTTP/1.1") + get(b"GET /two HTTP/1.1") + sent + HIDDEN + LAST)
        assert (outcome.statuses, outcome.left) == ([200, 200, status], b""), name
        assert [run for run in target.ran if run != "POST /own"] == ["GET /one", "GET /two"], name
        target.ran = []


@pytest.mark.parametrize("cut", ["whole", "apart", "small"])
async def test_what_is_clear_is_run_as_often_as_it_was_sent(target: Target, cut: str) -> None:
    for name, (sent, body) in TAKEN.items():
        whole = sent + sent + LAST
        small = [whole[n : n + 7] for n in range(0, len(whole), 7)]
        outcome = await target.exchange(*{"whole": [whole], "apart": [sent, sent, LAST], "small": small}[cut])
        assert (outcome.statuses, outcome.left) == ([200, 200, 200], b""), name
        assert target.ran == ["POST /own", "POST /own", "GET /last"]
        assert target.bodies == [body, body, b""]
        assert all(header != b"authorization" for scope in target.scopes for header, _ in scope["headers"])
        target.ran, target.bodies, target.scopes = [], [], []


@pytest.mark.parametrize("name", UPGRADES)
@pytest.mark.parametrize("chunks", [False, True])
async def test_an_upgrade_of_a_request_with_a_body_is_ignored(target: Target, name: bytes, chunks: bool) -> None:
    upgrade = (b"Connection: Upgrade, HTTP2-Settings", b"Upgrade: " + name)
    body = b"%x\r\n%b\r\n0\r\n\r\n" % (len(HIDDEN), HIDDEN) if chunks else HIDDEN
    head = post(*upgrade, b"Transfer-Encoding: chunked" if chunks else SIZE)
    for packets in ([head, body + HIDDEN + LAST], [head + body + HIDDEN + LAST], [head, body[:9], body[9:], LAST]):
        outcome = await target.exchange(*packets)
        assert (outcome.statuses, outcome.left) == ([200], b"")
        assert outcome.answers[0].headers["connection"] == "close"
        assert (target.ran, target.bodies) == (["POST /own"], [HIDDEN])
        target.ran, target.bodies = [], []


async def test_an_upgrade_whose_body_is_wrong_is_refused(target: Target) -> None:
    head = post(b"Connection: Upgrade", b"Upgrade: h2c", b"Transfer-Encoding: chunked")
    for packets in ([head + b"x\r\n" + HIDDEN], [head, b"x\r\n" + HIDDEN]):
        assert (await target.exchange(*packets)).statuses == [400]
    assert set(target.ran) == {"POST /own"}
    assert set(target.bodies) == {b"(gone)"}


async def test_an_upgrade_to_something_else_of_a_request_without_a_body_is_ignored(target: Target) -> None:
    sent = get(b"GET /own HTTP/1.1", b"Connection: Upgrade", b"Upgrade: h2c", b"HTTP2-Settings: AAMAAABk")
    for packets in ([sent + HIDDEN], [sent, HIDDEN]):
        assert (await target.exchange(*packets)).statuses == [200]
    assert target.ran == ["GET /own", "GET /own"]


async def test_nothing_may_come_behind_a_handshake_before_its_answer(target: Target) -> None:
    assert (await target.exchange(HANDSHAKE + HIDDEN + LAST)).statuses == [400]
    assert (await target.exchange(HANDSHAKE + b"\x81\x80\0\0\0\0" + b"\x81\x80\0\0\0\0" * 5_000)).statuses == [400]
    assert target.ran == []


async def test_many_requests_in_one_packet_are_answered_in_their_order(target: Target) -> None:
    number = 3_000
    many = b"".join(get(b"GET /n%d HTTP/1.1" % n) for n in range(number))
    outcome = await target.exchange(many + LAST)
    assert outcome.statuses == [200] * (number + 1)
    assert target.ran == [*(f"GET /n{n}" for n in range(number)), "GET /last"]


async def test_an_answer_to_head_has_no_body_that_could_be_taken_for_an_answer(target: Target) -> None:
    outcome = await target.exchange(get(b"HEAD /own HTTP/1.1") + LAST, bodiless=[0])
    assert (outcome.statuses, outcome.left) == ([200, 200], b"")


async def test_who_asks_before_sending_is_told_to_go_on_and_the_connection_ends(target: Target) -> None:
    asking = post(b"Expect: 100-continue", SIZE)
    outcome = await target.exchange(asking, HIDDEN + LAST)
    assert outcome.statuses == [100, 200]
    assert outcome.answers[1].headers["connection"] == "close"
    assert (target.ran, target.bodies) == (["POST /own"], [HIDDEN])


async def test_a_request_that_ends_before_its_end_is_not_run(target: Target) -> None:
    assert (await target.exchange(post(b"Content-Length: 3") + b"{}", end=True)).statuses == [400]
    assert (await target.exchange(b"GET /own HT", end=True)).statuses == [400]
    assert (target.ran, target.bodies) == (["POST /own"], [b"(gone)"])


async def test_what_comes_after_the_end_that_was_asked_for_is_not_run(target: Target) -> None:
    for version, lines in ((b"1.0", ()), (b"1.1", (b"Connection: close",))):
        sent = get(b"GET /own HTTP/" + version, *lines)
        assert (await target.exchange(sent + HIDDEN)).statuses == [200]
        assert (await target.exchange(sent, HIDDEN)).statuses == [200]
    assert target.ran == ["GET /own"] * 4


async def test_refusals_are_counted_by_their_reason(target: Target) -> None:
    counted = metrics.refusals.labels("EXPECTATION_FAILED")
    before = counted._value.get()
    await target.exchange(REFUSED["an expectation"][1])
    assert counted._value.get() == before + 1
