"""Automations and administration in a real browser, as each role."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from app.database import Database
from app.demo.load import load
from app.demo.people import demo_id
from tests.hunts import WHOLE
from tests.portal.driving import driven, unbuilt
from tests.receivers import Receiver, Reply, receiving
from tests.schema.world import SELLER, VENDOR
from tests.serving import Server, running, settings_for

pytestmark = pytest.mark.skipif(unbuilt() is not None, reason=str(unbuilt()))

PARTS = {
    "seller": [],
    "partner": ["webhooks"],
    "channel": ["model"],
    "admin": ["webhooks", "consumers", "model", "audit"],
}
"""Of administration, by role."""
ADDRESSES = ["automations", "automations/new", *(f"administration/{part}" for part in PARTS["admin"])]


@pytest.fixture
async def receiver() -> AsyncIterator[Receiver]:
    async with receiving() as receiver:
        receiver.choose = lambda _: Reply(body=b"=1+1")
        yield receiver


@pytest.fixture
async def server(database: Database, tmp_path: Path, receiver: Receiver) -> AsyncIterator[Server]:
    assert await load(database)
    chosen = settings_for(
        database.url,
        tmp_path,
        demo=True,
        worker_in_server=True,
        cost_per_minute=10**9,
        outgoing_networks=("127.0.0.1/32",),
        outgoing_ports=(receiver.port, 443),
    )
    async with running(chosen) as server:
        yield server


@pytest.mark.soak
@pytest.mark.skipif(not WHOLE, reason="takes minutes: `make soak` runs it")
async def test_automations_and_administration_hold_from_end_to_end(server: Server, receiver: Receiver) -> None:
    tokens = {
        role: server.token_for(str(demo_id(f"user/{name}"))) for role, name in (("seller", SELLER), ("manager", VENDOR))
    }
    given = {
        "base": server.base_url,
        "receiver": receiver.url("/hook"),
        "tokens": tokens,
        "addresses": ADDRESSES,
        "whole": WHOLE,
    }
    seen = await driven("operating.mjs", given)
    assert seen["findings"] == []
    assert seen["complaints"] == []
    for role, parts in PARTS.items():
        told = seen["told"][role]
        is_vendor = role in ("channel", "admin")
        theirs = {f"administration/{part}" for part in parts} | (
            {"automations", "automations/new"} if is_vendor else set()
        )
        assert set(told["entries"]) & {"automations", "administration"} == (
            ({"automations"} if is_vendor else set()) | ({"administration"} if parts else set())
        ), role
        assert set(ADDRESSES) - set(told["forbidden"]) == theirs, role
        assert [one for one in told["parts"] if one != "graphql"] == [f"administration/{part}" for part in parts], role
    assert "stats" in seen["wrong"]
    assert seen["tried"].startswith("It would have run ")
    assert "Create a task" in seen["steps"]
    assert "Tomás Herrera" in seen["conflict"]
    assert "version 2" in seen["conflict"]
    assert seen["typed"] == "Mine"
    assert seen["version"].startswith("Version 3")
    assert "Mine" in seen["row"]
    assert "Paused" in seen["row"]
    assert "http" in seen["refused"]
    assert seen["secret"].startswith("whsec_")
    assert seen["second"].startswith("whsec_")
    assert seen["second"] != seen["secret"]
    assert not [secret for secret in (seen["secret"], seen["second"]) if secret.removeprefix("whsec_") in seen["after"]]
    assert "200" in seen["delivered"]
    assert [one.said["type"] for one in receiver.arrived if one.id][:1] == ["PING"]
    assert set(seen["filtered"]["actions"]) >= {"AUTOMATION_SAVED"}
    assert "AUTOMATION_SAVED" in seen["csv"]
    assert "its hash is not the one that was kept" in seen["broken"]
