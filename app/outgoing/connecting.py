"""Connections to judged addresses: a name is looked up once, every address that it has is judged, one is connected to.

The certificate is checked for the name, and the name is what the server is told.
"""

from collections.abc import Awaitable, Callable, Iterable, Sequence

import httpcore2

from app.outgoing.addresses import Address, may_be_reached, read_address
from app.outgoing.lookups import resolve
from app.outgoing.rules import Rules

Resolve = Callable[[str, int], Awaitable[Sequence[str]]]
"""From a name and a port to its addresses, as text."""

MOST_TRIED = 3
"""Addresses of one name that are tried, one after the other."""


class Forbidden(Exception):
    """The name stands for an address that is not to be reached."""


class JudgedNetwork(httpcore2.AnyIOBackend):
    """Connects to nothing but what the rules let it reach."""

    def __init__(self, rules: Rules, resolver: Resolve = resolve) -> None:
        self._rules = rules
        self._resolve = resolver

    async def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,  # noqa: ASYNC109 # the library's signature
        local_address: str | None = None,
        socket_options: Iterable[httpcore2.SOCKET_OPTION] | None = None,
    ) -> httpcore2.AsyncNetworkStream:
        """Raises `Forbidden`, and what the library raises."""
        if port not in self._rules.ports:
            raise Forbidden(f"port {port}")
        addresses = await self._addresses(host, port)
        failed: Exception | None = None
        for address in addresses[:MOST_TRIED]:
            try:
                return await super().connect_tcp(str(address), port, timeout, local_address, socket_options)
            except httpcore2.ConnectError as error:
                failed = error
        raise failed or httpcore2.ConnectError("the name has no address")

    async def connect_unix_socket(
        self,
        path: str,
        timeout: float | None = None,  # noqa: ARG002, ASYNC109 # the library's signature
        socket_options: Iterable[httpcore2.SOCKET_OPTION] | None = None,  # noqa: ARG002
    ) -> httpcore2.AsyncNetworkStream:
        raise Forbidden(path)

    async def _addresses(self, host: str, port: int) -> Sequence[Address]:
        """All of them may be reached, or none is: a name that mixes them is up to something."""
        literal = read_address(host)
        try:
            texts = [host] if literal is not None else await self._resolve(host, port)
        except (OSError, UnicodeError) as error:
            raise httpcore2.ConnectError("the name is unknown") from error
        found = [read_address(text) for text in texts]
        judged = [one for one in found if one is not None and may_be_reached(one, self._rules.networks)]
        if len(judged) != len(found):
            raise Forbidden(host)
        return judged
