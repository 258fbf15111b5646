from tests.serving import Server


async def test_it_is_alive_and_ready(server: Server) -> None:
    alive = await server.client.get("/healthz")
    ready = await server.client.get("/readyz")
    assert (alive.status_code, alive.json()) == (200, {"status": "ok"})
    assert (ready.status_code, ready.json()) == (200, {"status": "ready"})
