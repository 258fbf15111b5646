"""What Prometheus reads, and who may read it."""

from pathlib import Path

from prometheus_client import REGISTRY
from prometheus_client.parser import text_string_to_metric_families

from app.database import Database, database
from app.events.tail import tail
from app.metrics import MOST_UNCOUNTED, Observed, count_observed, observe, pool_connections
from app.models import User
from app.sampling import sample
from app.versions import SCHEMA, VERSION
from tests.app.web.test_limits import over_socket, post, serving
from tests.schema.subscribers import over_websocket
from tests.serving import Server
from tests.waiting import until

CHANGES = "subscription { opportunityStageChanged { cursor } }"


async def read(server: Server, token: str | None = None) -> dict[tuple[str, tuple[str, ...]], float]:
    headers = {"Authorization": f"Bearer {token}"} if token else {}
    response = await server.client.get("/metrics", headers=headers)
    assert response.status_code == 200
    return {
        (one.name, tuple(one.labels[name] for name in sorted(one.labels) if name != "le")): one.value
        for family in text_string_to_metric_families(response.text)
        for one in family.samples
        if one.labels.get("le", "+Inf") == "+Inf"
    }


async def test_operations_are_counted_by_kind_field_and_outcome(server: Server, seller: User) -> None:
    before = await read(server)
    for _ in range(3):
        await post(server, seller, "query Nina { viewer { user { id } } }")
    await over_socket(server, seller, "{ viewer { user { id } } }")
    await post(server, seller, "{ viewer { nothing } }")
    await post(server, seller, '{ playbook(id: "x") { name } }')
    await server.client.post("/graphql", json={"query": "{ viewer { user { id } } }"})
    after = await read(server)
    risen = {key: value - before.get(key, 0) for key, value in after.items() if value != before.get(key, 0)}
    counted = {key[1]: value for key, value in risen.items() if key[0] == "stagepath_operations_total"}
    assert counted == {
        ("viewer", "query", "ok"): 4,
        ("invalid", "invalid", "GRAPHQL_VALIDATION_FAILED"): 1,
        ("playbook", "query", "INVALID"): 1,
    }
    assert risen["stagepath_operation_seconds_count", ("viewer", "query")] == 4
    assert risen["stagepath_operation_cost_sum", ("query",)] == 4 * 12 + 11
    assert risen["stagepath_refusals_total", ("UNAUTHENTICATED",)] == 1
    assert not any("Nina" in label for _, labels in after for label in labels), "clients choose no labels"


async def test_what_is_open_and_what_waits_is_counted(server: Server, seller: User) -> None:
    await sample(database(), tail())
    before = await read(server)
    async with over_websocket(server.base_url, server.token_for(seller), CHANGES, {}):

        async def followed() -> bool:
            await sample(database(), tail())
            return (await read(server))["stagepath_subscribers", ()] == before["stagepath_subscribers", ()] + 1

        await until(followed)
        during = await read(server)
        assert during["stagepath_connections", ()] == before["stagepath_connections", ()] + 1
    assert during["stagepath_pool_connections", ("open", "most")] == 10
    assert during["stagepath_event_log_lag_seconds", ()] == 0
    assert during["stagepath_jobs", ("todo",)] == 0

    async def closed() -> bool:
        return (await read(server))["stagepath_connections", ()] == before["stagepath_connections", ()]

    await until(closed)


async def test_a_server_samples_by_itself(server: Server) -> None:
    pool_connections.labels("open", "most").set(0)

    async def sampled() -> bool:
        return (await read(server))["stagepath_pool_connections", ("open", "most")] == 10

    await until(sampled)


async def test_a_token_guards_them_where_one_is_set(database: Database, seller: User, tmp_path: Path) -> None:
    async with serving(database, tmp_path, metrics_token="for-prometheus-alone") as server:
        assert (await server.client.get("/metrics")).status_code == 401
        of_a_user = {"Authorization": f"Bearer {server.token_for(seller)}"}
        assert (await server.client.get("/metrics", headers=of_a_user)).status_code == 401
        assert await read(server, "for-prometheus-alone")


async def test_what_was_answered_is_counted_soon_and_a_hundred_at_once() -> None:
    def counted() -> float:
        labels = {"kind": "query", "field": "tested", "outcome": "ok"}
        return REGISTRY.get_sample_value("stagepath_operations_total", labels) or 0

    answered = Observed("query", "tested", "ok", 0.01, 1)
    count_observed()
    observe(answered)

    async def one() -> bool:
        return counted() == 1

    assert not await one()
    await until(one)
    for _ in range(MOST_UNCOUNTED):
        observe(answered)
    assert counted() == 1 + MOST_UNCOUNTED


async def test_what_caches_hold_and_what_runs_is_told(server: Server, seller: User) -> None:
    await post(server, seller, "{ viewer { user { id } } }")

    async def told() -> bool:
        await sample(database(), tail())
        found = await read(server)
        names = ("documents", "tokens", "viewers", "cursors", "fanout_queues", "sessions", "playbooks", "contents")
        return all(("stagepath_cache_entries", (name,)) in found for name in names) and all(
            found["stagepath_cache_entries", (name,)] >= 1 for name in names[:3]
        )

    await until(told)
    found = await read(server)
    for name in ("documents", "tokens", "viewers"):
        assert found["stagepath_cache_entries", (name,)] >= 1, name
        assert found["stagepath_cache_bytes", (name,)] > 100, name
    assert found["stagepath_statements_in_flight", ()] == 0
    assert found["stagepath_pool_waiting", ("open",)] == 0
    assert [key for key in found if key[0] == "stagepath_build_info"] == [("stagepath_build_info", (SCHEMA, VERSION))]
