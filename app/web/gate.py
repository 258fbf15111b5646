"""Connections that are open, counted by address: how many there may be, and from whom any number."""

import resource
from collections.abc import Iterable
from ipaddress import IPv4Address, IPv6Address, ip_address, ip_network
from time import monotonic

import structlog

from app import metrics

log = structlog.get_logger(__name__)

RESERVED_FILES = 200
"""File descriptors that are kept for the database, the log and the like."""

SAY_AGAIN_SECONDS = 60.0


class Gate:
    """Of one server process. `trusted`: addresses and networks of proxies, whose connections are those of many."""

    def __init__(self, most: int, most_per_address: int, trusted: Iterable[str] = ()) -> None:
        self.most = most
        self.most_per_address = most_per_address
        self.trusted = tuple(ip_network(one, strict=False) for one in trusted)
        self.open = 0
        self._of: dict[str, int] = {}
        self._silent_until = 0.0

    def enter(self, address: str) -> str | None:
        """Where it is counted, to be given back when it leaves; None when there are too many.

        Empty, over a Unix socket, is the address of a proxy. Whoever has an IPv6 address mostly has 64 bits of them.
        """
        place = _network_of(address) if ":" in address else address
        there = self._of.get(place, 0)
        if self.open >= self.most:
            self._turned_away(address, "STAGEPATH_MAX_CONNECTIONS")
            return None
        if there >= self.most_per_address and address and not self._is_trusted(address):
            self._turned_away(address, "STAGEPATH_MAX_CONNECTIONS_PER_ADDRESS")
            return None
        self.open += 1
        self._of[place] = there + 1
        return place

    def leave(self, place: str) -> None:
        self.open -= 1
        rest = self._of[place] - 1
        if rest:
            self._of[place] = rest
        else:
            del self._of[place]

    def _is_trusted(self, address: str) -> bool:
        found = _plain(address)
        return any(found in network for network in self.trusted)

    def _turned_away(self, address: str, setting: str) -> None:
        metrics.refusals.labels("TOO_MANY_CONNECTIONS").inc()
        now = monotonic()
        if now >= self._silent_until:
            self._silent_until = now + SAY_AGAIN_SECONDS
            log.warning("connections refused", address=address, reached=setting, open=self.open)


def _plain(address: str) -> IPv4Address | IPv6Address:
    found = ip_address(address.partition("%")[0])
    return (found.ipv4_mapped or found) if isinstance(found, IPv6Address) else found


def _network_of(address: str) -> str:
    found = _plain(address)
    return str(found) if isinstance(found, IPv4Address) else str(ip_network((found, 64), strict=False))


def affordable(wanted: int) -> int:
    """`wanted`, or as many connections as this process may have files open: its limit is raised if it may be."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    needed = wanted + RESERVED_FILES
    if soft == resource.RLIM_INFINITY or soft >= needed:
        return wanted
    if hard == resource.RLIM_INFINITY or hard > soft:
        soft = needed if hard == resource.RLIM_INFINITY else min(needed, hard)
        resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))
    return max(1, soft - RESERVED_FILES)
