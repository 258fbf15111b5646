"""Caches that know things by their ids."""

import json
from pathlib import Path

from app.demo.people import demo_id
from tests.browser.documented import programs
from tests.npm import NODE, run
from tests.schema.world import VENDOR
from tests.serving import running, settings_for


async def test_apollos_cache_keeps_all_that_was_asked_of_a_deals_parts(demo_url: str, tmp_path: Path) -> None:
    directory = await programs()
    async with running(settings_for(demo_url, tmp_path)) as server:
        token = server.token_for(str(demo_id(f"user/{VENDOR}")))
        code, said = await run(NODE, "caches.mjs", f"{server.base_url}/graphql", token, directory=directory)
    assert code == 0, said
    parts = ("criteria", "activities", "qualification", "allowedTransitions")
    assert json.loads(said) == dict.fromkeys(parts, True)
