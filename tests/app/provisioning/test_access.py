"""What provisioning does to what people may see and do here."""

import asyncio
import logging
from typing import Any
from uuid import UUID

import orjson
import pytest
import websockets

from app.demo.people import demo_id
from app.members.users import upsert_user
from app.outcomes import Refused
from app.privacy.erase import erase
from app.privacy.person import CONTACT
from app.privacy.person import USER as USER_TABLE
from app.vocabulary import Role
from tests.app.provisioning.conftest import OLD_TOKEN, USER, Directory
from tests.waiting import PATIENCE, until

ALPINE = ("PARTNER_SELLER", "alpine-it", True)


async def test_a_user_without_a_group_waits_for_one_and_follows_it(directory: Directory) -> None:
    user = (await directory.made("Ann"))["id"]
    assert (await directory.access(user))[2] is False
    assert (await directory.user(user))["active"] is True
    mapped = await directory.group("alpine SELLERS", user)  # by the settings, in whatever case
    assert await directory.access(user) == ALPINE
    named = await directory.group("stagepath:partner-manager:alpine-it", user)  # by its name; the stronger one counts
    assert await directory.access(user) == ("PARTNER_MANAGER", "alpine-it", True)
    await directory.call("DELETE", f"/Groups/{named['id']}")
    assert await directory.access(user) == ALPINE
    await directory.patch(f"/Groups/{mapped['id']}", {"op": "Replace", "path": "displayName", "value": "Channel team"})
    assert (await directory.access(user))[0] == "CHANNEL_MANAGER"
    await directory.patch(f"/Groups/{mapped['id']}", {"op": "Remove", "path": "members", "value": [{"value": user}]})
    assert (await directory.access(user))[2] is False
    assert (await directory.user(user))["active"] is True  # as the provider has it: a group would let them in again
    await directory.group("Alpine sellers", user)
    assert await directory.access(user) == ALPINE


async def test_who_is_disabled_stays_out_whatever_group_comes(directory: Directory) -> None:
    user = (await directory.made("Ben", active=False))["id"]
    await directory.group("Alpine sellers", user)
    assert await directory.access(user) == ("PARTNER_SELLER", "alpine-it", False)
    await directory.patch(f"/Users/{user}", {"op": "replace", "value": {"active": True}})
    assert await directory.access(user) == ALPINE


async def test_who_got_their_role_here_keeps_it_without_groups(directory: Directory) -> None:
    lena = str(demo_id("user/Lena Brandt"))
    group = await directory.group("Book club", lena)
    await directory.call("DELETE", f"/Groups/{group['id']}")
    assert await directory.access(lena) == ("PARTNER_MANAGER", "alpine-it", True)


async def test_a_leavers_deals_go_to_their_manager(directory: Directory) -> None:
    jonas, lena = demo_id("user/Jonas Frei"), demo_id("user/Lena Brandt")
    owned = "SELECT id FROM opportunity WHERE owner_id = $1 AND status = 'OPEN' ORDER BY id"
    deals = [row["id"] for row in await directory.database.fetch(owned, jonas)]
    assert deals
    assert (await directory.patch(f"/Users/{jonas}", {"op": "Replace", "path": "active", "value": "False"})).is_success
    assert await directory.database.fetch(owned, jonas) == []
    heirs = {row["id"] for row in await directory.database.fetch(owned, lena)}
    assert heirs.issuperset(deals)


async def test_the_last_administrator_is_not_taken_away(directory: Directory) -> None:
    ingrid = demo_id("user/Ingrid Solberg")
    await directory.database.fetch(
        "UPDATE user_account SET role = 'CHANNEL_MANAGER' WHERE role = 'VENDOR_ADMIN' AND id <> $1", ingrid
    )
    answer = await directory.call("DELETE", f"/Users/{ingrid}")
    assert answer.status_code == 409
    assert "last administrator" in answer.json()["detail"]
    assert (await directory.access(str(ingrid)))[2] is True


@pytest.mark.parametrize("end", ["disabled", "deleted", "out of the group"])
async def test_whoever_is_deprovisioned_is_out_within_a_second_sockets_included(directory: Directory, end: str) -> None:
    user = (await directory.made("Zoe"))["id"]
    group = await directory.group("Alpine sellers", user)
    token = directory.server.token_for(user)
    async with websockets.connect(
        directory.server.socket_url,
        subprotocols=["graphql-transport-ws"],  # type: ignore[list-item]
        proxy=None,
    ) as socket:
        payload = {"Authorization": f"Bearer {token}"}
        await socket.send(orjson.dumps({"type": "connection_init", "payload": payload}).decode())
        assert orjson.loads(await socket.recv())["type"] == "connection_ack"
        closed = asyncio.create_task(socket.wait_closed())
        if end == "disabled":
            await directory.patch(f"/Users/{user}", {"op": "Replace", "path": "active", "value": "False"})
        elif end == "deleted":
            await directory.call("DELETE", f"/Users/{user}")
        else:
            await directory.call("DELETE", f"/Groups/{group['id']}")
        async with asyncio.timeout(PATIENCE):
            await closed
    assert socket.close_code == 4401
    answer = await directory.server.ask("{ viewer { user { id } } }", token=token)
    assert answer["errors"][0]["extensions"]["code"] == "UNAUTHENTICATED"


