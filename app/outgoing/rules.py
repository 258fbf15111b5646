"""The rules of outgoing requests, from the settings."""

from dataclasses import dataclass
from typing import Self

from app.outgoing.addresses import Network, read_networks
from app.settings import Mode, Settings

HTTPS_PORT, HTTP_PORT = 443, 80


@dataclass(frozen=True, slots=True)
class Rules:
    """`plain`: whether `http://` will do. `ports`: those that a URL may name or imply. `networks`: those that are
    reached though they aren't public."""

    plain: bool = False
    ports: frozenset[int] = frozenset({443, 8443})
    networks: tuple[Network, ...] = ()

    @classmethod
    def of(cls, settings: Settings) -> Self:
        return cls(
            plain=settings.mode is not Mode.PRODUCTION,
            ports=frozenset(settings.outgoing_ports),
            networks=read_networks(settings.outgoing_networks),
        )
