"""Traces for OpenTelemetry, when an endpoint is set; else nothing of it is even imported.

A span for each request, each operation and each statement. None holds a document, a variable, a value or a token: what
a statement is given travels beside its text.
"""

from collections.abc import Iterator, Mapping
from contextlib import AbstractContextManager, contextmanager, nullcontext
from typing import TYPE_CHECKING, Any

from app.settings import Settings, SettingsError

if TYPE_CHECKING:
    from opentelemetry.trace import Span, Tracer

Attributes = Mapping[str, str | int | float]

_tracer: "Tracer | None" = None
_NOTHING: AbstractContextManager[None] = nullcontext()


def span(
    name: str, attributes: Attributes | None = None, caller: Mapping[str, str] | None = None
) -> "AbstractContextManager[Span | None]":
    """What runs in the block; `caller` are the headers of a request, whose trace it belongs to if they name one."""
    if _tracer is None:
        return _NOTHING
    from opentelemetry.propagate import extract

    return _tracer.start_as_current_span(name, extract(caller) if caller else None, attributes=dict(attributes or {}))


def is_traced() -> bool:
    return _tracer is not None


def check(settings: Settings) -> None:
    """Raises `SettingsError` when traces are wanted and the packages for them are not here."""
    if settings.otlp_endpoint is not None:
        _packages()


@contextmanager
def traced(settings: Settings) -> Iterator[None]:
    """Spans are sent to the endpoint that is set while the block runs. Raises `SettingsError` without the packages."""
    global _tracer
    if settings.otlp_endpoint is None:
        yield
        return
    provider = _provider(str(settings.otlp_endpoint))
    _tracer = provider.get_tracer("stagepath")
    try:
        yield
    finally:
        _tracer = None
        provider.shutdown()


def _provider(endpoint: str) -> Any:
    exporter_type, processor_type, provider_type, resource_type = _packages()
    provider = provider_type(resource=resource_type.create({"service.name": "stagepath"}))
    provider.add_span_processor(processor_type(exporter_type(endpoint=f"{endpoint.rstrip('/')}/v1/traces")))
    return provider


def _packages() -> tuple[Any, ...]:
    try:
        from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
        from opentelemetry.sdk.resources import Resource
        from opentelemetry.sdk.trace import TracerProvider
        from opentelemetry.sdk.trace.export import BatchSpanProcessor
    except ModuleNotFoundError:
        raise SettingsError("OTEL_EXPORTER_OTLP_ENDPOINT needs more packages: `uv sync --extra traces`") from None
    return OTLPSpanExporter, BatchSpanProcessor, TracerProvider, Resource
