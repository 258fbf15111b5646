"""Signing in at an OpenID Connect provider, and what its claims make of people here."""

from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from app.access import Grant, granted
from app.database import Database
from app.members.admins import create_admin
from app.members.partners import PartnerSaved, upsert_partner
from app.members.users import UserSaved, upsert_user
from app.privacy.erase import erase
from app.privacy.owner import as_owner
from app.privacy.person import USER
from app.vocabulary import Role
from tests.app.identity.oidc import AUDIENCE, OidcProvider, of_machine, oidc_provider, signed_in
from tests.serving import Server, running, settings_for

WHO = "{ viewer { user { name role language email } organization { key } } }"
SELLERS, MANAGERS = "Alpine sellers", "stagepath:PARTNER_MANAGER:alpine-it"


@pytest.fixture
def oidc() -> Iterator[OidcProvider]:
    with oidc_provider() as served:
        yield served


@asynccontextmanager
async def serving(database: Database, oidc: OidcProvider, tmp_path: Path, **changes: Any) -> AsyncIterator[Server]:
    """With an administrator, a partner, and a seller who was invited by address."""
    assert isinstance(await create_admin({"name": "Ada", "email": "ada@vendor.example"}), UserSaved)
    partners = {}
    for name in ("Alpine IT", "Bright Water"):
        made = await upsert_partner(None, {"name": name})
        assert isinstance(made, PartnerSaved)
        partners[name] = made.partner_id
    given = {"name": "Sue", "email": "sue@alpine.example", "role": Role.PARTNER_SELLER}
    assert isinstance(await upsert_user(None, given | {"partner_id": partners["Alpine IT"]}), UserSaved)
    usual = {
        "jwks_url": f"{oidc.url}/keys",
        "jwt_issuer": oidc.url,
        "jwt_audience": AUDIENCE,
        "groups": {SELLERS: "PARTNER_SELLER@alpine-it"},
    }
    async with running(settings_for(database.url, tmp_path, **usual | changes)) as server:
        yield server


async def who(server: Server, token: str) -> dict[str, Any]:
    """Who is let in with the token."""
    answer = await server.ask(WHO, token=token)
    assert "errors" not in answer, answer
    viewer = answer["data"]["viewer"]
    found: dict[str, Any] = viewer["user"] | {"at": viewer["organization"]["key"]}
    return found


async def kept_out(server: Server, token: str) -> bool:
    answer = await server.ask(WHO, token=token)
    return "errors" in answer and answer["errors"][0]["extensions"]["code"] == "UNAUTHENTICATED"


async def test_the_first_sign_in_binds_an_invited_user(database: Database, oidc: OidcProvider, tmp_path: Path) -> None:
    oidc.people["sue"] = {"email": "sue@alpine.example", "email_verified": True, "groups": [MANAGERS]}
    oidc.people["eve"] = {"email": "sue@alpine.example", "email_verified": False}
    async with serving(database, oidc, tmp_path) as server:
        assert await kept_out(server, await signed_in(oidc, "eve"))
        found = await who(server, await signed_in(oidc, "sue"))
        # No claim is named by the settings, so none says who she is.
        assert found == {"name": "Sue", "role": "PARTNER_SELLER", "language": "en", "email": "sue@alpine.example",
                         "at": "alpine-it"}  # fmt: skip
        assert await kept_out(server, await of_machine(oidc))


async def test_strangers_stay_out_unless_they_may_sign_up(
    database: Database, oidc: OidcProvider, tmp_path: Path
) -> None:
    oidc.people["max"] = {"name": "Max", "groups": [SELLERS], "locale": "de_AT"}
    named = {"groups_claim": "groups", "language_claim": "locale"}
    async with serving(database, oidc, tmp_path, **named) as server:
        assert await kept_out(server, await signed_in(oidc, "max"))
    async with running(server.settings.model_copy(update={"sign_up": True})) as server:
        found = await who(server, await signed_in(oidc, "max"))
        assert found == {"name": "Max", "role": "PARTNER_SELLER", "language": "de-AT", "email": None, "at": "alpine-it"}
        oidc.people |= {"tim": {"groups": ["Book club"]}, "gil": {"groups": "stagepath:PARTNER_SELLER:no-such"}}
        for login in ("tim", "gil"):
            assert await kept_out(server, await signed_in(oidc, login))
        # Whose address somebody else has, is not let in beside them.
        oidc.people["eve"] = {"groups": [SELLERS], "email": "ada@vendor.example", "email_verified": True}
        assert (await who(server, await signed_in(oidc, "eve")))["name"] == "Ada"
        oidc.people["mal"] = {"groups": [SELLERS], "email": "ada@vendor.example", "email_verified": True}
        assert await kept_out(server, await signed_in(oidc, "mal"))


