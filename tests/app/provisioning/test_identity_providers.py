"""Requests in the forms in which Entra ID, Okta and OneLogin send them, and what is to come of each."""

from typing import Any
from urllib.parse import quote

from tests.app.provisioning.conftest import ENTERPRISE, USER, Directory

Operations = list[dict[str, Any]]

# What is sent, and what the user is afterwards: path in the answer → value. Each is sent to a new user.
OF_USERS: dict[str, tuple[Operations, dict[str, Any]]] = {
    "Entra: disable, as text": ([{"op": "Replace", "path": "active", "value": "False"}], {"active": False}),
    "Entra: disable, in small letters": ([{"op": "replace", "path": "active", "value": "false"}], {"active": False}),
    "Entra: disable, as a truth value": ([{"op": "Replace", "path": "active", "value": False}], {"active": False}),
    "Entra: disable, wrapped": (
        [{"op": "Replace", "path": "active", "value": [{"value": "False"}]}],
        {"active": False},
    ),
    "Okta: disable, without a path": ([{"op": "replace", "value": {"active": False}}], {"active": False}),
    "OneLogin: disable": ([{"op": "replace", "path": "active", "value": False}], {"active": False}),
    "Entra: several dotted keys": (
        [
            {
                "op": "Replace",
                "value": {"name.givenName": "Grace", "name.familyName": "Hopper", "displayName": "Grace H"},
            }
        ],
        {"name.givenName": "Grace", "name.familyName": "Hopper", "displayName": "Grace H"},
    ),
    "Entra: an address by its kind": (
        [{"op": "Replace", "path": 'emails[type eq "work"].value', "value": "grace@example.org"}],
        {"emails.0.value": "grace@example.org"},
    ),
    "Entra: an address of a kind that there is not": (
        [{"op": "Add", "path": 'emails[type eq "home"].value', "value": "grace@home.example"}],
        {"emails.1.value": "grace@home.example", "emails.1.type": "home"},
    ),
    "Entra: a path within a key": (
        [
            {
                "op": "Replace",
                "value": {'emails[type eq "work"].value': "grace@example.org", f"{ENTERPRISE}:department": "R"},
            }
        ],
        {"emails.0.value": "grace@example.org", f"{ENTERPRISE}.department": "R"},
    ),
    "Entra: a department": (
        [{"op": "Add", "path": f"{ENTERPRISE}:department", "value": "Sales"}],
        {f"{ENTERPRISE}.department": "Sales"},
    ),
    "Entra: a manager as bare text": (
        [{"op": "Add", "path": f"{ENTERPRISE}:manager", "value": "26118915-6090-4610-87e4-49d8ca9f808d"}],
        {f"{ENTERPRISE}.manager.value": "26118915-6090-4610-87e4-49d8ca9f808d"},
    ),
    "Entra: what we don't keep": (
        [
            {"op": "Add", "path": 'addresses[type eq "work"].streetAddress', "value": "1 Main St"},
            {"op": "Add", "path": "urn:ietf:params:scim:schemas:extension:CustomExt:2.0:User:tag", "value": "x"},
            {"op": "Replace", "path": "title", "value": "Engineer"},
        ],
        {"title": "Engineer"},
    ),
    "Entra: a number at work": (
        [{"op": "Add", "path": 'phoneNumbers[type eq "work"].value', "value": "+43 1 234"}],
        {"phoneNumbers.0.value": "+43 1 234", "phoneNumbers.0.type": "work"},
    ),
    "Entra: a removed attribute": ([{"op": "Remove", "path": "displayName"}], {"active": True}),
    "Entra: another user name and object id": (
        [
            {"op": "Replace", "path": "userName", "value": "renamed@example.org"},
            {"op": "Replace", "path": "externalId", "value": "oid-2"},
        ],
        {"userName": "renamed@example.org", "externalId": "oid-2"},
    ),
    "Okta: a profile without a path, with the id in it": (
        [{"op": "replace", "value": {"active": True, "name": {"givenName": "Ida", "familyName": "Rhodes"}}}],
        {"name.givenName": "Ida", "active": True},
    ),
    "OneLogin: the whole name": (
        [
            {
                "op": "replace",
                "path": "name",
                "value": {"givenName": "Ida", "familyName": "Rhodes", "formatted": "Ida R"},
            }
        ],
        {"name.formatted": "Ida R"},
    ),
    "OneLogin: all addresses": (
        [{"op": "replace", "path": "emails", "value": [{"value": "i@example.org", "type": "work", "primary": "true"}]}],
        {"emails.0.value": "i@example.org"},
    ),
    "a language in Java's form": (
        [{"op": "replace", "path": "preferredLanguage", "value": "de_AT"}],
        {"preferredLanguage": "de_AT"},
    ),
}


