"""A connection to PostgreSQL that is told good-bye at a chosen moment."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from urllib.parse import parse_qs, urlsplit, urlunsplit

_FIELDS = b"SFATAL\0VFATAL\0C57P01\0Mterminating connection due to administrator command\0\0"
FAREWELL = b"E" + (len(_FIELDS) + 4).to_bytes(4, "big") + _FIELDS
"""What PostgreSQL sends to a connection that it ends."""


class Farewell:
    """Passes bytes on both ways. The answer to the first request that contains `request` comes with the farewell."""

    def __init__(self, socket_path: str, request: bytes) -> None:
        self.said = 0
        self._socket_path = socket_path
        self._request = request
        self._due = False

    async def __call__(self, client: asyncio.StreamReader, to_client: asyncio.StreamWriter) -> None:
        server, to_server = await asyncio.open_unix_connection(self._socket_path)
        sending = asyncio.create_task(self._send(client, to_server))
        try:
            while chunk := await server.read(65_536):
                to_client.write(chunk + FAREWELL if self._due else chunk)
                await to_client.drain()
                if self._due:
                    self._due, self.said = False, self.said + 1
                    break
        finally:
            sending.cancel()
            for writer in (to_server, to_client):
                writer.close()

    async def _send(self, client: asyncio.StreamReader, to_server: asyncio.StreamWriter) -> None:
        while chunk := await client.read(65_536):
            self._due = self._due or (not self.said and self._request in chunk)
            to_server.write(chunk)
            await to_server.drain()
        to_server.close()


@asynccontextmanager
async def farewell_at(url: str, request: bytes) -> AsyncIterator[tuple[str, Farewell]]:
    """A URL that leads to the database at `url`, a Unix socket's, and what stands in between."""
    parts = urlsplit(url)
    between = Farewell(f"{parse_qs(parts.query)['host'][0]}/.s.PGSQL.5432", request)
    listener = await asyncio.start_server(between, "127.0.0.1", 0)
    port = listener.sockets[0].getsockname()[1]
    async with listener:
        yield urlunsplit(parts._replace(netloc=f"postgres@127.0.0.1:{port}", query="sslmode=disable")), between
