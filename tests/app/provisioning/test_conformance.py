"""What scim2-tester, the reference checks of SCIM 2.0, says of the served endpoint."""

import asyncio

from httpx2 import Client
from scim2_client.engines.httpx2 import SyncSCIMClient
from scim2_tester import Status, check_server

from tests.app.provisioning.conftest import TOKEN, Directory


async def test_all_checks_pass(directory: Directory) -> None:
    def check() -> list[tuple[str, str | None, str | None]]:
        headers = {"Authorization": f"Bearer {TOKEN}"}
        with Client(base_url=f"{directory.server.base_url}/scim/v2", headers=headers, trust_env=False) as client:
            results = check_server(SyncSCIMClient(client))
        assert len(results) > 100
        return [(one.status.name, one.title, one.reason) for one in results if one.status is not Status.SUCCESS]

    found = await asyncio.to_thread(check)
    assert found == [], "\n".join(map(str, found))