def at(found: Any, path: str) -> Any:
    if path.startswith(f"{ENTERPRISE}."):
        found, path = found[ENTERPRISE], path.removeprefix(f"{ENTERPRISE}.")
    for part in path.split("."):
        found = found[int(part)] if isinstance(found, list) else found[part]
    return found


async def test_changes_of_users_in_each_form(directory: Directory) -> None:
    for place, (name, (operations, expected)) in enumerate(OF_USERS.items()):
        user = await directory.made(f"User{place}")
        answer = await directory.patch(f"/Users/{user['id']}", *operations)
        assert answer.status_code in (200, 204), (name, answer.text)
        after = await directory.user(user["id"])
        assert {path: at(after, path) for path in expected} == expected, (name, after)
        if "a removed attribute" in name:
            assert "displayName" not in after or after["displayName"] == "User" + str(place) + "@example.org"
        await directory.call("DELETE", f"/Users/{user['id']}")


async def test_changes_of_groups_in_each_form(directory: Directory) -> None:
    ids = [(await directory.made(f"Member{n}"))["id"] for n in range(4)]
    first, second, third, fourth = ids
    group = await directory.group("Platform", first)
    path = f"/Groups/{group['id']}"

    async def after(*operations: dict[str, Any]) -> set[str]:
        answer = await directory.patch(path, *operations)
        assert answer.status_code in (200, 204), (operations, answer.text)
        return {member["value"] for member in (await directory.call("GET", path)).json().get("members", [])}

    assert await after({"op": "Add", "path": "members", "value": [{"value": second}]}) == {first, second}
    assert await after({"op": "Add", "path": "members", "value": [{"$ref": None, "value": third}]}) == {*ids[:3]}
    assert await after({"op": "add", "value": {"members": [{"value": fourth, "display": "Member3"}]}}) == {*ids}
    # Entra: which ones, by value; with and without what else it knows of them.
    assert await after({"op": "Remove", "path": "members", "value": [{"$ref": None, "value": fourth}]}) == {*ids[:3]}
    assert await after({"op": "remove", "path": "members", "value": [{"value": third, "display": "x"}]}) == {*ids[:2]}
    # The RFC's form, as Okta sends it; and of nobody.
    assert await after({"op": "remove", "path": f'members[value eq "{second}"]'}) == {first}
    assert await after({"op": "remove", "path": f'members[value eq "{second}"]'}) == {first}
    # Okta's push of the whole group, and its new name with the id in it.
    assert await after({"op": "replace", "path": "members", "value": [{"value": id} for id in ids]}) == {*ids}
    assert await after({"op": "replace", "value": {"id": group["id"], "displayName": "Platform team"}}) == {*ids}
    assert await after({"op": "Replace", "path": "displayName", "value": "Platform Team"}) == {*ids}
    assert await after({"op": "remove", "path": "members"}) == set()
    unknown = [{"value": first}, {"value": "7f1ad5c8-0000-0000-0000-000000000000"}]
    refused = await directory.patch(path, {"op": "add", "path": "members", "value": unknown})
    assert (refused.status_code, refused.json()["scimType"]) == (400, "invalidValue")
    assert await after({"op": "add", "path": "members", "value": [{"value": first}]}) == {first}


async def test_the_first_look_a_duplicate_and_a_return(directory: Directory) -> None:
    """Okta's way: look for the name, make the user, push them, disable them, enable them again."""
    name = quote('userName eq "Ida@Example.org"')
    nothing = (await directory.call("GET", f"/Users?filter={name}&startIndex=1&count=100")).json()
    assert (nothing["totalResults"], nothing.get("Resources", [])) == (0, [])
    user = await directory.made("Ida", userName="ida@example.org", password="let me in", groups=[])
    assert "password" not in user
    found = (await directory.call("GET", f"/Users?filter={name}&startIndex=1&count=100")).json()
    assert [one["id"] for one in found["Resources"]] == [user["id"]]
    again = await directory.call("POST", "/Users", {"schemas": [USER], "userName": "IDA@example.org"})
    assert (again.status_code, again.json()["scimType"]) == (409, "uniqueness")
    for state in (False, True):
        whole = {"schemas": [USER], "id": user["id"], "userName": "ida@example.org", "active": state}
        put = await directory.call("PUT", f"/Users/{user['id']}", whole)
        assert (put.status_code, put.json()["active"]) == (200, state)
    assert (await directory.call("DELETE", f"/Users/{user['id']}")).status_code == 204
    assert (await directory.call("GET", f"/Users/{user['id']}")).status_code == 404
    assert (await directory.call("DELETE", f"/Users/{user['id']}")).status_code == 404
    gone = (await directory.call("GET", f"/Users?filter={name}")).json()
    assert gone["totalResults"] == 0
    assert (await directory.made("Ida", userName="ida@example.org"))["active"] is True


