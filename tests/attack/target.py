"""The server under attack, as its clients know it: an address, tokens, and some ids to name."""

import asyncio
import itertools
import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any
from weakref import WeakSet

from tests.attack.wire import Line, json_headers, request

_ACQUAINT = """{
  opportunities(first: 10, filter: { status: [OPEN] }) {
    nodes { id name version stage { key } playbook { key } criteria(scope: ALL) { criterion { id } } }
  }
}"""
_PLAYBOOKS = "{ playbooks(first: 5) { nodes { id key } } viewer { user { id } } }"


@dataclass(slots=True)
class Target:
    """`tokens`: by who has them: `admin`, `manager`, `partner`, `seller`, several each."""

    host: str
    port: int
    tokens: Mapping[str, Sequence[str]]
    deals: list[dict[str, Any]] = field(default_factory=list)
    playbooks: list[dict[str, Any]] = field(default_factory=list)
    _turns: Iterator[int] = field(default_factory=itertools.count)
    _lines: WeakSet[Line] = field(default_factory=WeakSet)

    @property
    def deal(self) -> str:
        """The id of an open deal that `seller` may see."""
        return str(self.deals[0]["id"])

    def token(self, who: str = "seller") -> str:
        """A token of the first such user, always the same one; `anyone`: of all users in turn."""
        if who != "anyone":
            return self.tokens[who][0]
        everybody = [token for tokens in self.tokens.values() for token in tokens]
        return everybody[next(self._turns) % len(everybody)]

    async def line(self, *, source: str | None = None, buffer: int | None = None) -> Line:
        line = await Line.open(self.host, self.port, source=source, buffer=buffer)
        self._lines.add(line)
        return line

    def hang_up(self) -> None:
        """End all connections that are still open."""
        for line in list(self._lines):
            line.close()

    async def ask(self, document: str, variables: dict[str, Any] | None = None, who: str = "seller") -> dict[str, Any]:
        """One well-behaved request on a connection of its own; raises when no answer comes."""
        line = await self.line()
        try:
            body = json.dumps({"query": document, "variables": variables}).encode()
            await line.send(request(headers=json_headers(self.token(who)), body=body))
            answer = await line.answer(within=60)
        finally:
            line.close()
        if answer is None:
            raise ConnectionError("no answer")
        got: dict[str, Any] = json.loads(answer.body)
        return got

    async def acquaint(self) -> None:
        """Learn ids that attacks name."""
        deals, playbooks = await asyncio.gather(self.ask(_ACQUAINT), self.ask(_PLAYBOOKS, who="admin"))
        self.deals = deals["data"]["opportunities"]["nodes"]
        self.playbooks = playbooks["data"]["playbooks"]["nodes"]
