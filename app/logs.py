"""Structured logs: lines for people, or JSON for machines."""

import logging

import structlog

from app.settings import Settings


def configure(settings: Settings) -> None:
    level = logging.getLevelName(settings.log_level.upper())
    logging.basicConfig(level=logging.WARNING, format="%(levelname)s %(name)s: %(message)s")
    # Client mistakes are answered, not logged; what is ours is logged by `schema.masking`, once.
    logging.getLogger("strawberry").setLevel(logging.CRITICAL)
    shown: structlog.typing.Processor
    if settings.log_format == "json":
        shown = structlog.processors.JSONRenderer()
    else:
        shown = structlog.dev.ConsoleRenderer(colors=False)
    structlog.configure(
        processors=[
            structlog.contextvars.merge_contextvars,
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="iso", utc=True),
            structlog.processors.format_exc_info
            if settings.log_format == "json"
            else structlog.processors.StackInfoRenderer(),
            shown,
        ],
        wrapper_class=structlog.make_filtering_bound_logger(level),
        cache_logger_on_first_use=False,
    )
