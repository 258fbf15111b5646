"""Whether everything still answers: the README's queries, a mutation, a subscription that hears a move."""

import asyncio
import json
import re
from collections.abc import Iterator
from functools import partial
from typing import Any

from tests.attack.frames import Socket, subscribe
from tests.attack.target import Target
from tests.processes import ROOT

_ADVANCE = "mutation($i: AdvanceStageInput!) { advanceStage(input: $i) { transition { kind } userErrors { code } } }"
_CREATE = """mutation {
  createOpportunity(input: { name: "Afterwards", accountName: "Afterwards", playbookKey: "it-software" }) {
    opportunity { id } userErrors { code }
  }
}"""
_HEARD = "subscription { opportunityStageChanged(filter: { kinds: [FORWARD, SKIP] }) { opportunity { id } } }"


def documents() -> Iterator[tuple[str, str]]:
    """The README's operations that are no subscriptions: what the text before asks, and the document."""
    text = (ROOT / "README.md").read_text(encoding="utf-8")
    for match in re.finditer(r"([^\n]+)\n\n```graphql\n(.+?)```", text, re.DOTALL):
        if not match[2].startswith("subscription"):
            yield match[1], match[2]


async def everything(target: Target) -> list[str]:
    """What does not answer as it should; empty when all is well."""
    checks = [(name, partial(_answers, target, document)) for name, document in documents()]
    checks.append(("a subscription that hears a move", partial(_hears, target)))
    wrong = []
    for name, check in checks:
        try:
            async with asyncio.timeout(90):
                said = await check()
        except (OSError, ValueError, TimeoutError, KeyError, TypeError) as error:
            said = f"{type(error).__name__} {error}"
        if said:
            wrong.append(f"{name}: {said}")
    return wrong


async def _asked(target: Target, document: str, variables: dict[str, Any] | None = None, who: str = "seller") -> Any:
    """An answer's body; a spent budget is waited for."""
    while True:
        answer = await target.ask(document, variables, who)
        codes = [error["extensions"].get("code") for error in answer.get("errors", [])]
        if codes != ["RATE_LIMITED"]:
            return answer
        await asyncio.sleep(answer["errors"][0]["extensions"]["retryAfter"] + 0.1)


async def _answers(target: Target, document: str) -> str | None:
    answer = await _asked(target, document)
    return json.dumps(answer["errors"])[:200] if "errors" in answer or not answer.get("data") else None


async def _hears(target: Target) -> str | None:
    """A subscription may begin after the first move that follows it; then it hears the next."""
    socket = await Socket.ready(target, "manager")
    if isinstance(socket, int):
        return f"no socket ({socket})"
    try:
        await socket.send(subscribe("1", _HEARD))
        said: str | None = None
        for _ in range(3):
            said = await _hears_a_move(target, socket)
            if said is None:
                break
        return said
    finally:
        socket.close()


async def _hears_a_move(target: Target, socket: Socket) -> str | None:
    created = (await _asked(target, _CREATE))["data"]["createOpportunity"]["opportunity"]
    move = {"opportunityId": created["id"], "toStageKey": "qualification", "override": True, "reason": "x"}
    moved = await _asked(target, _ADVANCE, {"i": move}, "manager")
    if not moved["data"]["advanceStage"]["transition"]:
        return json.dumps(moved)[:200]
    while isinstance(message := await socket.receive(within=20), dict):
        if created["id"] in json.dumps(message):
            return None
    return f"heard nothing ({message})"
