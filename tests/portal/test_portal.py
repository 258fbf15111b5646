"""The portal in real browsers: a partner's seller and a channel manager at the same deals."""

import re
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest

from app.database import Database
from app.demo.load import load
from app.demo.people import demo_id
from app.portal.sign_in import SESSION
from tests.app.portal.oidc import open_id
from tests.portal.driving import driven, unbuilt
from tests.schema.world import MANAGER, SELLER, VENDOR, Demo
from tests.serving import Server, running, settings_for

pytestmark = pytest.mark.skipif(unbuilt() is not None, reason=str(unbuilt()))


@pytest.fixture
async def server(database: Database, tmp_path: Path) -> AsyncIterator[Server]:
    assert await load(database)
    async with running(settings_for(database.url, tmp_path, demo=True)) as server:
        yield server


MOVABLE = """query { opportunities(first: 100, filter: { status: [OPEN], playbookKey: "it-software" }) { nodes {
  id name stage { key name position } allowedTransitions { kind stage { key name position } } } } }"""
FOREIGN = """
SELECT name FROM organization WHERE kind = 'PARTNER' AND name <> ALL($1)
UNION SELECT u.name FROM user_account u JOIN organization o ON o.id = u.organization_id
 WHERE o.kind = 'PARTNER' AND o.name <> ALL($1)"""


async def movable(server: Server) -> dict[str, Any]:
    """A deal of the seller that may move one stage back: where that is, and where it stands, in the manager's words."""
    answer = await server.ask(MOVABLE, token=server.token_for(str(demo_id(f"user/{SELLER}"))))
    for deal in answer["data"]["opportunities"]["nodes"]:
        for way in deal["allowedTransitions"]:
            if way["kind"] == "BACK" and way["stage"]["position"] == deal["stage"]["position"] - 1:
                return {"deal": deal, "stage": way["stage"], "back": await as_manager(server, deal["id"])}
    raise AssertionError("no deal of the demo may move")


async def as_manager(server: Server, id: str) -> dict[str, Any]:
    asked = "query($id: ID!) { opportunity(id: $id) { stage { key name } } }"
    answer = await server.ask(asked, {"id": id}, token=server.token_for(str(demo_id(f"user/{VENDOR}"))))
    stage: dict[str, Any] = answer["data"]["opportunity"]["stage"]
    return stage


async def test_a_seller_and_a_manager_see_each_others_moves_and_no_more(server: Server, database: Database) -> None:
    given = await movable(server)
    seen = await driven("two.mjs", {"base": server.base_url, **given})
    assert given["deal"]["name"] in seen["told"]
    assert given["deal"]["name"] in seen["heard"]
    assert seen["missing"]
    assert seen["findings"] == []
    assert seen["wrong"] == []
    assert seen["violations"] == []
    assert seen["hosts"] == [server.base_url.removeprefix("http://")]
    assert "eyJ" not in seen["kept"]
    foreign = [row["name"] for row in await database.fetch(FOREIGN, await visible(server))]
    assert len(foreign) > 10
    assert {name for name in foreign for text in seen["manager"] if name in text}  # on the same pages, to who may know
    assert {name for name in foreign for text in seen["seller"] if name in text} == set()


async def visible(server: Server) -> list[str]:
    """Names of the partners that the seller may know."""
    token = server.token_for(str(demo_id(f"user/{SELLER}")))
    asked = "{ partners(first: 100) { nodes { name } } invitations(first: 100) { nodes { partner { name } } } }"
    data = (await server.ask(asked, token=token))["data"]
    own = [node["name"] for node in data["partners"]["nodes"]]
    return own + [node["partner"]["name"] for node in data["invitations"]["nodes"]]


async def test_people_come_change_and_leave_and_a_partner_looks_on(server: Server) -> None:
    seen = await driven("people.mjs", {"base": server.base_url, "seller": SELLER, "heir": MANAGER})
    assert seen["findings"] == []
    assert seen["wrong"] == []
    assert (seen["idle"], seen["invalid"], seen["blocked"]) == (True, "true", True)
    assert "no e-mail address" in seen["fault"]
    assert MANAGER in seen["names"]
    assert SELLER not in seen["names"]
    assert (len(seen["companies"]), seen["buttons"]) == (1, 0)


async def test_somebody_signs_in_at_an_identity_provider(demo: Demo, tmp_path: Path) -> None:
    nobody = settings_for(demo.database.url, tmp_path)
    async with (
        open_id(str(demo_id(f"user/{SELLER}")), nobody) as provider,
        running(provider.settings(demo.database.url, tmp_path)) as server,
    ):
        seen = await driven("sign_in.mjs", {"base": server.base_url})
    assert seen["first"] == f"{server.base_url}/board?playbook=it-software"
    assert seen["violations"] == []
    # Without a session there is none to have; and the provider of the test has no page for who signs out.
    assert [one for one in seen["wrong"] if "401" not in one and "404" not in one] == []
    assert seen["cookies"] == [{"name": SESSION, "httpOnly": True}]
    assert not re.search("eyJ|refresh-|stagepath_session", seen["kept"])