async def test_claims_are_followed_by_the_next_token_and_never_backwards(
    database: Database, oidc: OidcProvider, tmp_path: Path
) -> None:
    now = datetime.now(UTC)
    named = {"groups_claim": "realm_access.roles", "role_claim": "role", "partner_claim": "company", "sign_up": True}

    async def token(minutes: int, **claims: Any) -> str:
        oidc.people["max"] = {"name": "Max", "iat": now + timedelta(minutes=minutes - 60), **claims}
        return await signed_in(oidc, "max")

    async with serving(database, oidc, tmp_path, **named) as server:
        first = await token(1, realm_access={"roles": [SELLERS]})
        assert (await who(server, first))["role"] == "PARTNER_SELLER"
        late = await token(3, role="partner-manager", company="bright-water")
        stale = await token(2, realm_access={"roles": [MANAGERS]})
        moved = await who(server, late)
        assert (moved["role"], moved["at"]) == ("PARTNER_MANAGER", "bright-water")
        for old in (stale, first):  # tokens that are good, but not the last word
            again = await who(server, old)
            assert again["at"] == "bright-water"
        # What somebody changes here stays until the next token.
        row = await database.fetchrow("SELECT id FROM user_account WHERE name = 'Max'")
        assert row is not None
        await upsert_user(None, {"role": Role.PARTNER_SELLER}, user_id=row["id"])
        assert (await who(server, late))["role"] == "PARTNER_SELLER"
        next_one = await token(4, role="PARTNER_MANAGER", company="bright-water")
        assert (await who(server, next_one))["role"] == "PARTNER_MANAGER"
        # No group any more: not let in, and nothing of theirs is changed.
        nothing = await token(5)
        assert [await kept_out(server, nothing) for _ in range(3)] == [True] * 3
        kept = await database.fetchrow("SELECT role, active FROM user_account WHERE id = $1", row["id"])
        assert kept is not None
        assert (kept["role"], kept["active"]) == ("PARTNER_MANAGER", True)
        by = await database.fetch("SELECT DISTINCT detail->>'by' AS by FROM audit_entry WHERE subject = $1",
                                  f"usr_{row['id']}")  # fmt: skip
        assert {one["by"] for one in by} == {"claims", "command"}


async def test_who_has_their_role_from_here_keeps_it_without_claims(
    database: Database, oidc: OidcProvider, tmp_path: Path
) -> None:
    oidc.people["sue"] = {"email": "sue@alpine.example", "email_verified": True}
    async with serving(database, oidc, tmp_path, groups_claim="groups") as server:
        assert (await who(server, await signed_in(oidc, "sue")))["role"] == "PARTNER_SELLER"
        oidc.people["sue"] |= {"groups": [MANAGERS]}
        # Of the same second as the token before.
        assert (await who(server, await signed_in(oidc, "sue")))["role"] == "PARTNER_MANAGER"


async def test_the_last_administrator_stays_one_whatever_claims_say(
    database: Database, oidc: OidcProvider, tmp_path: Path
) -> None:
    oidc.people["ada"] = {
        "email": "ada@vendor.example",
        "email_verified": True,
        "groups": ["Channel"],
    }
    changes = {"groups_claim": "groups", "groups": {"Channel": "CHANNEL_MANAGER"}}
    async with serving(database, oidc, tmp_path, **changes) as server:
        await signed_in(oidc, "ada")
        for _ in range(2):
            found = await who(server, await signed_in(oidc, "ada"))
            assert found["role"] == "VENDOR_ADMIN"


@asynccontextmanager
async def serving_a_channel_manager(
    database: Database, oidc: OidcProvider, tmp_path: Path, *, since: datetime
) -> AsyncIterator[Server]:
    """A server that has let Max in by a group of the provider's, which makes channel managers."""
    named = {"groups_claim": "groups", "sign_up": True, "groups": {"Channel": "CHANNEL_MANAGER"}}
    async with serving(database, oidc, tmp_path, **named) as server:
        oidc.people["max"] = {"name": "Max", "groups": ["Channel"], "iat": since}
        assert (await who(server, await signed_in(oidc, "max")))["role"] == "CHANNEL_MANAGER"
        yield server


