"""Playbooks and content in real browsers: edited and published by the vendor, read by a partner."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from tests.hunts import WHOLE
from tests.portal import test_portal
from tests.portal.driving import driven
from tests.portal.test_portal import FOREIGN, visible
from tests.schema.world import Demo
from tests.serving import Server, running, settings_for

pytestmark = test_portal.pytestmark

OUTSIDE = ["https://elsewhere.example/b.png", "https://elsewhere.example/d", "https://elsewhere.example/e"]


@pytest.fixture
async def server(demo: Demo, tmp_path: Path) -> AsyncIterator[Server]:
    async with running(settings_for(demo.database.url, tmp_path, demo=True)) as server:
        yield server


async def test_a_playbook_is_edited_and_published_and_content_does_no_harm(server: Server, demo: Demo) -> None:
    seen = await driven("playbooks.mjs", {"base": server.base_url, "whole": WHOLE})
    assert seen["completed"] == "deal.amount"
    assert "no “amounts”" in seen["fault"]
    assert seen["changes"] == [
        "ChangedPlaybookIT software",
        "MovedStageQualification",
        "AddedExit criterion · QualificationThe deal is worth a visit",
        "AddedStageHandover",
    ]
    assert "“Handover” has no exit criteria" in seen["refused"]
    moved = int(seen["told"].split("in force. ")[1].split()[0])
    assert f"{moved} open deals move to the new version." in seen["foreseen"]
    assert moved > 50
    assert not {one for one in seen["buttons"] for name in ("Bearbeiten", "Archivieren") if name in one}
    assert seen["shown"] == {
        "broken": False,
        "elements": 0,
        "links": [[address, "noopener noreferrer", "_blank"] for address in OUTSIDE],
    }
    assert seen["findings"] == []
    assert seen["wrong"] == []
    assert seen["violations"] == []
    assert seen["hosts"] == [server.base_url.removeprefix("http://")]
    foreign = [row["name"] for row in await demo.database.fetch(FOREIGN, await visible(server))]
    assert {name for name in foreign for text in seen["seller"] if name in text} == set()
