"""Traces, received by a collector of the test's own over real HTTP."""

import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest
from opentelemetry.proto.trace.v1.trace_pb2 import Span

from app import tracing
from app.database import Database
from app.demo.load import load
from app.demo.people import demo_id
from tests.schema.world import SELLER
from tests.serving import running, settings_for

TRACE, CALLER = "0af7651916cd43dd8448eb211c80319c", "b7ad6b7169203331"
SECRET_WORDS = "Zanzibar"


class Collector(ThreadingHTTPServer):
    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.spans: list[Span] = []
        self.bodies: list[bytes] = []
        self.paths: list[str] = []


class _Handler(BaseHTTPRequestHandler):
    server: Collector

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["content-length"]))
        received = ExportTraceServiceRequest.FromString(body)
        self.server.paths.append(self.path)
        self.server.bodies.append(body)
        self.server.spans += [
            one for resource in received.resource_spans for scope in resource.scope_spans for one in scope.spans
        ]
        self.send_response(200)
        self.end_headers()

    def log_message(self, format: str, *arguments: object) -> None:
        pass


@pytest.fixture
def collector() -> Iterator[Collector]:
    server = Collector()
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    yield server
    server.shutdown()
    server.server_close()
    thread.join()


async def test_a_request_its_operation_and_its_statements_are_one_trace(
    database: Database, tmp_path: Path, collector: Collector
) -> None:
    await load(database)
    endpoint = f"http://127.0.0.1:{collector.server_port}"
    async with running(settings_for(database.url, tmp_path, OTEL_EXPORTER_OTLP_ENDPOINT=endpoint)) as server:
        token = server.token_for(str(demo_id(f"user/{SELLER}")))
        headers = {"Authorization": f"Bearer {token}", "traceparent": f"00-{TRACE}-{CALLER}-01"}
        query = f'{{ accounts(search: "{SECRET_WORDS}") {{ totalCount }} }}'
        response = await server.client.post("/graphql", json={"query": query}, headers=headers)
        assert response.json()["data"] == {"accounts": {"totalCount": 0}}
    assert set(collector.paths) == {"/v1/traces"}
    ours = {span.name: span for span in collector.spans if span.trace_id.hex() == TRACE}
    request, operation = ours["POST /graphql"], ours["query accounts"]
    assert request.parent_span_id.hex() == CALLER
    assert operation.parent_span_id == request.span_id
    statements = [span for span in collector.spans if span.parent_span_id == operation.span_id]
    [counted] = [span for span in statements if "count(*)" in span.attributes[0].value.string_value]
    assert counted.attributes[0].key == "db.query.text"
    sent = b"".join(collector.bodies)
    for secret in (SECRET_WORDS, token, token.split(".")[2]):
        assert secret.encode() not in sent
    assert not tracing.is_traced()


async def test_nothing_is_traced_where_nobody_asked(database: Database, tmp_path: Path, collector: Collector) -> None:
    async with running(settings_for(database.url, tmp_path)) as server:
        assert not tracing.is_traced()
        await server.client.get("/readyz")
    assert collector.spans == []
