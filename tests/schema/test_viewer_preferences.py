"""The language and the time zone that a viewer sets."""

from typing import Any

import pytest

from app.database.rls import as_viewer
from app.demo.people import demo_id
from app.identity.rls_policies import rls_setting
from app.identity.users import viewer_of
from tests.schema.world import COLLEAGUE, SELLER, VENDOR, Demo

UPDATE = """mutation($input: UpdateViewerInput!) { updateViewer(input: $input) {
  user { name language timeZone } userErrors { code path } clientMutationId } }"""
WHO = "{ viewer { user { language timeZone } } }"


async def update(demo: Demo, who: str, **given: Any) -> Any:
    return (await demo.run(UPDATE, who, input=given))["updateViewer"]


@pytest.mark.parametrize("who", [SELLER, VENDOR])
async def test_a_viewer_sets_both_as_they_are_spelled(demo: Demo, who: str) -> None:
    answer = await update(demo, who, language="PT-br", timeZone="america/sao_paulo", clientMutationId=f"of {who}")
    assert answer == {
        "user": {"name": who, "language": "pt-BR", "timeZone": "America/Sao_Paulo"},
        "userErrors": [],
        "clientMutationId": f"of {who}",
    }
    assert (await demo.run(WHO, who))["viewer"]["user"] == {"language": "pt-BR", "timeZone": "America/Sao_Paulo"}
    assert (await update(demo, who, timeZone=None))["user"] == {"name": who, "language": "pt-BR", "timeZone": None}
    entries = "SELECT count(*) FROM audit_entry WHERE action = 'PREFERENCES_CHANGED' AND actor_id = $1"
    assert await demo.value(entries, demo_id(f"user/{who}")) == 2


@pytest.mark.parametrize(
    ("given", "path"),
    [
        ({"language": "xx"}, "language"),
        ({"language": "de_DE"}, "language"),
        ({"language": None}, "language"),
        ({"language": "German"}, "language"),
        ({"timeZone": "Mars/Phobos"}, "timeZone"),
        ({"timeZone": "+01:00"}, "timeZone"),
        ({"language": "fr", "timeZone": ""}, "timeZone"),
    ],
)
async def test_what_is_none_is_refused_and_changes_nothing(demo: Demo, given: dict[str, Any], path: str) -> None:
    before = await demo.run(WHO, SELLER)
    answer = await update(demo, SELLER, **given)
    assert (answer["user"], answer["userErrors"]) == (None, [{"code": "INVALID", "path": [path]}])
    assert await demo.run(WHO, SELLER) == before


async def test_postgresql_lets_partners_people_change_that_of_their_own_rows_alone(demo: Demo) -> None:
    seller = await viewer_of(str(demo_id(f"user/{SELLER}")))
    assert seller is not None
    change = "UPDATE user_account SET language = 'fr' WHERE name = ANY ($1::text[]) RETURNING name"
    with as_viewer(rls_setting(seller)):
        async with demo.database.transaction() as tx:
            assert [row["name"] for row in await tx.fetch(change, [SELLER, COLLEAGUE, VENDOR])] == [SELLER]
        with pytest.raises(Exception, match="permission denied"):
            async with demo.database.transaction() as tx:
                await tx.fetch("UPDATE user_account SET role = 'VENDOR_ADMIN' WHERE name = $1 RETURNING id", SELLER)