async def test_the_token_is_asked_for_several_are_good_and_failures_are_counted(directory: Directory) -> None:
    for value, status in ((f"Bearer {OLD_TOKEN}", 200), ("Bearer wrong", 401), ("", 401), ("Basic eDp5", 401)):
        answer = await directory.call("GET", "/ServiceProviderConfig", Authorization=value)
        assert answer.status_code == status, value
        assert answer.headers["content-type"] == "application/scim+json"
    assert "www-authenticate" in answer.headers
    counted = "SELECT detail->>'code' AS code FROM audit_entry WHERE action = 'TOKEN_REFUSED'"

    async def told() -> bool:
        return [row["code"] for row in await directory.database.fetch(counted)] == ["SCIM_TOKEN"]

    await until(told)


async def test_requests_are_bounded_and_what_is_no_scim_is_refused(directory: Directory) -> None:
    large = {"schemas": [USER], "userName": "x", "displayName": "x" * 1_100_000}
    assert (await directory.call("POST", "/Users", large)).status_code == 413
    assert (await directory.call("GET", f"/Users?filter={'x' * 9000}")).status_code == 414
    for path, status in (("/Users/nobody", 404), ("/Nothing", 404), ("/Bulk", 405), ("/Me", 501)):
        assert (await directory.call("GET", path)).status_code == status, path
    bodies: list[Any] = [[], "x", {"schemas": [USER]}, {"schemas": [USER], "userName": " "}]
    for body in (*bodies, {"schemas": [USER], "userName": 7}):
        answer = await directory.call("POST", "/Users", body)
        assert answer.status_code == 400, (body, answer.text)


