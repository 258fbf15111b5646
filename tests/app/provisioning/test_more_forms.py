"""Further requests as identity providers send them: beginnings, whole replacements, looks, and what is wrong."""

from typing import Any
from urllib.parse import quote

from tests.app.provisioning.conftest import ENTERPRISE, GROUP, PATCH, USER, Directory
from tests.app.provisioning.test_identity_providers import at

MANY: list[dict[str, Any]] = [
    # Entra ID
    {"schemas": [USER, ENTERPRISE], "externalId": "0a21f0f2", "userName": "Test_User_1@contoso.example", "active": True,
     "emails": [{"primary": True, "type": "work", "value": "t1@contoso.example"}], "meta": {"resourceType": "User"},
     "name": {"formatted": "given family", "familyName": "family", "givenName": "given"}, "roles": []},
    # Okta
    {"schemas": [USER], "userName": "test.user@okta.example", "name": {"givenName": "Test", "familyName": "User"},
     "emails": [{"primary": True, "value": "test.user@okta.example", "type": "work"}], "displayName": "Test User",
     "locale": "en-US", "externalId": "00ujl29u0le5T6Aj10h7", "groups": [], "password": "1mz050nq", "active": True},
    # OneLogin
    {"schemas": [USER, ENTERPRISE], "userName": "ol@example.com", "name": {"givenName": "O", "familyName": "L",
     "formatted": "O L"}, "emails": [{"value": "ol@example.com", "primary": True}], "title": "Boss",
     ENTERPRISE: {"department": "Sales", "manager": {"value": "7", "displayName": "M"}}, "active": True},
    # JumpCloud, with nothing said of `active`
    {"schemas": [USER], "userName": "jc@example.com", "displayName": "J C", "emails": [{"value": "jc@example.com"}],
     "phoneNumbers": [{"value": "+1 555", "type": "mobile"}], "addresses": [{"type": "work", "country": "US"}]},
    # Ping, with ids in capitals and unknown extensions
    {"schemas": [USER, "urn:pingidentity:extension:1.0:User"], "userName": "PING@EXAMPLE.COM", "active": "true",
     "urn:pingidentity:extension:1.0:User": {"x": 1}},
    # A user name that is no address, and no address at all
    {"schemas": [USER], "userName": "CORP\\\\sam", "active": True},
]  # fmt: skip


async def test_beginnings(directory: Directory) -> None:
    for body in MANY:
        answer = await directory.call("POST", "/Users", body, **{"Content-Type": "application/json; charset=utf-8"})
        assert answer.status_code == 201, (body["userName"], answer.text)
        made = answer.json()
        assert made["userName"] == body["userName"]
        assert answer.headers["location"].endswith(f"/scim/v2/Users/{made['id']}")
        assert (await directory.user(made["id"]))["active"] is True
        assert "password" not in answer.text


async def test_looks(directory: Directory) -> None:
    user = await directory.made("Ida", externalId="00u1", title="Boss")
    id = user["id"]

    def only(found: dict[str, Any]) -> bool:
        return [one["id"] for one in found["Resources"]] == [id]

    for text in (
        'username eq "ida@example.org"',
        'userName Eq "ida@example.org"',
        'urn:ietf:params:scim:schemas:core:2.0:User:userName eq "ida@example.org"',
        'userName eq "ida@example.org" and active eq true',
        '(externalId eq "00u1")',
        'externalId eq "00u1" or externalId eq "00u2"',
        f'id eq "{id}"',
        'title eq "boss"',
        'emails[type eq "work" and value co "ida@"]',
        'userName sw "ida@" and not (title eq "Nobody")',
        'emails.value eq "ida@example.org"',
        'name.givenName pr or title eq "Boss"',
    ):
        answer = await directory.call("GET", f"/Users?filter={quote(text)}")
        assert answer.status_code == 200, (text, answer.text)
        assert only(answer.json()), (text, answer.json())
    searched = {"schemas": ["urn:ietf:params:scim:api:messages:2.0:SearchRequest"], "filter": 'externalId eq "00u1"'}
    assert only((await directory.call("POST", "/Users/.search", searched)).json())
    for path, status in (
        ("/Users?count=abc", 400),
        ("/Users?count=-1", 200),
        ("/Users?startIndex=0&count=1", 200),
        ("/Users/", 200),
        (f"/Users/{id}?excludedAttributes=groups,emails", 200),
        (f"/Schemas/{USER}", 200),
        (f"/Schemas/{GROUP}", 200),
        ("/ResourceTypes/User", 200),
        ("/ServiceProviderConfig", 200),
        (f"/Groups/{id}", 404),
        (f"/Users/{id.upper()}", 200),
        ("/Users?filter=" + quote('nosuch eq "x"'), 400),
        ("/Users?filter=" + quote("active gt true"), 400),
    ):
        answer = await directory.call("GET", path)
        assert answer.status_code == status, (path, answer.text)


