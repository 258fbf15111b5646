"""Endpoints as they are saved, refused and kept."""

from datetime import UTC, datetime
from uuid import UUID

from pydantic import SecretStr

from app.settings import settings, use_settings
from app.webhooks.retrying import Try, Verdict, pause_after, rest, verdict
from app.webhooks.secrets import open_secret
from app.webhooks.upkeep import tidy
from tests.app.webhooks.world import endpoint, saved
from tests.schema.world import MANAGER, SELLER, VENDOR, Demo

URL = "https://hooks.example.com/in"


async def test_everything_that_is_wrong_is_told_at_once_and_nothing_is_saved(demo: Demo) -> None:
    answer = await saved(
        demo,
        url="https://user@127.0.0.1/",
        description="x" * 501,
        filter="deal.amount + 'text'",
        changedFields=["amount; DROP"],
        document="{ viewer { user { name } } }",
    )
    found = {tuple(error["path"]) for error in answer["userErrors"]}
    assert found == {("url",), ("description",), ("filter",), ("changedFields",), ("document",)}
    assert answer["secret"] is None
    assert await demo.value("SELECT count(*) FROM webhook_endpoint") == 0


async def test_a_document_is_one_subscription_that_the_owner_may_ask(demo: Demo) -> None:
    for document in (
        "subscription { nothing }",
        "subscription {",
        "query { viewer { user { name } } }",
        "mutation { __typename }",
        'subscription { opportunityUpdated(opportunityId: "opp") { type } }',
    ):
        answer = await saved(demo, url=URL, document=document)
        assert [error["path"] for error in answer["userErrors"]] == [["document"]], document
    assert (await saved(demo, url=URL, document="subscription { eventLogged { type } }"))["userErrors"] == []


async def test_only_managers_and_administrators_have_endpoints_and_each_organisation_its_own(demo: Demo) -> None:
    for who in (SELLER, VENDOR):
        answer = await saved(demo, who, url=URL)
        assert [error["code"] for error in answer["userErrors"]] == ["FORBIDDEN"]
    id, _ = await endpoint(demo, URL)
    for who, seen in ((MANAGER, 1), (SELLER, 0), (VENDOR, 0)):
        found = await demo.run("{ webhookEndpoints(first: 10) { totalCount nodes { id } } }", who)
        assert found["webhookEndpoints"]["totalCount"] == seen, who
        assert (await demo.run("query($id: ID!) { node(id: $id) { id } }", who, id=id))["node"] == (
            {"id": id} if seen else None
        )


async def test_secrets_are_sealed_anew_while_the_servers_key_changes(demo: Demo) -> None:
    id, secret = await endpoint(demo, URL)
    key, before = UUID(id.removeprefix("whe_")), await demo.value("SELECT secret FROM webhook_endpoint")
    current, former = settings(), settings().secret()
    newer = SecretStr(f"development-secret-of-next-year-0123456789,{former}")
    use_settings(current.model_copy(update={"secret_key": None, "secret_keys": newer}))
    try:
        await tidy(demo.database, days=30)
        after = await demo.value("SELECT secret FROM webhook_endpoint")
        assert open_secret(after, key) == secret
    finally:
        use_settings(current)
    assert before != after


async def test_old_deliveries_and_removed_endpoints_go_and_what_waits_stays(demo: Demo) -> None:
    id, _ = await endpoint(demo, URL)
    gone, _ = await endpoint(demo, URL)
    rows = "INSERT INTO webhook_delivery (id, endpoint_id, type, at, due_at) VALUES (gen_random_uuid(), $1, $2, $3, $4)"
    old, now = datetime(2020, 1, 1, tzinfo=UTC), datetime.now(UTC)
    key, removed = (UUID(one.removeprefix("whe_")) for one in (id, gone))
    for endpoint_id, type_, at, due in (
        (key, "old", old, None),
        (key, "waits", old, now),
        (key, "new", now, None),
        (removed, "of one that is removed", now, None),
    ):
        await demo.database.fetch(rows, endpoint_id, type_, at, due)
    await demo.value(
        "UPDATE webhook_endpoint SET removed_at = now() - interval '2 hours' WHERE id = $1 RETURNING id", removed
    )
    await tidy(demo.database, days=30)
    left = await demo.database.fetch("SELECT type FROM webhook_delivery ORDER BY type")
    assert [row["type"] for row in left] == ["new", "waits"]
    assert await demo.value("SELECT count(*) FROM webhook_endpoint") == 1


def test_rules_of_trying_again() -> None:
    assert [verdict(Try(status)) for status in (200, 204, 299, 301, 400, 404, 500)] == [
        *[Verdict.DELIVERED] * 3,
        *[Verdict.FAILED] * 4,
    ]
    assert {verdict(Try(status)) for status in (429, 502, 503, 504)} == {Verdict.LATER}
    assert (verdict(Try(410, "5")), verdict(Try(None)), verdict(Try(400, "5"))) == (
        Verdict.GONE,
        Verdict.FAILED,
        Verdict.FAILED,
    )
    assert (pause_after(1, 0), pause_after(1, 1), pause_after(10, 0), pause_after(11, 0)) == (5, 6, 86_400, None)
    now = datetime(2026, 10, 21, 7, 28, tzinfo=UTC)
    asked = [rest(Try(429, said), 0, now, 0) for said in ("7", "Wed, 21 Oct 2026 07:29:00 GMT", "-1", "nonsense", None)]
    assert asked == [7, 60, 5, 5, 5]
    assert [rest(Try(429), n, now, 0) for n in (1, 2, 60)] == [10, 20, 600]
