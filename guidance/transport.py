"""HTTP that reads no more than it was told to."""

import ssl
import zlib
from collections.abc import AsyncIterator
from functools import lru_cache

import httpx2


@lru_cache(maxsize=1)
def _trusted() -> ssl.SSLContext:
    """Reading the certificate authorities takes 50 ms."""
    return httpx2.create_ssl_context()


class TooLarge(httpx2.TransportError):
    """The server's answer is larger than anything that could be of use, or can't be measured."""


class BoundedTransport(httpx2.AsyncBaseTransport):
    """Stops at `most` bytes of an answer, or at `most_streamed` of one that is a stream of events. Answers compressed
    with gzip or deflate, though none was asked for, are unpacked within the same bounds; others are refused."""

    def __init__(self, most: int, most_streamed: int) -> None:
        self._inner = httpx2.AsyncHTTPTransport(verify=_trusted())
        self._most, self._most_streamed = most, most_streamed

    async def handle_async_request(self, request: httpx2.Request) -> httpx2.Response:
        response = await self._inner.handle_async_request(request)
        coding = response.headers.get("content-encoding", "identity").strip().lower()
        if coding not in _UNPACKED:
            await response.aclose()
            raise TooLarge(f"an answer compressed with {coding[:20]}, though none was asked for", request=request)
        stream = response.stream
        assert isinstance(stream, httpx2.AsyncByteStream)
        streamed = response.headers.get("content-type", "").startswith("text/event-stream")
        most = self._most_streamed if streamed else self._most
        response.headers.pop("content-encoding", None)
        response.stream = _Bounded(stream, most, request, _UNPACKED[coding])
        return response

    async def aclose(self) -> None:
        await self._inner.aclose()


_UNPACKED = {"identity": None, "": None, "gzip": 31, "x-gzip": 31, "deflate": 15}
"""zlib's window bits by coding."""


class _Bounded(httpx2.AsyncByteStream):
    def __init__(self, stream: httpx2.AsyncByteStream, most: int, request: httpx2.Request, window: int | None) -> None:
        self._stream, self._most, self._request = stream, most, request
        self._unpacking = None if window is None else zlib.decompressobj(window)

    async def __aiter__(self) -> AsyncIterator[bytes]:
        left = self._most
        async for chunk in self._stream:
            part = self._unpacked(chunk, left)
            left -= len(part)
            if left < 0:
                raise TooLarge(f"an answer of more than {self._most} bytes", request=self._request)
            yield part

    def _unpacked(self, chunk: bytes, left: int) -> bytes:
        if self._unpacking is None:
            return chunk
        try:
            return self._unpacking.decompress(chunk, left + 1)
        except zlib.error:
            raise TooLarge("a compressed answer that can't be unpacked", request=self._request) from None

    async def aclose(self) -> None:
        await self._stream.aclose()