async def test_replacements_and_what_is_wrong(directory: Directory) -> None:
    ida, ann = await directory.made("Ida", title="Boss"), await directory.made("Ann")
    path = f"/Users/{ida['id']}"

    async def put(**changes: Any) -> tuple[int, dict[str, Any]]:
        answer = await directory.call("PUT", path, {**ida, **changes})
        return answer.status_code, answer.json()

    assert (await put(groups=[{"value": "x"}], meta={"version": 'W/"1"'}))[0] == 200
    status, found = await put(displayName="Ida Two", title=None)
    assert (status, found["displayName"], "title" in found) == (200, "Ida Two", False)
    assert (await put(userName=ann["userName"]))[0] == 409
    assert (await put(emails=[{"value": "ann@example.org", "primary": True}]))[0] == 409
    assert (await directory.user(ida["id"]))["displayName"] == "Ida Two"
    assert (await directory.call("PUT", "/Users/7f1ad5c8-0000-0000-0000-000000000000", ida)).status_code == 404
    wrong: list[tuple[Any, int]] = [
        ([{"op": "replace", "path": "displayName", "value": "X"}, {"op": "replace", "path": "id", "value": "1"}], 400),
        ([{"op": "rename", "path": "displayName", "value": "X"}], 400),
        ([{"op": "replace", "path": "displayName[", "value": "X"}], 400),
        ([{"op": "remove"}], 400),
        ([{"op": "remove", "path": "userName"}], 400),
        ([{"op": "replace", "path": "active", "value": "perhaps"}], 400),
        ([], 400),
        ("x", 400),
    ]
    for operations, expected in wrong:
        answer = await directory.call("PATCH", path, {"schemas": [PATCH], "Operations": operations})
        assert answer.status_code == expected, (operations, answer.text)
    assert (await directory.user(ida["id"]))["displayName"] == "Ida Two"
    missing = await directory.patch("/Users/7f1ad5c8-0000-0000-0000-000000000000", {"op": "remove", "path": "title"})
    assert missing.status_code == 404
    right: list[tuple[dict[str, Any], str, Any]] = [
        ({"op": "replace", "path": f"{USER}:displayName", "value": "Three"}, "displayName", "Three"),
        ({"op": "Add", "path": "name.familyName", "value": "Rhodes"}, "name.familyName", "Rhodes"),
        ({"op": "replace", "value": {ENTERPRISE: {"department": "R"}}}, f"{ENTERPRISE}.department", "R"),
        ({"op": "add", "path": "emails", "value": [{"value": "i2@example.org", "type": "home"}]}, "emails.1.type",
         "home"),
        ({"op": "replace", "path": "emails[primary eq true].value", "value": "i3@example.org"}, "emails.0.value",
         "i3@example.org"),
        ({"op": "Replace", "path": "preferredLanguage", "value": "de"}, "preferredLanguage", "de"),
        ({"op": "REPLACE", "path": "ACTIVE", "value": "TRUE"}, "active", True),
    ]  # fmt: skip
    for operation, place, value in right:
        answer = await directory.patch(path, operation)
        assert answer.status_code in (200, 204), (operation, answer.text)
        assert at(await directory.user(ida["id"]), place) == value, operation
    assert (await directory.patch(path, {"op": "Remove", "path": 'emails[type eq "home"]'})).is_success
    assert len((await directory.user(ida["id"]))["emails"]) == 1
    small = await directory.call("PATCH", path, {"schemas": [PATCH], "operations": [{"op": "remove", "path": "name"}]})
    assert small.is_success
    assert "name" not in await directory.user(ida["id"])


async def test_groups(directory: Directory) -> None:
    ids = [(await directory.made(name))["id"] for name in ("Ida", "Ann")]
    empty = await directory.call("POST", "/Groups", {"schemas": [GROUP], "displayName": "Empty", "externalId": "g-1"})
    assert empty.status_code == 201
    taken = await directory.call("POST", "/Groups", {"schemas": [GROUP], "displayName": "EMPTY"})
    assert (taken.status_code, taken.json()["scimType"]) == (409, "uniqueness")
    path = f"/Groups/{empty.json()['id']}"

    async def members() -> list[str]:
        return sorted(one["value"] for one in (await directory.call("GET", path)).json().get("members", []))

    full = [{"value": id, "display": "x", "$ref": f"../Users/{id}", "type": "User"} for id in ids]
    put = await directory.call("PUT", path, {"schemas": [GROUP], "displayName": "Empty", "members": full})
    assert put.status_code == 200, put.text
    assert await members() == sorted(ids)
    for operation, expected in (
        ({"op": "add", "path": "members", "value": [{"value": ids[0]}, {"value": ids[0]}]}, ids),
        ({"op": "Remove", "path": f'members[value eq "{ids[0]}"]'}, ids[1:]),
        ({"op": "add", "path": "members", "value": {"value": ids[0]}}, ids),
        ({"op": "Replace", "path": "externalId", "value": "g-2"}, ids),
        ({"op": "replace", "path": "members", "value": []}, []),
        ({"op": "add", "path": f'members[value eq "{ids[1]}"]', "value": {"value": ids[1]}}, ids[1:]),
    ):
        answer = await directory.patch(path, operation)
        assert answer.status_code in (200, 204), (operation, answer.text)
        assert await members() == sorted(expected), operation
    found = (await directory.call("GET", "/Groups?filter=" + quote('externalId eq "g-2"'))).json()
    assert found["totalResults"] == 1
    assert (await directory.call("DELETE", path)).status_code == 204
    assert (await directory.call("DELETE", path)).status_code == 404
    assert (await directory.user(ids[1])).get("groups", []) == []