async def test_it_is_told_to_the_audit_log_as_the_providers_doing_and_names_nobody(
    directory: Directory, capfd: pytest.CaptureFixture[str], caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    user = (await directory.made("Quentin", title="Confidential Title"))["id"]
    await directory.group("Alpine sellers", user)
    await directory.patch(f"/Users/{user}", {"op": "replace", "path": "title", "value": "Another Title"})
    await directory.call("POST", "/Users", {"schemas": [USER], "userName": "quentin@example.org"})
    await directory.call("DELETE", f"/Users/{user}")
    rows: list[dict[str, Any]] = [
        dict(row)
        for row in await directory.database.fetch(
            "SELECT action, actor_id, detail->>'by' AS by FROM audit_entry WHERE mutation = 'scim' ORDER BY seq"
        )
    ]
    assert [row["action"] for row in rows] == [
        "USER_CREATED",
        "GROUP_CREATED",
        "USER_ACTIVATED",
        "USER_PROVISIONED",
        "USER_DEACTIVATED",
        "USER_UNPROVISIONED",
    ]
    assert {(row["actor_id"], row["by"]) for row in rows} == {(None, "scim")}
    kept = await directory.database.fetch(
        "SELECT detail::text AS text FROM audit_entry UNION ALL SELECT payload::text FROM event"
    )
    told = "".join(row["text"] for row in kept) + "".join(capfd.readouterr()) + caplog.text
    assert not [word for word in ("Quentin", "quentin", "Confidential", "Another Title") if word in told]


async def test_a_users_row_outlives_a_contact_of_the_same_address(directory: Directory) -> None:
    user = await directory.made("Quentin")
    contact = await directory.database.fetchrow(
        "UPDATE contact SET email = 'quentin@example.org', email_key = 'quentin@example.org'"
        " WHERE id = (SELECT id FROM contact LIMIT 1) RETURNING id"
    )
    assert contact is not None
    async with directory.database.transaction() as tx:
        await erase(tx, CONTACT, contact["id"])
    assert await directory.user(user["id"]) == user


async def test_of_whom_is_erased_the_provider_finds_nothing(directory: Directory) -> None:
    user = (await directory.made("Quentin", title="Confidential"))["id"]
    await directory.group("Book club", user)
    async with directory.database.transaction() as tx:
        await erase(tx, USER_TABLE, UUID(user))
    assert (await directory.call("GET", f"/Users/{user}")).status_code == 404
    for table in ("provisioned_user", "user_account", "provisioned_member"):
        rows = await directory.database.fetch(f"SELECT t::text AS row FROM {table} t")
        assert not [row for row in rows if "uentin" in row["row"] or "Confidential" in row["row"]], table
    assert (await directory.made("Quentin"))["id"] != user


async def test_partners_see_nobody_whom_nothing_gave_a_role(directory: Directory) -> None:
    user = (await directory.made("Yara"))["id"]
    lena = directory.server.token_for(str(demo_id("user/Lena Brandt")))
    asked = f'{{ node(id: "usr_{user}") {{ id }} }}'
    assert (await directory.server.ask(asked, token=lena))["data"]["node"] is None
    let_in = await upsert_user(None, {"active": True}, user_id=UUID(user))
    assert isinstance(let_in, Refused)
    assert let_in.errors[0].path == ("role",)
    assert (await directory.access(user))[2] is False
    await upsert_user(None, {"active": True, "role": Role.CHANNEL_MANAGER}, user_id=UUID(user))
    assert (await directory.server.ask(asked, token=lena))["data"]["node"] == {"id": f"usr_{user}"}
    # Whom somebody here let in, the provider can still send away.
    await directory.patch(f"/Users/{user}", {"op": "Replace", "path": "active", "value": False})
    assert (await directory.access(user))[2] is False


async def test_who_is_deactivated_here_stays_out_until_the_provider_says_something_else(directory: Directory) -> None:
    user = await directory.made("Uma")
    await directory.group("Alpine sellers", user["id"])

    async def put(**changes: Any) -> bool:
        user.update(changes)
        answer = await directory.call("PUT", f"/Users/{user['id']}", user)
        assert answer.status_code == 200, answer.text
        active: bool = answer.json()["active"]
        assert (await directory.access(user["id"]))[2] is active
        return active

    assert await put() is True
    await upsert_user(None, {"active": False}, user_id=UUID(user["id"]))
    assert await put(title="Lead") is False
    await directory.patch(f"/Users/{user['id']}", {"op": "replace", "path": "title", "value": "Boss"})
    await directory.group("stagepath:partner-manager:alpine-it", user["id"])  # which gives them another role
    assert await put(title="Chief") is False
    assert await directory.access(user["id"]) == ("PARTNER_MANAGER", "alpine-it", False)
    assert await put(active=False) is False
    assert await put(active=True) is True
    # Nor is one who was let in again here put out by what was said before.
    await put(active=False)
    await upsert_user(None, {"active": True}, user_id=UUID(user["id"]))
    assert await put(title="Lead") is True
    assert await put(active=True) is True
    assert await put(active=False) is False


async def test_a_change_is_followed_where_it_is_said_alone(directory: Directory) -> None:
    user = (await directory.made("Uma"))["id"]
    await directory.group("Alpine sellers", user)
    await upsert_user(None, {"active": False}, user_id=UUID(user))
    await directory.patch(f"/Users/{user}", {"op": "replace", "path": "title", "value": "Boss"})
    assert (await directory.access(user))[2] is False
    await directory.patch(f"/Users/{user}", {"op": "replace", "path": "active", "value": True})
    assert await directory.access(user) == ALPINE


@pytest.mark.parametrize("form", [{"path": "ACTIVE", "value": "False"}, {"value": {"active": False}}])
async def test_what_is_said_alone_counts_also_where_it_is_so_already(
    directory: Directory, form: dict[str, Any]
) -> None:
    user = await directory.made("Uma")
    await directory.group("Alpine sellers", user["id"])
    await upsert_user(None, {"active": False}, user_id=UUID(user["id"]))
    await directory.patch(f"/Users/{user['id']}", {"op": "Replace"} | form)
    answer = await directory.call("PUT", f"/Users/{user['id']}", user)
    assert answer.json()["active"] is True
    assert await directory.access(user["id"]) == ALPINE


async def test_a_name_and_an_address_from_here_stay_until_the_provider_has_others(directory: Directory) -> None:
    user = await directory.made("Uma")

    async def put(**changes: Any) -> tuple[str, str]:
        user.update(changes)
        answer = await directory.call("PUT", f"/Users/{user['id']}", user)
        assert answer.status_code == 200, answer.text
        row = await directory.database.fetchrow("SELECT name, email FROM user_account WHERE id = $1", UUID(user["id"]))
        assert row is not None
        shown = answer.json()
        assert (shown["displayName"], shown["emails"][0]["value"]) == (row["name"], row["email"])
        return row["name"], row["email"]

    here = {"name": "Uma Here", "email": "here@example.org"}
    await upsert_user(None, here, user_id=UUID(user["id"]))
    assert await put(title="Lead") == ("Uma Here", "here@example.org")
    await directory.patch(f"/Users/{user['id']}", {"op": "replace", "path": "title", "value": "Boss"})
    await directory.group("Alpine sellers", user["id"])
    assert await put(title="Chief") == ("Uma Here", "here@example.org")
    assert await put(displayName="Uma There") == ("Uma There", "here@example.org")
    there = [{"value": "there@example.org", "type": "work", "primary": True}]
    assert await put(emails=there) == ("Uma There", "there@example.org")


async def test_a_replacement_that_says_nothing_new_changes_no_version(directory: Directory) -> None:
    user = await directory.made("Uma")
    for _ in range(2):
        answer = await directory.call("PUT", f"/Users/{user['id']}", user)
        assert answer.json()["meta"] == user["meta"]
