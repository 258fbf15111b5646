"""Addresses of the public internet, told from all others by the registries of the IANA.

Of IPv6 only the part that is given out as global unicast counts, less what is set apart in it; so addresses that stand
for IPv4 ones (mapped, NAT64, 6to4, Teredo) are none of it. A machine's own names for itself, its network and what its
cloud tells it are not public, wherever they stand.
"""

from collections.abc import Collection
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_address, ip_network

Address = IPv4Address | IPv6Address
Network = IPv4Network | IPv6Network

# https://www.iana.org/assignments/iana-ipv4-special-registry, and multicast.
_RESERVED_4 = tuple(
    IPv4Network(one)
    for one in (
        "0.0.0.0/8",
        "10.0.0.0/8",
        "100.64.0.0/10",  # behind carriers
        "127.0.0.0/8",
        "168.63.129.16/32",  # Azure's own service for its machines, under an address that looks public
        "169.254.0.0/16",
        "172.16.0.0/12",
        "192.0.0.0/24",
        "192.0.2.0/24",
        "192.31.196.0/24",
        "192.52.193.0/24",
        "192.88.99.0/24",
        "192.168.0.0/16",
        "192.175.48.0/24",
        "198.18.0.0/15",
        "198.51.100.0/24",
        "203.0.113.0/24",
        "224.0.0.0/4",
        "240.0.0.0/4",
    )
)
_GLOBAL_6 = IPv6Network("2000::/3")
# https://www.iana.org/assignments/iana-ipv6-special-registry, as far as it lies in global unicast.
_RESERVED_6 = tuple(
    IPv6Network(one)
    for one in (
        "2001::/23",  # Teredo, benchmarks, ORCHID
        "2001:db8::/32",
        "2002::/16",  # 6to4
        "2620:4f:8000::/48",
        "3ffe::/16",
        "3fff::/20",
    )
)


def is_public(address: Address) -> bool:
    if isinstance(address, IPv4Address):
        return not any(address in network for network in _RESERVED_4)
    if address.scope_id is not None or address not in _GLOBAL_6:
        return False
    return not any(address in network for network in _RESERVED_6)


def may_be_reached(address: Address, also: Collection[Network]) -> bool:
    """`also`: networks that are reached though they aren't public."""
    return is_public(address) or any(address in network for network in also if network.version == address.version)


def read_address(text: str) -> Address | None:
    """As PostgreSQL, resolvers and people write it in full; None for a name and for every other spelling of one."""
    try:
        return ip_address(text)
    except ValueError:
        return None


def read_networks(texts: Collection[str]) -> tuple[Network, ...]:
    """Raises `ValueError`."""
    return tuple(ip_network(text, strict=False) for text in texts)
