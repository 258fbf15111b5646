"""Bounds on what a connection may take before anybody is known: times, bytes, and the gate they all pass."""

from dataclasses import dataclass

from app.settings import Settings
from app.web.gate import Gate, affordable

LINGER_BYTES, LINGER_SECONDS = 256_000, 2.0
"""How much is still read, and for how long, from a client that has had its last answer: closing at once would take the
answer from whoever is still sending."""

UNREAD_SECONDS, UNREAD_BYTES_PER_SECOND = 30.0, 1_000
"""A client that takes an answer more slowly than this, for as long as this, is cut off."""


@dataclass(frozen=True, slots=True)
class Guards:
    """In seconds and bytes. One of them for all connections of a server process."""

    gate: Gate
    head_seconds: float
    between_seconds: float
    whole_seconds: float
    keep_alive_seconds: float
    body_bytes: int
    hosts: frozenset[bytes] | None
    unread_seconds: float = UNREAD_SECONDS

    @property
    def look_seconds(self) -> float:
        """How often a connection is looked at, unless something is due before."""
        return min(2.0, self.head_seconds, self.between_seconds, self.keep_alive_seconds)


def guards_of(settings: Settings) -> Guards:
    most = affordable(settings.max_connections)
    hosts = frozenset(name.lower().encode() for name in settings.allowed_hosts)
    return Guards(
        Gate(most, settings.max_connections_per_address, settings.trusted_proxies),
        settings.head_timeout_seconds,
        settings.body_timeout_seconds,
        settings.operation_timeout_seconds,
        settings.keep_alive_seconds,
        settings.max_body_bytes,
        hosts or None,
    )
