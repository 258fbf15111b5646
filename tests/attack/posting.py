"""Attacks that are series of HTTP requests: each is sent whole, and has one answer."""

import asyncio
import json
import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from tests.attack.attacks import KINDS, Attack
from tests.attack.ledger import Ledger, Right
from tests.attack.target import Target
from tests.attack.wire import Line, json_headers, request

PATIENCE = 40.0  # seconds: past the server's own deadline, so that one who keeps none is seen


@dataclass(frozen=True, slots=True)
class Post:
    """`who`: whose token it has; None: nobody's. `extra`: more headers."""

    body: bytes
    who: str | None = "anyone"
    extra: Sequence[tuple[str, str]] = ()
    path: str = "/graphql"
    method: str = "POST"


def post(document: str, variables: Any = None, who: str | None = "anyone", **more: Any) -> Post:
    """An operation as JSON; `more` members of the body besides `query` and `variables`."""
    return Post(json.dumps({"query": document, "variables": variables, **more}).encode(), who)


def raw(document: str, variables: str, who: str | None = "anyone") -> Post:
    """Variables as text, for JSON that Python's writer would not write."""
    return Post(f'{{"query": {json.dumps(document)}, "variables": {variables}}}'.encode(), who)


Make = Callable[[Target], Iterable[Post]]


def posts(
    kind: str, name: str, right: Right, *, at_once: int = 4, within: float = 5.0, limit: float = 60.0
) -> Callable[[Make], Attack]:
    """Declares a generator function of requests as an attack; `at_once` of them are under way together."""
    assert kind in KINDS, kind

    def declare(make: Make) -> Attack:
        async def send(target: Target, ledger: Ledger) -> None:
            await deliver(iter(make(target)), target, ledger, at_once)

        return Attack(kind, name, send, right, within, limit)

    return declare


async def deliver(waiting: Iterator[Post], target: Target, ledger: Ledger, at_once: int) -> None:
    """All requests, over as many kept connections as are `at_once` under way."""
    async with asyncio.TaskGroup() as group:
        for _ in range(at_once):
            group.create_task(_one_after_another(waiting, target, ledger))


async def _one_after_another(waiting: Iterator[Post], target: Target, ledger: Ledger) -> None:
    line: Line | None = None
    try:
        for one in waiting:
            line = await _exchange(line, one, target, ledger)
    finally:
        if line is not None:
            line.close()


async def _exchange(line: Line | None, one: Post, target: Target, ledger: Ledger) -> Line | None:
    """The connection for the next request; None when this one is used up."""
    data = request(
        one.path,
        (dict(json_headers(target.token(one.who) if one.who else None)) | dict(one.extra)).items(),
        one.body,
        method=one.method,
    )
    for known in (line, None):  # a kept connection may have been closed meanwhile: then it is tried on a new one
        current = known or await target.line()
        ledger.sent += known is None or known is line
        began = time.monotonic()
        await current.send(data)
        answer = await current.answer(within=PATIENCE)
        seconds = time.monotonic() - began
        if answer is None and known is not None and seconds < PATIENCE / 2:
            current.close()
            ledger.sent -= 1
            continue
        ledger.answered(answer, seconds)
        if answer is None or answer.headers.get("connection", "").lower() == "close":
            current.close()
            return None
        return current
    return None