async def test_whoever_is_here_already_is_found_and_taken_over(directory: Directory) -> None:
    """Entra's way: match those whom somebody invited here, by their address."""
    (jonas,) = await directory.database.fetch("SELECT id, email FROM user_account WHERE name = 'Jonas Frei'")
    for attribute in ("userName", "emails.value", 'emails[type eq "work"].value'):
        query = quote(f'{attribute} eq "{jonas["email"].upper()}"')
        found = (await directory.call("GET", f"/Users?filter={query}")).json()
        assert [one["id"] for one in found["Resources"]] == [str(jonas["id"])], attribute
    taken = await directory.call("POST", "/Users", {"schemas": [USER], "userName": jonas["email"]})
    assert taken.status_code == 409
    await directory.patch(f"/Users/{jonas['id']}", {"op": "Add", "path": "externalId", "value": "oid-1"})
    assert await directory.access(str(jonas["id"])) == ("PARTNER_SELLER", "alpine-it", True)
    by_id = (await directory.call("GET", "/Users?filter=" + quote('externalId eq "oid-1"'))).json()
    assert [one["id"] for one in by_id["Resources"]] == [str(jonas["id"])]


async def test_pages_filters_and_what_is_left_out(directory: Directory) -> None:
    ids = [(await directory.made(f"Page{n}"))["id"] for n in range(5)]
    mine = quote('displayName sw "Page" and active eq true')
    first = (await directory.call("GET", f"/Users?filter={mine}&startIndex=1&count=2")).json()
    second = (await directory.call("GET", f"/Users?filter={mine}&STARTINDEX=3&count=2")).json()
    assert (first["totalResults"], first["itemsPerPage"], second["startIndex"]) == (5, 2, 3)
    assert [one["id"] for page in (first, second) for one in page["Resources"]] == ids[:4]
    none = (await directory.call("GET", f"/Users?filter={mine}&count=0")).json()
    assert (none["totalResults"], none.get("Resources", [])) == (5, [])
    bad = await directory.call("GET", "/Users?filter=" + quote('userName = "x"'))
    assert (bad.status_code, bad.json()["scimType"]) == (400, "invalidFilter")
    group = await directory.group("Paged", *ids)
    by_name = quote('displayName eq "paged"')
    lean = (await directory.call("GET", f"/Groups?excludedAttributes=members&filter={by_name}")).json()
    assert [("members" in one, one["id"]) for one in lean["Resources"]] == [(False, group["id"])]
    of = quote(f'members.value eq "{ids[0]}"')
    assert [one["id"] for one in (await directory.call("GET", f"/Groups?filter={of}")).json()["Resources"]] == [
        group["id"]
    ]
    alone = (await directory.call("GET", f"/Users/{ids[0]}?attributes=userName")).json()
    assert alone.keys() == {"schemas", "id", "userName"}
    assert (await directory.user(ids[0]))["groups"][0]["value"] == group["id"]
    everybody = (await directory.call("GET", "/Users?startIndex=1&count=1")).json()
    assert everybody["totalResults"] > 5
    assert everybody["itemsPerPage"] == 1


async def test_a_version_guards_against_the_change_of_another(directory: Directory) -> None:
    user = await directory.made("Eva")
    read = await directory.call("GET", f"/Users/{user['id']}")
    tag = read.headers["etag"]
    assert tag == read.json()["meta"]["version"] == user["meta"]["version"]
    same = await directory.call("GET", f"/Users/{user['id']}", **{"If-None-Match": tag})
    assert (same.status_code, same.content) == (304, b"")
    rename = {"op": "replace", "path": "displayName", "value": "Eva Two"}
    assert (await directory.patch(f"/Users/{user['id']}", rename, **{"If-Match": tag})).status_code == 204
    late = {"op": "replace", "path": "displayName", "value": "Eva Three"}
    refused = await directory.patch(f"/Users/{user['id']}", late, **{"If-Match": tag})
    assert refused.status_code == 412
    assert (await directory.user(user["id"]))["displayName"] == "Eva Two"
