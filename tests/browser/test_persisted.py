"""Documents that GraphQL Code Generator keeps, asked for as its guide says."""

import json
from pathlib import Path

from app.database import Database
from app.models import Organization, User
from app.vocabulary import OrganizationKind, Role
from tests.browser.documented import programs
from tests.npm import NODE, run
from tests.serving import running, settings_for

SCHEMA = Path(__file__).parents[2] / "schema" / "schema.graphql"
DOCUMENT = "query Me { viewer { user { name } } }"


async def test_a_server_takes_them_as_they_are_generated(database: Database, tmp_path: Path) -> None:
    directory = await programs()
    code, generated = await run(NODE, "codegen.mjs", SCHEMA, DOCUMENT, directory=directory)
    assert code == 0, generated
    [id] = json.loads(generated)
    assert id.startswith("sha256:")
    path = tmp_path / "persisted-documents.json"
    path.write_text(generated, "utf-8")
    vendor = await Organization.create(key="vendor", name="Vendor", kind=OrganizationKind.VENDOR)
    admin = await User.create(organization=vendor, name="Ada", email="ada@vendor.example", role=Role.VENDOR_ADMIN)
    chosen = settings_for(database.url, tmp_path, trusted_documents=path, trusted_documents_only=True)
    async with running(chosen) as server:
        headers = {"Authorization": f"Bearer {server.token_for(admin)}"}
        by_hash = {"extensions": {"persistedQuery": {"version": 1, "sha256Hash": id}}}
        for body in ({"documentId": id}, by_hash):
            answer = await server.client.post("/graphql", json=body, headers=headers)
            assert answer.json()["data"] == {"viewer": {"user": {"name": "Ada"}}}
