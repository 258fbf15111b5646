"""Clients that move deals and may be cut off at any moment, and what each of them was told."""

import asyncio
from dataclasses import dataclass, field
from random import Random
from typing import Any
from uuid import uuid4

import httpx

from tests.schema.world import ADVANCE
from tests.waiting import PATIENCE

THERE_AND_BACK = ("qualification", "deal-registration")


@dataclass
class Told:
    """By the reasons that were given with the moves, each of them given once."""

    acknowledged: dict[str, str] = field(default_factory=dict)
    """The id of the transition that the answer named."""
    unknown: set[str] = field(default_factory=set)
    repeated: int = 0
    refused: list[Any] = field(default_factory=list)


class Mover:
    """Moves one deal to and fro. A patient one repeats a move that was not answered, under the same id, until it is."""

    def __init__(self, base_url: str, token: str, deal: str, told: Told, *, patient: bool) -> None:
        self._client = httpx.AsyncClient(base_url=base_url, trust_env=False, timeout=PATIENCE)
        self._headers = {"Authorization": f"Bearer {token}"}
        self._deal = deal
        self._told = told
        self._patient = patient
        self._turn = 0

    async def move(self) -> None:
        reason = f"move {uuid4()}"
        given = {
            "opportunityId": self._deal,
            "toStageKey": THERE_AND_BACK[self._turn % 2],
            "reason": reason,
            "override": True,
            "clientMutationId": reason,
        }
        answered = await self._once(given)
        while self._patient and answered is None:
            self._told.repeated += 1
            await asyncio.sleep(0.1)
            answered = await self._once(given)
        if answered is None:
            self._told.unknown.add(reason)
        elif answered["userErrors"]:
            await self._look(answered["userErrors"])
        else:
            self._told.acknowledged[reason] = answered["transition"]["id"]
            self._turn += 1

    async def _once(self, given: dict[str, Any]) -> Any:
        """The payload; None when there was no answer, or one without data."""
        try:
            response = await self._client.post(
                "/graphql", json={"query": _MOVE, "variables": {"input": given}}, headers=self._headers
            )
        except httpx.TransportError:
            return None
        body = response.json()
        codes = {error["extensions"]["code"] for error in body.get("errors", [])}
        if codes - _AGAIN:
            self._told.refused.append(body)
        return (body.get("data") or {}).get("advanceStage")

    async def _look(self, errors: Any) -> None:
        """A move that was not answered may have happened: then this one leads where the deal stands already."""
        if [error["code"] for error in errors] not in (["INVALID"], ["BLOCKED"]):
            self._told.refused.append(errors)
        self._turn += 1

    async def aclose(self) -> None:
        await self._client.aclose()


_AGAIN = {"UNAVAILABLE", "OVERLOADED"}
"""Nothing was run, and it may be sent again: while the database is away, and where a server that has just begun is to
read the first document of many at once."""
_MOVE = ADVANCE.replace("transition { kind", "transition { id kind")


async def burst(movers: list[Mover], random: Random, within: float) -> None:
    """Every mover moves once, at a moment of its own."""

    async def later(mover: Mover, delay: float) -> None:
        await asyncio.sleep(delay)
        await mover.move()

    await asyncio.gather(*(later(mover, random.uniform(0, within)) for mover in movers))
