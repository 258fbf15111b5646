"""A submission that conflicts with one of a competitor takes as long as one that doesn't, as the partner sees it."""

import statistics
import time
from pathlib import Path
from random import Random
from typing import Any

import httpx
import orjson
import pytest

from tests import hunts
from tests.processes import Process
from tests.schema.registrations import NORDWIND, step
from tests.schema.world import RIVAL, SELLER
from tests.soak.hunting import Client
from tests.waiting import PATIENCE

EACH = hunts.size(20, whole=500)
NOISE = 5
"""Standard errors of the difference of two medians, by ranks of halves of one kind."""
FIELDS = "id status version"


def registered(name: str, number: int) -> dict[str, Any]:
    account = {**NORDWIND["account"], "name": f"{name} Fördertechnik GmbH", "domain": None, "registrationNumber": None}
    return {**NORDWIND, "account": account, "title": f"Backup {number}"}


async def asked(client: Client, who: str, mutation: str, **given: Any) -> tuple[dict[str, Any], float]:
    """The registration, and how many milliseconds the answer took."""
    began = time.perf_counter()
    answer = await client.ask(who, step(mutation, FIELDS), {"input": given})
    took = (time.perf_counter() - began) * 1000
    payload = orjson.loads(answer)["data"][mutation]
    assert payload["userErrors"] == [], payload
    return payload["registration"], took


@pytest.mark.soak
async def test_a_conflict_makes_no_difference_in_time(demo_url: str, tmp_path: Path) -> None:
    settings = {"COST_PER_MINUTE": str(10**9), "DEMO": "false", "GUIDANCE_HOLDOUT": "0"}
    async with (
        Process(demo_url, tmp_path, **settings) as process,
        httpx.AsyncClient(base_url=process.base_url, trust_env=False, timeout=PATIENCE) as http,
    ):
        client = Client(process, http)
        taken, _ = await asked(client, SELLER, "saveRegistration", **registered("Kelbrin", 0))
        await asked(client, SELLER, "submitRegistration", registrationId=taken["id"])
        times: dict[str, list[float]] = {"Kelbrin": [], "Ostrovan": []}
        order = ["Kelbrin", "Ostrovan"] * (EACH + 10)
        Random(3).shuffle(order)
        for number, name in enumerate(order):
            draft, _ = await asked(client, RIVAL, "saveRegistration", **registered(name, number))
            _, took = await asked(client, RIVAL, "submitRegistration", registrationId=draft["id"])
            await asked(client, RIVAL, "withdrawRegistration", registrationId=draft["id"])
            times[name].append(took)
    conflicting, other = times["Kelbrin"][10:], times["Ostrovan"][10:]
    difference = statistics.median(conflicting) - statistics.median(other)
    error = (1.253 * (_spread(conflicting) ** 2 / len(conflicting) + _spread(other) ** 2 / len(other)) ** 0.5) or 1e-9
    hunts.record(
        "Times of submissions with and without a conflict",
        f"{len(conflicting)} and {len(other)} submissions of a partner, one in conflict with a competitor's, in turn",
        f"medians {statistics.median(conflicting):.2f} ms and {statistics.median(other):.2f} ms; their difference is"
        f" {abs(difference) / error:.1f} standard errors",
    )
    assert abs(difference) < NOISE * error


def _spread(times: list[float]) -> float:
    """As a standard deviation, without outliers: from the quartiles."""
    low, _, high = statistics.quantiles(times, n=4)
    return (high - low) / 1.349
