"""Server-sent events, as the npm package `graphql-sse` asks for them."""

import json
from pathlib import Path

from app.models import Organization, User
from app.vocabulary import OrganizationKind, PartnerTier, Role
from tests.npm import NODE, installed, run
from tests.serving import Server


async def asked(server: Server, mode: str) -> object:
    partner = await Organization.create(
        key="northwind", name="Northwind", kind=OrganizationKind.PARTNER, tier=PartnerTier.GOLD
    )
    seller = await User.create(
        organization=partner, name="Ada", email="ada@northwind.example", role=Role.PARTNER_SELLER
    )
    directory = await installed(Path(__file__).parent)
    code, said = await run(
        NODE, "sse.mjs", f"{server.base_url}/graphql", server.token_for(seller), mode, directory=directory
    )
    assert code == 0, said
    answer: object = json.loads(said)
    return answer


async def test_it_works_as_it_comes(server: Server) -> None:
    assert await asked(server, "distinct") == {"viewer": {"user": {"name": "Ada"}}}


async def test_one_connection_for_all_is_refused_with_the_setting_to_change(server: Server) -> None:
    assert await asked(server, "single") == {"status": 405}
    refused = await server.client.put("/graphql")
    assert (refused.status_code, refused.headers["allow"]) == (405, "GET, POST")
    assert "`singleConnection`" in refused.json()["errors"][0]["message"]