async def test_whom_nobody_can_take_over_from_is_not_let_in_and_stays_as_they_are(
    database: Database, oidc: OidcProvider, tmp_path: Path
) -> None:
    now = datetime.now(UTC)
    async with serving_a_channel_manager(database, oidc, tmp_path, since=now - timedelta(minutes=2)) as server:
        looked_after = "UPDATE organization SET channel_manager_id = (SELECT id FROM user_account WHERE name = 'Max')"
        await database.fetch(f"{looked_after} WHERE key = 'alpine-it'")
        await database.fetch("UPDATE user_account SET active = FALSE WHERE name = 'Ada'")
        oidc.people["max"] |= {"groups": [MANAGERS], "iat": now - timedelta(minutes=1)}
        moved = await signed_in(oidc, "max")
        assert [await kept_out(server, moved) for _ in range(2)] == [True] * 2
        stays = await database.fetchrow("SELECT role, active FROM user_account WHERE name = 'Max'")
        assert stays is not None
        assert (stays["role"], stays["active"]) == ("CHANNEL_MANAGER", True)
        # The same token is followed once somebody can.
        await database.fetch("UPDATE user_account SET active = TRUE WHERE name = 'Ada'")
        found = await who(server, moved)
        assert (found["role"], found["at"]) == ("PARTNER_MANAGER", "alpine-it")


async def test_a_token_is_followed_once_by_all_servers_together(
    database: Database, oidc: OidcProvider, tmp_path: Path
) -> None:
    oidc.people["sue"] = {"email": "sue@alpine.example", "email_verified": True}
    async with serving(database, oidc, tmp_path, groups_claim="groups") as server:
        await who(server, await signed_in(oidc, "sue"))  # binds her
        oidc.people["sue"] |= {"groups": [MANAGERS], "iat": datetime.now(UTC)}
        tokens = [await signed_in(oidc, "sue")]
        oidc.people["sue"] |= {"nonce": "another of the same second"}
        tokens.append(await signed_in(oidc, "sue"))
        for token in tokens:
            assert (await who(server, token))["role"] == "PARTNER_MANAGER"
        row = await database.fetchrow("SELECT id FROM user_account WHERE name = 'Sue'")
        assert row is not None
        await upsert_user(None, {"role": Role.PARTNER_SELLER}, user_id=row["id"])
        async with running(server.settings) as another:
            for token in tokens:
                assert (await who(another, token))["role"] == "PARTNER_SELLER"


async def test_who_has_their_role_from_claims_has_none_by_a_partner_that_is_not_here(
    database: Database, oidc: OidcProvider, tmp_path: Path
) -> None:
    now = datetime.now(UTC)
    async with serving_a_channel_manager(database, oidc, tmp_path, since=now - timedelta(minutes=2)) as server:
        oidc.people["max"] |= {"groups": ["stagepath:PARTNER_SELLER:no-such"], "iat": now}
        assert await kept_out(server, await signed_in(oidc, "max"))


@pytest.mark.parametrize("end", ["subject", "erased"])
async def test_a_token_from_before_its_user_was_removed_makes_no_new_one(
    database: Database, oidc: OidcProvider, tmp_path: Path, end: str
) -> None:
    now = datetime.now(UTC)
    oidc.people["max"] = {"name": "Max", "groups": [SELLERS], "iat": now - timedelta(minutes=2)}
    async with serving(database, oidc, tmp_path, groups_claim="groups", sign_up=True) as server:
        old = await signed_in(oidc, "max")
        assert (await who(server, old))["name"] == "Max"
        row = await database.fetchrow("SELECT id FROM user_account WHERE name = 'Max'")
        assert row is not None
        if end == "erased":
            async with as_owner(database) as tx:
                await erase(tx, USER, row["id"])
        else:  # as SCIM's DELETE does it
            await upsert_user(None, {"active": False, "email": None, "subject": None}, user_id=row["id"])
        assert await kept_out(server, old)
        # The provider gives them access again.
        oidc.people["max"] |= {"iat": now + timedelta(seconds=20)}
        assert (await who(server, await signed_in(oidc, "max")))["name"] == "Max"


def test_names_of_groups_give_no_role_at_the_vendor() -> None:
    for name in ("stagepath:VENDOR_ADMIN", "stagepath:channel-manager", "stagepath:VENDOR_ADMIN:alpine-it"):
        assert granted([name], {}, "stagepath") is None
        assert granted([name], {name: "VENDOR_ADMIN"}, "stagepath") == Grant(Role.VENDOR_ADMIN)
    assert granted([MANAGERS], {}, "stagepath") == Grant(Role.PARTNER_MANAGER, "alpine-it")
