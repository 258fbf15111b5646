"""Endpoints of the demo programme's people, and a courier of the test's own."""

from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from typing import Any

from app.background import in_background
from app.consumers.follow import register
from app.consumers.running import consume
from app.settings import settings, use_settings
from app.webhooks.courier import Rounds, deliver
from app.webhooks.webhook_consumer import WEBHOOKS
from tests.app.consumers.following import QUICK
from tests.receivers import Receiver, receiving
from tests.schema.world import ADVANCE, MANAGER, SELLER, Demo, deal_of
from tests.waiting import until

ROUNDS = Rounds(poll=0.02, pause=0.0, within=5.0)

UPSERT = """mutation($input: UpsertWebhookEndpointInput!) { upsertWebhookEndpoint(input: $input) {
  endpoint { id url description eventTypes changedFields filter document ordered enabled disabledReason version
    organization { id } owner { name } formerSecretEndsAt }
  secret created userErrors { code message path } } }"""
DELIVERIES = """query($id: ID!, $filter: WebhookDeliveryFilter) { webhookEndpoint(id: $id) {
  enabled disabledReason failingSince restingUntil
  deliveries(first: 100, filter: $filter) { totalCount nodes { id type status attempt statusCode error durationMs answer
    nextAttemptAt at event { type cursor opportunity { id } } } } } }"""


@asynccontextmanager
async def allowing(receiver: Receiver, **more: Any) -> AsyncIterator[None]:
    """Settings that let this receiver be reached."""
    before = settings()
    changes = {"outgoing_networks": ("127.0.0.1/32",), "outgoing_ports": (receiver.port, 443), **more}
    use_settings(before.model_copy(update=changes))
    try:
        yield
    finally:
        use_settings(before)


@asynccontextmanager
async def received(demo: Demo, rounds: Rounds = ROUNDS, **more: Any) -> AsyncIterator[Receiver]:
    """A receiver, and all that happens until the block ends delivered to it."""
    async with receiving() as receiver, allowing(receiver, **more), delivering(demo, rounds):
        yield receiver


@asynccontextmanager
async def delivering(demo: Demo, rounds: Rounds = ROUNDS) -> AsyncIterator[None]:
    await register(demo.database, WEBHOOKS)
    async with (
        in_background(consume(demo.database, [WEBHOOKS], QUICK), name="consumers of a test"),
        in_background(deliver(demo.database, settings(), rounds), name="courier of a test"),
    ):
        yield


async def saved(demo: Demo, who: str = MANAGER, **given: Any) -> dict[str, Any]:
    answer: dict[str, Any] = (await demo.run(UPSERT, who, input=given))["upsertWebhookEndpoint"]
    return answer


async def endpoint(demo: Demo, url: str, who: str = MANAGER, **given: Any) -> tuple[str, str]:
    """A new one: its id and its secret."""
    answer = await saved(demo, who, url=url, **given)
    assert answer["userErrors"] == [], answer
    return answer["endpoint"]["id"], answer["secret"]


async def renamed(demo: Demo, name: str, who: str = SELLER, deal: str | None = None) -> str:
    """A deal of theirs that was changed; its id."""
    deal = deal or await deal_of(demo, who)
    answer = await demo.run(
        "mutation($input: UpdateOpportunityInput!) { updateOpportunity(input: $input) { userErrors { message } } }",
        who,
        input={"opportunityId": deal, "name": name},
    )
    assert answer["updateOpportunity"]["userErrors"] == []
    return deal


async def advanced(demo: Demo, deal: str, stage: str, who: str) -> None:
    answer = await demo.run(
        ADVANCE, who, input={"opportunityId": deal, "toStageKey": stage, "override": True, "reason": "A test"}
    )
    assert answer["advanceStage"]["userErrors"] == []


async def arrive(receiver: Receiver, number: int, path: str = "/") -> Sequence[Any]:
    """Waits until so many have arrived at the path, and gives all."""

    async def there() -> bool:
        return len(receiver.at(path)) >= number

    await until(there)
    return receiver.at(path)


async def deliveries(demo: Demo, id: str, who: str = MANAGER, **filter: Any) -> list[dict[str, Any]]:
    answer = await demo.run(DELIVERIES, who, id=id, filter=filter or None)
    nodes: list[dict[str, Any]] = answer["webhookEndpoint"]["deliveries"]["nodes"]
    return nodes


async def standing(demo: Demo, id: str, who: str = MANAGER) -> dict[str, Any]:
    answer: dict[str, Any] = (await demo.run(DELIVERIES, who, id=id))["webhookEndpoint"]
    return answer


async def become(demo: Demo, id: str, status: str, number: int = 1, who: str = MANAGER) -> list[dict[str, Any]]:
    """Waits until so many deliveries have this status, and gives them."""

    async def there() -> bool:
        return len(await deliveries(demo, id, who, statuses=[status])) >= number

    await until(there)
    return await deliveries(demo, id, who, statuses=[status])


async def settled(demo: Demo) -> None:
    """Waits until all that has happened was looked at, and all that is due was tried."""

    async def there() -> bool:
        behind = await demo.value(
            "SELECT count(*) FROM event e, consumer_cursor c WHERE c.name = 'webhooks'"
            " AND (e.xid, e.seq) > (c.xid, c.seq)"
        )
        due = await demo.value(
            "SELECT count(*) FROM webhook_delivery d JOIN webhook_endpoint e ON e.id = d.endpoint_id"
            " WHERE d.due_at < now() + interval '20 seconds' AND e.enabled AND d.attempt = 0"
        )
        return bool(behind == 0 and due == 0)

    await until(there)


async def due_now(demo: Demo, id: str) -> None:
    """As if the pauses before the next tries were over."""
    key = id.removeprefix("whe_")
    await demo.value("UPDATE webhook_endpoint SET resting_until = NULL WHERE id = $1::text::uuid RETURNING id", key)
    await demo.value(
        "UPDATE webhook_delivery SET due_at = now() WHERE endpoint_id = $1::text::uuid AND due_at IS NOT NULL"
        " RETURNING id",
        key,
    )
