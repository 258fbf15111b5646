"""A served Stagepath with an identity provider's token, over the demo programme."""

from collections.abc import AsyncIterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx
import pytest
from pydantic import SecretStr

from app.database import Database
from tests.serving import NEVER, Server, running, settings_for

TOKEN = "scim-token-of-the-tests-0123456789abcdef"
OLD_TOKEN = "the-former-scim-token-0123456789abcdef-"
GROUPS = {"Channel team": "CHANNEL_MANAGER", "Alpine sellers": "PARTNER_SELLER@alpine-it"}
USER = "urn:ietf:params:scim:schemas:core:2.0:User"
GROUP = "urn:ietf:params:scim:schemas:core:2.0:Group"
ENTERPRISE = "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User"
PATCH = "urn:ietf:params:scim:api:messages:2.0:PatchOp"


@dataclass
class Directory:
    """An identity provider's view of the server."""

    server: Server
    database: Database

    async def call(self, method: str, path: str, body: Any = None, **headers: str) -> httpx.Response:
        return await self.server.client.request(
            method,
            f"/scim/v2{path}",
            json=body,
            headers={"Authorization": f"Bearer {TOKEN}", "Content-Type": "application/scim+json", **headers},
        )

    async def made(self, name: str, **others: Any) -> dict[str, Any]:
        """A new user of that name at example.org."""
        address = f"{name.lower()}@example.org"
        body = {
            "schemas": [USER],
            "userName": address,
            "externalId": f"ext-{name}",
            "displayName": name,
            "emails": [{"value": address, "type": "work", "primary": True}],
            "active": True,
        }
        answer = await self.call("POST", "/Users", body | others)
        assert answer.status_code == 201, answer.text
        found: dict[str, Any] = answer.json()
        return found

    async def group(self, name: str, *ids: str) -> dict[str, Any]:
        members = [{"value": id} for id in ids]
        answer = await self.call("POST", "/Groups", {"schemas": [GROUP], "displayName": name, "members": members})
        assert answer.status_code == 201, answer.text
        found: dict[str, Any] = answer.json()
        return found

    async def patch(self, path: str, *operations: dict[str, Any], **headers: str) -> httpx.Response:
        return await self.call("PATCH", path, {"schemas": [PATCH], "Operations": list(operations)}, **headers)

    async def user(self, id: str) -> dict[str, Any]:
        answer = await self.call("GET", f"/Users/{id}")
        assert answer.status_code == 200, answer.text
        found: dict[str, Any] = answer.json()
        return found

    async def access(self, id: str) -> tuple[str, str, bool]:
        """Role, key of the organisation, and whether the user can sign in."""
        row = await self.database.fetchrow(
            "SELECT u.role, g.key, u.active FROM user_account u JOIN organization g ON g.id = u.organization_id"
            " WHERE u.id = $1::text::uuid",
            id,
        )
        assert row is not None
        return row["role"], row["key"], row["active"]


@pytest.fixture
async def directory(demo_url: str, tmp_path: Path) -> AsyncIterator[Directory]:
    database = await Database.connect(demo_url, size=2)
    chosen = settings_for(demo_url, tmp_path, scim_tokens=SecretStr(f"{TOKEN},{OLD_TOKEN}"), groups=GROUPS)
    async with running(chosen, pace=NEVER) as server:
        yield Directory(server, database)
    await database.close()
