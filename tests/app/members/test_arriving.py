"""Somebody whom nobody knows comes with a sound token of the identity provider: who is let in, and as whom."""

import asyncio
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from pydantic import SecretStr

from app.database import Database
from app.identity.tokens import Claims
from app.members.arriving import promoted
from app.members.users import deactivate_user, upsert_user
from app.settings import Mode
from app.vocabulary import Role
from tests.app.identity.provider import AUDIENCE, ISSUER, Provider, ec_signer, provider
from tests.app.members.conftest import Programme, saved
from tests.serving import Server, running, settings_for

SIGNER = ec_signer("key-1")
CLAIM = {"groups": ["sales", "stagepath-admins"]}
WHO = "{ viewer { user { name email role } organization { name kind } } }"
STRANGER = (401, "UNAUTHENTICATED")


@pytest.fixture
def issuer() -> Iterator[Provider]:
    with provider() as served:
        served.open.set()
        served.publish(SIGNER)
        yield served


@pytest.fixture(autouse=True)
def no_proxy(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("NO_PROXY", "127.0.0.1")


@asynccontextmanager
async def production(database: Database, folder: Path, issuer: Provider, **changes: Any) -> AsyncIterator[Server]:
    chosen = settings_for(
        database.url,
        folder,
        mode=Mode.PRODUCTION,
        secret_key=SecretStr("a-secret-of-the-tests-0123456789-0123456789"),
        jwks_url=issuer.url,
        jwt_issuer=ISSUER,
        jwt_audience=AUDIENCE,
        **changes,
    )
    async with running(chosen) as server:
        yield server


async def ask(server: Server, **claims: object) -> Any:
    """Who the bearer of a token with these claims is; status and code where nobody."""
    headers = {"Authorization": f"Bearer {SIGNER.token(None, **claims)}"}
    response = await server.client.post("/graphql", json={"query": WHO}, headers=headers)
    answer = response.json()
    if response.status_code != 200:
        return response.status_code, answer["errors"][0]["extensions"]["code"]
    viewer = answer["data"]["viewer"]
    return viewer["user"]["name"], viewer["user"]["role"], viewer["organization"]["name"]


async def message(server: Server, **claims: object) -> str:
    headers = {"Authorization": f"Bearer {SIGNER.token(None, **claims)}"}
    response = await server.client.post("/graphql", json={"query": WHO}, headers=headers)
    said: str = response.json()["errors"][0]["message"]
    return said


async def people(database: Database) -> list[tuple[Any, ...]]:
    rows = await database.fetch("SELECT name, role, active, subject, email FROM user_account ORDER BY name")
    return [tuple(row) for row in rows]


async def test_an_empty_production_server_is_nobodys_without_the_claim(
    database: Database, tmp_path: Path, issuer: Provider
) -> None:
    async with production(database, tmp_path, issuer) as server:
        for claims in ({}, CLAIM, {"email": "ada@x.de", "email_verified": True}):
            assert await ask(server, **claims) == STRANGER
        said = await message(server)
    assert "stagepath admin create" in said
    assert "STAGEPATH_ADMIN_CLAIM" in said
    assert await people(database) == []


async def test_the_first_who_carries_the_claim_administers_and_nobody_after_them(
    database: Database, tmp_path: Path, issuer: Provider
) -> None:
    async with production(database, tmp_path, issuer, admin_claim="groups=stagepath-admins") as server:
        assert await ask(server, sub="first") == STRANGER
        ada = {"sub": "ada", "name": "Ada", "email": "Ada@x.de", "email_verified": True, **CLAIM}
        assert await ask(server, **ada) == ("Ada", "VENDOR_ADMIN", "Vendor")
        assert await ask(server, **ada) == ("Ada", "VENDOR_ADMIN", "Vendor")
        assert await ask(server, sub="second", **CLAIM) == STRANGER
        assert "STAGEPATH_ADMIN_CLAIM" not in await message(server, sub="second", **CLAIM)
    assert await people(database) == [("Ada", "VENDOR_ADMIN", True, "ada", "Ada@x.de")]
    entries = await database.fetch("SELECT action, detail->>'by' AS by FROM audit_entry WHERE action LIKE 'USER%'")
    assert [tuple(entry) for entry in entries] == [("USER_CREATED", "claim")]


async def test_of_many_who_carry_it_at_once_one_administers(
    database: Database, tmp_path: Path, issuer: Provider
) -> None:
    async with production(database, tmp_path, issuer, admin_claim="groups=stagepath-admins") as server:
        answers = await asyncio.gather(*(ask(server, sub=f"s{n}", name=f"S{n}", **CLAIM) for n in range(8)))
    assert len([one for one in answers if one != STRANGER]) == 1
    assert len(await people(database)) == 1


@pytest.mark.parametrize(
    "claims",
    [
        {"groups": "other"},
        {"groups": "stagepath-admins2"},
        {"groups": ["STAGEPATH-ADMINS"]},
        {"groups": {"stagepath-admins": True}},
        {"groups": [["stagepath-admins"]]},
        {"group": "stagepath-admins"},
        {"groups": True},
        {"groups": "sales stagepath-admins"},
    ],
)
async def test_what_is_like_the_claim_is_not_it(
    database: Database, tmp_path: Path, issuer: Provider, claims: dict[str, Any]
) -> None:
    async with production(database, tmp_path, issuer, admin_claim="groups=stagepath-admins") as server:
        assert await ask(server, **claims) == STRANGER
    assert await people(database) == []


@pytest.mark.parametrize(
    ("setting", "claims"),
    [
        ("realm_access.roles=admin", {"realm_access": {"roles": ["admin"]}}),
        ("https://x.de/roles=admin", {"https://x.de/roles": ["admin"]}),
        ("role=cn=admins,dc=x", {"role": "cn=admins,dc=x"}),
        ("stagepath_admin=true", {"stagepath_admin": True}),
    ],
)
async def test_providers_say_it_in_many_ways(
    database: Database, tmp_path: Path, issuer: Provider, setting: str, claims: dict[str, Any]
) -> None:
    async with production(database, tmp_path, issuer, admin_claim=setting) as server:
        assert await ask(server, **claims) == ("Administrator", "VENDOR_ADMIN", "Vendor")


async def test_one_of_the_vendors_who_carries_it_is_promoted_while_nobody_administers_and_a_partners_never(
    programme: Programme, tmp_path: Path, issuer: Provider
) -> None:
    cho = await programme.invited("Cho", Role.CHANNEL_MANAGER)
    pia = await programme.invited("Pia", Role.PARTNER_MANAGER, programme.alpine)
    for user, subject in ((cho, "cho"), (pia, "pia")):
        await upsert_user(None, {"subject": subject}, user_id=user)
    async with production(programme.database, tmp_path, issuer, admin_claim="groups=stagepath-admins") as server:
        assert await ask(server, sub="cho", **CLAIM) == ("Cho", "CHANNEL_MANAGER", "Northwind")
        # as only the database's owner can
        await programme.database.fetch("UPDATE user_account SET active = FALSE WHERE id = $1", programme.admin)
        assert await ask(server, sub="pia", **CLAIM) == ("Pia", "PARTNER_MANAGER", "Alpine IT")
        assert await ask(server, sub="cho", **CLAIM) == ("Cho", "VENDOR_ADMIN", "Northwind")


async def test_who_was_invited_is_let_in_by_a_verified_address_and_nobody_else_by_it_again(
    programme: Programme, tmp_path: Path, issuer: Provider
) -> None:
    await programme.invited("Sue", at=programme.alpine)
    async with production(programme.database, tmp_path, issuer) as server:
        for unverified in (False, None, "true", 1):
            claims = {"email": "sue@example.com", "email_verified": unverified}
            assert await ask(server, sub="thief", **claims) == STRANGER
        sue = {"sub": "sue", "email": "SUE@example.com", "email_verified": True}
        assert await ask(server, **sue) == ("Sue", "PARTNER_SELLER", "Alpine IT")
        assert await ask(server, sub="sue") == ("Sue", "PARTNER_SELLER", "Alpine IT")
        assert await ask(server, **{**sue, "sub": "other"}) == STRANGER
    assert ("Sue", "PARTNER_SELLER", True, "sue", "sue@example.com") in await people(programme.database)
    assert (await programme.actions())[-1] == "TOKEN_REFUSED"
    assert "USER_RECOGNIZED" in await programme.actions()


async def test_an_address_that_only_folds_alike_lets_nobody_in(
    programme: Programme, tmp_path: Path, issuer: Provider
) -> None:
    await programme.invited("Kim", at=programme.alpine)
    async with production(programme.database, tmp_path, issuer) as server:
        assert await ask(server, email="\u212aim@example.com", email_verified=True) == STRANGER
        assert (await ask(server, email="kim@example.com", email_verified=True))[0] == "Kim"


async def test_addresses_let_nobody_in_where_that_is_switched_off(
    programme: Programme, tmp_path: Path, issuer: Provider
) -> None:
    await programme.invited("Sue", at=programme.alpine)
    async with production(programme.database, tmp_path, issuer, sign_in_by_email=False) as server:
        assert await ask(server, email="sue@example.com", email_verified=True) == STRANGER


@pytest.mark.parametrize("bound", [True, False])
async def test_who_was_deactivated_is_let_in_by_nothing(
    programme: Programme, tmp_path: Path, issuer: Provider, bound: bool
) -> None:
    """Not even by the claim, when nobody administers any more."""
    cho = await programme.invited("Cho", Role.CHANNEL_MANAGER)
    if bound:
        await upsert_user(None, {"subject": "cho"}, user_id=cho)
    await deactivate_user(None, cho)
    await programme.database.fetch("UPDATE user_account SET active = FALSE WHERE id = $1", programme.admin)
    claims = {"sub": "cho", "email": "cho@example.com", "email_verified": True}
    async with production(programme.database, tmp_path, issuer, admin_claim="groups=stagepath-admins") as server:
        assert await ask(server, **claims) == STRANGER
        assert await ask(server, **claims, **CLAIM) == STRANGER
    assert [who[2] for who in await people(programme.database)] == [False, False]


async def test_an_owner_whom_an_import_left_inactive_is_no_stranger_to_the_claim_alone(
    database: Database, tmp_path: Path, issuer: Provider
) -> None:
    await database.fetch(
        "INSERT INTO organization (id, key, name, kind) VALUES (gen_random_uuid(), 'v', 'V', 'VENDOR')"
    )
    await database.fetch(
        "INSERT INTO user_account (id, organization_id, name, email, email_key, role, active) SELECT gen_random_uuid(),"
        " id, 'Ada A.', 'ada@example.com', 'ada@example.com', 'CHANNEL_MANAGER', FALSE FROM organization"
    )
    claims = {"sub": "ada", "email": "ada@example.com", "email_verified": True}
    async with production(database, tmp_path, issuer, admin_claim="groups=stagepath-admins") as server:
        assert await ask(server, **claims) == STRANGER
        assert await ask(server, **claims, **CLAIM) == ("Ada A.", "VENDOR_ADMIN", "V")


async def test_who_went_to_a_partner_since_they_were_read_is_not_promoted(programme: Programme) -> None:
    cho = await programme.invited("Cho", Role.CHANNEL_MANAGER)
    viewer = await programme.viewer(cho)
    gone = {"partner_id": programme.alpine, "role": Role.PARTNER_SELLER}
    saved(await upsert_user(None, gone, user_id=cho))
    # as only the database's owner can
    await programme.database.fetch("UPDATE user_account SET active = FALSE WHERE id = $1", programme.admin)
    claims = Claims(str(cho), datetime.now(UTC), ISSUER, None, administers=True)
    assert (await promoted(claims, viewer)).role is Role.PARTNER_SELLER
    assert (await programme.row(cho))["role"] == "PARTNER_SELLER"
